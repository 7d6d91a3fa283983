import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { confine } from "../../src/adapters/sandbox/confine.ts";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { machineFaults } from "../../src/compose/machine.ts";
import { loadConfig } from "../../src/config/load.ts";
import { EMPTY_LOCK, shownWord } from "../../src/domain/pins/index.ts";
import { type Stage, stage } from "./stage.ts";

const add = (name: string, ...more: string[]) => ["add", name, "--run", "node", "--arg", "server.mjs", ...more];
const MARK = ["--write", "./out", "--env", "MARK=out/started"];

/** What `check` says of a sandbox. */
function checked({ cwd }: Stage, sandbox: string): string {
  const loaded = loadConfig(`servers: { notes: { run: [node, server.mjs], sandbox: ${sandbox} } }\n`, "cardea.yaml");
  assert.ok("config" in loaded);
  return machineFaults(loaded.config, EMPTY_LOCK, resolveFiles({ cwd, env: {} }))
    .map(({ message }) => message)
    .join();
}

test("H6 and C6: what holds the gateway's state or what grants power is not shared, also through a link", async (t) => {
  const one = await stage(t);
  mkdirSync(join(one.cwd, "policies"));
  symlinkSync(".cardea", join(one.cwd, "state"));
  symlinkSync("..", join(one.cwd, "out/up"));
  symlinkSync("nowhere", join(one.cwd, "lost"));
  for (const [flag, path, said] of [
    ["write", ".", /contains the folder of the state/],
    ["write", "./out/up", /folder of the state|too wide/],
    ["write", ".cardea", /lies in the folder of the state/],
    ["read", ".cardea/master.key", /lies in the folder of the state/],
    ["read", "./state", /lies in the folder of the state/],
    ["write", "cardea.yaml", /contains cardea\.yaml/],
    ["write", "policies", /contains policies/],
    ["write", "./policies/more", /contains policies/],
    ["write", "./lost", /link leads nowhere/],
  ] as const) {
    const { code, err } = await one.run(...add("notes", `--${flag}`, path, "--env", "MARK=out/started"));
    assert.equal(code, 2, path);
    assert.match(err, said);
    assert.match(checked(one, `{ ${flag}: [${path}] }`), said);
  }
  assert.equal(one.read("cardea.yaml"), "servers: {}\n");
  assert.equal(one.starts(), 0);
  assert.equal(checked(one, "{ read: [.], write: [./out] }"), "");
});

test("H6: a home that was named holds the configuration too: folders beside it are shared, its own are not", async (t) => {
  const { cwd } = await stage(t);
  const home = join(cwd, "named");
  for (const folder of ["workspace", "packages"]) mkdirSync(join(home, folder), { recursive: true });
  writeFileSync(join(home, "master.key"), "");
  const files = resolveFiles({ home, config: join(home, "cardea.yaml"), cwd, env: {} });
  const faults = (path: string): number => {
    const loaded = loadConfig(`servers: { n: { run: [node, -v], sandbox: { write: [${path}] } } }\n`, "cardea.yaml");
    assert.ok("config" in loaded);
    return machineFaults(loaded.config, EMPTY_LOCK, files).length;
  };
  assert.deepEqual(
    ["./workspace", "./new", "./packages", ".", "./master.key", "./cardea.db"].map(faults),
    [0, 0, 1, 1, 1, 1],
  );
});

test("C6: in a folder that may be read the gateway's state is empty; Node's permission model, which cannot hide it, refuses", async (t) => {
  const one = await stage(t);
  one.write(
    "look.mjs",
    'import { readdirSync, writeFileSync } from "node:fs";\nlet wrote = "yes";\ntry { writeFileSync(".cardea/x", ""); } catch (error) { wrote = error.code; }\nconsole.error(`SEES ${readdirSync(".").includes("cardea.yaml")} ${readdirSync(".cardea").length} ${wrote}`);\nprocess.exit(3);\n',
  );
  const { out, err } = await one.run("add", "notes", "--run", "node", "--arg", "look.mjs", "--read", ".");
  assert.match(out, /SEES true 0 EROFS/, err);
  const sandbox = { read: [one.cwd], write: [], network: "none", hidden: [one.home] } as const;
  const none = { bubblewrap: undefined, prlimit: undefined };
  assert.throws(() => confine(["node", "look.mjs"], one.cwd, sandbox, none), /only bubblewrap could hide it/);
});

