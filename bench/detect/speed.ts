import { inspectDefinition } from "../../src/domain/inspection/definition/index.ts";
import type { Finding, PlainText } from "../../src/domain/inspection/finding.ts";
import { findHidden } from "../../src/domain/inspection/hidden/index.ts";
import { screenInjection } from "../../src/domain/inspection/injection/index.ts";
import { inspect } from "../../src/domain/inspection/inspect.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findPersonal } from "../../src/domain/inspection/personal/index.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { places } from "../measure.ts";
import { type Goal, judge, type Measure, readRows, timed } from "./section.ts";
import { searchAll } from "./worst.ts";

const STEPS: readonly (readonly [string, (text: string, source: PlainText) => unknown])[] = [
  ["made plain", (text) => plain(text)],
  ["hidden", (_, source): Finding[] => findHidden(source)],
  ["secrets", (_, source): Finding[] => findSecrets(source)],
  ["personal", (_, source): Finding[] => findPersonal(source)],
  ["injection", (_, source) => screenInjection(source)],
  ["all of it", (text) => inspect(text, { surface: "result" })],
];

const ROUNDS = 7;

/** CPU time per 1,024 UTF-16 units, the least of the rounds after one to warm up: others use the same cores. */
function perKb(texts: readonly string[], step: (text: string, source: PlainText) => unknown): number {
  const sources = texts.map((text) => plain(text));
  const kb = texts.reduce((sum, { length }) => sum + length, 0) / 1_024;
  const round = () => timed(() => texts.forEach((text, i) => step(text, sources[i] as PlainText)))[1] / kb;
  round();
  return places(Math.min(...Array.from({ length: ROUNDS }, round)));
}

/** What definitions cost: those of real tools, and descriptions of some lengths that are made of theirs. */
function definitionCosts(corpora: string, say: (goal: string, value: number | undefined, atMost: number) => void) {
  const tools = (readRows(corpora, "benign_tools", "tools.jsonl") ?? []).map((row) => row["tool"] as JsonObject);
  if (tools.length === 0) return;
  const all = tools.map(({ description }) => String(description ?? "")).join("\n\n");
  const cost = (set: readonly JsonObject[]) => {
    const kb = set.reduce((sum, tool) => sum + JSON.stringify(tool).length, 0) / 1_024;
    const round = () => timed(() => set.forEach((tool) => inspectDefinition(tool)))[1] / kb;
    round();
    return places(Math.min(...Array.from({ length: ROUNDS }, round)));
  };
  say("definitions of real tools, µs of CPU per KB", cost(tools), 50);
  for (const length of [1_024, 10_240, 102_400]) {
    const parts = Array.from({ length: Math.max(1, Math.floor(204_800 / length)) }, (_, i) => ({
      ...{ name: "x", description: all.slice(i * length, (i + 1) * length) },
    })).filter(({ description }) => description !== "");
    say(`definitions of ${length / 1_024} KB, µs of CPU per KB`, cost(parts), 50);
  }
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
  definitionCosts(corpora, say);
  for (const [surface, { piece, ms }] of Object.entries(searchAll()))
    say(`worst ${surface} that a search found (${JSON.stringify(piece)}), ms of CPU per 100 KB`, ms, 10);
  return {
    name: "speed",
    lines: [],
    goals,
    absent: found.filter(({ rows }) => rows === undefined).map(({ source }) => source),
  };
};
