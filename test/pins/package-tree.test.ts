import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { packageTree } from "../../src/adapters/files/package-tree.ts";
import { argumentDigests, programDigest } from "../../src/adapters/files/program.ts";

const room = mkdtempSync(join(tmpdir(), "cardea-tree-"));
after(() => rmSync(room, { recursive: true }));
let made = 0;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const manifest = (name: string, more: object = {}) => JSON.stringify({ name, version: "1.0.0", ...more });

/** An installation: server → a → b (once at the top), and a package that nobody needs. */
function install(): string {
  const root = join(room, String(made++));
  const at = (path: string) => join(root, "node_modules", path);
  const bin = { "mcp-server": "dist/index.js" };
  write(
    at("@x/server/package.json"),
    manifest("@x/server", { bin, dependencies: { a: "1" }, optionalDependencies: { o: "1" } }),
  );
  write(at("@x/server/dist/index.js"), "import 'a'");
  write(
    at("a/package.json"),
    manifest("a", { peerDependencies: { b: "1", p: "1" }, peerDependenciesMeta: { p: { optional: true } } }),
  );
  write(at("a/index.js"), "import 'b'");
  write(at("b/package.json"), manifest("b", { dependencies: { a: "1" } }));
  write(at("b/index.js"), "export {}");
  write(at("other/package.json"), manifest("other"));
  const packages = { "node_modules/@x/server": { version: "1.0.0", integrity: "sha512-abc" } };
  write(at(".package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  return root;
}

const read = (root: string) => packageTree(root, "@x/server");

test("T1: the tree is found with version, integrity, entry and everything it depends on", () => {
  const root = install();
  const tree = read(root) ?? assert.fail();
  assert.equal(tree.version, "1.0.0");
  assert.equal(tree.integrity, "sha512-abc");
  assert.match(tree.tree, /^sha256:[0-9a-f]{64}$/);
  assert.equal(tree.entry, join(root, "node_modules/@x/server/dist/index.js"));
  assert.deepEqual(
    tree.folders,
    ["@x/server", "a", "b"].map((name) => join(root, "node_modules", name)),
  );
  assert.equal(read(install())?.tree, tree.tree);
});

test("T1: the digest is of what runs, not of where npm has put it, nor of what nobody needs", () => {
  const expected = read(install())?.tree;
  const nested = install();
  mkdirSync(join(nested, "node_modules/a/node_modules"));
  renameSync(join(nested, "node_modules/b"), join(nested, "node_modules/a/node_modules/b"));
  assert.equal(read(nested)?.tree, expected);
  const unrelated = install();
  write(join(unrelated, "node_modules/other/index.js"), "export {}");
  assert.equal(read(unrelated)?.tree, expected);
});

test("T1: what is planted beside a package of an installation of its own changes its digest: packages, files, folders", () => {
  const alone = (root: string) => packageTree(root, "@x/server", true)?.tree;
  const before = alone(install());
  assert.match(before ?? "", /^sha256:/);
  const plants = {
    "a package": "planted/package.json",
    "one with a scope": "@x/planted/index.js",
    "a folder without a manifest": "planted/index.js",
    "a file": "planted.js",
    "a hidden folder": ".planted/index.js",
    "a file of what nobody needs": "other/index.js",
    "an optional peer": "p/package.json",
  };
  for (const [what, path] of Object.entries(plants)) {
    const root = install();
    write(join(root, "node_modules", path), manifest("p"));
    assert.notEqual(alone(root), before, what);
  }
});

test("T1: an optional peer counts where it is found, also one that is named in peerDependenciesMeta alone, unless it is there for development", () => {
  const planted = install();
  write(join(planted, "node_modules/p/package.json"), manifest("p"));
  const expected = read(install())?.tree;
  assert.notEqual(read(planted)?.tree, expected);
  const meta = (root: string) => {
    const peers = { peerDependenciesMeta: { q: { optional: true } } };
    write(join(root, "node_modules/b/package.json"), manifest("b", { dependencies: { a: "1" }, ...peers }));
    return root;
  };
  const named = meta(install());
  const without = read(meta(install()))?.tree;
  assert.equal(read(named)?.tree, without);
  write(join(named, "node_modules/q/package.json"), manifest("q"));
  assert.notEqual(read(named)?.tree, without);
  const packages = { "node_modules/@x/server": { integrity: "sha512-abc" }, "node_modules/q": { dev: true } };
  write(join(named, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
  assert.equal(read(named)?.tree, without);
});

test("T1: every change of an artifact changes the digest, or there is none", () => {
  const expected = read(install())?.tree;
  const module = (root: string, path: string) => join(root, "node_modules", path);
  const changes: Record<string, (root: string) => void> = {
    "a file of the package": (root) => write(module(root, "@x/server/dist/index.js"), "import 'evil'"),
    "a file of a dependency's dependency": (root) => write(module(root, "b/index.js"), "export  {}"),
    "the same length and date": (root) => {
      write(module(root, "b/index.js"), "export []");
      utimesSync(module(root, "b/index.js"), 0, 0);
    },
    "a new file": (root) => write(module(root, "a/new.js"), ""),
    "a new empty name": (root) => renameSync(module(root, "a/index.js"), module(root, "a/main.js")),
    "a file that is gone": (root) => rmSync(module(root, "b/index.js")),
    "a manifest": (root) =>
      write(module(root, "b/package.json"), manifest("b", { dependencies: { a: "1" }, main: "x" })),
    "an optional dependency that appears": (root) => write(module(root, "o/package.json"), manifest("o")),
    "a nearer package of the same name": (root) => {
      cpSync(module(root, "b"), module(root, "a/node_modules/b"), { recursive: true });
      write(module(root, "a/node_modules/b/index.js"), "evil()");
    },
    "a nearer package that nothing declares": (root) =>
      write(module(root, "@x/server/dist/node_modules/c/index.js"), "evil()"),
    "a file that Node prefers to the folder": (root) => write(module(root, "a.js"), "evil()"),
    "a nearer folder without a manifest": (root) => write(module(root, "a/node_modules/b/index.js"), "evil()"),
    "a nearer file": (root) => write(module(root, "@x/server/node_modules/c.js"), "evil()"),
    "a symbolic link in a package": (root) => symlinkSync("/etc/hostname", module(root, "a/link")),
    "a package that is a link": (root) => {
      renameSync(module(root, "b"), join(root, "b"));
      symlinkSync(join(root, "b"), module(root, "b"));
    },
    "a dependency that is gone": (root) => rmSync(module(root, "b"), { recursive: true }),
    "a program that is gone": (root) => rmSync(module(root, "@x/server/dist"), { recursive: true }),
  };
  for (const [what, change] of Object.entries(changes)) {
    const root = install();
    change(root);
    assert.notEqual(read(root)?.tree, expected, what);
  }
});

test("T1: a package that brings files in a folder called node_modules along has a digest over them too", () => {
  const root = install();
  const file = join(root, "node_modules/a/test/node_modules/plain.js");
  write(file, "one");
  const one = read(root)?.tree ?? assert.fail("such packages are on npm, and there would be no tree of them");
  write(file, "two");
  assert.notEqual(read(root)?.tree, one);
});

test("T1: there is no tree of what is not installed, has no integrity, or names a program outside itself", () => {
  assert.equal(packageTree(install(), "@x/missing"), undefined);
  assert.equal(packageTree(install(), "a"), undefined, "npm wrote down no integrity for it");
  const outside = install();
  write(
    join(outside, "node_modules/@x/server/package.json"),
    manifest("@x/server", { bin: "../../a/index.js", dependencies: { a: "1" } }),
  );
  assert.equal(read(outside), undefined);
});

test("T1: the digest of a command is of its program, or of the script that an interpreter runs", () => {
  write(join(room, "server.js"), "one");
  const before = programDigest(["node", "server.js"], room);
  assert.match(before ?? "", /^sha256:[0-9a-f]{64}$/);
  write(join(room, "server.js"), "two");
  assert.notEqual(programDigest(["node", "server.js"], room), before);
  assert.match(programDigest(["/bin/ls", "-l"], room) ?? "", /^sha256:/);
  assert.equal(programDigest(["no-such-program"], room), undefined);
  assert.equal(programDigest(["node", "missing.js"], room), undefined);
});

test("H6 and T1: every file that an argument names has a digest, but what the program may write, and what is no path", () => {
  const at = (path: string) => join(room, path);
  for (const path of ["main.js", "hook.mjs", "data/own.db"]) write(at(path), path);
  symlinkSync(at("hook.mjs"), at("link.mjs"));
  const words = ["--import=./hook.mjs", `--import=file://${at("hook.mjs")}`, "main.js", "link.mjs"];
  const none = ["data", "data/own.db", "missing.js", "x".repeat(5_000), "a\0b", "file://%zz", "--flag"];
  const found = argumentDigests(["node", ...words, ...none], room, [at("data")]);
  // The script itself, the first word without a dash, is pinned as the program.
  assert.deepEqual(Object.keys(found), [words[0], words[1], "link.mjs"]);
  assert.equal(found["link.mjs"], found["--import=./hook.mjs"]);
  assert.deepEqual(Object.keys(argumentDigests(["node", "--import", "hook.mjs", "main.js"], room, [])), ["main.js"]);
});
