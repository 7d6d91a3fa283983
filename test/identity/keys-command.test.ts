import assert from "node:assert/strict";
import { test } from "node:test";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { keysCommand } from "../../src/cli/keys.ts";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { createDirectory } from "../../src/domain/identity/directory.ts";
import type { KeyAdmin } from "../../src/domain/identity/key-admin.ts";
import { createKey, type KeyEvent, revokeKey, rotateKey } from "../../src/domain/identity/key-admin.ts";
import { prove } from "../../src/domain/identity/proof.ts";
import { readKey } from "../../src/domain/identity/key-format.ts";
import { clockAt, random } from "./setting.ts";

const DAY = 86_400_000;

/** The command over a real store in memory. */
async function shell() {
  const store = openKeys(":memory:");
  const clock = clockAt(Date.UTC(2026, 0, 1));
  const events: KeyEvent[] = [];
  const record = async (event: KeyEvent) => void events.push(event);
  const directory = await createDirectory(openDirectory(":memory:"), clock);
  const account = { tenant: "t1", source: "local", createdAt: 0, checkedAt: 0 };
  await directory.save({ ...account, owner: "person:root", sub: "root", roles: ["admin:security"] });
  await directory.save({ ...account, owner: "person:op", sub: "op", roles: ["admin:operator", "engineer"] });
  const refused: string[] = [];
  const proof = {
    tenant: "t1",
    verify: async ({ login, password }: { login: string; password: string }) =>
      password === "right" ? { owner: `person:${login}`, secondFactor: false } : { fault: "Not right." },
    account: (owner: string) => directory.account("t1", owner),
    secondFactor: false,
    record: async ({ type, reason }: { type: string; reason: string }) => void refused.push(`${type} ${reason}`),
  };
  const parts = { store, clock, random, tenant: "t1", environment: "dev" as const, record };
  const admin: KeyAdmin = {
    environment: "dev",
    endpoint: "http://127.0.0.1:7332/mcp",
    roles: () => ["engineer", "support"],
    servers: () => ["files", "crm"],
    plans: () => ["default", "gold"],
    now: clock.now,
    prove: async (act, ask) => prove(proof, await ask.credentials(), act),
    create: (asked, by) => createKey(parts, asked, by),
    rotate: (id, overlapMs, by) => rotateKey(parts, id, overlapMs, by),
    list: () => store.list("t1"),
    revoke: (id) => revokeKey(parts, id),
    close: async () => {},
  };
  const as = async (proof: string, ...argv: string[]) => {
    let out = "";
    let err = "";
    const write = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    const input = { terminal: false, read: async () => proof, ask: async () => "" };
    const io = { ...write, json: false, home: ".cardea", colour: false, input };
    const code = await keysCommand(argv, io, async () => admin);
    return { code, out, err };
  };
  const run = (...argv: string[]) => {
    const grants = ["create", "rotate"].includes(argv[0] ?? "");
    return as("root\nright\n", ...argv, ...(grants ? ["--proof-stdin"] : []));
  };
  return { run, as, events, refused, clock, store };
}

const OWNER = ["--owner", "person:ada@example.com"];

