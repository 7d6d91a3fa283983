/** The stateless revision: POST only, `_meta` envelope on every request. */
export const MODERN = "2026-07-28";

/** The revisions with `initialize` and a session, newest first. */
export const LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

export type LegacyVersion = (typeof LEGACY)[number];

/** Every revision that is spoken, newest first; what `-32022` names in `data.supported`. */
export const SUPPORTED: readonly string[] = [MODERN, ...LEGACY];

/** Whether a revision is stateless. */
export function isModern(version: string): version is typeof MODERN {
  return version === MODERN;
}

/** Whether a revision is one of those with a session that are spoken here. */
export function isLegacy(version: string): version is LegacyVersion {
  return (LEGACY as readonly string[]).includes(version);
}

/** Requests that a client may send in 2026-07-28. */
export const MODERN_METHODS: ReadonlySet<string> = new Set([
  "server/discover",
  "subscriptions/listen",
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "prompts/list",
  "prompts/get",
  "completion/complete",
]);

/** Requests that a client may send in 2025-11-25 and older. Core tasks are experimental there and not governed yet. */
export const LEGACY_METHODS: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
]);

/** Requests that a server may make of a client: on the stream (legacy) or inside `inputRequests` (modern). */
export const CLIENT_REQUESTS: ReadonlySet<string> = new Set([
  "elicitation/create",
  "sampling/createMessage",
  "roots/list",
]);

/** Requests that a server may send on a stream in 2025-11-25 and older. */
export const LEGACY_SERVER_METHODS: ReadonlySet<string> = new Set([...CLIENT_REQUESTS, "ping"]);

/** Notifications from client to server in 2026-07-28. Cancelling by notification exists on stdio alone; over HTTP the stream is closed. */
export const MODERN_CLIENT_NOTIFICATIONS: ReadonlySet<string> = new Set(["notifications/cancelled"]);

/** Notifications from server to client in 2026-07-28. */
export const MODERN_SERVER_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/progress",
  "notifications/message",
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/subscriptions/acknowledged",
  "notifications/cancelled",
]);

/** Notifications from client to server in 2025-11-25 and older. */
export const LEGACY_CLIENT_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
]);

/** Notifications from server to client in 2025-11-25 and older. */
export const LEGACY_SERVER_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/progress",
  "notifications/message",
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/cancelled",
  "notifications/elicitation/complete",
]);

/** Keys of `_meta` (MCP 2026-07-28, basic, `_meta`). */
export const META_PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion";
export const META_CLIENT_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
export const META_CLIENT_INFO = "io.modelcontextprotocol/clientInfo";
export const META_LOG_LEVEL = "io.modelcontextprotocol/logLevel";
export const META_SERVER_INFO = "io.modelcontextprotocol/serverInfo";
export const META_SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";
