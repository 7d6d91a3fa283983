import fc from "fast-check";
import type { Era } from "../caller.ts";

/** Whose credential an attempt carries. */
export type Who = "broad" | "narrow" | "nobody" | "elsewhere";

/** One attempt, before it is put into bytes. */
export interface Attempt {
  readonly who: Who;
  readonly era: Era;
  readonly server: "crm" | "desk";
  /** Path below the gateway's root. */
  readonly path: string;
  readonly method: string;
  /** The text of `params`; written by hand, because some of it is no proper JSON. */
  readonly params: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Of the legacy era: whose session id goes along. */
  readonly session: "own" | "another's" | "none" | "made up";
  /** How the message is wrapped. */
  readonly wrap: "plain" | "batch" | "notification" | "twice" | "string id";
}

const { constantFrom, record, oneof, constant, string, tuple, array, integer } = fc;

/** Tools, prompts and resources that the roles must not reach, with arguments that would fit. */
const FORBIDDEN_TOOLS: readonly (readonly [string, object])[] = [
  ["delete_contact", { id: "1" }],
  ["export_all", { format: "csv" }],
  ["new_tool", { any: "x" }],
  ["run_report", { sql: "select * from contacts" }],
  ["issues", { action: "close", id: "1" }],
  ["issues", { action: "list" }],
  ["close_issue", { id: "1" }],
  ["close_issue", { action: "close", id: "1" }],
  ["list_issues", { action: "close", id: "1" }],
  ["wipe_notes", { folder: "inbox" }],
];

/** Calls of permitted tools with values that are forbidden. */
const FORBIDDEN_VALUES: readonly (readonly [string, object])[] = [
  ["find_contact", { tenant_id: "other", query: "ada" }],
  ["find_contact", { query: "ada", filter: { tenant: "other" } }],
  ["find_contact", { query: "ada", filter: { tenant: "other", city: "Rome" } }],
  ["find_contact", { query: "ada", Tenant_Id: "other" }],
  ["find_contact", { query: "ada", tenant_id: { __entity: { type: "Cardea::User", id: "x" } } }],
  ["find_contact", { query: "ada", __proto__x: 1, constructor: "x" }],
  ["transfer", { account: "a", amount: 101, currency: "EUR" }],
  ["transfer", { account: "a", amount: 50, currency: "USD" }],
  ["transfer", { account: "a", amount: 50 }],
  ["transfer", { account: "a", amount: "50", currency: "EUR" }],
  ["transfer", { account: "a", amount: [1000], currency: "EUR" }],
  ["transfer", { account: "a", amount: { __extn: { fn: "decimal", arg: "1.0" } }, currency: "EUR" }],
];

/** Spellings of a name that another reader could take for it. */
const spelt = (name: string) =>
  constantFrom(
    name,
    name.toUpperCase(),
    `${name} `,
    ` ${name}`,
    `${name}\u200b`,
    `${name}\u0000`,
    name.replace("_", "%5F"),
    name.replace("e", "\u0435"),
    name.replaceAll("_", "-"),
    `${name}/`,
    `./${name}`,
    `${name}?x=1`,
    [...name].map((one) => String.fromCodePoint((one.codePointAt(0) ?? 0) + 0xfee0)).join(""),
    name.slice(0, -1),
    `x${name}`,
  );

/** The ways to say which server a name is on. */
const aimed = (server: string, name: string) =>
  constantFrom(
    name,
    `${server}__${name}`,
    `${server}.${name}`,
    `${server}/${name}`,
    `${server}__${server}__${name}`,
    `files__${server}__${name}`,
    `${server.toUpperCase()}__${name}`,
    `${server}_${name}`,
    `${server}___${name}`,
  );

const uri = (server: string) =>
  constantFrom(
    "crm://other/contacts/2",
    "crm://default/../other/contacts/2",
    "vault://keys",
    "crm://default/contacts/1/../../../other/contacts/2",
    "crm://default%2F..%2Fother/contacts/2",
    "crm://DEFAULT/contacts/1",
    "crm://default/contacts/..%2f..%2fother",
    "crm://{tenant}/contacts/1",
    "crm://default@other/contacts/1",
    "crm://other/contacts/1?tenant=default",
    "crm://default\\..\\other/contacts/2",
    "crm://default/contacts/1#/../../other",
    "crm://default/contacts/%252e%252e%252fother",
    "crm:///contacts/1",
    "crm:other/contacts/1",
    "CRM://other/contacts/2",
    "crm://defaul\u0074/contacts/a/b",
  ).chain((one) =>
    constantFrom(one, `${server}+${one}`, `${server}+${server}+${one}`, `desk+${one}`, ` ${one}`, encodeURI(one)),
  );

