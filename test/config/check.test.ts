import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createProject, resolveFiles } from "../../src/adapters/files/project.ts";
import { type CheckDeps, checkCommand } from "../../src/cli/check.ts";
import { initCommand } from "../../src/cli/init.ts";

const defaults = join(import.meta.dirname, "../../defaults");
const rooms: string[] = [];
after(() => rooms.forEach((room) => rmSync(room, { recursive: true })));

function room(files: Record<string, string> = {}): string {
  const made = mkdtempSync(join(tmpdir(), "cardea-check-"));
  rooms.push(made);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

function listen() {
  const said = { out: "", err: "" };
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    json: false,
    home: "",
    colour: false,
  };
  return { io, said };
}

const resolveIn = (cwd: string) => (given: { home?: string; config?: string }) =>
  resolveFiles({ ...given, cwd, env: {} });

async function check(cwd: string, argv: string[] = [], policyFaults: CheckDeps["policyFaults"] = () => []) {
  const machineFaults = () => [];
  const { io, said } = listen();
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
  const code = await checkCommand(argv, io, { files: resolveIn(cwd), read, machineFaults, policyFaults });
  return { code, ...said };
}

async function init(cwd: string, argv: string[] = []) {
  const { io, said } = listen();
  const code = await initCommand(argv, io, { create: (given) => createProject(resolveIn(cwd)(given), defaults) });
  return { code, ...said };
}

test("init writes a project that check finds fine, and never overwrites", async () => {
  const cwd = room({ ".gitignore": "node_modules" });
  const first = await init(cwd);
  assert.equal(first.code, 0);
  assert.match(first.out, /wrote .*cardea\.yaml\nwrote .*cardea\.lock\n/);
  const checked = await check(cwd);
  assert.equal(checked.out.replace(/^.*cardea\.yaml/, ""), " is fine: 1 server, 14 pinned definitions, 1 role.\n");
  assert.equal(checked.code, 0);

  writeFileSync(join(cwd, "cardea.yaml"), "servers: {}\n");
  const second = await init(cwd);
  assert.equal(second.code, 1);
  assert.match(second.err, /^Nothing was written: .*cardea\.yaml and .*cardea\.lock exist already\.\n$/);
  assert.equal(readFileSync(join(cwd, "cardea.yaml"), "utf8"), "servers: {}\n");
});

test("C8: init keeps git and coding assistants out of the state, and keeps what the files held", async () => {
  const cwd = room({ ".gitignore": "node_modules" });
  await init(cwd);
  assert.equal(readFileSync(join(cwd, ".gitignore"), "utf8"), "node_modules\n/.cardea/\n");
  for (const name of [".cursorignore", ".aiexclude", ".codeiumignore", ".geminiignore", ".aiderignore"]) {
    assert.equal(readFileSync(join(cwd, name), "utf8"), "/.cardea/\n");
  }
  const other = room({ ".gitignore": ".cardea\n" });
  await init(other);
  assert.equal(readFileSync(join(other, ".gitignore"), "utf8"), ".cardea\n");
  const inHome = room();
  await init(inHome, ["--home", "state"]);
  assert.match(readFileSync(join(inHome, "state/.gitignore"), "utf8"), /^\/\*\n!\/cardea\.yaml\n/);
});

test("init says what it cannot do", async () => {
  const cwd = room({ file: "" });
  await assert.rejects(init(cwd, ["--config", "file/cardea.yaml"]), { code: "ENOTDIR", path: /cardea\.yaml$/ });
  assert.match((await init(cwd, ["--hom", "x"])).err, /did you mean --home/);
  assert.equal((await init(cwd, ["--help"])).code, 0);
});

