import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { loadConfig } from "../../src/config/load.ts";
import { policyOf } from "../../src/compose/policy.ts";
import { PROOF } from "../fixtures/administrator.ts";

const root = join(import.meta.dirname, "../..");
const examples = join(root, "examples");
const TOKEN = "of-this-test";

/** The configuration and the policy of an example; fails with all faults. */
function load(name: string) {
  const folder = join(examples, name);
  const loaded = loadConfig(readFileSync(join(folder, "cardea.yaml")), "cardea.yaml");
  assert.ok("config" in loaded, JSON.stringify(loaded));
  const { config } = loaded;
  const cedar = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".cedar"))
    .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  const policy = policyOf(config, cedar, []);
  const caller = {
    ...{ tenant: "default", owner: "person:ada", credential: "k_1", plan: "default" },
    environment: config.environment,
  };
  const may = (role: string, server: string, name: string) => {
    const effect = config.servers[server]?.tools[name]?.effect ?? "write";
    return policy.decide({ ...caller, roles: [role] }, { server, kind: "tool", name, effect }).allow;
  };
  return { config, may };
}

test("examples: http-upstream is a valid configuration that says what its README says", () => {
  const { may } = load("http-upstream");
  assert.deepEqual(
    [may("reader", "notes", "list_notes"), may("reader", "notes", "add_note"), may("writer", "notes", "add_note")],
    [true, false, true],
  );
});

test("examples: team is a valid configuration", () => {
  const { may } = load("team");
  assert.deepEqual(
    [
      may("support", "crm", "find_contact"),
      may("support", "crm", "delete_contact"),
      may("engineer", "crm", "delete_contact"),
    ],
    [true, false, true],
  );
});

test("examples: of team, check finds nothing but servers that nobody approved, and what this machine lacks", () => {
  const args = [join(root, "src/main.ts"), "check", "--json"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: join(examples, "team"), encoding: "utf8" });
  const { faults } = JSON.parse(stdout) as { faults: { line: number; message: string }[] };
  assert.deepEqual(
    faults.sort((a, b) => a.line - b.line).map((fault) => fault.message),
    [
      "listen.tls.cert names a file that does not exist",
      "listen.tls.key names a file that does not exist",
      "The server files is not in the lockfile",
      "servers.files.sandbox.read[0] does not exist",
      "The server crm is not in the lockfile",
      "servers.crm.credential.value cannot be filled in here: The secret file:/etc/cardea/secrets/crm-token cannot be read",
    ],
  );
});

/** Runs a command of Cardea to its end; returns what it printed on standard output. */
function cardea(folder: string, ...args: string[]): string {
  const run = spawnSync(process.execPath, [join(root, "src/main.ts"), ...args], {
    input: PROOF,
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NOTES_TOKEN: TOKEN },
  });
  assert.ok(run.status === 0, `cardea ${args.join(" ")} ended with ${run.status}: ${run.stdout}${run.stderr}`);
  return run.stdout;
}

/** Starts a program that says on its first line where it listens. */
async function start(folder: string, ...args: string[]) {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NOTES_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  const line = await Promise.race([
    once(createInterface(child.stdout), "line").then(([first]) => String(first)),
    ended.then(([status]) => assert.fail(`${args.join(" ")} ended with ${status}`)),
  ]);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { line, stop };
}

async function connect(url: string, bearer: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const requestInit = { headers: { Authorization: `Bearer ${bearer}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

test("examples: http-upstream runs as its README says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cardea-example-"));
  const server = await start(root, join(examples, "http-upstream/server.ts"), "--port", "0");
  const url = server.line.replace("notes: ", "");
  let gateway: Awaited<ReturnType<typeof start>> | undefined;
  try {
    assert.equal((await fetch(url, { method: "POST", body: "{}" })).status, 401, "without the token");
    const yaml = readFileSync(join(examples, "http-upstream/cardea.yaml"), "utf8");
    writeFileSync(join(folder, "cardea.yaml"), yaml.replace("http://127.0.0.1:7401/mcp", url));
    cardea(folder, "users", "create", "owner", "--administrator", "--proof-stdin");
    cardea(folder, "servers", "approve", "notes", "--all", "--proof-stdin");
    cardea(folder, "check");
    const create = ["keys", "create", "--owner", "person:you@example.com", "--json", "--proof-stdin"];
    const keyOf = (role: string): string => JSON.parse(cardea(folder, ...create, "--role", role)).key;
    gateway = await start(folder, join(root, "src/main.ts"), "up", "--port", "0", "--json");
    const { endpoint } = JSON.parse(gateway.line) as { endpoint: string };

    const writer = await connect(endpoint, keyOf("writer"));
    await writer.callTool({ name: "notes__add_note", arguments: { text: "milk" } });
    const reader = await connect(endpoint, keyOf("reader"));
    assert.deepEqual(
      (await reader.listTools()).tools.map((tool) => tool.name),
      ["notes__list_notes"],
    );
    const listed = await reader.callTool({ name: "notes__list_notes", arguments: {} });
    assert.deepEqual(listed.content[0], { type: "text", text: "milk" });
    const refusal = (name: string) =>
      reader.callTool({ name, arguments: { text: "x" } }).then(
        () => assert.fail(`${name} was answered`),
        (error: Error) => error.message.replace(name, ""),
      );
    assert.equal(await refusal("notes__add_note"), await refusal("notes__no_such"), "as one that does not exist");
    await writer.close();
    await reader.close();
  } finally {
    await gateway?.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});
