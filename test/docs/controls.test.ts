import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** How many controls the catalogue has, by area: they are numbered from 1. */
const CATALOGUE = { W: 7, I: 11, P: 10, V: 5, L: 7, S: 10, H: 6, A: 10, C: 8, T: 6, N: 4, G: 7 };
const NOT_YET = "not yet";

/** A row of docs/controls.md. The last two columns are links, or `not yet`. */
const rows = read("docs/controls.md")
  .split("\n")
  .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
  .map((line) => {
    const [id = "", what = "", enforced = "", proved = "", ...more] = line.slice(2, -2).split(" | ");
    const links = (cell: string) => [...cell.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map((link) => link[1] ?? "");
    return { id, what, enforced, proved, more, files: links(enforced), tests: links(proved) };
  });

/** Titles of `test(…)` in a file, and texts such as `W4 and W5: listening` from which a table of cases makes them. */
const titles = (path: string) =>
  [...read(path).matchAll(/\btest\(\s*(["'`])(.*?)\1|["'`]([A-Z]\d+(?:(?:, | and )[A-Z]\d+)*: [^"'`]+)/gs)].map(
    (match) => match[2] ?? match[3] ?? "",
  );

test("controls: every id of the catalogue has exactly one row, in its order", () => {
  const ids = Object.entries(CATALOGUE).flatMap(([area, count]) =>
    Array.from({ length: count }, (_, at) => `${area}${at + 1}`),
  );
  assert.deepEqual(
    rows.map((row) => row.id),
    ids,
  );
  for (const row of rows) assert.ok(row.what !== "" && row.more.length === 0, `${row.id} needs four cells`);
});

test("controls: a row names files and tests that exist, or says `not yet` for both", () => {
  for (const row of rows) {
    if (row.enforced === NOT_YET || row.proved === NOT_YET) {
      assert.deepEqual(
        [row.enforced, row.proved],
        [NOT_YET, NOT_YET],
        `${row.id}: enforced without proof, or proof of nothing`,
      );
      continue;
    }
    assert.ok(row.files.length > 0 && row.tests.length > 0, `${row.id} names no file or no test`);
    for (const file of row.files)
      assert.ok(/^(src|scripts)\//.test(file) && existsSync(join(root, file)), `${row.id}: ${file} does not exist`);
    for (const file of row.tests) {
      assert.ok(existsSync(join(root, file)), `${row.id}: ${file} does not exist`);
      const mention = new RegExp(`\\b${row.id}\\b`);
      assert.ok(
        titles(file).some((title) => mention.test(title)),
        `${row.id}: no test title of ${file} mentions it`,
      );
    }
  }
});

test("controls: what a control says it enforces is listed under these ids", () => {
  const controls = globSync("src/controls/*.ts", { cwd: root }).map((path) => path.replaceAll("\\", "/"));
  assert.ok(controls.length > 0);
  for (const path of controls) {
    const said = /\bids:\s*\[([^\]]*)\]/.exec(read(path))?.[1];
    for (const [, id] of (said ?? "").matchAll(/"([^"]+)"/g)) {
      const row = rows.find((one) => one.id === id);
      assert.ok(row, `${path} names ${id}, which the catalogue does not have`);
      assert.ok(
        row.files.includes(path),
        `docs/controls.md must name ${path} at ${id}, with a test whose title mentions ${id}`,
      );
    }
  }
});

test("controls: the threat model relies on no control that is not yet there", () => {
  const threats = read("THREAT-MODEL.md").split("## Threats")[1]?.split("\n## ")[0] ?? "";
  const cited = threats.split("\n").flatMap((line) => line.split(" | ")[1]?.match(/\b[A-Z]\d+\b/g) ?? []);
  assert.ok(cited.length > 10);
  const missing = cited.filter((id) => rows.find((row) => row.id === id)?.enforced === NOT_YET);
  assert.deepEqual([...new Set(missing)], []);
});
