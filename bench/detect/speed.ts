import type { Finding, PlainText } from "../../src/domain/inspection/finding.ts";
import { findHidden } from "../../src/domain/inspection/hidden/index.ts";
import { screenInjection } from "../../src/domain/inspection/injection/index.ts";
import { inspect } from "../../src/domain/inspection/inspect.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findPersonal } from "../../src/domain/inspection/personal/index.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";
import { median, places } from "../measure.ts";
import { type Goal, judge, type Measure, readRows, timed } from "./section.ts";

const STEPS: readonly (readonly [string, (text: string, source: PlainText) => unknown])[] = [
  ["made plain", (text) => plain(text)],
  ["hidden", (_, source): Finding[] => findHidden(source)],
  ["secrets", (_, source): Finding[] => findSecrets(source)],
  ["personal", (_, source): Finding[] => findPersonal(source)],
  ["injection", (_, source) => screenInjection(source)],
  ["all of it", (text) => inspect(text, { surface: "result" })],
];

const ROUNDS = 7;

/** CPU time per 1,024 UTF-16 units, the median of the rounds after one to warm up. */
function perKb(texts: readonly string[], step: (text: string, source: PlainText) => unknown): number {
  const sources = texts.map((text) => plain(text));
  const kb = texts.reduce((sum, { length }) => sum + length, 0) / 1_024;
  const round = () => timed(() => texts.forEach((text, i) => step(text, sources[i] as PlainText)))[1] / kb;
  round();
  return places(median(Array.from({ length: ROUNDS }, round)));
}

/** Pieces that were found to cost most; test/inspection/time.test.ts searches for such. */
const HARD = [
  "ignore ",
  "password ",
  "key=",
  "%20",
  "\u001b",
  "a",
  "a\u0430",
  "\u{e0041}",
  "![a](http://x?d=",
  'print "',
  "\u33ff",
];

/** Milliseconds for 100,000 bytes of UTF-8 made of one piece. */
function worst(): { piece: string; ms: number } {
  const costs = HARD.map((piece) => {
    const text = piece.repeat(Math.floor(100_000 / Buffer.byteLength(piece)));
    const run = () => timed(() => inspect(text, { surface: "result" }))[1] / 1_000;
    run();
    return { piece: JSON.stringify(piece), ms: places(median(Array.from({ length: 5 }, run))) };
  });
  return costs.reduce((one, other) => (other.ms > one.ms ? other : one));
}

/** What the detectors cost on real results and files, by length, and on texts that are made against them. */
export const measureSpeed: Measure = (corpora) => {
  const found = ["livemcpbench_outputs", "benign_repo_files"].map((source) => ({
    source,
    rows: readRows(corpora, source, "cases.jsonl"),
  }));
  const texts = found.flatMap(({ rows }) => (rows ?? []).slice(0, 250).map(({ text }) => text ?? ""));
  const all = texts.join("\n");
  const goals: Goal[] = [];
  const say = (goal: string, value: number | undefined, atMost: number) => goals.push(judge(goal, value, { atMost }));
  for (const [name, step] of texts.length === 0 ? [] : STEPS) say(`${name}, µs of CPU per KB`, perKb(texts, step), 50);
  for (const length of texts.length === 0 ? [] : [1_024, 10_240, 102_400, 1_048_576]) {
    const part = all.slice(0, length);
    const copies = Array.from({ length: Math.max(1, Math.round(204_800 / length)) }, () => part);
    say(
      `all of it at ${length / 1_024} KB, µs of CPU per KB`,
      perKb(copies, (text) => inspect(text, { surface: "result" })),
      50,
    );
  }
  const { piece, ms } = worst();
  say(`worst text that is known (${piece}), ms of CPU per 100 KB`, ms, 10);
  return {
    name: "speed",
    lines: [],
    goals,
    absent: found.filter(({ rows }) => rows === undefined).map(({ source }) => source),
  };
};
