import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { JsonObject } from "../../kernel/json.ts";
import { nearest } from "../../kernel/nearest.ts";
import { unknownServer } from "./access.ts";
import { termsOf } from "./annotations.ts";
import type { Action, Catalogue } from "./catalogue.ts";
import { wrongForm } from "./closed.ts";
import type { PolicyFault, Wrong } from "./fault.ts";
import { mentionsOf } from "./mentions.ts";
import type { Rule } from "./rule.ts";
import type { Uid } from "./scope.ts";
import { normalUri } from "./spellings.ts";
import { surface } from "./surface.ts";
import { applicable, literals, missing, validate, wrongOf } from "./validate.ts";

/** One file of `policies/`. */
export interface CedarFile {
  readonly file: string;
  readonly text: string;
}

/** Names that policies may use. A misspelt one would be a rule that silently never applies. */
export interface Known {
  readonly servers: readonly string[];
  readonly roles: readonly string[];
  readonly catalogue: Catalogue;
  /** What is wrong with a field that `@keep` names, held against an output schema; undefined: it stands there, or may. */
  readonly keptField: KeptField;
}

/** @param output undefined: the tool has no output schema */
export type KeptField = (
  output: JsonObject | undefined,
  field: string,
) => Pick<PolicyFault, "message" | "expected" | "nearest" | "remedy"> | undefined;

/** A rule with what is wrong with it, for the actions that it is wrong for; for no action named: altogether. */
interface Read {
  readonly rule: Rule;
  readonly faults: readonly { readonly fault: PolicyFault; readonly actions: readonly string[] }[];
}

/**
 * Reads one Cedar file against the schema in strict mode. Warnings (a policy that can never apply, confusable
 * characters) are faults too.
 * @returns its policies in the order of the file, and every fault with its line
 */
export function readCedarFile(
  { file, text: written }: CedarFile,
  known: Known,
): { read: Read[]; faults: PolicyFault[] } {
  // A byte order mark is no part of the text.
  const text = groupsIn(written.replace(/^\ufeff/, " "));
  const shallow = surface(text);
  if (shallow.length > 0) return { read: [], faults: shallow.map((wrong) => placed(file, text, 0, wrong)) };
  const parsed = cedar.checkParsePolicySet({ staticPolicies: text });
  if (parsed.type === "failure")
    return { read: [], faults: parsed.errors.map((error) => placed(file, text, 0, wrongOf(text, error))) };
  const parts = cedar.policySetTextToParts(text);
  let at = 0;
  const read = policiesOf(parts).map((source, n) => {
    const start = text.indexOf(source, at);
    if (start >= 0) at = start + source.length;
    return readPolicy(
      { file, n: n + 1, source, place: (wrong) => placed(file, text, Math.max(start, 0), wrong) },
      known,
    );
  });
  return { read: read.filter((one) => one !== undefined), faults: [] };
}

/** `action == Cardea::Action::"call"` means every call, like `in`: the group itself is never asked for. Keeps all places. */
function groupsIn(text: string): string {
  const equals = /\baction(\s*)==(\s*)(?=Cardea::Action::"(?:call|get)")/g;
  return text.replaceAll(equals, (_, before: string, after: string) => `action${before || " "}in${after || " "}`);
}

interface Source {
  readonly file: string;
  /** Number in the file, from 1. */
  readonly n: number;
  readonly source: string;
  place(wrong: Wrong): PolicyFault;
}

function readPolicy({ file, n, source, place }: Source, known: Known): Read | undefined {
  const parsed = cedar.policyToJson(source);
  if (parsed.type === "failure") return undefined;
  const policy = parsed.json;
  const faults: { fault: PolicyFault; actions: readonly string[] }[] = [];
  const fail = (wrong: Wrong, actions: readonly string[] = []): void =>
    void faults.push({ fault: place({ offset: 0, ...wrong }), actions });
  const annotations = Object.fromEntries(
    Object.entries(policy.annotations ?? {}).map(([name, said]) => [name, said ?? ""]),
  );
  const terms = termsOf(annotations, policy.effect, fail);
  const mentions = mentionsOf(policy);
  const applies = applicable(policy, known.catalogue);
  const reads = applies.some((action) => action.id === "read");
  const wrong = [
    ...literals(policy).flatMap((one) => checkEntity(one, known) ?? []),
    ...(reads ? spelledWrong(policy.conditions) : []),
  ];
  for (const one of [...wrong, ...(terms.keep === undefined ? [] : keptWrong(terms.keep, applies, known.keptField))])
    fail(one);
  if (wrong.length === 0)
    for (const found of validate({ text: source, policy, mentions }, known.catalogue))
      for (const one of found.wrong) fail(one, found.actions);
  const { file: _, line } = place({ offset: 0, message: "", expected: "", remedy: "" });
  const id = `${file}#${annotations["id"] ?? n}`;
  return {
    rule: { id, effect: policy.effect, policy, text: source, mentions, terms, place: `${file}:${line}` },
    faults,
  };
}

