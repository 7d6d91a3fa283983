import type { Kind } from "../../kernel/call.ts";

/**
 * The Cedar schema that every policy is validated against in strict mode (https://docs.cedarpolicy.com/schema).
 * `call` is for tools, `get` for prompts, `read` for resources and their templates, `see` for what a server says of
 * itself (its instructions). The id of a thing is `server.name`; the server's name has no dot.
 */
export const SCHEMA = `namespace Cardea {
  entity Role;
  entity User in [Role] { tenant: String };
  entity Server { name: String };
  entity Tool, Prompt, Resource in [Server] { name: String };
  type Circumstances = { environment: String };
  action call appliesTo { principal: User, resource: Tool, context: Circumstances };
  action get appliesTo { principal: User, resource: Prompt, context: Circumstances };
  action read appliesTo { principal: User, resource: Resource, context: Circumstances };
  action see appliesTo { principal: User, resource: Server, context: Circumstances };
}
`;

/** Cedar's action and entity type for each kind of thing. */
export const CEDAR_OF = {
  tool: { action: "call", type: "Tool" },
  prompt: { action: "get", type: "Prompt" },
  resource: { action: "read", type: "Resource" },
  template: { action: "read", type: "Resource" },
  instructions: { action: "see", type: "Server" },
} as const satisfies Record<Kind, { action: string; type: string }>;

/** A Cedar entity literal: `Cardea::Role::"support"`. */
export function entity(type: string, id: string): string {
  return `Cardea::${type}::${quoted(id)}`;
}

/** A Cedar string literal. For `like`, whose only special character is `*`, the caller's `*` are the wildcards. */
export function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
