import type { CedarValueJson, EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Effect, Kind } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Known, Value } from "./could.ts";
import type { Mention } from "./mentions.ts";
import type { Placed, Uid } from "./scope.ts";
import { actionOf, CEDAR_OF, type Declared, resourceOf, UNDECLARED, userOf } from "./schema.ts";

/** Who asks. A `Principal` is one. */
export interface Caller {
  readonly tenant: string;
  /** `person:…` or `service:…`. */
  readonly owner: string;
  readonly roles: readonly string[];
  /** Patterns that narrow the key; undefined: all that the roles allow. */
  readonly scope?: readonly string[];
  readonly environment: string;
  /** The key (`k_…`) or grant (`g_…`). */
  readonly credential: string;
  /** OAuth client id; undefined for keys. */
  readonly client?: string;
  /** Undefined for keys. */
  readonly oauthScopes?: ReadonlySet<string>;
  readonly plan: string;
}

/** What somebody wants to use. */
export interface Wanted {
  readonly server: string;
  readonly kind: Kind;
  /** The published name, URI or URI template; of no meaning for instructions. */
  readonly name: string;
  /** Undefined: what the pinned definition says, and a write where there is none. */
  readonly effect?: Effect;
}

/** What is known of a call beside who makes it. */
export interface Values {
  /** The exact arguments, bound ones filled in. */
  readonly arguments?: JsonObject;
  /** Labels of what the session has read. */
  readonly labels?: readonly string[];
  /** Milliseconds since the epoch; undefined: now. */
  readonly time?: number;
}

/** A question with everything that policies may look at. */
export interface Request {
  readonly principal: Placed;
  readonly action: Placed;
  readonly resource: Placed;
  readonly attributes: ReadonlyMap<string, Readonly<Record<string, Value>>>;
  readonly wanted: Wanted & { readonly effect: Effect };
  readonly caller: Caller;
  readonly environment: string;
  readonly client: { readonly id: string } & Declared;
  /** Milliseconds since the epoch, the begin of the minute. */
  readonly minute: number;
}

const MINUTE_MS = 60_000;

export const minuteOf = (now: number): number => Math.floor(now / MINUTE_MS) * MINUTE_MS;

const keyOf = ({ type, id }: Uid): string => `${type} ${id}`;

/**
 * Puts a question into Cedar's words.
 * @param roles those of the caller that the policy knows
 * @param declared what is declared of a server or client
 */
export function requestOf(
  caller: Caller,
  wanted: Wanted & { readonly effect: Effect },
  roles: readonly string[],
  around: {
    readonly environment: string;
    readonly minute: number;
    server(name: string): Declared | undefined;
    client(id: string): Declared | undefined;
  },
): Request {
  const { server, kind, name, effect } = wanted;
  const { action, type } = CEDAR_OF[kind];
  const group = { type: "Action", id: action };
  const id = actionOf(server, kind, name);
  const client = caller.client ?? "";
  const user: Uid = { type: "User", id: userOf(caller.tenant, caller.owner) };
  const parents: Uid[] = roles.map((role) => ({ type: "Role", id: role }));
  if (client !== "") parents.push({ type: "Client", id: client });
  // A grant is no key: what names keys does not mean it.
  else parents.push({ type: "Key", id: caller.credential });
  const home: Uid = { type: "Server", id: server };
  const thing: Uid = { type, id: resourceOf(server, kind, name) };
  const place = { entity: home };
  const { location, training, retention } = around.server(server) ?? UNDECLARED;
  return {
    principal: { uid: user, in: parents },
    action: { uid: { type: "Action", id }, in: id === action ? [] : [group] },
    resource: { uid: thing, in: kind === "instructions" ? [] : [home] },
    attributes: new Map<string, Readonly<Record<string, Value>>>([
      [keyOf(thing), { name, effect, server: place }],
      [keyOf(home), { name: server, effect: "read", server: place, location, training, retention }],
      [keyOf(user), { tenant: caller.tenant, client, plan: caller.plan }],
    ]),
    wanted,
    caller,
    environment: around.environment,
    client: { id: client, ...((client === "" ? undefined : around.client(client)) ?? UNDECLARED) },
    minute: around.minute,
  };
}

/** What is known before the arguments are: a resource is named by its URI, which is its only argument. */
export function knownOf(request: Request): Known {
  const { principal, action, resource, attributes, environment, client, minute, wanted } = request;
  const uri: Record<string, Value> = wanted.kind === "resource" ? { arguments: { record: { uri: wanted.name } } } : {};
  return {
    principal,
    action,
    resource,
    attributes: (uid) => attributes.get(keyOf(uid)),
    context: { environment, client: { record: { ...client } }, time: { ms: minute, span: false }, ...uri },
  };
}

/** The same for Cedar, without what no policy looks at. Nothing in it is parsed as Cedar text. */
export function cedarCall(
  slice: string,
  request: Request,
  flags: ReadonlySet<Mention>,
  fields: Record<string, CedarValueJson> | undefined,
  labels: readonly string[],
) {
  const { principal, action, resource, attributes, environment, client, minute, caller } = request;
  const context: Record<string, CedarValueJson> = {};
  if (fields !== undefined) context["arguments"] = fields;
  if (flags.has("environment")) context["environment"] = environment;
  if (flags.has("scopes")) context["scopes"] = [...(caller.oauthScopes ?? [])];
  if (flags.has("labels")) context["labels"] = [...labels];
  if (flags.has("client")) context["client"] = { ...client };
  if (flags.has("time")) context["time"] = { __extn: { fn: "datetime", arg: new Date(minute).toISOString() } };
  const home: Uid = { type: "Server", id: request.wanted.server };
  const entities: EntityJson[] = [principal, resource].map((one) => entityOf(one, attributes));
  if (action.in.length > 0) entities.push(entityOf(action, attributes));
  if (flags.has("server") && resource.uid.type !== "Server") entities.push(entityOf({ uid: home, in: [] }, attributes));
  return {
    principal: uidJson(principal.uid),
    action: uidJson(action.uid),
    resource: uidJson(resource.uid),
    context,
    preparsedPolicySetId: slice,
    entities,
  };
}

const uidJson = ({ type, id }: Uid) => ({ type: `Cardea::${type}`, id });

function entityOf({ uid, in: parents }: Placed, attributes: Request["attributes"]): EntityJson {
  const attrs: Record<string, CedarValueJson> = {};
  for (const [name, value] of Object.entries(attributes.get(keyOf(uid)) ?? {}))
    if (typeof value === "string") attrs[name] = value;
    else if (typeof value === "object" && "entity" in value) attrs[name] = { __entity: uidJson(value.entity) };
  return { uid: uidJson(uid), attrs, parents: parents.map(uidJson) };
}
