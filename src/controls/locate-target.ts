import type { Asked, Kind, Located, Target } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import { leavesItsPlace, LONGEST_URI, matchesTemplate, splitUri } from "../domain/catalogue/names.ts";
import type { Entry } from "../domain/catalogue/view.ts";
import type { Seen } from "../domain/catalogue/views.ts";

/** How the catalogue is asked. */
export interface Locator {
  readonly servers: readonly string[];
  /** Whether the principal could be permitted anything on this server; otherwise it does not exist for them. */
  mayTouch(call: Asked, server: string): boolean;
  see(call: Asked, server: string): Seen | Promise<Seen>;
  /** What depends on who asks (P4); nothing where it is not given. */
  readonly own?: OwnTemplates;
}

/** Resource templates whose variables are bound to the principal (P4). */
export interface OwnTemplates {
  /** The definition as this caller sees it; undefined: it could never be theirs. */
  seenBy(principal: Principal, entry: Entry): JsonObject | undefined;
  /** Whether a URI belongs to somebody else. */
  isForeign(principal: Principal, server: string, uri: string): boolean;
}

/** The one answer for what is unknown, forbidden and quarantined. The true reason goes to the record alone. */
export function unknownTarget(call: Asked, control: string, secretReason: string): Refusal {
  const what =
    { tools: "tool", prompts: "prompt", resources: "resource" }[call.method.split("/")[0] ?? ""] ?? "reference";
  const uri = call.params["uri"];
  return {
    code: "unknown_target",
    message: `There is no such ${what} here. Ask for the list and use a name from it.`,
    control,
    executed: "no",
    secretReason,
    ...(typeof uri === "string" && call.method === "resources/read" ? { data: { uri } } : {}),
  };
}

/**
 * Maps the name that the caller used to the upstream's own, and to the definition published now (W6, W7). Of a server
 * on which the principal could be permitted nothing, nothing exists (P8).
 */
export function locateTarget(locator: Locator): Control<Asked, Located> {
  return {
    name: "locate-target",
    ids: ["W3", "W6", "W7"],
    judge(call) {
      const wanted = wantedOf(call);
      if ("code" in wanted) return deny(wanted);
      const server = serverOf(call, wanted, locator.servers);
      if (server === undefined || !locator.mayTouch(call, server))
        return deny(unknownTarget(call, "P8", server === undefined ? "no such server" : "no rule for this server"));
      const seen = locator.see(call, server);
      const { own } = locator;
      return seen instanceof Promise ? seen.then((s) => locate(call, wanted, s, own)) : locate(call, wanted, seen, own);
    },
  };
}

interface Wanted {
  readonly kind: "tool" | "prompt" | "resource" | "template";
  readonly name: string;
}

const bad = ({ method }: Asked, path: string, expected: string): Refusal => ({
  code: "invalid_params",
  message: `\`params.${path}\` of ${method} must be ${expected}.`,
  path: `/params/${path.replaceAll(".", "/")}`,
  executed: "no",
});

const long = ({ method }: Asked, path: string): Refusal => ({
  code: "invalid_params",
  message: `\`params.${path}\` of ${method} is longer than ${LONGEST_URI} characters, which is the most for a URI.`,
  path: `/params/${path.replaceAll(".", "/")}`,
  rule: `maxLength ${LONGEST_URI}`,
  control: "V3",
  executed: "no",
});

function wantedOf(call: Asked): Wanted | Refusal {
  const { params } = call;
  if (call.method === "resources/read" || call.method === "resources/subscribe") {
    const uri = params["uri"];
    if (typeof uri === "string" && uri.length > LONGEST_URI) return long(call, "uri");
    return typeof uri === "string" && uri !== ""
      ? { kind: "resource", name: uri }
      : bad(call, "uri", "the URI of a resource");
  }
  if (call.method === "completion/complete") {
    const ref = params["ref"];
    if (!isObject(ref))
      return bad(call, "ref", 'an object {"type":"ref/prompt","name":…} or {"type":"ref/resource","uri":…}');
    const argument = params["argument"];
    if (!isObject(argument) || typeof argument["name"] !== "string" || typeof argument["value"] !== "string")
      return bad(call, "argument", 'an object {"name": string, "value": string}');
    if (ref["type"] === "ref/prompt" && typeof ref["name"] === "string") return { kind: "prompt", name: ref["name"] };
    if (typeof ref["uri"] === "string" && ref["uri"].length > LONGEST_URI) return long(call, "ref.uri");
    if (ref["type"] === "ref/resource" && typeof ref["uri"] === "string") return { kind: "template", name: ref["uri"] };
    return bad(call, "ref.type", '"ref/prompt" with a name, or "ref/resource" with a uri');
  }
  const name = params["name"];
  if (typeof name !== "string" || name === "") return bad(call, "name", "the name of a tool or prompt");
  const args = params["arguments"];
  if (args !== undefined && !isObject(args)) return bad(call, "arguments", "an object");
  return { kind: call.method === "tools/call" ? "tool" : "prompt", name };
}

