import type { Asked, Effect, Kind } from "../kernel/call.ts";
import { Refused, refuse } from "../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { aggregateUri } from "../domain/catalogue/names.ts";
import { type Entry, type ServerView, shown } from "../domain/catalogue/view.ts";
import type { Seen, Views } from "../domain/catalogue/views.ts";
import type { Decide } from "../controls/check-visible.ts";
import type { OwnTemplates } from "../controls/locate-target.ts";
import type { Sealer } from "../ports/sealer.ts";
import { LEGACY, MODERN } from "../protocol/versions.ts";

/** A listing that is asked for is never older than this. */
const LIST_AGE_MS = 1_000;
/** How long a listing of several servers waits for a slow one; it is told of the rest by a list change. */
const PATIENCE_MS = 5_000;
const PAGE = 500;

/** Lists and discovery, answered from judged views, filtered for the caller (P8, T3); one bad server hides no other. */
export function createListing(parts: {
  views: Views;
  servers: readonly string[];
  decide: Decide;
  mayTouch(asked: Asked, server: string): boolean;
  /** What depends on who asks (P4). */
  own: OwnTemplates;
  sealer: Sealer;
  version: string;
}) {
  /** Who waits for which slow server. */
  const late = new Set<string>();

  const serversOf = (asked: Asked): readonly string[] => {
    const wanted =
      asked.endpoint === undefined ? parts.servers : parts.servers.filter((name) => name === asked.endpoint);
    const touched = wanted.filter((name) => parts.mayTouch(asked, name));
    if (asked.endpoint !== undefined && touched.length === 0)
      refuse(
        "unknown_path",
        "There is no such server here. The endpoint /mcp shows everything that this key may use.",
        {
          secretReason: wanted.length === 0 ? "no such server" : "no rule for this server",
        },
      );
    return touched;
  };

  /** The views that the caller may touch. One server: its failure is the answer. Several: a failing or slow one is left out. */
  async function viewsOf(asked: Asked, maxAgeMs?: number): Promise<ServerView[]> {
    const servers = serversOf(asked);
    const see = (server: string) => parts.views.see(server, asked.principal, asked.profile, maxAgeMs);
    if (asked.endpoint !== undefined) return [(await see(asked.endpoint)).view];
    const found = await Promise.all(servers.map((server) => patiently(asked, server, see(server))));
    return found.filter((view) => view !== undefined);
  }

  /** A view if it comes in time. A server that was late once is waited for no more until it has come. */
  async function patiently(asked: Asked, server: string, coming: Promise<Seen>): Promise<ServerView | undefined> {
    const { tenant, credential } = asked.principal;
    const mark = `${server}\n${tenant}\n${credential}`;
    const view = coming.then(
      (seen) => seen.view,
      () => undefined,
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<"over">((resolve) => {
      timer = setTimeout(() => resolve("over"), late.has(mark) ? 0 : PATIENCE_MS);
    });
    const first = await Promise.race([view, over]);
    clearTimeout(timer);
    if (first !== "over") return first;
    if (!late.has(mark)) {
      late.add(mark);
      void view.then((came) => {
        late.delete(mark);
        if (came) parts.views.announce(server, asked.principal);
      });
    }
    return undefined;
  }

  const permitted = (asked: Asked, server: string, kind: Kind, name: string, effect?: Effect): boolean =>
    parts.decide(asked.principal, server, kind, name, effect).allow;

  function entries(asked: Asked, of: ReadonlyMap<string, Entry>): JsonObject[] {
    const listed: JsonObject[] = [];
    for (const entry of of.values())
      if (entry.quarantine === undefined && permitted(asked, entry.server, entry.kind, entry.name, entry.effect)) {
        const seen = parts.own.seenBy(asked.principal, entry);
        if (seen !== undefined) listed.push(shown(entry, asked.endpoint, seen));
      }
    return listed;
  }

  function resources(asked: Asked, view: ServerView): JsonObject[] {
    const listed: JsonObject[] = [];
    for (const [uri, resource] of view.resources)
      if (permitted(asked, view.server, "resource", uri) && !parts.own.isForeign(asked.principal, view.server, uri))
        listed.push(asked.endpoint === undefined ? { ...resource, uri: aggregateUri(view.server, uri) } : resource);
    return listed;
  }

  /** One page, with the gateway's own cursor, sealed to the caller (W7). */
  function page(asked: Asked, member: string, items: Json[]): JsonObject {
    const context = `cursor\n${asked.principal.tenant}\n${asked.principal.credential}\n${asked.method}\n${asked.endpoint ?? ""}`;
    const cursor = asked.params["cursor"];
    let from = 0;
    if (cursor !== undefined) {
      const text = typeof cursor === "string" ? parts.sealer.open(cursor, context) : undefined;
      if (text === undefined)
        refuse("invalid_params", "`params.cursor` is not a cursor of this list. Start without one.", {
          path: "/params/cursor",
        });
      from = Number(text);
    }
    const next = from + PAGE;
    return {
      resultType: "complete",
      [member]: items.slice(from, next),
      ...(next < items.length ? { nextCursor: parts.sealer.seal(String(next), context) } : {}),
      ttlMs: 0,
      cacheScope: "private",
    };
  }

  /** Capabilities of what the caller can reach, in the form of `server/discover`; what is not governed is not declared. */
  function capabilitiesOf(views: readonly ServerView[]): JsonObject {
    const has = (name: string): boolean => views.some((view) => isObject(view.capabilities[name]));
    const subscribe = views.some(({ capabilities: { resources: r } }) => isObject(r) && r["subscribe"] === true);
    return {
      ...(has("tools") ? { tools: { listChanged: true } } : {}),
      ...(has("prompts") ? { prompts: { listChanged: true } } : {}),
      ...(has("resources") ? { resources: { ...(subscribe ? { subscribe: true } : {}), listChanged: true } } : {}),
      ...(has("completions") ? { completions: {} } : {}),
      ...(has("logging") ? { logging: {} } : {}),
    };
  }

  function instructionsOf(asked: Asked, views: readonly ServerView[]): string | undefined {
    const told = views.filter(
      (view) => view.instructions !== undefined && permitted(asked, view.server, "instructions", "instructions"),
    );
    if (told.length === 0) return undefined;
    if (asked.endpoint !== undefined) return told[0]?.instructions;
    return told.map((view) => `# ${view.server}\n${view.instructions}`).join("\n\n");
  }

  const info: JsonObject = { name: "cardea", title: "Cardea", version: parts.version };

  return {
    info,

    async list(asked: Asked, kind: "tool" | "prompt" | "resource" | "template"): Promise<JsonObject> {
      const views = await viewsOf(asked, LIST_AGE_MS);
      switch (kind) {
        case "tool":
          return page(
            asked,
            "tools",
            views.flatMap((view) => entries(asked, view.tools)),
          );
        case "prompt":
          return page(
            asked,
            "prompts",
            views.flatMap((view) => entries(asked, view.prompts)),
          );
        case "template":
          return page(
            asked,
            "resourceTemplates",
            views.flatMap((view) => entries(asked, view.templates)),
          );
        case "resource":
          return page(
            asked,
            "resources",
            views.flatMap((view) => resources(asked, view)),
          );
      }
    },

    /** `server/discover` (2026-07-28). */
    async discover(asked: Asked): Promise<JsonObject> {
      const views = await viewsOf(asked);
      const instructions = instructionsOf(asked, views);
      return {
        resultType: "complete",
        supportedVersions: [MODERN, ...LEGACY],
        capabilities: capabilitiesOf(views),
        ...(instructions === undefined ? {} : { instructions }),
        ttlMs: 0,
        cacheScope: "private",
      };
    },

    /** The result of `initialize` (2025-11-25 and older). */
    async initialize(asked: Asked, version: string): Promise<JsonObject> {
      const views = await viewsOf(asked);
      const instructions = instructionsOf(asked, views);
      return {
        protocolVersion: version,
        capabilities: capabilitiesOf(views),
        serverInfo: info,
        ...(instructions === undefined ? {} : { instructions }),
      };
    },

    /** The servers whose changes this caller may hear of; opens their links, so that there is somebody who hears. */
    async reachable(asked: Asked): Promise<readonly string[]> {
      try {
        return (await viewsOf(asked)).map((view) => view.server);
      } catch (error) {
        if (error instanceof Refused) return [];
        throw error;
      }
    },
  };
}

export type Lists = ReturnType<typeof createListing>;
