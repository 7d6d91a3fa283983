import { readdirSync, readFileSync } from "node:fs";
import { inspectDefinition } from "../src/domain/inspection/definition/index.ts";
import type { PlainText } from "../src/domain/inspection/finding.ts";
import { findHidden } from "../src/domain/inspection/hidden/index.ts";
import { screenInjection } from "../src/domain/inspection/injection/index.ts";
import { inspect } from "../src/domain/inspection/inspect.ts";
import { plain } from "../src/domain/inspection/normalise.ts";
import { findPersonal } from "../src/domain/inspection/personal/index.ts";
import { findSecrets } from "../src/domain/inspection/secrets/index.ts";
import { places } from "./measure.ts";

const STEPS: Readonly<Record<string, (text: string, source: PlainText) => unknown>> = {
  plain: (text) => plain(text),
  hidden: (_, source) => findHidden(source),
  secrets: (_, source) => findSecrets(source),
  personal: (_, source) => findPersonal(source),
  injection: (_, source) => screenInjection(source),
  all: (text) => inspect(text, { surface: "result" }),
  definition: (text) => inspectDefinition({ name: "read_page", description: text }),
};

const KB = 1_024;
const SIZES_KB = [1, 10, 100] as const;
const ROUNDS = 9;

/** What a detector costs: µs of CPU per 1,024 UTF-16 units, by the length of the text. */
export interface DetectorCost {
  readonly detector: string;
  readonly at1Kb: number;
  readonly at10Kb: number;
  readonly at100Kb: number;
}

/** 200 KB of the project's own documents, one half as it stands and the other as records in JSON. */
function sample(): string {
  const folder = new URL("../docs/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  const lines = files
    .sort()
    .flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"))
    .filter((line) => line !== "");
  const prose = lines.join("\n");
  const rows = JSON.stringify(lines.map((text, line) => ({ line, text, units: text.length, path: `/docs/${line}` })));
  const half = (text: string) => text.repeat(Math.ceil((100 * KB) / text.length)).slice(0, 100 * KB);
  return half(prose) + half(rows);
}

function costOf(texts: readonly string[], step: (text: string, source: PlainText) => unknown): number {
  const sources = texts.map((text) => plain(text));
  const kb = texts.reduce((sum, { length }) => sum + length, 0) / KB;
  const round = () => {
    const from = process.cpuUsage();
    texts.forEach((text, i) => step(text, sources[i] as PlainText));
    const { user, system } = process.cpuUsage(from);
    return (user + system) / kb;
  };
  round();
  return places(Math.min(...Array.from({ length: ROUNDS }, round)));
}

/** Measures each detector alone, all detectors of texts together, and definitions, at 1, 10 and 100 KB. */
export function benchDetectors(): DetectorCost[] {
  const text = sample();
  const cut = (length: number) =>
    Array.from({ length: text.length / length }, (_, i) => text.slice(i * length, (i + 1) * length));
  return Object.entries(STEPS).map(([detector, step]) => {
    const [at1Kb, at10Kb, at100Kb] = SIZES_KB.map((kb) => costOf(cut(kb * KB), step)) as [number, number, number];
    return { detector, at1Kb, at10Kb, at100Kb };
  });
}

if (import.meta.main) console.table(benchDetectors());
