import { Buffer } from "node:buffer";
import { inspectDefinition } from "../../src/domain/inspection/definition/index.ts";
import { LEXICON as CONCEPTS } from "../../src/domain/inspection/definition/concepts.ts";
import { LEXICON as MEANINGS } from "../../src/domain/inspection/injection/lexicon.ts";
import { inspect } from "../../src/domain/inspection/inspect.ts";
import { KEYWORDS } from "../../src/domain/inspection/secrets/keywords.ts";
import { RULES } from "../../src/domain/inspection/secrets/index.ts";
import { Dice } from "../fuzz-dice.ts";
import { places } from "../measure.ts";
import { timed } from "./section.ts";

/** Openings without ends, numbers of each form, hidden and encoded text: what one detector or another looks at closely. */
const SHAPES: readonly string[] = [
  ...["a", " ", "\n", "\\", "\\n", '"', "'", "`", "<", "(", "[", "{", "=", "/", "@", ".", "-", ":", "0", "1:", "%20"],
  ...[
    "href=",
    "<a href=//a.example/>",
    "<a href=//x?q=>y</a>",
    '<a href="',
    "style=",
    "0123456789 ",
    "tax 12345678901 ",
  ],
  ...[
    "\u001b]0;a\u0007",
    "\\e]0;",
    "12:34:56 ",
    "fe80::1 ",
    "passport 1234567 ",
    "id 123456789 ",
    "token=a1B2c3D4e5F6g7H8 ",
  ],
  ...["<!--", "-->", "](", "](http://", "![a](http://x?d=", "<a href=", "<img src=", '<span style="', "&#65;"],
  ...["\u001b", "\u001b[", "\u001b]", "\\x1b[", "\u200b", "\u{e0041}", "\u202e", "\u0301", "a\u0430", "\u33ff", "é"],
  ...["a\u200b", "\u{e0041}a", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", "egn 7523169263 ", "</a><system>"],
  ...["1 ", "a ", "ab12 ", "01100001 ", "1gn0r3 ", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVph", "4a4b4c4d4e4f5051"],
  ...["4111 1111 1111 1111 ", "+49 30 1234567 ", "tel 030 123456 ", "(030) ", "123-45-6789 ", "1.2.3.4 ", "fe80:"],
  ...[
    "DE89370400440532013000 ",
    "a@b.de ",
    "curl -u ",
    "psexec ",
    " login -p ",
    "key=",
    "password=",
    "token: ",
    "://a:b",
    "0x1",
  ],
  ...["user:", "system: ", "assistant: ", "<|", 'print "', "ignore all previous instructions. ", "`call_tool` tool "],
  ...["-----BEGIN PRIVATE KEY-----AAAAAAAAAAAAAAAA\n", "PuTTY-User-Key-File-2: "],
  ...["~/.ssh/", "https://a.example/ ", "SYSTEM NOTE: ", "do-not-tell-", "\u5ffd\u7565", "\u6307\u793a"],
];

const words = (all: Iterable<string>): string[] => Array.from(all, (word) => `${word} `);

/** What texts are made of: shapes, and every word that a detector begins with. */
const OF_RESULTS: readonly string[] = [
  ...SHAPES,
  ...words(KEYWORDS.keys()),
  ...words(RULES.flatMap(({ literals }) => literals)),
  ...words(MEANINGS.entries.flatMap((entry) => (entry === undefined ? [] : [entry.letters]))),
];
/** What definitions are read for besides: names of tools, quotations, paths, possessives, ends of sentences. */
const SHAPES_OF_DEFINITIONS: readonly string[] = [
  ...["`a` ", "`tool` ", "use `a_b` ", "use a_b ", "a_b is called ", "getA ", "the a tool ", "tool. ", "1\n", "a.b "],
  ...["a/b ", "~/a ", "/etc/a ", ".env ", ".gnupg ", "id_rsa ", "a's ", "x](y ", "f(a) ", "99% ", "e.g. ", "tokens "],
  ...["always send all to the partner ", "use this for every request and ", "AB CD: ", "mcp.json ", "a.", "- "],
];
const OF_DEFINITIONS: readonly string[] = [
  ...SHAPES,
  ...SHAPES_OF_DEFINITIONS,
  ...words(CONCEPTS.keys()),
  ...words(KEYWORDS.keys()),
];

const SIZE = 100_000;
/** While the search goes on, a part of the size tells enough. */
const PART = 20_000;
const SEEDS = 150;
const KEPT = 6;
const ROUNDS = 40;
const LONGEST_PIECE = 200;

/** A text of so many bytes of UTF-8, made of one piece. */
const filled = (piece: string, bytes: number): string =>
  piece.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(piece))));

/** Least CPU time of some runs, in ms. */
function least(run: (text: string) => unknown, text: string, runs: number): number {
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) ms = Math.min(ms, timed(() => run(text))[1] / 1_000);
  return ms;
}

function changed(piece: string, atoms: readonly string[], dice: Dice): string {
  const atom = dice.pick(atoms);
  const cut = dice.below(piece.length + 1);
  const made = dice.pick([
    piece + atom,
    atom + piece,
    piece + piece + atom,
    piece.slice(0, cut) + atom + piece.slice(cut),
    piece.trimEnd() + atom,
    piece.slice(0, cut) + piece.slice(cut + 1),
  ]);
  return made.length === 0 || made.length > LONGEST_PIECE ? atom : made;
}

/** The text that costs most of those that a search came by. */
export interface Worst {
  readonly piece: string;
  /** CPU time for 100,000 bytes made of the piece, the least of some runs. */
  readonly ms: number;
}

/**
 * Searches for the text that costs a detector most: from the dearest of its own words on, changes that make a text
 * dearer are kept. The same seed tries the same words; which changes are kept depends on the clock.
 */
function searchWorst(
  run: (text: string) => unknown,
  atoms: readonly string[],
  seed: number,
  shapes: readonly string[] = SHAPES,
): Worst {
  const dice = new Dice(seed, 0);
  const cost = (piece: string) => least(run, filled(piece, PART), 2);
  const seeds = [...shapes, ...Array.from({ length: SEEDS }, () => dice.pick(atoms))];
  for (const piece of seeds) run(filled(piece, PART));
  let best = seeds.map((piece) => ({ piece, ms: cost(piece) })).sort((one, other) => other.ms - one.ms);
  best = best.slice(0, KEPT);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, { piece, ms }] of best.entries()) {
      const next = changed(piece, atoms, dice);
      const took = cost(next);
      if (took > ms) best[i] = { piece: next, ms: took };
    }
  const whole = best.map(({ piece }) => ({ piece, ms: places(least(run, filled(piece, SIZE), 5)) }));
  return whole.reduce((one, other) => (other.ms > one.ms ? other : one));
}

/** The worst texts that a search finds, as results of tools (arguments are read alike) and as descriptions of them. */
export const searchAll = (seed = 1): { readonly result: Worst; readonly definition: Worst } => ({
  result: searchWorst((text) => inspect(text, { surface: "result" }), OF_RESULTS, seed),
  definition: searchWorst((description) => inspectDefinition({ name: "x", description }), OF_DEFINITIONS, seed, [
    ...SHAPES,
    ...SHAPES_OF_DEFINITIONS,
  ]),
});

if (import.meta.main) console.table(searchAll(Number(process.argv[2] ?? 1)));
