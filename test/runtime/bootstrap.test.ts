import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

const rooms: string[] = [];
after(() => rooms.forEach((room) => rmSync(room, { recursive: true })));

const name = `node-${process.platform}-${process.arch}`;
const lock = JSON.stringify({ lockfileVersion: 3, packages: { [`node_modules/${name}`]: { version: "24.99.0" } } });
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A clone with an npm that only notes how it was called, and installs the packages in `installs`. */
function clone(engines: string, files: Record<string, string> = {}, installs: Record<string, string> = {}) {
  const room = mkdtempSync(join(tmpdir(), "cardea-bootstrap-"));
  rooms.push(room);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(room, path)), { recursive: true });
    writeFileSync(join(room, path), text);
    if (text.startsWith("#!")) chmodSync(join(room, path), 0o755);
  };
  mkdirSync(join(room, "scripts"));
  cpSync(join(import.meta.dirname, "../../scripts/bootstrap.cjs"), join(room, "scripts/bootstrap.cjs"));
  const npm = `const fs = require("fs"), path = require("path");
fs.appendFileSync(${JSON.stringify(join(room, "calls"))}, process.argv.slice(2).join(" ") + " in " + path.basename(process.cwd()).replace(/-\\w{6}$/, "") + "\\n");
for (const [file, text] of Object.entries(${JSON.stringify(installs)})) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode: 0o755 });
}
fs.mkdirSync("node_modules/.bin", { recursive: true });`;
  for (const [path, text] of Object.entries({
    "package.json": JSON.stringify({ engines: { node: engines } }),
    "package-lock.json": lock,
    "npm-cli.js": npm,
    ...files,
  }))
    put(path, text);
  return {
    room,
    calls: () =>
      existsSync(join(room, "calls")) ? readFileSync(join(room, "calls"), "utf8").trimEnd().split("\n") : [],
    run(npmPath = join(room, "npm-cli.js")) {
      const env = { ...process.env, npm_execpath: npmPath };
      const { status, stderr, stdout } = spawnSync(process.execPath, [join(room, "scripts/bootstrap.cjs")], {
        env,
        encoding: "utf8",
      });
      assert.equal(stdout, "", "standard output belongs to the script that follows");
      return { status, stderr };
    },
  };
}

/** A Node in name alone. */
const fake = (version: string) => `#!/bin/sh\necho ${version}\n`;
const CI = "ci --ignore-scripts --no-audit --no-fund --include=dev --include=optional in";
const here = process.version.slice(1).split(".").slice(0, 2).join(".");

test("bootstrap: a fresh clone is installed once, without install scripts, and again when the lockfile changed", () => {
  const { room, run, calls } = clone(`>=${here} <99`);
  assert.equal(run().status, 0);
  assert.equal(run().status, 0);
  assert.deepEqual(calls(), [`${CI} cardea-bootstrap`]);
  writeFileSync(join(room, "package-lock.json"), `${lock}\n`);
  assert.match(run().stderr, /the lockfile changed/);
  assert.equal(calls().length, 2);
});

test("bootstrap: an install that failed starts nothing, says so, and is tried again", () => {
  const { run, room } = clone(`>=${here} <99`, { "npm-cli.js": "process.exit(1)" });
  for (const _ of [1, 2]) {
    const { status, stderr } = run();
    assert.equal(status, 2);
    assert.match(stderr, /npm ci failed.*Nothing was started/);
  }
  assert.ok(!existsSync(join(room, "node_modules/.cardea-lock")));
});

test("bootstrap: an older Node fetches the packaged one alone first, and that one installs the rest and is linked", () => {
  const { room, run, calls } = clone(
    ">=24.98 <25 || >=99",
    {},
    {
      [`node_modules/${name}/bin/node`]: `#!/bin/sh\nif [ "$1" = --version ]; then echo v24.99.0; else exec "${process.execPath}" "$@"; fi\n`,
    },
  );
  const { status, stderr } = run();
  assert.equal(status, 0, stderr);
  assert.deepEqual(calls(), [`${CI} cardea-node`, `${CI} cardea-bootstrap`]);
  assert.ok(lstatSync(join(room, "node_modules/.bin/node")).isSymbolicLink());
});

for (const [engines, version, fits] of [
  [">=24.16 <25 || >=26.1", "v24.15.9", false],
  [">=24.16 <25 || >=26.1", "v24.16.0", true],
  [">=24.16 <25 || >=26.1", "v25.3.0", false],
  [">=24.16 <25 || >=26.1", "v26.0.9", false],
  [">=24.16 <25 || >=26.1", "v26.1.0", true],
  [">=24.16 <25 || >=26.1", "v100.0.0", true],
] as const)
  test(`bootstrap: Node ${version} ${fits ? "is" : "is not"} taken`, () => {
    const { room, run } = clone(engines, {
      "node_modules/.cardea-lock": sha256(lock),
      "node_modules/.bin/other": "",
      [`node_modules/${name}/bin/node`]: fake(version),
    });
    assert.equal(run().status, 0); // this process has a Node that fits
    assert.equal(existsSync(join(room, "node_modules/.bin/node")), fits);
  });

test("bootstrap: where no Node will do there is one sentence and exit code 2", () => {
  const { run } = clone(">=99 <100", {
    "node_modules/.cardea-lock": sha256(lock),
    "node_modules/.bin/node": fake("v1.0.0"),
  });
  const { status, stderr } = run();
  assert.equal(status, 2);
  assert.match(stderr, /^cardea: Cardea needs Node >=99 <100; this is Node v\d+[^\n]*Install one and try again\.\n$/);
});

test("bootstrap: another package manager is told to use npm", () => {
  const { run } = clone(`>=${here} <99`);
  const { status, stderr } = run("/usr/bin/pnpm.cjs");
  assert.equal(status, 2);
  assert.match(stderr, /start this with npm/);
});
