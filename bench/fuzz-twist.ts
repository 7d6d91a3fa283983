import type { Era } from "./caller.ts";
import type { Dice } from "./fuzz-dice.ts";
import type { Draft, World } from "./fuzz-draft.ts";
import type { Verdict } from "./fuzz-oracle.ts";

/** One thing that is done to a good request, and what must become of it then. */
export interface Twist {
  readonly name: string;
  readonly weight: number;
  /** What it touches; a request gets at most one twist of each. */
  readonly on: string;
  readonly verdict: Verdict;
  /** Statuses of the refusal where it is the only twist. */
  readonly statuses?: readonly number[];
  readonly era?: Era;
  /** Only for calls of tools. */
  readonly calls?: true;
  apply(draft: Draft, dice: Dice, world: World): void;
}

/** Values that have passed, or broken, readers of headers before. */
export const ODD = [
  "",
  "*",
  "null",
  "%0d%0aSet-Cookie: a=b",
  "\\r\\nX: y",
  "../../etc/passwd",
  "{{7*7}}",
  "${jndi:ldap://x}",
  "A".repeat(3000),
  "é\xff",
];

export const set = (draft: Draft, name: string, value: string): void => {
  const at = draft.headers.findIndex(([known]) => known.toLowerCase() === name.toLowerCase());
  if (at < 0) draft.headers.push([name, value]);
  else draft.headers[at] = [draft.headers[at]?.[0] ?? name, value];
};
export const drop = (draft: Draft, name: string): void => {
  draft.headers = draft.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
};
export const valueOf = (draft: Draft, name: string): string =>
  draft.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1] ?? "";
/** A header once more; both of it where the draft has none. */
export const twice = (draft: Draft, name: string, second: string): void => {
  if (!draft.headers.some(([known]) => known.toLowerCase() === name.toLowerCase())) draft.headers.push([name, second]);
  draft.headers.push([name, second]);
};
export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A twist that sets a header to one of some values. */
export function values(
  header: string,
  verdict: Verdict,
  from: readonly string[],
  more: Partial<Omit<Twist, "apply" | "verdict">> = {},
): Twist {
  const apply = (draft: Draft, dice: Dice): void => set(draft, header, dice.pick(from));
  return { name: `${header} ${verdict}`, weight: 1, on: header, verdict, ...more, apply };
}

export function without(header: string, verdict: Verdict, more: Partial<Omit<Twist, "apply" | "verdict">> = {}): Twist {
  return { name: `no ${header}`, weight: 1, on: header, verdict, ...more, apply: (draft) => drop(draft, header) };
}

export function doubled(header: string, more: Partial<Omit<Twist, "apply" | "verdict">> = {}): Twist {
  const apply = (draft: Draft, dice: Dice): void =>
    twice(draft, header, dice.chance(0.5) ? valueOf(draft, header) : dice.pick(ODD));
  return { name: `${header} twice`, weight: 1, on: header, verdict: "refuse", statuses: [400], ...more, apply };
}
