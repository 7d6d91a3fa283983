import { refuse } from "../../kernel/errors.ts";
import type { ClientProfile } from "../../kernel/call.ts";
import type { Clock } from "../../ports/world.ts";
import type { Change, LinkKey, Upstream, UpstreamLink } from "../../ports/upstream.ts";
import type { Principal } from "../../kernel/principal.ts";
import { type Judge, judgeListing, type ServerView } from "./view.ts";

/** A link with what it publishes. */
export interface Seen {
  readonly link: UpstreamLink;
  readonly view: ServerView;
}

interface Slot {
  readonly key: LinkKey;
  readonly link: UpstreamLink;
  view: ServerView;
  /** Monotonic milliseconds of the last fetch; 0 after a change was heard. */
  fetched: number;
  used: number;
  fetching: Promise<void> | undefined;
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
  /** Why this server may not be contacted at all now (T1); undefined: it may. */
  barred(server: string): string | undefined;
  /** Heard once per fetch: what is quarantined or faulty. */
  onView(view: ServerView): void;
}) {
  const slots = new Map<string, Slot>();
  const listeners = new Set<Listener>();
  const opening = new Map<string, Promise<Slot>>();

  const marks = new WeakMap<ClientProfile, string>();
  const keyOf = (server: string, tenant: string, credential: string, profile: ClientProfile): string => {
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
          slot.fetched = 0;
      tell(upstream.name, change, (l) => l.tenant === key.tenant && l.credential === key.credential);
    });
  }

  function tell(server: string, change: Change, to: (l: Listener) => boolean): void {
    for (const listener of listeners) if (to(listener)) listener.heard(server, change);
  }

  async function fetch(slot: Slot): Promise<void> {
    const server = slot.view.server;
    const at = options.clock.monotonic();
    const listing = await slot.link.list(AbortSignal.timeout(LIST_TIMEOUT_MS));
    const before = slot.view;
    slot.view = judgeListing(server, listing, options.judge);
    slot.fetched = at;
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
    const slot: Slot = { key, link, view: empty, fetched: 0, used: now, fetching: undefined };
    await fetch(slot);
    slots.set(id, slot);
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
      const key: LinkKey = { tenant: principal.tenant, credential: principal.credential, profile };
      const id = keyOf(server, key.tenant, key.credential, profile);
      const known = slots.get(id);
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
      const slot = slots.get(keyOf(server, principal.tenant, principal.credential, profile));
      if (!slot || slot.fetched === 0) return undefined;
      const now = options.clock.monotonic();
      if (now - slot.fetched > (maxAgeMs ?? options.refreshMs(server))) return undefined;
      slot.used = now;
      return slot;
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
      if (slot) slot.fetched = 0;
    },
    /** After new pins or policy: everything is judged again, and everybody is told. */
    rejudge(): void {
      for (const slot of slots.values()) slot.fetched = 0;
      for (const server of options.upstreams.keys())
        for (const kind of ["tools", "prompts", "resources"] as const) tell(server, { kind }, () => true);
    },
    /** Forgets what nobody used for ten minutes. To be called now and then. */
    sweep(): void {
      const now = options.clock.monotonic();
      for (const [id, slot] of slots) if (now - slot.used > FORGET_MS) slots.delete(id);
    },
    /** Forgets a credential. */
    forget(credential: string): void {
      for (const [id, slot] of slots) if (slot.key.credential === credential) slots.delete(id);
    },
  };
}

export type Views = ReturnType<typeof createViews>;

const NOTHING = {};

function signature(entries: ReadonlyMap<string, { digest: string; quarantine: string | undefined }>): string {
  let text = "";
  for (const [name, entry] of entries) text += `${name} ${entry.digest} ${entry.quarantine ?? ""}\n`;
  return text;
}