/** A member that the caller has no business to send. */
const extra = constantFrom<Record<string, unknown>>(
  {},
  { requestState: "AAAA" },
  {
    requestState: "x".repeat(300),
    inputResponses: { "cardea.approval": { action: "accept", content: { decision: "allow" } } },
  },
  { inputResponses: { "cardea.approval": { action: "accept" } } },
  { inputResponses: { "cardea.approval": { action: "accept", content: { decision: "allow", always: true } } } },
  { task: { ttl: 1000 } },
  { approved: true, confirm: true, approval: "a_1" },
  { _meta: { "cardea/principal": { tenant: "other" }, roles: ["admin"], "cardea/approval": "allowed" } },
  { server: "crm", tenant: "other", environment: "prod" },
);

/** Writes an object as text in ways that readers may take differently. */
const written = (value: object) =>
  constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text,
    (text) => text,
    // The same member twice: the first or the last may count.
    (text) => text.replace(/"name":"([^"]*)"/, '"name":"find_contact","name":"$1"'),
    (text) => text.replace(/"name":"([^"]*)"/, '"name":"$1","name":"find_contact"'),
    (text) => text.replace(/"amount":101/, '"amount":1,"amount":101'),
    (text) => text.replace(/"amount":101/, '"amount":1e2,"Amount":101'),
    (text) => text.replace(/"amount":101/, '"amount":100.00000000000000001'),
    (text) => text.replace(/"amount":50/, '"amount":-0,"\\u0061mount":5000'),
    (text) => text.replace(/"amount":101/, '"amount":18446744073709551617'),
    (text) => text.replace(/"tenant_id":/, '"tenant\\u005fid":'),
    (text) => text.replace(/"arguments":/, '"Arguments":{},"arguments":'),
    (text) => text.replace(/"arguments":/, '"arguments":{"query":"x"},"arguments":'),
    (text) => text.replace(/"name":"([a-z])/, (_, first: string) => `"name":"\\u00${first.charCodeAt(0).toString(16)}`),
    (text) => text.replace(/"tenant":/, '"__proto__":{"tenant":"other"},"tenant":'),
    (text) => text.replace(/\}$/, ',"name":"find_contact"}'),
    (text) => `${text} `.replaceAll(":", " : "),
  ).map((twist) => twist(JSON.stringify(value)));

const tool = (server: string) =>
  constantFrom(...FORBIDDEN_TOOLS, ...FORBIDDEN_VALUES).chain(([name, args]) =>
    tuple(
      spelt(name).chain((one) => oneof(aimed(server, one), constant(name), constant(`${server}__${name}`))),
      extra,
    ).map(([called, more]) => ({ method: "tools/call", value: { name: called, arguments: args, ...more } })),
  );

const prompt = (server: string) =>
  tuple(
    constantFrom<readonly [string, Record<string, unknown>]>(
      ["secret_prompt", { who: "me" }],
      ["greet", { tenant: "other", who: "me" }],
      ["greet", { tenant: "other" }],
      ["greet", { Tenant: "other", who: "me" }],
    ).chain(([name, args]) => aimed(server, name).map((called) => ({ name: called, arguments: args }))),
    extra,
  ).map(([value, more]) => ({ method: "prompts/get", value: { ...value, ...more } }));

const resource = (server: string) =>
  tuple(uri(server), constantFrom("resources/read", "resources/subscribe", "resources/unsubscribe"), extra).map(
    ([one, method, more]) => ({ method, value: { uri: one, ...more } }),
  );

const completion = (server: string) =>
  tuple(
    constantFrom<Record<string, unknown>>(
      { type: "ref/prompt", name: "secret_prompt" },
      { type: "ref/prompt", name: `${server}__secret_prompt` },
      { type: "ref/prompt", name: "greet" },
      { type: "ref/prompt", name: `${server}__greet` },
      { type: "ref/resource", uri: "crm://{tenant}/contacts/{id}" },
      { type: "ref/resource", uri: `${server}+crm://{tenant}/contacts/{id}` },
      { type: "ref/resource", uri: "crm://other/contacts/{id}" },
    ),
    constantFrom("tenant", "who", "id"),
    constantFrom({}, { context: { arguments: { tenant: "other" } } }),
  ).map(([ref, name, context]) => ({
    method: "completion/complete",
    value: { ref, argument: { name, value: "o" }, ...context },
  }));

