import type { ActionConstraint, Clause, Expr, PolicyJson, ResourceConstraint } from "@cedar-policy/cedar-wasm/nodejs";
import type { Effect } from "../../kernel/call.ts";
import { nearest } from "../../kernel/nearest.ts";
import { type Pattern, readPattern } from "../../kernel/pattern.ts";
import { type Approval, endOf, type Terms } from "./annotations.ts";
import type { PolicyFault } from "./fault.ts";
import { mentionsOf } from "./mentions.ts";
import type { Rule } from "./rule.ts";
import { CEDAR_OF } from "./schema.ts";
import { normalUri } from "./spellings.ts";

/** One entry of the short form: what a role may use. An empty list only makes the role known to Cedar files and keys. */
export interface Access {
  readonly role: string;
  readonly allow: readonly string[];
  /** Undefined: a pattern with a wildcard grants reading, a name by itself whatever the thing does (P3). */
  readonly effects?: readonly Effect[];
  /** Undefined: reading needs nobody, everything else the caller's own person. */
  readonly approval?: Approval;
  /** The last day on which it holds (`2027-01-31`), or a moment (P9). */
  readonly until?: string;
  readonly owner?: string;
  /** The date by which somebody looks at it again (P10). */
  readonly review?: string;
}

const FORMS = "server.glob, server.tool:glob, server.prompt:glob or server.resource:glob";
const ROLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}$/;

/**
 * Turns the short form into Cedar policies, one per entry and pattern, and one per role and server that lets the role
 * see what the server says of itself.
 * @param servers names of the configured servers
 * @returns the policies in the order of the configuration, and every fault
 */
export function accessToCedar(
  access: readonly Access[],
  servers: readonly string[],
): { rules: Rule[]; faults: PolicyFault[] } {
  const rules = new Map<string, Rule>();
  const faults: PolicyFault[] = [];
  for (const [i, entry] of access.entries()) {
    const { role, allow } = entry;
    const terms = termsOf(entry, i, faults);
    if (!ROLE_NAME.test(role)) {
      const message = `The role ${JSON.stringify(role)} is no name of a role`;
      const expected = "1 to 64 letters, digits or ._:@/-, first a letter or digit";
      faults.push({ path: `access[${i}].role`, message, expected, remedy: "Rename the role." });
      continue;
    }
    for (const [j, text] of allow.entries()) {
      const place = `access[${i}].allow[${j}]`;
      const pattern = readPattern(text);
      if (typeof pattern === "string") {
        const remedy = "Write the server's name, a dot, and what it matches.";
        faults.push({ path: place, message: pattern, expected: FORMS, remedy });
      } else if (pattern.kind === "resource" && normalUri(pattern.glob) !== pattern.glob) {
        const plain = `${pattern.server}.resource:${normalUri(pattern.glob)}`;
        faults.push({
          path: place,
          message: `The pattern ${JSON.stringify(text)} is written in a spelling that is never compared`,
          expected: "scheme and host in lower case, and letters, digits and -._~ as themselves",
          ...{ nearest: plain, remedy: `Write ${plain}.` },
        });
      } else if (!servers.includes(pattern.server)) {
        faults.push({ path: place, ...unknownServer(pattern.server, servers) });
      } else {
        const id = free(`access/${role}/${text}`, rules);
        rules.set(id, { ...ruleOf(id, role, scopeOf(pattern, entry.effects), terms, place), pattern });
        const see = `access/${role}/${pattern.server}`;
        const resource = is("Server", pattern.server);
        // The longest grant on the server lasts.
        const until = later(rules.get(see)?.terms.until, terms.until, rules.has(see));
        const seen: Terms = until === undefined ? {} : { until };
        rules.set(see, ruleOf(see, role, { action: group("see"), resource, conditions: [] }, seen, place));
      }
    }
  }
  return { rules: [...rules.values()], faults };
}

