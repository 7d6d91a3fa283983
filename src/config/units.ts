const TIMES = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** What a duration looks like: a whole number and a unit. */
export const DURATION = /^[1-9][0-9]{0,8}(ms|s|m|h|d)$/;
/** What a size looks like: a whole number and a unit. */
export const SIZE = /^[1-9][0-9]{0,8}(B|KiB|MiB|GiB)$/;

/** Milliseconds of a text that `DURATION` matches, e.g. `90d`. */
export function milliseconds(text: string): number {
  return Number.parseInt(text, 10) * TIMES[text.replace(/^\d+/, "") as keyof typeof TIMES];
}

/** Bytes of a text that `SIZE` matches, e.g. `64KiB`. */
export function bytes(text: string): number {
  return Number.parseInt(text, 10) * SIZES[text.replace(/^\d+/, "") as keyof typeof SIZES];
}
