import { type FlowLabel, type FlowMark, type FlowStore, PRINTS_OF_A_PART } from "../../ports/flow.ts";
import { Places } from "./places.ts";
import { createTrail, type Seen, type Trail } from "./trail.ts";

/** A source as it is known here. Of one that is read again and again only this changes until it is stored again. */
class Source implements FlowMark {
  readonly tenant: string;
  readonly credential: string;
  readonly owner: string;
  readonly label: FlowMark["label"];
  readonly server: string;
  readonly name: string;
  readonly part: number;
  readonly prints: readonly number[];
  readonly full: boolean;
  at: number;
  call: string;
  /** What was read last, newest first. */
  readonly told: string[];

  constructor(mark: FlowMark) {
    this.tenant = mark.tenant;
    this.credential = mark.credential;
    this.owner = mark.owner;
    this.label = mark.label;
    this.server = mark.server;
    this.name = mark.name;
    this.part = mark.part;
    this.prints = mark.prints;
    this.full = mark.full;
    this.at = mark.at;
    this.call = mark.call;
    this.told = mark.what === "" ? [] : mark.what.split(BETWEEN);
  }

  get what(): string {
    return this.told.join(BETWEEN);
  }
}

/** What is compared of one credential. What is not in the store only makes answers easier: without it a person is asked. */
export interface Reading {
  /** One for each source, newest first. */
  marks: Source[];
  /** Private fingerprints, with the source that they belong to. */
  private: Map<number, string>;
  /** Fingerprints of what else was read: which server, which thing. Whole once `recall` has run. */
  readonly seen: Map<number, readonly Seen[]>;
  /** What was read last, of which there are no fingerprints yet. */
  trail: Trail;
  /** Things that were read from outside, by server, with the number of the call that read them first. */
  readonly places: Places;
  /** How many calls were answered, and which of them read something private last. */
  calls: number;
  lastPrivate: number;
  /** Hosts that were reached before. */
  readonly hosts: Set<string>;
  /** Something of a server that is not outside was read. */
  own: boolean;
  /** Something was read that was too long to compare, or fell out of memory. */
  partial: boolean;
  /** What was read before this process began may have been of a server that is not outside. */
  unsure: boolean;
  stale: boolean;
  /** What is on its way into the store. */
  writing: Promise<void> | undefined;
}

/** Stands between what was read last. */
const BETWEEN = "; ";
/** Bounds for each credential, and how many of them are kept in memory. */
const MOST_PRIVATE = 32_768;
/** Of some 580,000 letters. */
const MOST_SEEN = 131_072;
export const MOST_SAYING = 6;
const MOST_PLACES = 256;
const MOST_HOSTS = 256;
const MOST_TOLD = 4;
const MOST_CREDENTIALS = 1_000;
/** The same source is written again with each of so many milliseconds. */
const AGAIN_MS = 60_000;

const isMinuteOf = ({ at }: FlowMark, now: number): boolean => Math.floor(now / AGAIN_MS) === Math.floor(at / AGAIN_MS);

/** What tells sources of one credential apart. */
type Key = Pick<FlowMark, "label" | "server" | "name">;
export const sourceOf = ({ label, server, name }: Key): string => `${label} ${server} ${name}`;

/** The parts that change when fingerprints are added behind those of the last part; never none. */
function partsOf(before: FlowMark | undefined, added: readonly number[]): Pick<FlowMark, "part" | "prints">[] {
  const first = before?.part ?? 0;
  const all = [...(before?.prints ?? []), ...added];
  const count = Math.max(1, Math.ceil(all.length / PRINTS_OF_A_PART));
  return Array.from({ length: count }, (_, at) => ({
    part: first + at,
    prints: all.slice(at * PRINTS_OF_A_PART, (at + 1) * PRINTS_OF_A_PART),
  }));
}

const isSame = (one: Key, other: Key): boolean =>
  one.label === other.label && one.server === other.server && one.name === other.name;

/** Puts the newest in front, in the place of what it was before. @param place where that stands */
function toFront<One>(newest: One, place: number, all: One[]): void {
  for (let at = place; at > 0; at--) all[at] = all[at - 1] as One;
  all[0] = newest;
}

