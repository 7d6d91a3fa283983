import type { ClientProfile } from "../../kernel/call.ts";
import { refuse, Refused } from "../../kernel/errors.ts";
import type { LinkKey } from "../../ports/upstream.ts";
import type { Link } from "./link.ts";
import type { UpstreamSettings } from "./settings.ts";

interface Entry {
  readonly key: LinkKey;
  readonly opening: Promise<Link>;
  /** Ends the opening. */
  readonly stop: AbortController;
  link: Link | undefined;
}

/** What a process or session that several callers share declares: everything; each request is judged by its own caller's profile. */
const EVERYTHING: ClientProfile = {
  elicitationForm: true,
  elicitationUrl: true,
  sampling: true,
  samplingTools: true,
  roots: true,
};

function nameOf({ tenant, credential, profile }: LinkKey): string {
  const bits = [
    profile.elicitationForm,
    profile.elicitationUrl,
    profile.sampling,
    profile.samplingTools,
    profile.roots,
  ];
  return `${tenant}\n${credential}\n${bits.map(Number).join("")}`;
}

const nothing = (): void => {};

/** The links of one upstream: one per tenant, credential and profile, or one per tenant where it is shared (W2). */
export class Links {
  /** Why the last link could not be opened; undefined since one could. */
  fault: string | undefined;
  #entries = new Map<string, Entry>();
  #settings: UpstreamSettings;
  #open: (key: LinkKey, stop: AbortSignal) => Promise<Link>;
  #sweep: NodeJS.Timeout;
  #closed = false;

  /** @param open rejects soon after its signal, with nothing left running */
  constructor(settings: UpstreamSettings, open: (key: LinkKey, stop: AbortSignal) => Promise<Link>) {
    this.#settings = settings;
    this.#open = open;
    this.#sweep = setInterval(() => this.#endIdle(), Math.min(Math.max(settings.idleMs / 2, 50), 30_000));
    this.#sweep.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The link of this caller, opened if there is none. @throws Refused */
  async get(caller: LinkKey): Promise<Link> {
    const { shared, name } = this.#settings;
    const key = shared ? { tenant: caller.tenant, credential: "gateway", profile: EVERYTHING } : caller;
    const id = nameOf(key);
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      if (entry.link === undefined) return entry.opening;
      if (entry.link.ended === undefined) return this.#used(entry.link);
      this.#entries.delete(id);
      void entry.link.close();
    }
    if (this.#closed) refuse("shutting_down", "The gateway is shutting down.", { executed: "no" });
    if (this.#entries.size >= this.#settings.maxLinks && !this.#makeRoom())
      refuse("upstream_busy", `The server ${name} has as many sessions as it may have; try again later.`, {
        executed: "no",
      });
    return this.#add(id, key);
  }

  /** Ends the links of one credential, those too that are being opened. What is shared goes on. */
  async end(credential: string): Promise<void> {
    await this.#drop(([, { key }]) => key.credential === credential);
  }

  /** Ends all links; new ones may be opened. */
  async drop(): Promise<void> {
    await this.#drop(() => true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    await this.#drop(() => true);
  }

  #used(link: Link): Link {
    link.used = this.#settings.clock.monotonic();
    return link;
  }

  async #add(id: string, key: LinkKey): Promise<Link> {
    const stop = new AbortController();
    const entry: Entry = { key, opening: this.#opened(id, key, stop.signal), stop, link: undefined };
    this.#entries.set(id, entry);
    return entry.opening;
  }

  async #opened(id: string, key: LinkKey, stop: AbortSignal): Promise<Link> {
    // Begins after the entry stands in the map.
    await undefined;
    const entry = this.#entries.get(id);
    try {
      const link = await this.#open(key, stop);
      if (entry === undefined || this.#entries.get(id) !== entry) {
        await link.close();
        refuse("upstream_unavailable", `The session with the server ${this.#settings.name} was ended.`, {
          executed: "no",
        });
      }
      entry.link = link;
      this.fault = undefined;
      return this.#used(link);
    } catch (error) {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
      this.fault = error instanceof Refused ? error.refusal.message : "it failed to start";
      throw error;
    }
  }

  /** A link without state costs nothing to open again, so that the longest unused one may go. */
  #makeRoom(): boolean {
    for (const [id, { link }] of this.#entries) {
      if (link === undefined || (link.ended === undefined && (link.busy || !link.stateless))) continue;
      this.#entries.delete(id);
      void link.close();
      return true;
    }
    return false;
  }

  #endIdle(): void {
    const before = this.#settings.clock.monotonic() - this.#settings.idleMs;
    void this.#drop(
      ([, { link }]) => link !== undefined && (link.ended !== undefined || (!link.busy && link.used < before)),
    );
  }

  async #drop(which: (entry: [string, Entry]) => boolean): Promise<void> {
    const dropped = [...this.#entries].filter(which);
    for (const [id, { link, stop }] of dropped) {
      this.#entries.delete(id);
      if (link === undefined) stop.abort();
    }
    await Promise.all(
      dropped.map(([, { link, opening }]) => (link === undefined ? opening.then(nothing, nothing) : link.close())),
    );
  }
}
