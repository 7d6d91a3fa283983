import assert from "node:assert/strict";
import { test } from "node:test";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { keysCommand } from "../../src/cli/keys.ts";
import type { KeyAdmin } from "../../src/domain/identity/key-admin.ts";
import { createKey, type KeyEvent, revokeKey } from "../../src/domain/identity/key-admin.ts";
import { readKey } from "../../src/domain/identity/key-format.ts";
import { clockAt, random } from "./setting.ts";

const DAY = 86_400_000;

/** The command over a real store in memory. */
function shell() {
  const store = openKeys(":memory:");
  const clock = clockAt(Date.UTC(2026, 0, 1));
  const events: KeyEvent[] = [];
  const record = async (event: KeyEvent) => void events.push(event);
  const parts = { store, clock, random, tenant: "t1", environment: "dev" as const, record };
  const admin: KeyAdmin = {
    environment: "dev",
    endpoint: "http://127.0.0.1:7332/mcp",
    roles: () => ["engineer", "support"],
    servers: () => ["files", "crm"],
    plans: () => ["default", "gold"],
    now: clock.now,
    create: (asked) => createKey(parts, asked),
    list: () => store.list("t1"),
    revoke: (id) => revokeKey(parts, id),
    close: async () => {},
  };
  const run = async (...argv: string[]) => {
    let out = "";
    let err = "";
    const write = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    const code = await keysCommand(argv, { ...write, json: false, home: ".cardea", colour: false }, async () => admin);
    return { code, out, err };
  };
  return { run, events, clock, store };
}

const OWNER = ["--owner", "person:ada@example.com"];

test("I5: create shows the key once, and the snippet refers to it", async () => {
  const { run, events } = shell();
  const { code, out } = await run(
    "create",
    ...OWNER,
    "--role",
    "engineer",
    "--scope",
    "files.read_*",
    "--expires",
    "30d",
  );
  assert.equal(code, 0);
  const found = out.match(/ck_dev_\S+/g) ?? [];
  assert.equal(found.length, 1);
  assert.ok(readKey(found[0] ?? ""));
  assert.match(out, /"Authorization": "Bearer \$\{CARDEA_KEY\}"/);
  assert.match(out, /until 2026-01-31/);
  const listed = await run("list", "--json");
  assert.equal(listed.out.includes((found[0] ?? "").slice(20)), false);
  assert.deepEqual(
    events.map((event) => event.type),
    ["key.created"],
  );
});

test("I5: --json prints the key and its facts as one line, with 90 days by default", async () => {
  const { run, clock } = shell();
  const { out } = await run(
    "create",
    ...OWNER,
    "--role=engineer",
    "--role=support",
    "--json",
    "--plan",
    "gold",
    "--label",
    "laptop",
  );
  assert.equal(out.split("\n").length, 2);
  const { key, id, ...facts } = JSON.parse(out) as Record<string, unknown>;
  assert.equal(readKey(String(key))?.id, id);
  assert.deepEqual(facts, {
    owner: "person:ada@example.com",
    roles: ["engineer", "support"],
    plan: "gold",
    label: "laptop",
    tenant: "t1",
    environment: "dev",
    createdAt: clock.now(),
    expiresAt: clock.now() + 90 * DAY,
  });
});

test("I5: what cannot be meant is refused with what would be accepted, and no key is made", async () => {
  const { run, store } = shell();
  const wrong: [argv: string[], said: RegExp][] = [
    [["--role", "engineer"], /--owner is missing/],
    [["--owner", "ada", "--role", "engineer"], /must be person:NAME/],
    [["--owner", "service:a b", "--role", "engineer"], /must be person:NAME/],
    [OWNER, /--role is missing \(known: engineer, support\)/],
    [
      [...OWNER, "--role", "enginer"],
      /"enginer" is not configured, did you mean engineer\? \(known: engineer, support\)/,
    ],
    [[...OWNER, "--role", "engineer", "--plan", "glod"], /did you mean gold\?/],
    [[...OWNER, "--role", "engineer", "--scope", "file.read"], /server "file" is not configured, did you mean files\?/],
    [[...OWNER, "--role", "engineer", "--scope", "*"], /names no server/],
    [[...OWNER, "--role", "engineer", "--expires", "never"], /--expires "never" must be/],
    [[...OWNER, "--role", "engineer", "--expires", "367d"], /at most 366d/],
    [[...OWNER, "--role", "engineer", "--env", "prod"], /this gateway serves dev/],
    [[...OWNER, "--rolle", "engineer"], /did you mean --role\?/],
  ];
  for (const [argv, said] of wrong) {
    const { code, out, err } = await run("create", ...argv);
    assert.deepEqual([code, out], [2, ""], argv.join(" "));
    assert.match(err, said);
  }
  assert.deepEqual(await store.list("t1"), []);
});

test("I5: list says who has which key and how it stands", async () => {
  const { run, clock } = shell();
  assert.match((await run("list")).out, /No keys yet/);
  await run("create", "--owner", "service:night", "--role", "support", "--expires", "1h", "--label", "\u001b[31mred");
  const { out } = await run("list");
  assert.match(out, /^ID +STATE +OWNER/);
  assert.match(out, /k_[0-9a-z]{12} +active +service:night +support/);
  assert.equal(out.includes("\u001b"), false);
  clock.advance(3_600_000);
  assert.match((await run("list")).out, /expired/);
});

test("I5: revoke ends a key and is recorded; an unknown one is an error", async () => {
  const { run, events } = shell();
  const { id } = JSON.parse((await run("create", ...OWNER, "--role", "engineer", "--json")).out) as { id: string };
  const { code, out } = await run("revoke", id, "--json");
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(JSON.parse(out) as object), ["id", "revokedAt"]);
  assert.match((await run("list")).out, /revoked/);
  assert.deepEqual(
    events.map((event) => event.type),
    ["key.created", "key.revoked"],
  );
  const typo = `${id.slice(0, -1)}#`;
  const missing = await run("revoke", typo);
  assert.equal(missing.code, 2);
  assert.ok(missing.err.includes(`did you mean ${id}?`));
  assert.match((await run("revoke")).err, /ID is missing/);
});

test("I5: help has an example; an unknown command names the nearest", async () => {
  const { run } = shell();
  for (const argv of [["--help"], ["create", "--help"], ["list", "-h"], ["revoke", "--help"]]) {
    const { code, out } = await run(...argv);
    assert.equal(code, 0);
    assert.match(out, /Example:\n {2}cardea keys create/);
  }
  assert.equal((await run()).code, 2);
  assert.match((await run("revok", "x")).err, /did you mean revoke\?/);
});
