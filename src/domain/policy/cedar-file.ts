import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { nearest } from "../../kernel/nearest.ts";
import { unknownServer } from "./access.ts";
import type { PolicyFault } from "./fault.ts";
import type { Rule } from "./rule.ts";
import { SCHEMA } from "./schema.ts";

/** One file of `policies/`. */
export interface CedarFile {
  readonly file: string;
  readonly text: string;
}

/** Names that policies may use. A misspelt one would be a rule that silently never applies. */
export interface Known {
  readonly servers: readonly string[];
  readonly roles: readonly string[];
}

const FITS =
  "a Cedar policy that fits the schema: actions call, get, read and see in Cardea::Action; Cardea::User, Role, Server, Tool, Prompt, Resource";
const MEND = "Mend this policy: the gateway does not start with one that cannot be enforced.";

/** Annotations without an effect. Others would be promises that nothing keeps, so they are faults. */
const ANNOTATIONS = ["id", "description", "owner"];

/**
 * Reads one Cedar file against the schema in strict mode. Warnings (a policy that can never apply, confusable
 * characters) are faults too.
 * @returns its policies in the order of the file, and every fault with its line
 */
export function readCedarFile({ file, text }: CedarFile, known: Known): { rules: Rule[]; faults: PolicyFault[] } {
  const answer = cedar.validate({ schema: SCHEMA, policies: { staticPolicies: text } });
  if (answer.type === "failure") return { rules: [], faults: answer.errors.map((error) => faultOf(file, text, error)) };
  const found = [...answer.validationErrors, ...answer.validationWarnings].map(({ error }) =>
    faultOf(file, text, error),
  );
  const faults = [...found, ...answer.otherWarnings.map((error) => faultOf(file, text, error))];
  const rules: Rule[] = [];
  let at = 0;
  for (const [n, source] of policiesOf(text).entries()) {
    const start = text.indexOf(source, at);
    if (start >= 0) at = start + source.length;
    const line = start < 0 ? undefined : lineAt(text, start);
    const fail = (fault: Omit<PolicyFault, "file" | "line">): void => void faults.push({ file, line, ...fault });
    const parsed = cedar.policyToJson(source);
    if (parsed.type === "failure") fail({ message: "This policy cannot be read", expected: FITS, remedy: MEND });
    else rules.push(ruleOf(file, n + 1, source, parsed.json, known, fail));
  }
  const once = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return { rules, faults: [...once.values()] };
}

type Fail = (fault: Omit<PolicyFault, "file" | "line">) => void;

function ruleOf(file: string, n: number, text: string, json: cedar.PolicyJson, known: Known, fail: Fail): Rule {
  const annotations = json.annotations ?? {};
  for (const name of Object.keys(annotations)) {
    if (ANNOTATIONS.includes(name)) continue;
    const expected = ANNOTATIONS.map((one) => `@${one}`).join(", ");
    const message = `The annotation @${name} is unknown (accepted: ${expected})`;
    const near = nearest(name, ANNOTATIONS);
    const remedy = near === undefined ? "Remove it: nothing would keep what it promises." : `Write @${near}.`;
    fail({ message, expected, nearest: near, remedy });
  }
  const named = entitiesIn(json);
  for (const one of named) checkEntity(one, known, fail);
  const scope = entitiesIn(json.resource).map(serverOf);
  const personal = named.some(({ type }) => type === "Cardea::User") || mentionsPrincipal(json.conditions);
  return { id: `${file}#${annotations.id ?? n}`, text, effect: json.effect, server: scope[0], personal };
}

function checkEntity(one: cedar.TypeAndId, known: Known, fail: Fail): void {
  if (one.type === "Cardea::Role" && !known.roles.includes(one.id)) {
    const near = nearest(one.id, known.roles);
    const add = `add { role: ${one.id}, allow: [] } to access in cardea.yaml if only Cedar names it`;
    const message = `The role ${JSON.stringify(one.id)} is not in access`;
    const expected = known.roles.length === 0 ? "a role of access; there is none" : `one of ${known.roles.join(", ")}`;
    fail({
      message,
      expected,
      nearest: near,
      remedy: near === undefined ? `A${add.slice(1)}.` : `Write ${near}, or ${add}.`,
    });
  }
  const server = serverOf(one);
  if (server === one.id && one.type !== "Cardea::Server") {
    const message = `${one.type}::${JSON.stringify(one.id)} names no server`;
    fail({ message, expected: '"server.name"', remedy: `Write "server.${one.id}", with the server that has it.` });
    return;
  }
  if (server !== undefined && !known.servers.includes(server)) fail(unknownServer(server, known.servers));
}

/** The server that a thing's id begins with; undefined for what is on no server. */
function serverOf({ type, id }: cedar.TypeAndId): string | undefined {
  if (type === "Cardea::Server") return id;
  return ["Cardea::Tool", "Cardea::Prompt", "Cardea::Resource"].includes(type) ? id.split(".", 1)[0] : undefined;
}

/** Every entity literal below a value of Cedar's JSON policy format, where `{type, id}` of two strings is nothing else. */
function entitiesIn(value: unknown): cedar.TypeAndId[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, id } = value as Record<string, unknown>;
  if (typeof type === "string" && typeof id === "string") return [{ type, id }];
  return Object.values(value).flatMap(entitiesIn);
}

function mentionsPrincipal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (value as Record<string, unknown>).Var === "principal" || Object.values(value).some(mentionsPrincipal);
}

/** The text of each policy in the order of the file; Cedar gives them sorted by the ids `policy0`, `policy1`, `policy10` … */
function policiesOf(text: string): string[] {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === "failure") return [];
  const order = parts.policies.map((_, n) => n).sort((a, b) => (`policy${a}` < `policy${b}` ? -1 : 1));
  const policies: string[] = [];
  for (const [k, n] of order.entries()) policies[n] = parts.policies[k] ?? "";
  return policies;
}

function faultOf(file: string, text: string, error: cedar.DetailedError): PolicyFault {
  const start = error.sourceLocations?.[0]?.start;
  // Cedar counts bytes of UTF-8.
  const line = start === undefined ? undefined : lineAt(Buffer.from(text).subarray(0, start).toString(), Infinity);
  const plain = error.message.replace(/^failed to parse policies from string: |^for policy `policy\d+`, /, "");
  const near = /^did you mean `(.+)`\?$/.exec(error.help ?? "")?.[1];
  const label = error.sourceLocations?.[0]?.label;
  const remedy = near === undefined ? (error.help ?? MEND) : `Write ${near}.`;
  return {
    file,
    line,
    message: plain,
    expected: label ?? FITS,
    ...(near === undefined ? {} : { nearest: near }),
    remedy,
  };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
