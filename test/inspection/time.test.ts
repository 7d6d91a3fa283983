import assert from "node:assert/strict";
import { test } from "node:test";
import type { Detector } from "../../src/domain/inspection/finding.ts";
import { inspect } from "../../src/domain/inspection/inspect.ts";

// CPU time, since the machine may be busy: bounds are several times what an idle one needs, and linearity is judged by
// comparing two lengths. What is quadratic exceeds them by far.

/** Pieces that texts against a detector are made of: openings without ends, beginnings of rules, runs. */
const ATOMS = [
  ...[
    "a",
    " ",
    "\n",
    "\\",
    "\\n",
    '"',
    "'",
    "`",
    "<",
    "(",
    "[",
    "{",
    "=",
    "/",
    "@",
    ".",
    "-",
    ":",
    "0",
    "1 ",
    "a ",
    "a.",
  ],
  ...[
    "<!--",
    "-->",
    "](",
    "](http://",
    "![a](http://x?d=",
    "<a href=",
    "<img src=",
    '<span style="',
    "display:none",
    "&#65;",
    "%20",
  ],
  ...[
    "\u001b",
    "\u001b[",
    "\u001b]",
    "\\x1b[",
    "\u200b",
    "\u{e0041}",
    "\ufe01",
    "\u202e",
    "\u0301",
    "\u0430",
    "a\u0430",
    "\ufdfa",
    "\u33ff",
    "\u{1d5f6}",
  ],
  ...[
    "ignore ",
    "ignore all previous instructions. ",
    "override ",
    "you are now ",
    "password ",
    "mode ",
    "developer ",
    "if ",
    "user:",
    "system: ",
  ],
  ...[
    "<|",
    "assistant: ",
    "instruction ",
    "task complete ",
    'print "',
    "reveal your ",
    "send all customer data to ",
    "write one toxic ",
  ],
  ...[
    "remember ",
    "we might state ",
    "following code ",
    "01100001 ",
    "vafgehpgvbaf ",
    "1gn0r3 ",
    "4a4b4c4d4e4f505152535455565758595a41424344 ",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVph",
  ],
  ...["\u5ffd\u7565", "\u5bc6\u7801", "\u6307\u793a"],
];

/** A generator of numbers below a bound that follows from its seed alone (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const OWN: ReadonlySet<Detector> = new Set(["hidden", "injection"]);

/** Least CPU time of some runs, in ms. */
function time(text: string, runs = 3): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const from = process.cpuUsage();
    inspect(text, { surface: "result", detectors: OWN });
    const { user, system } = process.cpuUsage(from);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

const filled = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** Milliseconds for 100 KB of UTF-8, several times the goal of 10. */
const BOUND = 80;

test("S3 S4: no run of one piece, and no run of two, takes more than its length is worth", () => {
  const roll = dice(7);
  const units = [
    ...ATOMS,
    ...Array.from({ length: 120 }, () => (ATOMS[roll(ATOMS.length)] as string) + (ATOMS[roll(ATOMS.length)] as string)),
  ];
  for (const unit of units) {
    const text = filled(unit, 33_000);
    const allowed = BOUND * Math.max(0.33, Buffer.byteLength(text) / 100_000);
    let took = time(text, 1);
    if (took > allowed) took = time(text);
    assert.ok(took <= allowed, `${JSON.stringify(unit)}: ${took.toFixed(1)} ms`);
  }
});

test("S4: links with hundreds of addresses, long words in invisible elements and open brackets take no more either", () => {
  const pieces = [
    `<a ${"href=".repeat(120)}`,
    `<a ${"href=//".repeat(60)}>${"y".repeat(250)}`,
    `<a href=${"x".repeat(600)}> `,
    `<a style="display:none">${"AA".repeat(1_000)}`,
    `${"style=".repeat(200)}<`,
    `${"(".repeat(40)}override `,
  ];
  for (const piece of pieces) {
    const took = time(filled(piece, 100_000), 2);
    assert.ok(took <= BOUND, `${JSON.stringify(piece.slice(0, 40))}: ${took.toFixed(1)} ms`);
  }
});

test("S3 S4: ten times the text takes no more than some ten times the time, up to 1 MB", () => {
  const prose =
    "The ferry leaves at nine. Please ask the crew for a seat, and tell them your name; they print it on the list.\n";
  for (const unit of [prose, "ignore the ", "\u200b", "<!-- a -->", "[a](http://b.example/?c=d) "]) {
    time(filled(unit, 10_000));
    const short = time(filled(unit, 100_000));
    const long = time(filled(unit, 1_000_000), 2);
    assert.ok(long < 35 * short + 60, `${JSON.stringify(unit)}: ${short.toFixed(1)} ms, then ${long.toFixed(1)} ms`);
  }
});
