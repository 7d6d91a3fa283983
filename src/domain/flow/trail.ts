/** Where something was read. */
export interface Seen {
  readonly server: string;
  /** Undefined: its arguments do not say which thing it was. */
  readonly place: string | undefined;
  /** It came from outside. */
  readonly outside: boolean;
}

/** Bytes of one of the two parts: the longest text that is kept fits, and together what a long context of a model holds. */
const PART = 512 * 1_024;
const SMALLEST = 1_024;
/** Of one text: its length in bytes, and which of the things that were read it belongs to. */
const HEAD = 8;
/** Of one UTF-16 unit in UTF-8. */
const MOST_BYTES = 3;

interface Part {
  bytes: Buffer;
  end: number;
  things: Seen[];
}

/**
 * Texts that were read last, in the order in which they were read. Most are never looked at again: they are kept as bytes,
 * because objects that live so long would cost the collector of garbage more than the calls themselves.
 */
export interface Trail {
  /** Says whether older texts were forgotten for it. @param text at most 32,768 UTF-16 units */
  add(text: string, seen: Seen): boolean;
  /** All that is kept, oldest first; afterwards there is nothing. */
  take(look: (text: string, seen: Seen) => void): void;
}

/** Keeps between 512 KiB and 1 MiB. */
export function createTrail(): Trail {
  const empty = (): Part => ({ bytes: Buffer.alloc(0), end: 0, things: [] });
  let [before, now] = [empty(), empty()];

  function room(needed: number): boolean {
    const size = now.end + needed;
    if (size > PART && now.end > 0) {
      const forgets = before.end > 0;
      // The older part goes, and its bytes are used again.
      [before, now] = [now, { bytes: before.bytes, end: 0, things: [] }];
      room(needed);
      return forgets;
    }
    if (size > now.bytes.length) {
      const grown = Buffer.alloc(Math.max(SMALLEST, size, Math.min(PART, 2 * now.bytes.length)));
      now.bytes.copy(grown, 0, 0, now.end);
      now.bytes = grown;
    }
    return false;
  }

  return {
    add(text, seen) {
      // Most texts fit whatever their letters are.
      const fits = now.end + HEAD + MOST_BYTES * text.length <= now.bytes.length;
      const forgets = !fits && room(HEAD + Buffer.byteLength(text));
      const { bytes, end, things } = now;
      const last = things.at(-1);
      if (last?.server !== seen.server || last.place !== seen.place || last.outside !== seen.outside) things.push(seen);
      const length = bytes.write(text, end + HEAD);
      bytes.writeUInt32LE(length, end);
      bytes.writeUInt32LE(things.length - 1, end + 4);
      now.end = end + HEAD + length;
      return forgets;
    },
    take(look) {
      for (const { bytes, end, things } of [before, now])
        for (let at = 0; at < end; ) {
          const next = at + HEAD + bytes.readUInt32LE(at);
          look(bytes.toString("utf8", at + HEAD, next), things[bytes.readUInt32LE(at + 4)] as Seen);
          at = next;
        }
      [before, now] = [empty(), empty()];
    },
  };
}
