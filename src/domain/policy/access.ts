import { nearest } from "../../kernel/nearest.ts";
import { type Pattern, readPattern } from "../../kernel/pattern.ts";
import type { PolicyFault } from "./fault.ts";
import { CEDAR_OF, entity, quoted } from "./schema.ts";
import type { Rule } from "./rule.ts";

/** One entry of the short form: what a role may use. An empty list only makes the role known to Cedar files and keys. */
export interface Access {
  readonly role: string;
  readonly allow: readonly string[];
}

const FORMS = "server.glob, server.tool:glob, server.prompt:glob or server.resource:glob";
const ROLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}$/;

/**
 * Turns the short form into Cedar policies, one per role and pattern, and one per role and server that lets the role
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
  const add = (id: string, server: string, scope: string): void => {
    rules.set(id, { id, server, personal: false, effect: "permit", text: `@id(${quoted(id)})\npermit (${scope};` });
  };
  for (const [i, { role, allow }] of access.entries()) {
    if (!ROLE_NAME.test(role)) {
      const message = `The role ${JSON.stringify(role)} is no name of a role`;
      const expected = "1 to 64 letters, digits or ._:@/-, first a letter or digit";
      faults.push({ path: `access[${i}].role`, message, expected, remedy: "Rename the role." });
      continue;
    }
    for (const [j, text] of allow.entries()) {
      const pattern = readPattern(text);
      if (typeof pattern === "string") {
        const remedy = "Write the server's name, a dot, and what it matches.";
        faults.push({ path: `access[${i}].allow[${j}]`, message: pattern, expected: FORMS, remedy });
      } else if (!servers.includes(pattern.server)) {
        faults.push({ path: `access[${i}].allow[${j}]`, ...unknownServer(pattern.server, servers) });
      } else {
        add(`access/${role}/${text}`, pattern.server, scopeOf(role, pattern));
        const server = entity("Server", pattern.server);
        const see = `principal in ${entity("Role", role)}, action == ${entity("Action", "see")}, resource == ${server})`;
        if (pattern.kind !== "all") add(`access/${role}/${pattern.server}`, pattern.server, see);
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

/** The scope and condition of one permit, after its opening parenthesis. */
function scopeOf(role: string, { server, kind, glob }: Pattern): string {
  const principal = `principal in ${entity("Role", role)}`;
  if (kind === "all") return `${principal}, action, resource in ${entity("Server", server)})`;
  const { action, type } = CEDAR_OF[kind];
  const who = `${principal}, action == ${entity("Action", action)}`;
  if (!glob.includes("*")) return `${who}, resource == ${entity(type, `${server}.${glob}`)})`;
  const on = `${who}, resource in ${entity("Server", server)})`;
  return glob === "*" ? on : `${on}\nwhen { resource.name like ${quoted(glob)} }`;
}
