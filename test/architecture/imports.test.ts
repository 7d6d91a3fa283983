import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const rules = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs")) as {
  forbidden: { name: string }[];
};
const rooms: string[] = [];
after(() => rooms.forEach((room) => rmSync(room, { recursive: true })));

/** A project with the real rules and the given files of src/. */
function project(files: Record<string, string>): string {
  const room = mkdtempSync(join(tmpdir(), "cardea-imports-"));
  rooms.push(room);
  for (const name of [".dependency-cruiser.cjs", ".oxlintrc.json"]) cpSync(join(root, name), join(room, name));
  writeFileSync(join(room, "package.json"), '{"type":"module","devDependencies":{"dev":"1"}}');
  mkdirSync(join(room, "node_modules/dev"), { recursive: true });
  writeFileSync(join(room, "node_modules/dev/package.json"), '{"name":"dev","version":"1.0.0","main":"index.js"}');
  writeFileSync(join(room, "node_modules/dev/index.js"), "module.exports = 1;");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(room, "src", path)), { recursive: true });
    writeFileSync(join(room, "src", path), text);
  }
  return room;
}

/** `rule: from → to` for every violation that the cruiser finds. */
function cruise(files: Record<string, string>): string[] {
  const cruiser = join(root, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
  const args = [cruiser, "--config", ".dependency-cruiser.cjs", "-T", "json", "src"];
  const run = spawnSync(process.execPath, args, { cwd: project(files), encoding: "utf8" });
  const found = JSON.parse(run.stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return found.summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`.replaceAll("src/", "")).sort();
}

const thing = "export const thing = 1; export type Thing = 1;";
const value = (from: string) => `import { thing } from "${from}"; export const mine = thing;`;
const type = (from: string) => `import type { Thing } from "${from}"; export type Mine = Thing;`;

test("import rules: the floor plan as it is meant passes", () => {
  const found = cruise({
    "kernel/words.ts": thing,
    "ports/clock.ts": type("../kernel/words.ts"),
    "protocol/sse.ts": value("../kernel/words.ts"),
    "config/load.ts": `${value("../kernel/words.ts")} import "node:fs";`,
    "adapters/sqlite/store.ts": `${thing} import "../../protocol/sse.ts"; import "../../ports/clock.ts"; import "node:fs";`,
    "domain/identity/keys.ts": `${thing} import "node:crypto"; import "../../protocol/sse.ts";`,
    "controls/authenticate.ts": `${thing} import "../domain/identity/keys.ts";`,
    "pipeline/order.ts": `${thing} import "../controls/authenticate.ts";`,
    "doors/http.ts": `${thing} import "../pipeline/order.ts"; import "node:http";`,
    "compose.ts": `${thing} import "./doors/http.ts"; import "./adapters/sqlite/store.ts"; import "./config/load.ts";`,
    "cli/up.ts": value("../compose.ts"),
    "main.ts": `import "./cli/up.ts";`,
  });
  assert.deepEqual(found, []);
});

test("import rules: every rule fires, for values and for types", () => {
  const wrong: [rule: string, from: string, text: (from: string) => string, to: string][] = [];
  const upward: [from: string, to: string][] = [
    ["kernel", "ports"],
    ["ports", "protocol"],
    ["protocol", "ports"],
    ["config", "ports"],
    ["adapters", "domain"],
    ["domain", "controls"],
    ["controls", "pipeline"],
    ["pipeline", "adapters"],
    ["doors", "adapters"],
    ["compose", "cli"],
    ["cli", "adapters"],
  ];
  for (const [from, to] of upward) {
    wrong.push([`${from}-imports-down`, `${from}/value.ts`, value, `${to}/thing.ts`]);
    wrong.push([`${from}-imports-down`, `${from}/type.ts`, type, `${to}/thing.ts`]);
  }
  wrong.push(["main-imports-down", "main.ts", type, "adapters/thing.ts"]);
  wrong.push(["domain-rooms-apart", "domain/one/value.ts", value, "domain/two/thing.ts"]);
  wrong.push(["domain-rooms-apart", "domain/one/type.ts", type, "domain/two/thing.ts"]);
  wrong.push(["every-file-has-a-floor", "utils/value.ts", value, "kernel/thing.ts"]);
  wrong.push(["no-circles", "doors/first.ts", type, "doors/second.ts"]);
  wrong.push(["permits", "controls/permit.ts", value, "kernel/permit.ts"]);
  wrong.push(["permits", "doors/permit.ts", (from) => `export * from "${from}";`, "kernel/permit.ts"]);
  wrong.push(["no-hidden-permits", "adapters/permit.ts", (from) => `await import("${from}");`, "kernel/permit.ts"]);

  const up = (path: string) => (path.includes("/") ? "../".repeat(path.split("/").length - 1) : "./");
  const files: Record<string, string> = { "kernel/permit.ts": thing };
  for (const [, , , to] of wrong) files[to] = thing;
  for (const [, from, text, to] of wrong) files[from] = text(up(from) + to);
  files["doors/second.ts"] = type("./first.ts"); // one circle, reported once
  files["controls/fs.ts"] = `import "node:fs";`;
  files["doors/lost.ts"] = `import "./nowhere.ts";`;
  files["doors/dev.ts"] = `import "dev";`;
  files["adapters/one/a.ts"] = `import "../two/b.ts";`;
  files["adapters/two/b.ts"] = "export {};";
  files["adapters/two/c.ts"] = `import type { D } from "../one/d.ts"; export type C = D;`;
  files["adapters/one/d.ts"] = "export type D = 1;";

  const found = cruise(files);
  const expected = [
    ...wrong.map(([rule, from, , to]) => `${rule}: ${from} → ${to}`),
    "inside-is-pure: controls/fs.ts → fs",
    "resolvable: doors/lost.ts → ./nowhere.ts",
    "no-development-packages: doors/dev.ts → node_modules/dev/index.js",
    "no-folder-circles: adapters/one → adapters/two",
  ];
  for (const line of expected) assert.ok(found.includes(line), `${line} was not found in\n${found.join("\n")}`);
  const fired = new Set(found.map((line) => line.split(":")[0]));
  assert.deepEqual(
    rules.forbidden.map((rule) => rule.name).filter((name) => !fired.has(name)),
    [],
  );
});

test("import rules: only the engine imports `grant`, however it is written", () => {
  const room = project({
    "kernel/permit.ts": "export function grant() {} export class Permit {}",
    "pipeline/engine.ts": `import { grant } from "../kernel/permit.ts"; grant();`,
    "adapters/fine.ts": `import { Permit } from "../kernel/permit.ts"; new Permit();`,
    "adapters/named.ts": `import { grant } from "../kernel/permit.ts"; grant();`,
    "adapters/star.ts": `import * as all from "../kernel/permit.ts"; all.grant();`,
    "adapters/again.ts": `export { grant } from "../kernel/permit.ts";`,
    "adapters/deep/named.ts": `import { grant as g } from "../../kernel/permit.ts"; g();`,
    "kernel/near.ts": `import { grant } from "./permit.ts"; grant();`,
  });
  const run = spawnSync(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "-f", "json"], {
    cwd: room,
    encoding: "utf8",
  });
  const found = JSON.parse(run.stdout) as { diagnostics: { code: string; filename: string }[] };
  assert.deepEqual(
    found.diagnostics.map((one) => `${one.code} ${one.filename}`).sort(),
    ["adapters/again", "adapters/deep/named", "adapters/named", "adapters/star", "kernel/near"].map(
      (name) => `eslint(no-restricted-imports) src/${name}.ts`,
    ),
  );
});