function serverOf(call: Asked, wanted: Wanted, servers: readonly string[]): string | undefined {
  if (call.endpoint !== undefined) return servers.includes(call.endpoint) ? call.endpoint : undefined;
  const server =
    wanted.kind === "resource" || wanted.kind === "template"
      ? splitUri(wanted.name)?.server
      : wanted.name.split("__", 1)[0];
  return server !== undefined && servers.includes(server) ? server : undefined;
}

/** What is in no list that could be had: unknown, or out of reach where a list of its kind could not be had. */
function missing(call: Asked, wanted: Wanted, { view, failed }: Seen, why: string): Refusal {
  const lists = wanted.kind === "resource" ? ["resources", "templates"] : [`${wanted.kind}s`];
  if (failed.size === 0 || !lists.some((list) => failed.has(list))) return unknownTarget(call, "P1", why);
  return {
    code: "upstream_unavailable",
    message: `The server ${view.server} does not list its ${lists[0]} now; try again in a moment.`,
    retryAfter: 1,
    executed: "no",
  };
}

function locate(call: Asked, wanted: Wanted, seen: Seen, own: OwnTemplates | undefined) {
  const { view } = seen;
  const aggregate = call.endpoint === undefined;
  if (wanted.kind === "tool" || wanted.kind === "prompt") {
    const entry = view.names[wanted.kind].get(wanted.name);
    if (!entry || (aggregate ? entry.aggregateName : entry.localName) !== wanted.name)
      return deny(missing(call, wanted, seen, "not published"));
    return pass(found(call, targetOf(entry), entry.sentName));
  }
  const uri = aggregate ? splitUri(wanted.name)?.uri : wanted.name;
  if (uri === undefined) return deny(missing(call, wanted, seen, "not published"));
  if (wanted.kind === "template") {
    const entry = templateSeenAs(call, uri, seen, own);
    if (!entry) return deny(missing(call, wanted, seen, "not published"));
    return pass(found(call, targetOf(entry), entry.sentName));
  }
  if (own?.isForeign(call.principal, view.server, uri) === true)
    return deny(unknownTarget(call, "P4", "the URI holds another value than the caller's own"));
  if (view.resources.has(uri)) return pass(found(call, resourceTarget(view.server, uri, undefined), uri));
  if (leavesItsPlace(uri)) return deny(unknownTarget(call, "P1", "a dot segment"));
  for (const entry of view.templates.values())
    if (entry.quarantine === undefined && matchesTemplate(entry.name, uri))
      return pass(found(call, resourceTarget(view.server, uri, entry), uri));
  return deny(missing(call, wanted, seen, "neither listed nor matched by an approved template"));
}

/** The template that this caller sees under this URI template: what is bound is filled in. */
function templateSeenAs(call: Asked, uri: string, { view }: Seen, own: OwnTemplates | undefined): Entry | undefined {
  if (own === undefined) return view.templates.get(uri);
  const isShown = (entry: Entry): boolean => own.seenBy(call.principal, entry)?.["uriTemplate"] === uri;
  const plain = view.templates.get(uri);
  if (plain !== undefined && isShown(plain)) return plain;
  for (const entry of view.templates.values()) if (isShown(entry)) return entry;
  return undefined;
}

function targetOf(entry: Entry): Target {
  return {
    server: entry.server,
    kind: entry.kind,
    name: entry.name,
    sentName: entry.sentName,
    digest: entry.digest,
    definition: entry.definition,
    published: entry.published,
    quarantine: entry.quarantine,
    effect: entry.effect,
  };
}

function resourceTarget(server: string, uri: string, template: Entry | undefined): Target {
  return {
    server,
    kind: "resource" satisfies Kind,
    name: uri,
    sentName: uri,
    digest: template?.digest,
    definition: undefined,
    published: undefined,
    quarantine: undefined,
    effect: "read",
  };
}

/** `params` by pass-list, with the upstream's own name. */
function found(call: Asked, target: Target, name: string): Located {
  const { params, method } = call;
  const sent: JsonObject = {};
  if (method === "resources/read" || method === "resources/subscribe") sent["uri"] = name;
  else if (method === "completion/complete") {
    const ref = params["ref"] as JsonObject;
    sent["ref"] = ref["type"] === "ref/prompt" ? { type: "ref/prompt", name } : { type: "ref/resource", uri: name };
    const { name: argument, value } = params["argument"] as JsonObject;
    sent["argument"] = { name: argument ?? null, value: value ?? null };
    if (isObject(params["context"]) && isObject(params["context"]["arguments"]))
      sent["context"] = { arguments: params["context"]["arguments"] };
  } else {
    sent["name"] = name;
    if (params["arguments"] !== undefined) sent["arguments"] = params["arguments"];
  }
  if (isObject(params["inputResponses"])) sent["inputResponses"] = params["inputResponses"];
  if (typeof params["requestState"] === "string") sent["requestState"] = params["requestState"];
  return { ...call, target, sent };
}
