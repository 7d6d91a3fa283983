import { createHash } from "node:crypto";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";
import { judge, type Measure, type Part, readRows, Tally } from "./section.ts";

const SECRETS = [
  "secretlint_snapshots",
  "detect_secrets_tests",
  "noseyparker_examples",
  "gitleaks_examples",
  "kingfisher_examples",
];
const BENIGN = ["benign_repo_files", "livemcpbench_outputs", "notinject"];

/**
 * The split by which the formats and words of these two detectors were chosen: 60 % of the rows, by a hash of the id
 * alone. (`partOf` splits otherwise; with it, rows of the other part would have been seen.)
 */
export function seenPart(id: string): Part {
  return createHash("sha256").update(id).digest().readUInt32BE(0) % 10 < 6 ? "work" : "measure";
}

/** Time of one call in µs, and what it answered; a call before it warms the code. */
export function timed<T>(call: () => T): { readonly us: number; readonly answer: T } {
  call();
  const start = performance.now();
  const answer = call();
  return { us: (performance.now() - start) * 1_000, answer };
}

/** Secrets that are found in rules' own examples, and in files, results and tools that hold none. */
export const measureSecrets: Measure = (corpora) => {
  const tally = new Tally();
  const absent: string[] = [];
  const run = (source: string, file: string, textOf: (row: Readonly<Record<string, unknown>>) => string) => {
    const rows = readRows(corpora, source, `${file}.jsonl`);
    if (rows === undefined) return absent.push(`${source}/${file}`);
    for (const row of rows) {
      const made = plain(textOf(row));
      const { us, answer } = timed(() => findSecrets(made));
      // A row without a secret of one rule may hold one of another: such rows are shown, and are no goal.
      const group = SECRETS.includes(source) ? (row.label === 1 ? "secret" : "other") : "benign";
      const time: [number, number] = group === "benign" ? [us, made.text.length] : [0, 0];
      tally.add(source, seenPart(row.id), group, answer.length > 0, ...time);
    }
  };
  for (const source of SECRETS) run(source, "cases", ({ text }) => String(text));
  for (const source of BENIGN) run(source, "cases", ({ text }) => String(text));
  run("benign_tools", "tools", ({ tool }) => JSON.stringify(tool));
  const percent = (chosen: (source: string, group: string) => boolean) => tally.percent("measure", chosen);
  return {
    name: "secrets",
    lines: tally.lines(),
    goals: [
      judge(
        "secrets caught",
        percent((_, group) => group === "secret"),
        { atLeast: 75 },
      ),
      judge(
        "repository files flagged",
        percent((source) => source === "benign_repo_files"),
        { atMost: 0.5 },
      ),
      judge(
        "tools flagged",
        percent((source) => source === "benign_tools"),
        { atMost: 0 },
      ),
      judge("µs per KB of secrets", tally.usPerKb(), { atMost: 20 }),
    ],
    absent,
  };
};
