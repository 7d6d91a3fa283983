import { createHash } from "node:crypto";
import { inspectDefinition } from "../../src/domain/inspection/definition/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { type CorpusRow, judge, type Measure, type Part, readRows, Tally } from "./section.ts";

/** The corpora of definitions; their rows carry `tool`. */
export const SOURCES = ["malicious_tools", "mcp_safetybench", "benign_tools"] as const;
type Source = (typeof SOURCES)[number];

/**
 * Which part a row belongs to, by a hash of its id alone. Of the poisoned ones 60 % are for work; of the real ones 90 %,
 * since a rate of 0.1 % shows itself only in many rows.
 */
export function partOfDefinition(source: Source, id: string): Part {
  const share = source === "benign_tools" ? 230 : 154;
  return (createHash("sha256").update(id).digest()[0] as number) < share ? "work" : "measure";
}

/**
 * How poisoning shows itself: T1 where the text carries a mark (tags, comments, capitals, orders to keep silent or to set
 * instructions aside), T2 where plain sentences do it. Told by the row's own words, coarsely, and by its corpus.
 */
const MARKED =
  /<[a-z_]+>|<!--|\|\|\||```|\bIMPORTANT\b|\b(?:SYSTEM|CRITICAL|OVERRIDE)\b|ignore (?:all )?previous|[\u{200b}-\u{200f}\u{e0000}-\u{e01ef}]/u;

const tierOf = (tool: JsonObject): "T1" | "T2" => (MARKED.test(String(tool["description"])) ? "T1" : "T2");

const labelled = (row: CorpusRow): row is CorpusRow & { tool: JsonObject } =>
  row.label >= 0 && row["tool"] !== undefined;

/** Poisoned definitions of tools, and real ones. Each row counts twice: as flagged (or blocked), and as blocked. */
export const measureDefinitions: Measure = (corpora) => {
  const tally = new Tally();
  const absent: string[] = [];
  const sources = SOURCES.map((source) => ({ source, rows: readRows(corpora, source, "tools.jsonl") }));
  // Once before the clock runs: the first definitions pay for the compiler.
  for (const { rows = [] } of sources) for (const row of rows.filter(labelled)) inspectDefinition(row.tool);
  for (const { source, rows } of sources) {
    if (rows === undefined) absent.push(`${source}/tools`);
    for (const row of (rows ?? []).filter(labelled)) {
      const part = partOfDefinition(source, row.id);
      const from = performance.now();
      const { verdict } = inspectDefinition(row.tool);
      const us = (performance.now() - from) * 1000;
      const group = row.label === 1 ? tierOf(row.tool) : "benign";
      tally.add(source, part, `${group} flagged`, verdict !== "pass", us, JSON.stringify(row.tool).length);
      tally.add(source, part, `${group} blocked`, verdict === "block");
    }
  }
  const poisoned = (what: string) => (_: string, group: string) => !group.startsWith("benign") && group.endsWith(what);
  const real = (what: string) => (source: string, group: string) => source === "benign_tools" && group.endsWith(what);
  return {
    name: "definitions",
    lines: tally.lines(),
    goals: [
      judge("poisoned definitions blocked, %", tally.percent("measure", poisoned("blocked")), { atLeast: 75 }),
      judge("poisoned definitions flagged or blocked, %", tally.percent("measure", poisoned("flagged")), {
        atLeast: 90,
      }),
      judge("real definitions blocked, %", tally.percent("measure", real("blocked")), { atMost: 0.1 }),
      judge("real definitions flagged or blocked, %", tally.percent("measure", real("flagged")), { atMost: 5 }),
    ],
    absent,
  };
};