/** Puts what was read now before the last things that were read of one source, for a person. */
function tell(told: string[], now: string): void {
  if (now === "") return;
  // Most are one thing that was not told of before.
  if (told.length <= MOST_TOLD && !now.includes(BETWEEN) && told.every((one) => one !== now)) {
    toFront(now, Math.min(told.length, MOST_TOLD - 1), told);
    return;
  }
  const parts = now.split(BETWEEN);
  if (parts.every((one, at) => one === told[at])) return;
  const others = told.filter((one) => one !== now).slice(0, MOST_TOLD - 1);
  told.splice(0, told.length, ...parts, ...others);
}

const LABELS: readonly FlowLabel[][] = [[], ["untrusted"], ["private"], ["private", "untrusted"]];

/** @returns whether older ones were forgotten for them */
function remember(all: Reading["seen"], prints: readonly number[], seen: Seen): boolean {
  // Most are of this thing alone, and share one list.
  const alone = [seen];
  for (const print of prints) {
    const before = all.get(print);
    if (before === undefined) all.set(print, alone);
    else if (before.some((one) => one.server === seen.server && one.place === seen.place)) continue;
    // What so many things say alike is nobody's.
    else if (before.length < MOST_SAYING) all.set(print, [...before, seen]);
  }
  let over = all.size - MOST_SEEN;
  if (over <= 0) return false;
  for (const oldest of all.keys()) {
    all.delete(oldest);
    if (--over <= 0) break;
  }
  return true;
}

export type FlowMemory = ReturnType<typeof createMemory>;

