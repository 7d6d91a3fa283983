import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { places } from "../measure.ts";

/** Rows that rules are written from, and rows that nobody looks at. */
export type Part = "work" | "measure";

/** One row of a corpus as it stands in its file; a row of a tool corpus has `tool` in place of `text`. */
export interface CorpusRow {
  readonly id: string;
  readonly text?: string;
  /** 1 is an attack, a secret or personal data; 0 is benign; -1 is not scored. */
  readonly label: number;
  readonly category?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** What a detector did with the rows of one source, one part, and one kind or tier. */
export interface Line {
  readonly source: string;
  readonly part: Part;
  /** What the rows hold: `T1`, `T2`, `T3`, `benign`, `iban`, `blocked` … */
  readonly group: string;
  readonly rows: number;
  readonly flagged: number;
  /** `flagged` of `rows`. */
  readonly percent: number;
  readonly usPerKb?: number;
}

/** A goal, judged on the rows that no rule was written from. */
export interface Goal {
  readonly goal: string;
  /** For example `>= 80`. */
  readonly target: string;
  /** Undefined where its corpus is absent; then `met` is false. */
  readonly value: number | undefined;
  readonly met: boolean;
}

/** What one family of detectors shows. */
export interface Section {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly goals: readonly Goal[];
  /** Sources that were not found. */
  readonly absent: readonly string[];
}

/** A section of the bench: `bench/detect/<name>.ts` exports one, and `bench/detect.ts` runs them. */
export type Measure = (corpora: string) => Section;

/** Where the corpora are: `CARDEA_CORPORA`, or next to the repository. */
export const corporaFolder = (): string =>
  process.env["CARDEA_CORPORA"] ?? resolve(import.meta.dirname, "../../../shared/corpora");

/** 60 % of the rows are for work, by a hash of source and id, so that a row stays where it is. */
export function partOf(source: string, id: string): Part {
  return (createHash("sha256").update(`${source}\n${id}`).digest()[0] as number) < 0.6 * 256 ? "work" : "measure";
}

/** The rows of a JSON Lines file of the corpora; undefined where it is absent. */
export function readRows(corpora: string, source: string, file: string): CorpusRow[] | undefined {
  const path = join(corpora, source, file);
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as CorpusRow);
}

/** Runs something; how much CPU time this process took meanwhile, in µs. A busy machine does not count in it. */
export function timed<T>(run: () => T): [T, number] {
  const from = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(from);
  return [result, user + system];
}

/** Counts rows by source, part and group, with the time they took. */
export class Tally {
  readonly #counts = new Map<
    string,
    { source: string; part: Part; group: string; rows: number; flagged: number; us: number; units: number }
  >();

  /**
   * @param us time that the row took, in µs; it counts where `units` (its length) does
   */
  add(source: string, part: Part, group: string, flagged: boolean, us = 0, units = 0): void {
    const key = JSON.stringify([source, part, group]);
    const count = this.#counts.get(key) ?? { source, part, group, rows: 0, flagged: 0, us: 0, units: 0 };
    this.#counts.set(key, count);
    count.rows++;
    if (flagged) count.flagged++;
    count.us += us;
    count.units += units;
  }

  lines(): Line[] {
    return [...this.#counts.values()].map(({ source, part, group, rows, flagged, us, units }) => ({
      source,
      part,
      group,
      rows,
      flagged,
      percent: places((100 * flagged) / rows),
      ...(units > 0 && { usPerKb: places(us / (units / 1024)) }),
    }));
  }

  /** Flagged rows of the chosen ones, in percent of them; undefined where there are none. */
  percent(part: Part, chosen: (source: string, group: string) => boolean): number | undefined {
    let rows = 0;
    let flagged = 0;
    for (const count of this.#counts.values()) {
      if (count.part !== part || !chosen(count.source, count.group)) continue;
      rows += count.rows;
      flagged += count.flagged;
    }
    return rows === 0 ? undefined : places((100 * flagged) / rows);
  }

  /** µs per 1,024 UTF-16 units over all that was timed. */
  usPerKb(): number | undefined {
    let us = 0;
    let units = 0;
    for (const count of this.#counts.values()) {
      us += count.us;
      units += count.units;
    }
    return units === 0 ? undefined : places(us / (units / 1024));
  }
}

/** A goal with its verdict: `atLeast` or `atMost` a number. */
export function judge(goal: string, value: number | undefined, bound: { atLeast: number } | { atMost: number }): Goal {
  const least = "atLeast" in bound;
  const limit = least ? bound.atLeast : bound.atMost;
  const met = value !== undefined && (least ? value >= limit : value <= limit);
  return { goal, target: `${least ? ">=" : "<="} ${limit}`, value, met };
}
