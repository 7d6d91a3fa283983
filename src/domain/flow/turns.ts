/** Letters of a text, each in the place of another, or put in another order. */
export interface Turn {
  /** For a person. */
  readonly how: string;
  readonly letters: string;
}

const [A, Z] = [97, 122];
/** 13 is looked at with what is encoded in it. */
const SHIFTS = Array.from({ length: 25 }, (_, at) => at + 1).filter((by) => by !== 13);
const DIGITS: Readonly<Record<string, string>> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t" };

/** A table of bytes in which only the letters a to z change. */
function tableOf(to: (letter: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte >= A && byte <= Z ? to(byte - A) + A : byte));
}
const TABLES: readonly (readonly [string, Uint8Array])[] = [
  ...SHIFTS.map((by) => ["rotated letters", tableOf((letter) => (letter + by) % 26)] as const),
  ["letters of the mirrored alphabet", tableOf((letter) => 25 - letter)],
];

/**
 * What letters say when each stands for another: rotated by any number, in the mirrored alphabet, digits in the place of
 * letters, every second one alone.
 * @param letters as fingerprints are made of them
 */
export function* turnsOf(letters: string): Generator<Turn> {
  if (letters.length < 16) return;
  if (/\d/.test(letters)) {
    const read = letters.replace(/[013457]/g, (digit) => DIGITS[digit] as string);
    yield { how: "digits in the place of letters", letters: read };
  }
  const units = [...letters];
  for (const first of [0, 1])
    yield { how: "every second letter", letters: units.filter((_, at) => at % 2 === first).join("") };
  if (!/[a-z]/.test(letters)) return;
  const bytes = Buffer.from(letters.replace(/[^\0-\x7f]+/g, ""), "latin1");
  const turned = Buffer.alloc(bytes.length);
  for (const [how, table] of TABLES) {
    for (let at = 0; at < bytes.length; at++) turned[at] = table[bytes[at] as number] as number;
    yield { how, letters: turned.toString("latin1") };
  }
}
