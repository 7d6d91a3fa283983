import { hash } from "node:crypto";
import type { Kind } from "../../kernel/call.ts";
import { matches, type Pattern, readPattern, SERVER_NAME } from "../../kernel/pattern.ts";
import { type Access, accessToCedar } from "./access.ts";
import { type CedarFile, readCedarFile } from "./cedar-file.ts";
import { type PolicyFault, PolicyFaults } from "./fault.ts";
import type { Rule } from "./rule.ts";
import { CEDAR_OF, SCHEMA } from "./schema.ts";
import { evaluate, prepare, release } from "./slices.ts";

/** What a policy is made of. */
export interface PolicyInput {
  readonly access: readonly Access[];
  /** `policies/*.cedar`, added to the same set. */
  readonly cedar?: readonly CedarFile[];
  /** Names of the configured servers. */
  readonly servers: readonly string[];
  /** The environment that this gateway serves; a principal of another one is denied (P5). */
  readonly environment: string;
}

/** Whether a principal may use one thing. A `Principal` with a server, a kind and a name is one. */
export interface Question {
  readonly tenant: string;
  readonly subject: string;
  readonly roles: readonly string[];
  /** Patterns that narrow the key; undefined: all that the roles allow. */
  readonly scope?: readonly string[];
  readonly environment: string;
  readonly server: string;
  readonly kind: Kind;
  /** The upstream's own name, URI or URI template; of no meaning for instructions. */
  readonly name: string;
}

/** The answer to a question. `reason` is for the record and the operator, never for the caller (invariant 2). */
export interface PolicyAnswer {
  readonly allow: boolean;
  /** Ids of the policies that decided; empty when none matched. */
  readonly policies: readonly string[];
  readonly reason: string;
}

/** One policy set in force. */
export interface Policy {
  /** Changes with every change of the rules, the servers or the environment. */
  readonly version: string;
  /** The roles that keys may be given. */
  readonly roles: readonly string[];
  /** Deny by default; any evaluation error is a denial. Pure and remembered, so it may be asked for every listed name. */
  decide(question: Question): PolicyAnswer;
  /** How many questions were answered from memory, and how many by evaluation. */
  counts(): { readonly remembered: number; readonly evaluated: number };
  /** The whole set as Cedar text with its schema, for review. */
  text(): string;
  /** Frees the parsed set. What is asked afterwards is denied. */
  close(): void;
}

/** Entries of the decision cache, and the longest name that it remembers: together its bound in memory. */
const MOST_REMEMBERED = 50_000;
const LONGEST_REMEMBERED = 512;

const denied = (reason: string, policies: readonly string[] = []): PolicyAnswer =>
  Object.freeze({ allow: false, policies, reason });

/**
 * Makes one policy set of the short form and the Cedar files (P1, P2, P8).
 * @throws PolicyFaults with every fault: unknown servers, roles, attributes, annotations, impossible policies
 * @example
 * const policy = createPolicy({ access: [{ role: "dev", allow: ["files.read_*"] }], servers: ["files"], environment: "dev" });
 * policy.decide({ ...principal, server: "files", kind: "tool", name: "read_file" }).allow
 */