test("I5: create shows the key once, and the snippet refers to it", async () => {
  const { run, events } = await shell();
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
  const { run, clock } = await shell();
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
  const { run, store } = await shell();
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

test("I5 H3: no key is made for a name that is only written differently from what sign-in would write", async () => {
  for (const owner of ["person:ADA@example.com", "person:\u0430da@example.com", "person:ada\u200b@example.com"]) {
    const { run, store } = await shell();
    const said = await run("create", "--owner", owner, "--role", "engineer").catch((error: unknown) => error as Error);
    assert.match(
      said instanceof Error ? said.message : said.err,
      /not written as sign-in writes one|must be person:NAME/,
    );
    assert.deepEqual(await store.list("t1"), []);
  }
});

test("I5: list says who has which key and how it stands", async () => {
  const { run, clock } = await shell();
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
  const { run, events } = await shell();
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

test("I11: creating and rotating keys need the proof of an administrator with the duty security", async () => {
  const { run, as, refused, store } = await shell();
  const create = ["create", ...OWNER, "--role", "engineer"];
  const none = await as("", ...create);
  assert.deepEqual([none.code, none.out], [2, ""]);
  assert.match(none.err, /needs the proof of an administrator.*--proof-stdin/);
  for (const [proof, why] of [
    ["root\nwrong", /Not right/],
    ["nobody\nright", /ended and administers nothing/],
    ["op\nright", /duty security.*cardea users list/],
  ] as const)
    await assert.rejects(as(proof, ...create, "--proof-stdin"), why);
  for (const proof of ["", "root", "root\n\n", "root\nright\n1\n2"]) {
    const { code, err } = await as(proof, ...create, "--proof-stdin");
    assert.equal(code, 2);
    assert.match(err, /Standard input must hold login, password/);
  }
  assert.deepEqual(
    refused,
    ["proof_invalid", "account_ended", "duty_missing"].map((why) => `admin.refused ${why}`),
  );
  assert.deepEqual(await store.list("t1"), []);
  assert.equal((await run(...create)).code, 0);
});

test("I5: rotate gives the same key anew, and the old one goes on for the overlap", async () => {
  const { run, events, clock, store } = await shell();
  const create = ["create", ...OWNER, "--role", "engineer", "--scope", "files.read_*", "--expires", "30d", "--json"];
  const { id } = JSON.parse((await run(...create)).out) as { id: string };
  clock.advance(DAY);
  const { code, out } = await run("rotate", id, "--overlap", "2h", "--json");
  assert.equal(code, 0);
  const made = JSON.parse(out) as { id: string; expiresAt: number; rotated: object };
  assert.deepEqual(made.rotated, { id, expiresAt: clock.now() + 7_200_000 });
  assert.equal(made.expiresAt, clock.now() + 30 * DAY);
  const [next, old] = await store.list("t1");
  assert.deepEqual([next?.id, old?.id], [made.id, id]);
  assert.deepEqual([next?.owner, next?.roles, next?.scope], [old?.owner, old?.roles, old?.scope]);
  assert.deepEqual(
    events.map((event) => [event.type, event.by?.owner]),
    ["key.created", "key.created", "key.rotated"].map((type) => [type, "person:root"]),
  );
  assert.match((await run("rotate", `${id.slice(0, -1)}#`)).err, /did you mean/);
  clock.advance(7_200_000);
  await assert.rejects(run("rotate", id), /has ended and has no successor/);
});

test("P10: keys that nobody uses are listed", async () => {
  const { run, clock, store } = await shell();
  const create = async (label: string, ...more: string[]) => {
    const made = await run("create", ...OWNER, "--role", "engineer", "--label", label, "--json", ...more);
    return (JSON.parse(made.out) as { id: string }).id;
  };
  await create("never used");
  await create("over", "--expires", "1d");
  const used = await create("used");
  clock.advance(20 * DAY);
  await store.touch("t1", [{ id: used, at: clock.now() }]);
  clock.advance(15 * DAY);
  const { out } = await run("list", "--unused", "30d", "--json");
  assert.deepEqual(
    (JSON.parse(out) as { keys: { label: string }[] }).keys.map((key) => key.label),
    ["never used"],
  );
  assert.match((await run("list", "--unused", "366d")).out, /Every living key was used/);
});

test("I5: help has an example; an unknown command names the nearest", async () => {
  const { run } = await shell();
  for (const argv of [["--help"], ["create", "--help"], ["list", "-h"], ["revoke", "--help"]]) {
    const { code, out } = await run(...argv);
    assert.equal(code, 0);
    assert.match(out, /Example:\n {2}cardea keys create/);
  }
  assert.equal((await run()).code, 2);
  assert.match((await run("revok", "x")).err, /did you mean revoke\?/);
});
