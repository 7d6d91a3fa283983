import { refuse } from "../../kernel/errors.ts";
import type { ClientProfile } from "../../kernel/call.ts";
import type { Clock } from "../../ports/world.ts";
import type { Change, LinkKey, Listing, Upstream, UpstreamLink } from "../../ports/upstream.ts";
import type { Principal } from "../../kernel/principal.ts";
import { narrowed, type Requests } from "./profile.ts";
import { type Entry, type Judge, judgeListing, type ServerView } from "./view.ts";

/** A link with what it publishes. */
export interface Seen {
  readonly link: UpstreamLink;
  readonly view: ServerView;
  /** Lists that could not be had: what would be in them is out of reach, not unknown. */
  readonly failed: ReadonlySet<string>;
}

interface Slot {
  readonly key: LinkKey;
  readonly link: UpstreamLink;
  view: ServerView;
  /** Monotonic milliseconds of the last fetch; 0 after a change was heard. */
  fetched: number;
  /** Counts what made the view old: a fetch that began before the last of it does not make the view new. */
  heard: number;
  used: number;
  fetching: Promise<void> | undefined;
  /** It is forgotten: nobody goes on with it. */
  gone: boolean;
  /** Lists that could not be had. */
  failed: ReadonlySet<string>;
}

/** Told when something that a caller can see may have changed. */
export interface Listener {
  readonly tenant: string;
  readonly credential: string;
  heard(server: string, change: Change): void;
}

/** Slots that nobody used for this long are forgotten; the adapter ends the link itself. */
const FORGET_MS = 10 * 60_000;
const LIST_TIMEOUT_MS = 15_000;
/** Lists that failed are asked for again after so long. */
const RETRY_MS = 1_000;

/**
 * What every caller's link of every server publishes, judged when it was fetched: on first use, after a change was
 * heard, after new pins, and when it is older than `refreshMs` (which bounds how long a silent change can be used).
 */
