import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { loadConfig } from "../../src/config/load.ts";
import { createPolicy } from "../../src/domain/policy/policy.ts";

const examples = join(import.meta.dirname, "../../examples");

/** The configuration and the policy of an example; fails with all faults. */
function load(name: string) {
  const folder = join(examples, name);
  const loaded = loadConfig(readFileSync(join(folder, "cardea.yaml")), "cardea.yaml");
  assert.ok("config" in loaded, JSON.stringify(loaded));
  const { config } = loaded;
  const cedar = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".cedar"))
    .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  const policy = createPolicy({
    access: config.access,
    servers: Object.keys(config.servers),
    environment: config.environment,
    cedar,
  });
  const may = (role: string, server: string, tool: string) =>
    policy.decide({
      tenant: "default",
      subject: "s_1",
      roles: [role],
      environment: config.environment,
      server,
      kind: "tool",
      name: tool,
    }).allow;
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

test("examples: the server of http-upstream answers to its token alone", async () => {
  const server = spawn(process.execPath, [join(examples, "http-upstream/server.ts"), "--port", "0"], {
    env: { ...process.env, NOTES_TOKEN: "of-this-test" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface(server.stdout), "line")) as [string];
    const url = new URL(line.replace("notes: ", ""));
    assert.equal((await fetch(url, { method: "POST", body: "{}" })).status, 401);
    const client = new Client({ name: "test", version: "1.0.0" });
    const requestInit = { headers: { Authorization: "Bearer of-this-test" } };
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
    await client.callTool({ name: "add_note", arguments: { text: "milk" } });
    assert.deepEqual((await client.callTool({ name: "list_notes", arguments: {} })).content, [
      { type: "text", text: "milk" },
    ]);
    await client.close();
  } finally {
    server.kill();
    await once(server, "exit");
  }
});