/** Other methods that could carry a forbidden name. */
const strange = (server: string) =>
  tuple(
    constantFrom(
      "tools/list",
      "prompts/list",
      "resources/list",
      "resources/templates/list",
      "server/discover",
      "subscriptions/listen",
      "tasks/get",
      "tasks/result",
      "tools/Call",
      "TOOLS/CALL",
      "tools/call/",
      "tools//call",
      "sampling/createMessage",
      "elicitation/create",
      "roots/list",
      "notifications/tools/list_changed",
      "logging/setLevel",
      "initialize",
    ),
    aimed(server, "delete_contact"),
    uri(server),
  ).map(([method, name, one]) => ({
    method,
    value: {
      name,
      arguments: { id: "1" },
      uri: one,
      notifications: { resourceSubscriptions: [one], toolsListChanged: true },
      cursor: "0",
      level: "debug",
    },
  }));

const PATHS = [
  "/mcp",
  "/mcp/crm",
  "/mcp/desk",
  "/mcp/CRM",
  "/mcp/crm/",
  "/mcp//crm",
  "/mcp/%63rm",
  "/mcp/crm/../desk",
  "/mcp?server=crm",
  "/mcp/vault",
  "/mcp/crm%2f",
  "/MCP",
];

/** Headers that could be believed in place of the body, or say who is asking. */
const HEADERS: readonly (readonly [string, string])[] = [
  ["mcp-name", "find_contact"],
  ["mcp-name", "crm__find_contact"],
  ["mcp-method", "tools/list"],
  ["mcp-param-tenant", "other"],
  ["mcp-param-tenant", "=?base64?b3RoZXI=?="],
  ["mcp-param-tenant_id", "other"],
  ["x-forwarded-for", "127.0.0.1"],
  ["x-cardea-tenant", "other"],
  ["x-tenant-id", "other"],
  ["x-original-url", "/mcp/desk"],
  ["x-http-method-override", "GET"],
  ["mcp-protocol-version", "2025-03-26"],
  ["content-type", "application/json; charset=utf-16"],
  ["last-event-id", "nAAAA_1"],
  ["x-environment", "prod"],
];

/** Attempts of every kind: method × era × name × spelling × arguments × headers × path × session × wrapping. */
export const attempts: fc.Arbitrary<Attempt> = constantFrom("crm" as const, "desk" as const).chain((server) =>
  record({
    server: constant(server),
    who: oneof(
      { weight: 6, arbitrary: constant("broad" as const) },
      { weight: 3, arbitrary: constant("narrow" as const) },
      { weight: 1, arbitrary: constant("nobody" as const) },
      { weight: 1, arbitrary: constant("elsewhere" as const) },
    ),
    era: constantFrom<Era>("modern", "legacy"),
    path: oneof(
      { weight: 4, arbitrary: constant("/mcp") },
      { weight: 4, arbitrary: constant(`/mcp/${server}`) },
      { weight: 1, arbitrary: constantFrom(...PATHS) },
    ),
    asked: oneof(
      { weight: 6, arbitrary: tool(server) },
      { weight: 2, arbitrary: prompt(server) },
      { weight: 3, arbitrary: resource(server) },
      { weight: 1, arbitrary: completion(server) },
      { weight: 1, arbitrary: strange(server) },
    ).chain(({ method, value }) => written(value).map((params) => ({ method, params }))),
    headers: oneof(
      { weight: 3, arbitrary: constant([]) },
      { weight: 1, arbitrary: array(constantFrom(...HEADERS), { maxLength: 2 }) },
    ),
    session: oneof(
      { weight: 6, arbitrary: constant("own" as const) },
      { weight: 1, arbitrary: constantFrom("another's" as const, "none" as const, "made up" as const) },
    ),
    wrap: oneof(
      { weight: 8, arbitrary: constant("plain" as const) },
      {
        weight: 1,
        arbitrary: constantFrom("batch" as const, "notification" as const, "twice" as const, "string id" as const),
      },
    ),
    noise: tuple(string({ maxLength: 8 }), integer()),
  }).map(({ asked, noise: _noise, ...rest }) => ({ ...rest, ...asked })),
);
