/** Something that takes room until it goes. */
export interface Occupant {
  /** Tenant and owner, in one string. */
  readonly of: string;
  readonly bytes: number;
}

/** How many may be there, and how many bytes they may have. */
export interface RoomSize {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Which of those that are there go, so that one more has its place: the oldest of its owner while they have more than the
 * share of one owner, then the oldest of all.
 * @param kept oldest first @param share of one owner
 * @returns undefined: it has more bytes than one owner may have
 */
export function makeRoom<One extends Occupant>(
  kept: Iterable<One>,
  more: Occupant,
  room: RoomSize,
  share: RoomSize,
): readonly One[] | undefined {
  if (more.bytes > share.bytes) return undefined;
  const all = [...kept];
  const gone = new Set<One>();
  const shed = (from: readonly One[], most: RoomSize): void => {
    let items = from.length + 1;
    let bytes = from.reduce((sum, one) => sum + one.bytes, more.bytes);
    for (const one of from) {
      if (items <= most.items && bytes <= most.bytes) return;
      gone.add(one);
      items--;
      bytes -= one.bytes;
    }
  };
  shed(
    all.filter(({ of }) => of === more.of),
    share,
  );
  shed(
    all.filter((one) => !gone.has(one)),
    room,
  );
  return [...gone];
}
