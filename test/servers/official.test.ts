import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseDocument } from "yaml";
import { checkCommand } from "../../src/cli/check.ts";
import { checkDeps } from "../../src/compose.ts";
import { stage } from "./stage.ts";

/** What the screen says to paste is a configuration without faults. */
async function pasted(one: Awaited<ReturnType<typeof stage>>, name: string): Promise<void> {
  const { paste } = JSON.parse((await one.run("show", name, "--json")).out);
  const { access, ...sections } = paste;
  const document = parseDocument(one.read("cardea.yaml"));
  for (const [section, members] of Object.entries(sections)) document.setIn(["servers", name, section], members);
  document.set("access", access);
  one.write("cardea.yaml", document.toString());
  let said = "";
  const io = { out: (text: string) => void (said += text), err: () => {}, json: false, home: "", colour: false };
  const config = join(one.cwd, "cardea.yaml");
  assert.equal(await checkCommand([], io, await checkDeps({ home: one.home, config })), 0, said);
}

/** The real registry, as npm is set to on this machine. */
async function official(t: TestContext, name: string, program: string): Promise<string> {
  const one = await stage(t);
  const newest = (await one.run("add", name, `--package=${program}`)).err;
  const spec = /--package (\S+)\s*$/.exec(newest)?.[1];
  if (spec === undefined) assert.fail(`This needs npm's registry, and it did not answer: ${newest}`);
  const { code, out, err } = await one.run("add", name, `--package=${spec}`);
  assert.equal(code, 0, err + out);
  assert.ok(out.split("\n").length <= 64, "one screen");
  assert.match(out, new RegExp(`cardea servers approve ${name} --all`));
  assert.match(out, /under access: who may use it/);
  const approved = await one.run("approve", name, "--all");
  assert.equal(approved.code, 0, approved.err + approved.out);
  await pasted(one, name);
  return out;
}

test("T1: the official memory server is added from npm, and the screen says what it lacks", async (t) => {
  const out = await official(t, "memory", "@modelcontextprotocol/server-memory");
  assert.match(out, /MEMORY_FILE_PATH/);
  assert.match(out, /Its code writes files, and it may write nowhere/);
  assert.match(out, /\bcreate_entities\b/);
});

test("T1: the official sequential-thinking server is added from npm", async (t) => {
  assert.match(
    await official(t, "thinking", "@modelcontextprotocol/server-sequential-thinking"),
    /\bsequentialthinking\b/,
  );
});
