import type { Kind } from "../../src/kernel/call.ts";
import type { Thing } from "../../src/domain/policy/catalogue.ts";
import { createPolicy, type Policy, type PolicyInput } from "../../src/domain/policy/policy.ts";
import type { Caller, Values, Wanted } from "../../src/domain/policy/question.ts";

/** A moment for everything that looks at the time: 2026-11-21, 12:34:56 UTC. */
export const NOW = Date.parse("2026-11-21T12:34:56Z");

const ADA: Caller = {
  tenant: "default",
  owner: "person:ada@example.com",
  credential: "k_1",
  environment: "dev",
  plan: "default",
  roles: [],
};

/** A tool with these properties, of which the ones with a `!` are required: `{ "path!": { type: "string" } }`. */
export function tool(
  server: string,
  name: string,
  effect: Thing["effect"] = "read",
  properties: Record<string, object> = {},
): Thing {
  const required = Object.keys(properties).filter((key) => key.endsWith("!"));
  const bare = (key: string): string => key.replace(/!$/, "");
  const inputSchema = {
    type: "object",
    properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [bare(key), schema])),
    required: required.map(bare),
  };
  return { server, kind: "tool", name, effect, definition: { name, inputSchema } as unknown as Thing["definition"] };
}

/** A policy over the servers files and crm, and short ways to ask it. What is asked about only reads, unless it is pinned. */
export function asks(input: Partial<PolicyInput>) {
  const policy: Policy = createPolicy({
    ...{ access: [], servers: ["files", "crm"], environment: "dev", now: () => NOW },
    ...input,
  });
  const pinned = input.things !== undefined;
  const wanted = (server: string, kind: Kind, name: string): Wanted =>
    pinned ? { server, kind, name } : { server, kind, name, effect: "read" };
  const ask = (roles: readonly string[], server: string, kind: Kind, name: string, more: Partial<Caller> = {}) =>
    policy.decide({ ...ADA, roles, ...more }, wanted(server, kind, name));
  return {
    policy,
    /** What could be permitted. */
    ask,
    may: (...question: Parameters<typeof ask>): boolean => ask(...question).allow,
    /** What is permitted with these values. */
    judge: (roles: readonly string[], name: string, values: Values = {}, more: Partial<Caller> = {}) => {
      const [server = "", ...rest] = name.split(".");
      return policy.judge({ ...ADA, roles, ...more }, wanted(server, "tool", rest.join(".")), values);
    },
  };
}

export const file = (text: string) => [{ file: "policies/x.cedar", text }];
