import type { JsonObject } from "../../kernel/json.ts";
import type { Change } from "../../ports/upstream.ts";
import { changeOf } from "./subscription.ts";
import type { Filter } from "./subscription.ts";

interface Watcher {
  readonly filter: Filter;
  readonly onChange: (change: Change) => void;
}

/** Makes `resources/subscribe` or `resources/unsubscribe` of one URI. Rejects with `Refused`. */
type Tell = (method: "resources/subscribe" | "resources/unsubscribe", uri: string) => Promise<unknown>;

/** Who watches what on one legacy session. A resource is subscribed once, however many watch it. */
export class LegacyWatches {
  #watchers = new Set<Watcher>();
  #subscribed = new Map<string, { count: number; ready: Promise<unknown> }>();
  #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Starts a watch. @returns ends it @throws Refused where the upstream refuses a subscription; nothing is watched then */
  async add(filter: Filter, onChange: (change: Change) => void): Promise<() => void> {
    const watcher = { filter, onChange };
    this.#watchers.add(watcher);
    let over = false;
    const stop = (): void => {
      if (over) return;
      over = true;
      this.#watchers.delete(watcher);
      for (const uri of filter.uris) this.#release(uri);
    };
    const ready = filter.uris.map((uri) => this.#hold(uri));
    try {
      await Promise.all(ready);
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  /** Passes a notification on to whoever watches. */
  hear(method: string, params: JsonObject): void {
    for (const { filter, onChange } of this.#watchers) {
      const change = changeOf(method, params, filter);
      if (change !== undefined) onChange(change);
    }
  }

  /** A new session knows of no subscription: subscribes again; all that is watched counts as changed. */
  async renew(): Promise<void> {
    for (const [uri, entry] of this.#subscribed) {
      entry.ready = this.#tell("resources/subscribe", uri);
      await entry.ready.catch(() => undefined);
      this.hear("notifications/resources/updated", { uri });
    }
    for (const kind of ["tools", "prompts", "resources"]) this.hear(`notifications/${kind}/list_changed`, {});
  }

  #hold(uri: string): Promise<unknown> {
    const entry = this.#subscribed.get(uri);
    if (entry !== undefined) {
      entry.count++;
      return entry.ready;
    }
    const ready = this.#tell("resources/subscribe", uri);
    this.#subscribed.set(uri, { count: 1, ready });
    return ready;
  }

  #release(uri: string): void {
    const entry = this.#subscribed.get(uri);
    if (entry === undefined || --entry.count > 0) return;
    this.#subscribed.delete(uri);
    // A subscription that was refused needs no end; a session that is gone has none.
    entry.ready.then(() => this.#tell("resources/unsubscribe", uri)).catch(() => undefined);
  }
}
