import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { definitionText } from "../../src/cli/definition-text.ts";
import { serversCommand } from "../../src/cli/servers.ts";
import { openServersAdmin } from "../../src/compose/servers-admin.ts";
import { claim, PROOF } from "../fixtures/administrator.ts";
import { type RawUpstream, startRawUpstream, tool } from "../gateway/raw-upstream.ts";

let upstream: RawUpstream;
let cwd: string;

/** A project with one server that is run by the test, and was never reviewed. */
async function begin(t: TestContext): Promise<void> {
  upstream = await startRawUpstream();
  cwd = mkdtempSync(join(tmpdir(), "cardea-servers-"));
  mkdirSync(join(cwd, ".cardea"), { mode: 0o700 });
  t.after(async () => {
    rmSync(cwd, { recursive: true });
    await upstream.close();
  });
  writeFileSync(join(cwd, "cardea.yaml"), `servers: { raw: { url: ${upstream.url} } }\n`);
}

async function run(...argv: string[]) {
  const said = { out: "", err: "" };
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    json: false,
    home: "",
    colour: false,
    input: { terminal: false, read: async () => PROOF, ask: async () => "" },
  };
  const open = () => openServersAdmin(resolveFiles({ cwd, env: {} }));
  await claim(join(cwd, ".cardea"), join(cwd, "cardea.yaml"));
  const code = await serversCommand([...argv, "--proof-stdin"], io, open).catch((error: Error) => {
    said.err += error.message;
    return 2;
  });
  return { code, ...said };
}

const long = `${"word ".repeat(60)}last`;

test("T1: the first review shows the whole of what it would approve", async (t) => {
  await begin(t);
  const find = tool("find", {
    description: `Finds.\u200b ${long}\nThen obeys.`,
    inputSchema: {
      type: "object",
      properties: { who: { type: "string", description: "A name", enum: ["ada"] }, all: { type: "boolean" } },
      required: ["who"],
      additionalProperties: false,
    },
    outputSchema: { type: "object", properties: { found: { type: "string" } } },
    annotations: { readOnlyHint: true },
  });
  Object.assign(upstream, {
    tools: [find],
    prompts: [{ name: "greet", description: "Greets", arguments: [{ name: "whom", required: true }] }],
    instructions: "Ask for the weather.",
  });
  const { code, out } = await run("diff", "raw");
  assert.equal(code, 1);
  const words = out.replaceAll(/\s+/g, " ");
  assert.ok(words.includes(`Finds.\\u{200b} ${long} Then obeys.`), "wrapped, not cut, and nothing invisible");
  assert.ok(out.split("\n").every((line) => line.length <= 130));
  assert.match(
    out,
    /parameters:\n +who {2}string {2}required\n +description: A name\n +enum: \["ada"\]\n +all {2}boolean\n/,
  );
  assert.match(out, /additionalProperties: false\n/);
  assert.match(out, /output:\n +found {2}string\n/);
  assert.match(out, /annotations: {"readOnlyHint":true}/);
  assert.match(out, /prompt:greet\n +description: Greets\n +arguments:\n +whom {2}required\n/);
  assert.match(out, /instructions\n +instructions: Ask for the weather\.\n/);
  const { items } = JSON.parse((await run("diff", "raw", "--json")).out);
  assert.deepEqual(items[0].definition, find);
});

test("every member of a definition is in its text", () => {
  const definition = {
    uriTemplate: "note://{id}",
    name: "Notes",
    mimeType: "text/plain",
    inputSchema: { type: "object", required: ["gone"], $defs: { x: { const: 1 } }, properties: {} },
    arguments: "odd",
  };
  const text = definitionText(definition).join("\n");
  for (const part of ["Notes", "text/plain", "gone", '{"x":{"const":1}}', "odd"]) assert.ok(text.includes(part), part);
});

test("T1: what is approved already stays as it was approved, and quarantine of nothing says so", async (t) => {
  await begin(t);
  Object.assign(upstream, { tools: [tool("read_file")], prompts: [], instructions: undefined });
  const nothing = await run("quarantine", "raw");
  assert.deepEqual([nothing.code, nothing.out], [1, "Nothing of raw is approved, so nothing changed.\n"]);
  const meant = await run("approve", "raw", "read_file");
  assert.deepEqual(
    [meant.code, meant.err],
    [2, "raw publishes nothing called read_file (did you mean tool:read_file?). See: cardea servers diff raw"],
  );
  const first = await run("approve", "raw", "--all");
  assert.match(
    first.out,
    /^1 definition of raw is approved as published now\. .*after a change of cardea\.yaml restart it\.\n$/,
  );
  const lock = readFileSync(join(cwd, "cardea.lock"), "utf8");
  const again = await run("approve", "raw", "--all");
  assert.deepEqual([again.code, again.out], [0, "Nothing changed: 1 definition of raw is approved already.\n"]);
  assert.equal(readFileSync(join(cwd, "cardea.lock"), "utf8"), lock);
});

test("what is left out of a listing is named", async (t) => {
  await begin(t);
  Object.assign(upstream, { tools: [tool("odd", { inputSchema: 5 })], prompts: [], instructions: undefined });
  assert.match((await run("diff", "raw")).out, /The tool "odd" of raw is left out: /);
});
