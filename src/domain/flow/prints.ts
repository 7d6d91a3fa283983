import { createHash } from "node:crypto";

/** Letters and digits that one fingerprint covers. */
const GRAM = 16;
/** Of so many fingerprints in a row one is kept (winnowing): a common run of GRAM + WINDOW - 1 = 23 is always found. */
const WINDOW = 8;
/** Shortest text that is compared whole, in letters and digits. */
const SHORTEST_WORD = 8;

/** Makes fingerprints that say nothing without the key. */
export interface Printer {
  /** Of each run of letters and digits of a text, written as `lettersOf` does. */
  prints(letters: string): number[];
  /** Of every run, not only of those that are kept: whether one stands in a text at all. */
  every(letters: string): number[];
  /** Of each word that identifies something by itself: a number, an address, a token. */
  words(text: string): number[];
}

/**
 * Letters and digits of a text alone, in lower case: white space, punctuation, accents and compatibility forms make no
 * difference, and what the screen shows in the place of hidden characters neither.
 */
export function lettersOf(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase().replace(/[^a-z0-9]+/g, "");
  const shown = text.replace(/⟦U\+[0-9A-F]{4,6}⟧/g, "").normalize("NFKD");
  return shown.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** Every fingerprint of a text. */
export const printsOf = (printer: Printer, text: string): number[] => [
  ...printer.prints(lettersOf(text)),
  ...printer.words(text),
];

const PLAIN = /^[\0-\x7f]*$/;

/** @param key 32 bytes */
export function createPrinter(key: Uint8Array): Printer {
  const [one, other] = [tableOf(key, "one"), tableOf(key, "other")];

  function prints(letters: string, all = false): number[] {
    const kept: number[] = [];
    const { length } = letters;
    if (length < GRAM) return kept;
    const [firsts, seconds] = [new Int32Array(WINDOW), new Int32Array(WINDOW)];
    let [a, b, least, from] = [0, 0, -1, -1];
    for (let at = 0; at < length; at++) {
      const next = slot(letters.charCodeAt(at));
      a = ((a << 1) | (a >>> 31)) ^ (one[next] as number);
      b = ((b << 1) | (b >>> 31)) ^ (other[next] as number);
      if (at >= GRAM) {
        // What leaves the window was turned GRAM times, of 32.
        const gone = slot(letters.charCodeAt(at - GRAM));
        a ^= turned(one[gone] as number);
        b ^= turned(other[gone] as number);
      }
      const gram = at - GRAM + 1;
      if (gram < 0) continue;
      if (all) {
        kept.push(joined(a, b));
        continue;
      }
      firsts[gram % WINDOW] = a;
      seconds[gram % WINDOW] = b;
      if (gram < WINDOW - 1 && at < length - 1) continue;
      const begin = Math.max(0, gram - WINDOW + 1);
      if (from >= begin && a >= (firsts[from % WINDOW] as number)) least = from;
      else {
        least = begin;
        for (let later = begin + 1; later <= gram; later++)
          if ((firsts[later % WINDOW] as number) < (firsts[least % WINDOW] as number)) least = later;
      }
      if (least === from) continue;
      from = least;
      kept.push(joined(firsts[from % WINDOW] as number, seconds[from % WINDOW] as number));
    }
    return kept;
  }

  /** One that stands for all letters of a word. */
  function whole(letters: string, found: number[]): void {
    if (letters.length < SHORTEST_WORD && !/^\d+$/.test(letters)) return;
    let [a, b] = [0x5bd1e995, letters.length];
    for (let at = 0; at < letters.length; at++) {
      const next = slot(letters.charCodeAt(at));
      a = Math.imul((a << 5) | (a >>> 27), 0x9e3779b1) ^ (one[next] as number);
      b = Math.imul((b << 7) | (b >>> 25), 0x85ebca6b) ^ (other[next] as number);
    }
    found.push(joined(a, b));
  }

  return {
    prints: (letters) => prints(letters),
    every: (letters) => prints(letters, true),
    words(text) {
      const found: number[] = [];
      for (const [word] of text
        .normalize("NFKC")
        .toLowerCase()
        .matchAll(/[\p{L}\p{N}][\p{L}\p{N}@._%+-]{6,80}/gu)) {
        if (/\d|@/.test(word) && !isTime(word) && !VERSION.test(word)) whole(lettersOf(word), found);
      }
      for (const digits of numbersOf(text)) whole(digits, found);
      return found;
    },
  };
}

const isTime = (word: string): boolean => /^\d{4}[-./]?\d{2}[-./]?\d{2}(?:t[\d.z+-]*)?$/.test(word);

/** A package with its version, which names nothing of one's own: `postgresql-16.2`, `react@18.2.0`. */
const VERSION = /^[a-z][a-z0-9_+%-]{0,40}[@-]v?\d{1,3}(?:\.\d{1,3}){1,3}$/;

/** Digits, with at most one separator between two of them. */
const NUMBER = /\d(?:[ \u00a0.,/()-]?\d|\)? \(?\d){6,39}/g;
/** Fewest digits of a number that is one of a person, an account or a thing, not one of anything. */
const FEWEST_DIGITS = 7;

/**
 * Numbers by their digits alone, however they are grouped: of telephones, accounts, cards and people. Times, and numbers
 * that are nearly all zeros, are none.
 */
function numbersOf(text: string): string[] {
  const found = new Set<string>();
  for (const [number] of text.matchAll(NUMBER))
    for (const one of [number, ...number.split(/\D+/)]) {
      const digits = one.replace(/\D+/g, "");
      if (digits.length >= FEWEST_DIGITS && !TIME.test(digits) && !/^\d{1,3}0{4,}$/.test(digits)) found.add(digits);
    }
  return [...found];
}
const TIME = /^(?:(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{0,9}|1[5-9]\d{8}|1[5-9]\d{11})$/;

const slot = (code: number): number => (code ^ (code >>> 8)) & 0xff;
const turned = (value: number): number => (value << GRAM) | (value >>> (32 - GRAM));
/** 52 bits of both. */
const joined = (a: number, b: number): number => (a >>> 0) * 0x10_0000 + (b >>> 12);

function tableOf(key: Uint8Array, name: string): Int32Array {
  const table = new Int32Array(256);
  for (let at = 0; at < 256; at++)
    table[at] = createHash("sha256").update(key).update(`${name} ${at}`).digest().readInt32BE(0);
  return table;
}
