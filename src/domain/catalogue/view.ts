import type { Effect, Kind, Published } from "../../kernel/call.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { isObject } from "../../kernel/json.ts";
import type { Listing } from "../../ports/upstream.ts";
import { aggregateName, aggregateUri } from "./names.ts";

/** One definition that an upstream publishes, judged. */
export interface Entry {
  readonly server: string;
  readonly kind: Kind;
  /** The name that policies and records know: the upstream's own (of a template: the URI template), or that of a part of a split tool. */
  readonly name: string;
  /** The upstream's own name: what is sent. */
  readonly sentName: string;
  /** The name on `/mcp/<server>`: the alias, or `name`. */
  readonly localName: string;
  /** The name on `/mcp`. */
  readonly aggregateName: string;
  /** The upstream's definition, which is pinned. */
  readonly definition: JsonObject;
  readonly digest: string;
  /** What callers see and are judged by. */
  readonly published: Published;
  readonly effect: Effect;
  /** Why it may be neither seen nor used; undefined: it is the approved one. */
  readonly quarantine: string | undefined;
}

/** What one link of one server publishes, judged against the pins. */
export interface ServerView {
  readonly server: string;
  /** By `name`. */
  readonly tools: ReadonlyMap<string, Entry>;
  readonly prompts: ReadonlyMap<string, Entry>;
  readonly templates: ReadonlyMap<string, Entry>;
  /** By URI. Single resources are data: filtered by policy, not pinned. */
  readonly resources: ReadonlyMap<string, JsonObject>;
  /** Local and aggregate names → entry, for tools and prompts. */
  readonly names: { readonly tool: ReadonlyMap<string, Entry>; readonly prompt: ReadonlyMap<string, Entry> };
  /** The approved instructions; undefined where there are none or they changed. */
  readonly instructions: string | undefined;
  readonly instructionsDigest: string | undefined;
  readonly capabilities: JsonObject;
  readonly quarantined: readonly Entry[];
  /** What could not be listed or read at all, in sentences for the operator. */
  readonly faults: readonly string[];
}

/** What callers see of a definition: one tool, prompt or template; of a split tool each part (P6). */
export interface Face {
  readonly name: string;
  readonly alias: string | undefined;
  readonly effect: Effect;
  readonly published: Published;
  /** Why it is withheld although the definition is approved; undefined: nothing is against it. */
  readonly quarantine: string | undefined;
}

/** How a definition is judged; given by compose, so that this room knows neither pins nor schemas nor the protocol. */
export interface Judge {
  /** Rebuilds a definition by pass-list (W7). Throws where its shape is wrong. */
  forwarded(kind: Kind | "resource", raw: JsonObject): JsonObject;
  /** `sha256:…` over the canonical forwarded definition. */
  digest(definition: JsonObject): string;
  /** Undefined where this digest is approved and nothing is found in it that was not, else why not (T1, T3, T4). */
  pinned(server: string, kind: Kind, name: string, digest: string, definition: JsonObject): string | undefined;
  /** Undefined where the definition can be enforced (its schemas compile, its header annotations are valid), else why not (V5). */
  usable(kind: Kind, definition: JsonObject, digest: string): string | undefined;
  /**
   * What is made of a definition by the configuration, at least one; `digest` is the definition's own.
   * @param approved undefined or true; false: it is quarantined already, and nobody will see what would be made of it
   */
  faces(
    server: string,
    kind: Kind,
    name: string,
    definition: JsonObject,
    digest: string,
    approved?: boolean,
  ): readonly Face[];
}

const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/**
 * Judges what a link published. A definition that cannot be read, enforced or matched to its pin is quarantined alone;
 * its neighbours are not touched (invariant 11).
 */
