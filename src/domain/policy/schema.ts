import type { Kind } from "../../kernel/call.ts";

/** Cedar's group of actions, and the entity type, for each kind of thing. */
export const CEDAR_OF = {
  tool: { action: "call", type: "Tool" },
  prompt: { action: "get", type: "Prompt" },
  resource: { action: "read", type: "Resource" },
  template: { action: "read", type: "Resource" },
  instructions: { action: "see", type: "Server" },
} as const satisfies Record<Kind, { action: string; type: string }>;

/** Actions that hold for every tool, prompt, resource, and for what a server says of itself. */
export const GROUPS = ["call", "get", "read", "see"] as const;
export type Group = (typeof GROUPS)[number];

/** The id of the action of one tool (`server.name`) or prompt (`server.prompt:name`); others are their group. */
export function actionOf(server: string, kind: Kind, name: string): string {
  if (kind === "tool") return `${server}.${name}`;
  return kind === "prompt" ? `${server}.prompt:${name}` : CEDAR_OF[kind].action;
}

/** The id of the entity that a question is about. */
export function resourceOf(server: string, kind: Kind, name: string): string {
  return kind === "instructions" ? server : `${server}.${name}`;
}

/** The tenant of an installation that has only one. */
const ONLY_TENANT = "default";

/** The id of a person or service in policies: the owner, and in another tenant than `default` with the tenant before it. */
export function userOf(tenant: string, owner: string): string {
  return tenant === ONLY_TENANT ? owner : `${tenant}/${owner}`;
}

const STRING = { type: "String" } as const;
const record = (attributes: Record<string, unknown>) => ({ type: "Record", attributes });
const own = { name: STRING, effect: STRING, server: { type: "Entity", name: "Server" } };

/** What is declared of a client or server; what nobody declared counts as a cloud service that keeps and learns from everything. */
export interface Declared {
  readonly location: string;
  readonly training: string;
  readonly retention: string;
}

export const UNDECLARED: Declared = { location: "cloud", training: "yes", retention: "unlimited" };

const DECLARED = { location: STRING, training: STRING, retention: STRING };

/** The entity types of every schema (https://docs.cedarpolicy.com/schema). */
export const ENTITY_TYPES = {
  Role: {},
  Client: {},
  Key: {},
  User: {
    memberOfTypes: ["Role", "Client", "Key"],
    shape: record({ tenant: STRING, client: STRING, plan: STRING }),
  },
  Server: { shape: record({ ...own, ...DECLARED }) },
  Tool: { memberOfTypes: ["Server"], shape: record(own) },
  Prompt: { memberOfTypes: ["Server"], shape: record(own) },
  Resource: { memberOfTypes: ["Server"], shape: record(own) },
};

/** The context of an action with these arguments. */
export function contextWith(parameters: Record<string, unknown>): unknown {
  const texts = { type: "Set", element: STRING };
  return record({
    arguments: record(parameters),
    scopes: texts,
    labels: texts,
    environment: STRING,
    time: { type: "Extension", name: "datetime" },
    client: record({ id: STRING, ...DECLARED }),
  });
}