export function createPolicy(input: PolicyInput): Policy {
  const rules = readRules(input);
  const roles = [...new Set(input.access.map((entry) => entry.role))].sort();
  const text = `${SCHEMA}\n${rules.map((rule) => rule.text).join("\n\n")}\n`;
  const version = hash("sha256", JSON.stringify([text, [...input.servers].sort(), input.environment])).slice(0, 16);
  const slices = new Map(input.servers.map((server) => [server, sliceOf(rules, server)]));
  const known = new Set(roles);
  const remembered = new Map<string, PolicyAnswer>();
  const counts = { remembered: 0, evaluated: 0 };

  function decide(question: Question): PolicyAnswer {
    const slice = slices.get(question.server);
    if (slice === undefined) return denied("unknown server");
    if (question.environment !== input.environment) return denied("another environment");
    // Roles that the set does not know have no effect, and known ones hold no comma: the key below reads one way only.
    const held = question.roles.filter((role) => known.has(role));
    if (held.length > 1) held.sort();
    let who = held.join(",");
    if (question.scope !== undefined) who += JSON.stringify(question.scope);
    if (slice.personal) who += JSON.stringify([question.tenant, question.subject]);
    const key = `${question.kind} ${question.server} ${who}\n${question.name}`;
    const before = remembered.get(key);
    if (before !== undefined) {
      counts.remembered++;
      return before;
    }
    counts.evaluated++;
    const { answer, lasting } = judge(question, held, slice.id);
    if (lasting && question.name.length <= LONGEST_REMEMBERED) {
      if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
      remembered.set(key, answer);
    }
    return answer;
  }

  return {
    version,
    roles,
    decide,
    counts: () => ({ ...counts }),
    text: () => text,
    close() {
      for (const slice of slices.values()) release(slice.id);
      slices.clear();
      remembered.clear();
    },
  };
}

function judge(
  question: Question,
  roles: readonly string[],
  slice: string,
): { answer: PolicyAnswer; lasting: boolean } {
  const { server, kind, name } = question;
  if (question.scope !== undefined && !inScope(question.scope, server, kind, name)) {
    return { answer: denied("outside the scope of the key"), lasting: true };
  }
  const { action, type } = CEDAR_OF[kind];
  const own = kind === "instructions" ? { id: server, name: server } : { id: `${server}.${name}`, name };
  const { tenant, subject, environment } = question;
  const said = evaluate(slice, { tenant, subject, roles, action, resource: { type, ...own, server }, environment });
  if (said.kind === "failed") return { answer: denied(`policy evaluation failed: ${said.message}`), lasting: false };
  const by = said.policies.join(", ");
  if (said.allow)
    return {
      answer: Object.freeze({ allow: true, policies: said.policies, reason: `permitted by ${by}` }),
      lasting: true,
    };
  return { answer: denied(by === "" ? "no policy permits it" : `forbidden by ${by}`, said.policies), lasting: true };
}

/** A scope that cannot be read names nothing. */
function inScope(scope: readonly string[], server: string, kind: Kind, name: string): boolean {
  const patterns = scope.map((text) => readPattern(text)).filter((one): one is Pattern => typeof one !== "string");
  return patterns.length === scope.length && patterns.some((pattern) => matches(pattern, server, kind, name));
}

/** What may decide for one server: what names it, what names none, and every `forbid`. */
function sliceOf(rules: readonly Rule[], server: string): { id: string; personal: boolean } {
  const part = rules.filter((rule) => rule.effect === "forbid" || rule.server === undefined || rule.server === server);
  return { id: prepare(part), personal: part.some((rule) => rule.personal) };
}

function readRules({ access, cedar = [], servers }: PolicyInput): Rule[] {
  const faults: PolicyFault[] = [];
  for (const server of servers) {
    if (SERVER_NAME.test(server)) continue;
    const message = `The server ${JSON.stringify(server)} cannot be named in policies`;
    faults.push({ path: "servers", message, expected: '1 to 64 letters, digits, "-" or "_"', remedy: "Rename it." });
  }
  const short = accessToCedar(access, servers);
  const roles = access.map((entry) => entry.role);
  const files = cedar.map((one) => ({ file: one.file, ...readCedarFile(one, { servers, roles }) }));
  const rules = [...short.rules, ...files.flatMap((one) => one.rules)];
  faults.push(...short.faults, ...files.flatMap((one) => one.faults));
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id))
      faults.push({
        file: id.split("#", 1)[0],
        message: `Two policies are called ${JSON.stringify(id)}`,
        expected: "each @id once in a file",
        remedy: "Change the @id of one.",
      });
    seen.add(id);
  }
  if (faults.length > 0) throw new PolicyFaults(faults);
  return rules;
}