/** The fault of a server's name that is not configured. */
export function unknownServer(name: string, servers: readonly string[]): Omit<PolicyFault, "file" | "line" | "path"> {
  const known = servers.length === 0 ? "no server is configured" : `known: ${servers.join(", ")}`;
  const near = nearest(name, servers);
  const message = `The server ${JSON.stringify(name)} is not configured (${known})`;
  const expected = "a server of `servers` in cardea.yaml";
  if (near === undefined) return { message, expected, remedy: "Name a configured server, or add this one." };
  return { message, expected, nearest: near, remedy: `Write ${near}.` };
}

function termsOf({ approval, until, owner, review }: Access, i: number, faults: PolicyFault[]): Terms {
  const dates = { until, review };
  for (const [name, text] of Object.entries(dates))
    if (text !== undefined && endOf(text) === undefined)
      faults.push({
        path: `access[${i}].${name}`,
        message: `${JSON.stringify(text)} is no date`,
        expected: "a date such as 2027-01-31",
        remedy: "Write the year, the month and the day.",
      });
  const end = until === undefined ? undefined : endOf(until);
  return {
    ...(approval === undefined ? {} : { approval }),
    ...(end === undefined ? {} : { until: end }),
    ...(owner === undefined ? {} : { owner }),
    ...(review === undefined ? {} : { review }),
  };
}

type Scope = {
  readonly action: ActionConstraint;
  readonly resource: ResourceConstraint;
  readonly conditions: Clause[];
};

function ruleOf(id: string, role: string, scope: Scope, terms: Terms, place: string): Rule {
  const principal = { op: "in", entity: { type: "Cardea::Role", id: role } } as const;
  const said = { id, ...(terms.approval === undefined ? {} : { approval: terms.approval }) };
  const policy: PolicyJson = { effect: "permit", principal, ...scope, annotations: said };
  return { id, effect: "permit", policy, mentions: mentionsOf(policy), terms, place };
}

/** Actions, things and condition of one pattern. */
function scopeOf({ server, kind, glob }: Pattern, effects: readonly Effect[] | undefined): Scope {
  const within: ResourceConstraint = { op: "in", entity: { type: "Cardea::Server", id: server } };
  const exact = !glob.includes("*");
  const allowed = effects ?? (exact ? undefined : (["read"] as const));
  const narrow = allowed === undefined || kind === "prompt" || kind === "resource" ? [] : [hasEffect(allowed)];
  if (kind === "all") return { action: { op: "All" }, resource: within, conditions: narrow.map(when) };
  const { action, type } = CEDAR_OF[kind];
  if (exact) return { action: group(action), resource: is(type, `${server}.${glob}`), conditions: narrow.map(when) };
  const named = glob === "*" ? [] : [nameLike(glob)];
  return { action: group(action), resource: within, conditions: [...named, ...narrow].map(when) };
}

const when = (body: Expr): Clause => ({ kind: "when", body });
const group = (id: string): ActionConstraint => ({ op: "in", entity: { type: "Cardea::Action", id } });
const is = (type: string, id: string): ResourceConstraint => ({ op: "==", entity: { type: `Cardea::${type}`, id } });
const attribute = (attr: string): Expr => ({ ".": { left: { Var: "resource" }, attr } });

function hasEffect(effects: readonly string[]): Expr {
  return { contains: { left: { Set: effects.map((Value) => ({ Value })) }, right: attribute("effect") } };
}

function nameLike(glob: string): Expr {
  const pattern = glob.split(/(\*)/).filter((part) => part !== "");
  return {
    like: {
      left: attribute("name"),
      pattern: pattern.map((part) => (part === "*" ? "Wildcard" : { Literal: part })),
    },
  };
}

function later(a: number | undefined, b: number | undefined, both: boolean): number | undefined {
  if (!both) return b;
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}

/** The id, with a number where an earlier entry of the role has the same pattern. */
function free(id: string, rules: ReadonlyMap<string, Rule>): string {
  let name = id;
  for (let n = 2; rules.has(name); n++) name = `${id}#${n}`;
  return name;
}
