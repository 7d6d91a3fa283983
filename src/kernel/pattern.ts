import type { Kind } from "./call.ts";
import { nearest } from "./nearest.ts";

/**
 * What a rule, a key's scope or a limit names: `server.glob` (tools), `server.tool:glob`, `server.prompt:glob`,
 * `server.resource:glob` (resource URIs and template URIs), or `server.*` (everything on the server).
 * `*` is the only wildcard and stands for any characters, none included.
 */
export interface Pattern {
  readonly text: string;
  /** A server's name; `*` (any server) for limits alone. */
  readonly server: string;
  readonly kind: "tool" | "prompt" | "resource" | "all";
  readonly glob: string;
}

const KINDS = ["tool", "prompt", "resource"] as const;
const LONGEST = 512;

/** What a server may be called: without a dot, so that `server.tool` reads one way only. */
export const SERVER_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads one pattern.
 * @param anyServer whether `*.name` may stand for every server; never where something is allowed
 * @returns the pattern, or one sentence that says what is wrong and what would be accepted
 */
export function readPattern(text: string, anyServer = false): Pattern | string {
  const written = JSON.stringify(text);
  if (text.length > LONGEST) return `A pattern has at most ${LONGEST} characters`;
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return `The pattern ${written} holds an invisible character`;
  const dot = text.indexOf(".");
  if (dot < 0) return `The pattern ${written} names no server; write "server.name", "server.read_*" or "server.*"`;
  const server = text.slice(0, dot);
  if (!SERVER_NAME.test(server) && !(anyServer && server === "*")) {
    return `The pattern ${written} must begin with the name of one server (letters, digits, "-", "_"); "*" is accepted after the dot only`;
  }
  const rest = text.slice(dot + 1);
  if (rest === "*") return { text, server, kind: "all", glob: "*" };
  const colon = rest.indexOf(":");
  const prefix = colon < 0 ? "tool" : rest.slice(0, colon);
  const kind = KINDS.find((one) => one === prefix);
  if (kind === undefined) {
    const near = nearest(prefix, KINDS);
    const hint = near === undefined ? "" : `, did you mean "${near}:"?`;
    return `The pattern ${written} has the unknown kind ${JSON.stringify(prefix)}${hint} (accepted: tool:, prompt:, resource:)`;
  }
  const glob = colon < 0 ? rest : rest.slice(colon + 1);
  if (glob === "") return `The pattern ${written} ends without a name; write "*" for all`;
  return { text, server, kind, glob };
}

/**
 * Whether the pattern names this thing. A server's instructions belong to whatever names something on that server.
 * @param name the upstream's own name, URI or URI template
 */
export function matches(pattern: Pattern, server: string, kind: Kind, name: string): boolean {
  if (pattern.server !== server && pattern.server !== "*") return false;
  if (pattern.kind === "all" || kind === "instructions") return true;
  if (pattern.kind !== (kind === "template" ? "resource" : kind)) return false;
  return globMatches(pattern.glob, name);
}

/** At most glob × name steps: only the last `*` is ever tried again. */
function globMatches(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (glob[g] === "*") {
      star = g++;
      resume = n;
    } else if (g < glob.length && glob[g] === name[n]) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