/** `@keep` is for results of tools; each of its fields is one of a tool that the rule permits. */
function keptWrong(keep: readonly string[], applies: readonly Action[], keptField: KeptField): Wrong[] {
  const other = applies.find(({ group }) => group !== "call");
  if (other !== undefined)
    return [
      {
        message: `@keep is for results of tools, and this rule permits ${other.group === "get" ? "prompts" : other.group === "read" ? "resources" : "what servers say of themselves"} too`,
        expected: 'a permit with action in Cardea::Action::"call", or of tools by name',
        remedy: "Permit the rest by a rule of its own, without @keep.",
      },
    ];
  const outputs = applies.flatMap((action) => action.outputs);
  if (outputs.length === 0) return [];
  return keep.flatMap((field) => {
    const faults = outputs.map((output) => keptField(output, field));
    const fault = faults.find((one) => one?.nearest !== undefined) ?? faults[0];
    if (fault === undefined || faults.includes(undefined)) return [];
    return [{ ...fault, message: `@keep: ${JSON.stringify(field)} ${fault.message}` }];
  });
}

function checkEntity(one: Uid, { roles, servers, catalogue }: Known): Wrong | undefined {
  if (one.type === "Role") {
    if (roles.includes(one.id)) return undefined;
    const near = nearest(one.id, roles);
    const add = `add { role: ${one.id}, allow: [] } to access in cardea.yaml if only Cedar names it`;
    const message = `The role ${JSON.stringify(one.id)} is not in access`;
    const expected = roles.length === 0 ? "a role of access; there is none" : `one of ${roles.join(", ")}`;
    if (near === undefined) return { message, expected, remedy: `A${add.slice(1)}.` };
    return { message, expected, nearest: near, remedy: `Write ${near}, or ${add}.` };
  }
  const form = wrongForm(one);
  if (form !== undefined) return form;
  const server = serverOf(one);
  if (one.type === "Resource" && server !== undefined) {
    const uri = one.id.slice(server.length + 1);
    if (normalUri(uri) !== uri) return unusual(uri);
  }
  if (server === one.id && one.type !== "Server") {
    const message = `Cardea::${one.type}::${JSON.stringify(one.id)} names no server`;
    return { message, expected: '"server.name"', remedy: `Write "server.${one.id}", with the server that has it.` };
  }
  if (server !== undefined && !servers.includes(server)) return unknownServer(server, servers);
  return missing(one, catalogue);
}

/** What a rule holds against a URI in a spelling that URIs are not brought to: it would never match. */
function spelledWrong(expr: unknown): Wrong[] {
  if (typeof expr !== "object" || expr === null) return [];
  const { like, "==": equal } = expr as Record<
    string,
    { left: unknown; right?: unknown; pattern?: unknown } | undefined
  >;
  const sides = [like?.left, equal?.left, equal?.right].map((side) => JSON.stringify(side));
  if (!sides.includes(URI)) return Object.values(expr).flatMap(spelledWrong);
  const value = (side: unknown): unknown => (side as { Value?: unknown } | undefined)?.Value;
  // Cedar gives the letters of a pattern one by one.
  const letters = (like?.pattern ?? []) as readonly ({ readonly Literal: string } | "Wildcard")[];
  const pattern = letters.map((one) => (one === "Wildcard" ? "*" : one.Literal)).join("");
  return [pattern, value(equal?.left), value(equal?.right)].flatMap((text) =>
    typeof text === "string" && normalUri(text) !== text ? [unusual(text)] : [],
  );
}

const URI = JSON.stringify({ ".": { left: { ".": { left: { Var: "context" }, attr: "arguments" } }, attr: "uri" } });

function unusual(uri: string): Wrong {
  const plain = normalUri(uri);
  return {
    message: `The URI ${JSON.stringify(uri)} is written in a spelling that is never compared`,
    expected: "scheme and host in lower case, and letters, digits and -._~ as themselves",
    nearest: plain,
    remedy: `Write ${plain}.`,
  };
}

/** The server that a thing's id begins with; undefined for what is on no server. */
function serverOf({ type, id }: Uid): string | undefined {
  if (type === "Server") return id;
  return ["Tool", "Prompt", "Resource"].includes(type) ? id.split(".", 1)[0] : undefined;
}

/** The text of each policy in the order of the file; Cedar gives them sorted by the ids `policy0`, `policy1`, `policy10` … */
function policiesOf(parts: cedar.PolicySetTextToPartsAnswer): string[] {
  if (parts.type === "failure") return [];
  const order = parts.policies.map((_, n) => n).sort((a, b) => (`policy${a}` < `policy${b}` ? -1 : 1));
  const policies: string[] = [];
  for (const [k, n] of order.entries()) policies[n] = parts.policies[k] ?? "";
  return policies;
}

function placed(file: string, text: string, start: number, { offset, ...wrong }: Wrong): PolicyFault {
  const line = offset === undefined ? undefined : text.slice(0, start + offset).split("\n").length;
  return { file, ...(line === undefined ? {} : { line }), ...wrong };
}
