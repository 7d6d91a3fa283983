// `npm test`: the static checks, then every test file, then one line of counts. `npm test -- <file or glob> …` runs
// those test files alone.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";

const root = join(import.meta.dirname, "..");
const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (colour: "green" | "red" | "dim", text: string) => (coloured ? styleText(colour, text) : text);
const bin = (path: string) => join(root, "node_modules", path);

const checks: [name: string, command: string[]][] = [
  ["types", [bin("typescript/bin/tsc"), "-p", "."]],
  ["lint", [bin("oxlint/bin/oxlint"), "--deny-warnings"]],
  ["format", [bin("@biomejs/biome/bin/biome"), "check", "."]],
  [
    "import rules",
    [bin("dependency-cruiser/bin/dependency-cruiser.mjs"), "--config", ".dependency-cruiser.cjs", "-T", "err", "src"],
  ],
  ["unused files, exports and packages", [bin("knip/bin/knip.js"), "--no-progress"]],
];

/** Runs the static checks. Returns how many failed; a failed one shows what it said. */
function check(): number {
  let failed = 0;
  for (const [name, command] of checks) {
    const began = performance.now();
    const run = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
    const seconds = paint("dim", `(${((performance.now() - began) / 1000).toFixed(1)} s)`);
    if (run.status === 0) {
      console.log(`${paint("green", "✔")} ${name} ${seconds}`);
    } else {
      failed++;
      console.log(`${paint("red", "✖")} ${name} ${seconds}\n${run.stdout}${run.stderr}`);
    }
  }
  return failed;
}

/** A run that takes longer hangs, for example on a handle that a test left open: it is ended and has failed. */
const LONGEST_MS = 840_000;

/** Runs the test files. Returns what node:test's own summary counts, and whether all is well. */
function test(files: string[]) {
  const room = mkdtempSync(join(tmpdir(), "cardea-test-"));
  const tap = join(room, "summary.tap");
  const run = spawnSync(
    process.execPath,
    [
      "--test",
      "--test-isolation=process",
      "--test-concurrency=2",
      "--test-timeout=120000",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=tap",
      `--test-reporter-destination=${tap}`,
      ...files,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, FORCE_COLOR: coloured ? "1" : "0" },
      timeout: LONGEST_MS,
      killSignal: "SIGINT",
    },
  );
  const summary = readFileSync(tap, "utf8");
  rmSync(room, { recursive: true });
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(summary)?.[1] ?? Number.NaN);
  const counts = {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  };
  const said = Number.isNaN(counts.passed)
    ? "the tests did not come to their end"
    : `${counts.passed} tests passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  return { said, fine: run.status === 0 && counts.passed > 0 && counts.failed === 0 && counts.skipped === 0 };
}

const began = performance.now();
const chosen = process.argv.slice(2);
const corpora = process.env.CARDEA_CORPORA ?? join(root, "../shared/corpora");
const without = chosen.length > 0 || existsSync(corpora) ? [] : ["test/corpora/**"];
if (without.length > 0)
  console.log(`! test/corpora is left out: it reads third-party data, which is not at ${corpora} (set CARDEA_CORPORA)`);
const files = globSync(chosen.length > 0 ? chosen : ["test/**/*.test.ts"], { cwd: root, exclude: without }).sort();
if (files.length === 0) {
  console.error(`No test file matches ${chosen.join(" ")}. Accepted: paths and globs like test/kernel/*.test.ts.`);
  process.exit(2);
}
const failedChecks = chosen.length > 0 ? 0 : check();
const tests = test(files);
const fine = failedChecks === 0 && tests.fine;
const checksSaid = chosen.length > 0 ? "" : `${checks.length - failedChecks} of ${checks.length} checks passed, `;
console.log(
  paint(
    fine ? "green" : "red",
    `${fine ? "✔" : "✖"} ${checksSaid}${tests.said} ` +
      `in ${files.length} files, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  ),
);
process.exitCode = fine ? 0 : 1;
