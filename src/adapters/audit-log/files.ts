import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The files of the record inside the home. */
export const FILES = {
  /** The folder of the segments. */
  log: "audit",
  anchor: "audit.anchor",
  lock: "audit.lock",
  key: "audit.key",
  publicKey: "audit.pub",
} as const;

/** One file of the log. */
export interface Segment {
  /** Position of the first record that is, or will be, in it. */
  readonly first: number;
  readonly path: string;
}

/** The segment that begins with record `first`. @param folder of the segments */
export function segmentAt(folder: string, first: number): Segment {
  return { first, path: join(folder, `${String(first).padStart(12, "0")}.log`) };
}

/** The segments of a folder in order; none where there is no folder. */
export function segmentsIn(folder: string): Segment[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^[0-9]{12}\.log$/.test(name));
  return names.sort().map((name) => segmentAt(folder, Number(name.slice(0, 12))));
}

/** The place in `segments` of the one that holds record `seq`, or would; 0 where all begin later. */
export function segmentOf(segments: readonly Segment[], seq: number): number {
  return Math.max(
    0,
    segments.findLastIndex(({ first }) => first <= seq),
  );
}