test("H6: a consent is for real paths: it shows where links lead, and what leads elsewhere later is not started", async (t) => {
  const one = await stage(t);
  for (const folder of ["keys", "real"]) mkdirSync(join(one.cwd, folder));
  symlinkSync("real", join(one.cwd, "linked"));
  const added = await one.run(...add("notes", ...MARK, "--read", "./linked"));
  assert.equal(added.code, 0, added.err);
  assert.match(added.err, /may read {3}\S*\/linked → \S*\/real\n/);
  const { source } = one.lock().servers["notes"] ?? assert.fail();
  assert.ok("run" in source);
  assert.deepEqual({ ...source.launch?.sandbox.real }, { "./linked": "./real" });
  const begun = one.starts();
  rmSync(join(one.cwd, "linked"));
  symlinkSync("keys", join(one.cwd, "linked"));
  const moved = await one.run("show", "notes");
  assert.match(moved.out, /The path ".\/linked" of the server notes leads to .\/keys, and the consent is for .\/real/);
  rmSync(join(one.cwd, "linked"));
  symlinkSync("real", join(one.cwd, "linked"));
  assert.equal((await one.run("show", "notes")).code, 0);
  const again = one.starts();
  assert.ok(again > begun);
  rmSync(join(one.cwd, "out"), { recursive: true });
  symlinkSync("keys", join(one.cwd, "out"));
  assert.match((await one.run("show", "notes")).out, /The path ".\/out" of the server notes leads to .\/keys/);
});

test("H6: a share that another server may write is said before the consent", async (t) => {
  const one = await stage(t);
  mkdirSync(join(one.cwd, "out/in"));
  assert.equal((await one.run(...add("writer", ...MARK))).code, 0);
  const { err } = await one.run(...add("reader", "--read", "./out/in"));
  assert.match(err, /! The server writer may write .\/out, and so change what reader finds in .\/out\/in/);
});

test("H6: on the screen spaces are seen, and characters that look like others have their numbers", async (t) => {
  const one = await stage(t);
  const { err } = await one.run(...add("notes", `--arg=x  may use    no network`, "--arg", "\u043edmin", ...MARK));
  assert.match(err, /'x␣␣may␣use␣␣␣␣no␣network' 'о‹U\+043E›dmin'/);
  assert.equal(shownWord("Müller/übung"), "Müller/übung");
  assert.equal(shownWord("ı\u2423\u202e\uff0e"), "ı‹U+0131›␣‹U+2423›\\u{202e}．‹U+FF0E›");
  assert.equal(shownWord("u\u0308"), "u\\u{308}");
});

test("H6: control characters in what a server is added with are refused in plain words", async (t) => {
  const one = await stage(t);
  for (const [word, said] of [
    ["a\nb", /--arg "a\\nb" holds a control character \(U\+000A, a line break\)/],
    ["a\u001b[31m", /U\+001B, escape/],
  ] as const) {
    const { code, err } = await one.run(...add("notes", `--arg=${word}`));
    assert.equal(code, 2);
    assert.match(err, said);
  }
});

test("T1: removing a server takes what access allows on it out too, and says so", async (t) => {
  const one = await stage(
    t,
    "servers:\n  other: { url: 'https://example.com/mcp' }\naccess:\n  - { role: a, allow: [other.x] } # stays\n",
  );
  assert.equal((await one.run(...add("notes", ...MARK))).code, 0);
  const yaml = one
    .read("cardea.yaml")
    .replace("[other.x]", "[other.x, notes.look]")
    .replace("[ other.x ]", "[ other.x, notes.look ]");
  one.write("cardea.yaml", `${yaml}  - { role: b, allow: [notes.*] }\n`);
  await one.accept();
  const { code, out, err } = await one.run("remove", "notes");
  assert.equal(code, 0, err);
  assert.match(out, /out of access too: a: notes\.look\n.*out of access too: b: notes\.\*\n/);
  assert.doesNotMatch(one.read("cardea.yaml"), /notes/);
  assert.match(one.read("cardea.yaml"), /other\.x.*# stays/);
  const [event] = await one.events("server.removed");
  assert.match(JSON.stringify(event?.detail), /"access":\["a: notes\.look","b: notes\.\*"\]/);
});