/** The labels of every credential, in memory, as the store has them. @param fadeMs undefined: they never fade */
export function createMemory(store: FlowStore, fadeMs: number | undefined) {
  /** By tenant and credential. */
  const all = new Map<string, Map<string, Reading>>();
  /** The same, what was loaded last at the end. */
  const loaded = new Map<Reading, { readonly tenant: string; readonly credential: string }>();
  let version: number | undefined;
  let lost = false;

  const counts = (mark: FlowMark, at: number): boolean => fadeMs === undefined || mark.at > at - fadeMs;

  function fill(reading: Reading, marks: readonly FlowMark[]): void {
    const reset = reading.marks.length > 0 && marks.length === 0;
    reading.private = new Map();
    const sources = new Map<string, FlowMark>();
    for (const mark of marks) {
      const key = sourceOf(mark);
      for (const print of mark.prints) reading.private.set(print, key);
      const known = sources.get(key);
      // The last part is the one that goes on.
      const [newer, last] =
        known === undefined ? [mark, mark] : [known.at > mark.at ? known : mark, known.part > mark.part ? known : mark];
      sources.set(key, { ...newer, part: last.part, prints: last.prints, full: mark.full || known?.full === true });
    }
    reading.marks = Array.from(sources.values(), (mark) => new Source(mark));
    reading.stale = false;
    if (!reset) return;
    // Whoever was reset begins anew.
    for (const part of [reading.seen, reading.places, reading.hosts]) part.clear();
    reading.trail = createTrail();
    reading.partial = reading.unsure = false;
  }

  async function load(tenant: string, credential: string): Promise<Reading> {
    const marks = await store.of(tenant, credential);
    let ofTenant = all.get(tenant);
    if (ofTenant === undefined) all.set(tenant, (ofTenant = new Map()));
    const reading = ofTenant.get(credential) ?? {
      ...{
        marks: [],
        private: new Map(),
        seen: new Map(),
        trail: createTrail(),
        places: new Places(MOST_PLACES),
        hosts: new Set(),
        calls: 0,
        lastPrivate: 0,
        own: false,
        stale: true,
        writing: undefined,
      },
      // What was read before this process began is not known to it.
      partial: marks.length > 0,
      unsure: marks.length > 0,
    };
    fill(reading, marks);
    ofTenant.set(credential, reading);
    loaded.delete(reading);
    loaded.set(reading, { tenant, credential });
    if (loaded.size > MOST_CREDENTIALS) forgetOldest();
    return reading;
  }

  function forgetOldest(): void {
    for (const [oldest, { tenant, credential }] of loaded) {
      loaded.delete(oldest);
      const ofTenant = all.get(tenant);
      ofTenant?.delete(credential);
      if (ofTenant?.size === 0) all.delete(tenant);
      return;
    }
  }

  function follow(now: number): void {
    lost = false;
    if (now !== version) for (const reading of loaded.keys()) reading.stale = true;
    version = now;
  }

  return {
    /** What a credential has read, as it is known here. A promise where it has to be looked up. */
    of(tenant: string, credential: string): Reading | Promise<Reading> {
      const known = all.get(tenant)?.get(credential);
      return known === undefined || known.stale || lost ? load(tenant, credential) : known;
    },

    /** The same as the store has it this moment, whichever process wrote it. Rejects when the store is lost. */
    async now(tenant: string, credential: string): Promise<Reading> {
      follow(await store.version());
      return this.of(tenant, credential);
    },

    /** Sources that count at a moment, newest first. */
    marks(reading: Reading, label: FlowMark["label"], at: number): readonly FlowMark[] {
      return reading.marks.filter((mark) => mark.label === label && counts(mark, at));
    },

    /** The labels of sources that count at a moment. */
    labels(reading: Reading, at: number): readonly FlowLabel[] {
      let found = 0;
      for (const mark of reading.marks)
        if (mark.label !== "written" && counts(mark, at)) found |= mark.label === "private" ? 2 : 1;
      return LABELS[found] as readonly FlowLabel[];
    },

    /** Keeps a source: resolves when it is stored. Undefined: nothing new has to be stored. */
    add(reading: Reading, mark: Omit<FlowMark, "part">): Promise<void> | undefined {
      const { marks } = reading;
      const place = marks.findIndex((one) => isSame(one, mark));
      const before = place < 0 ? undefined : marks[place];
      if (before !== undefined && mark.prints.length === 0 && !mark.full && isMinuteOf(before, mark.at)) {
        before.at = mark.at;
        before.call = mark.call;
        tell(before.told, mark.what);
        toFront(before, place, marks);
        return reading.writing;
      }
      const key = sourceOf(mark);
      const fresh = mark.prints.filter((print) => !reading.private.has(print));
      const room = Math.max(0, MOST_PRIVATE - reading.private.size);
      const kept = fresh.slice(0, room);
      for (const print of kept) reading.private.set(print, key);
      const told = [...(before?.told ?? [])];
      tell(told, mark.what);
      const whole: Omit<FlowMark, "part" | "prints"> = {
        ...mark,
        what: told.join(BETWEEN),
        full: mark.full || before?.full === true || fresh.length > room,
      };
      const parts = partsOf(before, kept).map((part) => ({ ...whole, ...part }));
      toFront(new Source(parts.at(-1) as FlowMark), place < 0 ? marks.length : place, marks);
      const known = before !== undefined && kept.length === 0 && before.full === whole.full;
      if (known && isMinuteOf(before, mark.at)) return reading.writing;
      const written = Promise.all(parts.map((part) => store.put(part))).then(
        (versions) => {
          // Another process may have written meanwhile: then everything is read again.
          if (version !== undefined && versions.every((now, at) => now === (version as number) + 1 + at))
            version += versions.length;
          else reading.stale = true;
        },
        (error: unknown) => {
          reading.stale = true;
          throw error;
        },
      );
      const done = written.finally(() => {
        if (reading.writing === done) reading.writing = undefined;
      });
      return (reading.writing = done);
    },

    /** Notes what was read, so that an answer to it is known as one. Most is never compared with anything. */
    note(reading: Reading, text: string, whole: boolean, seen: Seen): void {
      reading.own ||= !seen.outside;
      if (!whole) reading.partial = true;
      if (reading.trail.add(text, seen)) reading.partial = true;
      if (seen.place === undefined || !seen.outside) return;
      reading.places.add(`${seen.server} ${seen.place}`, reading.calls);
    },

    /** Fingerprints of all that was read, for a comparison. @param printsOf of one text */
    recall(reading: Reading, printsOf: (text: string) => readonly number[]): Reading["seen"] {
      reading.trail.take((text, seen) => {
        if (remember(reading.seen, printsOf(text), seen)) reading.partial = true;
      });
      return reading.seen;
    },

    /** Notes where a call went. */
    went(reading: Reading, hosts: readonly string[]): void {
      for (const host of hosts) if (reading.hosts.size < MOST_HOSTS) reading.hosts.add(host);
    },

    /** Follows what any process wrote or reset; to be called every 200 ms or so. */
    async poll(): Promise<void> {
      try {
        follow(await store.version());
      } catch (error) {
        lost = true;
        throw error;
      }
    },

    /** Removes what has faded. */
    async sweep(now: number): Promise<void> {
      if (fadeMs !== undefined) await store.sweep(now - fadeMs);
    },
  };
}