export function judgeListing(server: string, listing: Listing, judge: Judge): ServerView {
  const faults = [...listing.faults];
  const quarantined: Entry[] = [];
  const read = (kind: "tool" | "prompt" | "template", raws: readonly JsonObject[]): Map<string, Entry> => {
    const entries = new Map<string, Entry>();
    const twice = new Set<string>();
    for (const raw of raws) {
      const read = readEntries(server, kind, raw, judge);
      if (typeof read === "string") faults.push(read);
      else
        for (const entry of read)
          if (entries.has(entry.name)) twice.add(entry.name);
          else entries.set(entry.name, entry);
    }
    for (const name of twice) {
      const entry = entries.get(name);
      if (entry) entries.set(name, { ...entry, quarantine: "published twice" });
    }
    for (const entry of entries.values()) if (entry.quarantine !== undefined) quarantined.push(entry);
    return entries;
  };
  const tools = read("tool", listing.tools);
  const prompts = read("prompt", listing.prompts);
  const templates = read("template", listing.templates);
  const resources = new Map<string, JsonObject>();
  for (const raw of listing.resources) {
    try {
      const resource = judge.forwarded("resource", raw);
      if (typeof resource["uri"] === "string") resources.set(resource["uri"], resource);
    } catch (error) {
      faults.push(`A resource of ${server} is left out: ${error instanceof Error ? error.message : "invalid"}`);
    }
  }
  let instructions: string | undefined;
  let instructionsDigest: string | undefined;
  if (listing.instructions !== undefined) {
    const definition = { instructions: listing.instructions };
    const digest = judge.digest(definition);
    const why = judge.pinned(server, "instructions", "instructions", digest, definition);
    if (why === undefined) {
      instructions = listing.instructions;
      instructionsDigest = digest;
    } else
      quarantined.push({
        server,
        kind: "instructions",
        name: "instructions",
        sentName: "instructions",
        localName: "instructions",
        aggregateName: "instructions",
        definition,
        digest,
        published: { definition, digest },
        effect: "read",
        quarantine: why,
      });
  }
  return {
    server,
    tools,
    prompts,
    templates,
    resources,
    names: { tool: byName(tools), prompt: byName(prompts) },
    instructions,
    instructionsDigest,
    capabilities: listing.capabilities,
    quarantined,
    faults,
  };
}

function readEntries(
  server: string,
  kind: "tool" | "prompt" | "template",
  raw: JsonObject,
  judge: Judge,
): readonly Entry[] | string {
  let definition: JsonObject;
  try {
    definition = judge.forwarded(kind, raw);
  } catch (error) {
    const own = raw[kind === "template" ? "uriTemplate" : "name"];
    const called = typeof own === "string" ? ` ${JSON.stringify(own.slice(0, 128))}` : "";
    return `${called === "" ? "A" : "The"} ${kind}${called} of ${server} is left out: ${error instanceof Error ? error.message : "invalid"}`;
  }
  const name = String(definition[kind === "template" ? "uriTemplate" : "name"]);
  const digest = judge.digest(definition);
  const quarantine =
    (kind !== "template" && !TOOL_NAME.test(name)
      ? "its name holds characters other than A-Z a-z 0-9 _ . -"
      : undefined) ??
    judge.pinned(server, kind, name, digest, definition) ??
    judge.usable(kind, definition, digest);
  return judge.faces(server, kind, name, definition, digest, quarantine === undefined).map((face) => {
    const local = face.alias ?? face.name;
    return {
      server,
      kind,
      name: face.name,
      sentName: name,
      localName: local,
      aggregateName: kind === "template" ? aggregateUri(server, name) : aggregateName(server, local),
      definition,
      digest,
      published: face.published,
      effect: face.effect,
      quarantine: quarantine ?? face.quarantine,
    };
  });
}

/** Local and aggregate names in one map; a name that two entries claim belongs to neither (W6). */
function byName(entries: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const names = new Map<string, Entry>();
  const claimed = new Set<string>();
  const claim = (name: string, entry: Entry): void => {
    const other = names.get(name);
    if (other && other !== entry) claimed.add(name);
    else names.set(name, entry);
  };
  for (const entry of entries.values()) {
    claim(entry.localName, entry);
    claim(entry.aggregateName, entry);
  }
  for (const name of claimed) names.delete(name);
  return names;
}

/** The definition under the name that this endpoint shows. @param seen the definition as the caller sees it */
export function shown(entry: Entry, endpoint: string | undefined, seen = entry.published.definition): JsonObject {
  if (entry.kind === "template") {
    const uriTemplate = String(seen["uriTemplate"]);
    return { ...seen, uriTemplate: endpoint === undefined ? aggregateUri(entry.server, uriTemplate) : uriTemplate };
  }
  return { ...seen, name: endpoint === undefined ? entry.aggregateName : entry.localName };
}

/** Rewrites every resource URI of a result for the aggregate endpoint: contents, embedded resources, resource links. */
export function aggregateResult(server: string, result: JsonObject): JsonObject {
  const block = (value: Json): Json => {
    if (!isObject(value)) return value;
    let out = value;
    if (typeof value["uri"] === "string") out = { ...out, uri: aggregateUri(server, value["uri"]) };
    if (isObject(value["resource"])) out = { ...out, resource: block(value["resource"]) };
    if (isObject(value["content"])) out = { ...out, content: block(value["content"]) };
    return out;
  };
  let out = result;
  for (const member of ["content", "contents", "messages"]) {
    const list = result[member];
    if (Array.isArray(list)) out = { ...out, [member]: list.map(block) };
  }
  return out;
}