export function createViews(options: {
  upstreams: ReadonlyMap<string, Upstream>;
  judge: Judge;
  clock: Clock;
  /** Milliseconds after which a view is fetched again before it is used, per server. */
  refreshMs(server: string): number;
  /** What this server may ask of a client; nothing where it is not said. */
  requests?(server: string): Requests | undefined;
  /** Why this server may not be contacted at all now (T1); undefined: it may. */
  barred(server: string): string | undefined;
  /** Heard once per fetch: what is quarantined or faulty. */
  onView(view: ServerView): void;
}) {
  const slots = new Map<string, Slot>();
  const listeners = new Set<Listener>();
  const opening = new Map<string, Promise<Slot>>();

  /** What a caller used last: the next call mostly wants the same, and its key need not be written for it. */
  const recent = new WeakMap<Principal, { server: string; profile: ClientProfile; slot: Slot }>();
  const slotOf = (server: string, principal: Principal, profile: ClientProfile): Slot | undefined => {
    const last = recent.get(principal);
    if (last !== undefined && last.server === server && last.profile === profile && !last.slot.gone) return last.slot;
    const slot = slots.get(keyOf(server, principal.tenant, principal.credential, profile));
    if (slot !== undefined) recent.set(principal, { server, profile, slot });
    return slot;
  };
  const forget = (id: string): void => {
    const slot = slots.get(id);
    if (slot !== undefined) slot.gone = true;
    slots.delete(id);
  };

  const marks = new WeakMap<ClientProfile, string>();
  const keyOf = (server: string, tenant: string, credential: string, declared: ClientProfile): string => {
    const profile = narrowed(declared, options.requests?.(server));
    let mark = marks.get(profile);
    if (mark === undefined) marks.set(profile, (mark = Object.values(profile).map(Number).join("")));
    return `${server}\n${tenant}\n${credential}\n${mark}`;
  };

  for (const upstream of options.upstreams.values()) {
    upstream.onListChange((key, change) => {
      for (const slot of slots.values())
        if (
          slot.view.server === upstream.name &&
          slot.key.tenant === key.tenant &&
          slot.key.credential === key.credential
        )
          outdate(slot);
      tell(upstream.name, change, (l) => l.tenant === key.tenant && l.credential === key.credential);
    });
  }

  function tell(server: string, change: Change, to: (l: Listener) => boolean): void {
    for (const listener of listeners) if (to(listener)) listener.heard(server, change);
  }

  function outdate(slot: Slot): void {
    slot.heard++;
    slot.fetched = 0;
  }

  async function fetch(slot: Slot): Promise<void> {
    const server = slot.view.server;
    const at = options.clock.monotonic();
    const { heard } = slot;
    const listing = await slot.link.list(AbortSignal.timeout(LIST_TIMEOUT_MS));
    const before = slot.view;
    const failed = failedLists(listing);
    if (failed.size > 0 && failed.size >= declaredLists(listing))
      refuse("upstream_unavailable", `The server ${server} does not list what it offers; try again later.`, {
        executed: "no",
        retryAfter: RETRY_MS / 1000,
      });
    slot.view = judgeListing(server, listing, options.judge);
    slot.failed = failed;
    // What could not be listed is looked for again soon.
    if (slot.heard === heard)
      slot.fetched = failed.size === 0 ? at : Math.max(1, at - Math.max(0, options.refreshMs(server) - RETRY_MS));
    // A definition that changed for one caller may have changed for all: nobody goes on with an older view (T3).
    if (slot.view.quarantined.some((entry) => !before.quarantined.some((old) => old.digest === entry.digest)))
      for (const other of slots.values()) if (other !== slot && other.view.server === server) outdate(other);
    options.onView(slot.view);
    const mine = (l: Listener): boolean => l.tenant === slot.key.tenant && l.credential === slot.key.credential;
    for (const [kind, member] of [
      ["tools", "tools"],
      ["prompts", "prompts"],
    ] as const)
      if (before.capabilities !== NOTHING && signature(before[member]) !== signature(slot.view[member]))
        tell(server, { kind }, mine);
  }

  async function open(upstream: Upstream, key: LinkKey, id: string): Promise<Slot> {
    const link = await upstream.link(key);
    const now = options.clock.monotonic();
    const empty = judgeListing(
      upstream.name,
      {
        tools: [],
        prompts: [],
        resources: [],
        templates: [],
        instructions: undefined,
        capabilities: NOTHING,
        faults: [],
      },
      options.judge,
    );
    const slot: Slot = {
      key,
      link,
      view: empty,
      fetched: 0,
      heard: 0,
      used: now,
      fetching: undefined,
      gone: false,
      failed: NONE,
    };
    // Among the others from the start, so that a change which is heard during the first listing counts.
    forget(id);
    slots.set(id, slot);
    try {
      await fetch(slot);
    } catch (error) {
      if (slots.get(id) === slot) forget(id);
      throw error;
    }
    return slot;
  }

  return {
    /**
     * The link and view of this caller. Rejects with `Refused` where the server is barred, unknown or out of reach.
     * @param maxAgeMs fetch again when older than this; default the server's refresh time
     */
    async see(server: string, principal: Principal, profile: ClientProfile, maxAgeMs?: number): Promise<Seen> {
      const barred = options.barred(server);
      if (barred !== undefined) refuse("upstream_unavailable", barred, { control: "T1", executed: "no" });
      const slot = this.peek(server, principal, profile, maxAgeMs);
      if (slot) return slot;
      const upstream = options.upstreams.get(server);
      if (!upstream) throw new TypeError(`No server ${server}`);
      const key: LinkKey = {
        tenant: principal.tenant,
        credential: principal.credential,
        profile: narrowed(profile, options.requests?.(server)),
      };
      const id = keyOf(server, key.tenant, key.credential, profile);
      const known = slots.get(id);
      const opened = opening.get(id);
      if (opened) return opened;
      if (known && known.link === (await upstream.link(key))) {
        known.fetching ??= fetch(known).finally(() => {
          known.fetching = undefined;
        });
        await known.fetching;
        known.used = options.clock.monotonic();
        return known;
      }
      let pending = opening.get(id);
      if (!pending) {
        pending = open(upstream, key, id).finally(() => opening.delete(id));
        opening.set(id, pending);
      }
      return pending;
    },
    /** The view where it is fresh already; undefined: call `see`. */
    peek(server: string, principal: Principal, profile: ClientProfile, maxAgeMs?: number): Seen | undefined {
      const slot = slotOf(server, principal, profile);
      if (!slot || slot.fetched === 0) return undefined;
      const now = options.clock.monotonic();
      if (now - slot.fetched > (maxAgeMs ?? options.refreshMs(server))) return undefined;
      slot.used = now;
      return slot;
    },
    /** The link of a caller who was shown a view just now; undefined: something changed since, call `see`. */
    linkOf(server: string, principal: Principal, profile: ClientProfile): UpstreamLink | undefined {
      const slot = slotOf(server, principal, profile);
      return slot === undefined || slot.fetched === 0 ? undefined : slot.link;
    },
    listen(listener: Listener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Tells a caller that a server which was slow has arrived. */
    announce(server: string, principal: Principal): void {
      for (const kind of ["tools", "prompts", "resources"] as const)
        tell(server, { kind }, (l) => l.tenant === principal.tenant && l.credential === principal.credential);
    },
    /** After a link failed: the next caller gets a new one. */
    distrust(server: string, principal: Principal, profile: ClientProfile): void {
      const slot = slots.get(keyOf(server, principal.tenant, principal.credential, profile));
      if (slot) outdate(slot);
    },
    /** After new pins or policy: everything is judged again, and everybody is told. */
    rejudge(): void {
      for (const slot of slots.values()) outdate(slot);
      for (const server of options.upstreams.keys())
        for (const kind of ["tools", "prompts", "resources"] as const) tell(server, { kind }, () => true);
    },
    /** Forgets what nobody used for ten minutes. To be called now and then. */
    sweep(): void {
      const now = options.clock.monotonic();
      for (const [id, slot] of slots) if (now - slot.used > FORGET_MS) forget(id);
    },
    /** Forgets a credential. */
    forget(credential: string): void {
      for (const [id, slot] of slots) if (slot.key.credential === credential) forget(id);
    },
  };
}

export type Views = ReturnType<typeof createViews>;

const NOTHING = {};
const NONE: ReadonlySet<string> = new Set();
const LISTS = { tools: "tools", prompts: "prompts", resources: "resources", templates: "resources" } as const;

/** The lists that are named in the faults of a listing. */
function failedLists(listing: Listing): ReadonlySet<string> {
  if (listing.faults.length === 0) return NONE;
  return new Set(Object.keys(LISTS).filter((list) => listing.faults.some((fault) => fault.startsWith(`${list}: `))));
}

/** How many lists the server's capabilities promise. */
function declaredLists({ capabilities }: Listing): number {
  return Object.values(LISTS).filter((name) => capabilities[name] !== undefined).length;
}

function signature(entries: ReadonlyMap<string, Entry>): string {
  let text = "";
  for (const [name, entry] of entries) text += `${name} ${entry.published.digest} ${entry.quarantine ?? ""}\n`;
  return text;
}