test("check reports configuration, lockfile and policies at once, with their places", async () => {
  const cwd = room({ "cardea.yaml": "listen: { prot: 1 }\n", "cardea.lock": '{\n  "version": 2,\n  "servers": {}\n}' });
  const broken = await check(cwd, ["--json"]);
  assert.equal(broken.code, 1);
  const report = JSON.parse(broken.out);
  assert.equal(report.ok, false);
  assert.deepEqual(
    report.faults.map((fault: { line?: number; message: string }) => [fault.line, fault.message]),
    [
      [1, '"prot" is not a key of listen'],
      [undefined, "version must be 1: this lockfile was written for another version of Cardea"],
    ],
  );
  assert.equal(report.notes.length, 1, "what could not be checked is said");

  await init(join(cwd, "sub"));
  const policies: string[] = [];
  const withPolicy = await check(join(cwd, "sub"), [], (config, lock, dir) => {
    policies.push(Object.keys(config.servers).join(), Object.keys(lock.servers).join(), dir);
    return [{ file: "policies/a.cedar", line: 3, message: "the attribute tennant is unknown", nearest: "tenant" }];
  });
  assert.deepEqual(policies, ["files", "files", join(cwd, "sub/policies")]);
  assert.equal(
    withPolicy.out,
    "policies/a.cedar:3  the attribute tennant is unknown\n  did you mean: tenant\n\n1 fault\n",
  );
  assert.equal(withPolicy.code, 1);
});

test("T1: check finds what configuration and lockfile do not agree on", async () => {
  const cwd = room();
  await init(cwd);
  const yaml = readFileSync(join(defaults, "cardea.yaml"), "utf8");
  const faultsOf = async (text: string) => {
    writeFileSync(join(cwd, "cardea.yaml"), text);
    const { code, out } = await check(cwd, ["--json"]);
    assert.equal(code, 1);
    type Fault = { line: number; column: number; message: string; nearest?: string };
    return (JSON.parse(out).faults as Fault[]).map(({ line, message, nearest }) => ({
      text: text.split("\n")[line - 1]?.trim(),
      message,
      nearest,
    }));
  };
  assert.deepEqual(await faultsOf(yaml.replace("2026.8.31", "2026.9.1")), [
    {
      text: "files:",
      message:
        "The server files is configured as @modelcontextprotocol/server-filesystem@2026.9.1, and @modelcontextprotocol/server-filesystem@2026.8.31 was reviewed",
      nearest: undefined,
    },
  ]);
  assert.deepEqual(await faultsOf(yaml.replace("read_text_file: {", "read_txt_file: {")), [
    {
      text: "read_txt_file: { effect: read }",
      message: "servers.files.tools.read_txt_file names a tool that is not pinned",
      nearest: "read_text_file",
    },
  ]);
  assert.deepEqual(await faultsOf(yaml.replace("- files.search_files", "- files.serch_files")), [
    {
      text: "- files.serch_files",
      message: "access[0].allow[7] names a tool that is not pinned",
      nearest: "search_files",
    },
  ]);
  const screen = "screen: { rules: [{ match: files.serch_files, kinds: [email], action: mask }] }";
  assert.deepEqual(await faultsOf(`${yaml}\n${screen}\n`), [
    {
      text: screen,
      message: 'screen has a match "files.serch_files", which names a tool that is not pinned',
      nearest: "search_files",
    },
  ]);
  rmSync(join(cwd, "cardea.lock"));
  assert.equal((await faultsOf(yaml))[0]?.message, "The server files is not in the lockfile");
});

test("check cannot run without a configuration, or with one that cannot be read", async () => {
  const cwd = room();
  const none = await check(cwd);
  assert.equal(none.code, 2);
  assert.match(none.err, /^There is no .*cardea\.yaml\. Run `cardea init`/);
  mkdirSync(join(cwd, "cardea.yaml"));
  const folder = await check(cwd);
  assert.equal(folder.code, 2);
  assert.match(folder.err, /cannot be read \(EISDIR\)/);
  assert.equal((await check(cwd, ["--jsn"])).code, 2);
});

test("check has help with an example, and prints the schema", async () => {
  const help = await check(room(), ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /Example:\n {2}cardea check/);
  const schema = await check(room(), ["--schema"]);
  assert.equal(schema.code, 0);
  assert.equal(JSON.parse(schema.out).$schema, "https://json-schema.org/draft/2020-12/schema");
});
