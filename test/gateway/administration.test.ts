import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { legacy } from "./hostile.ts";
import { call, modern, post } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "./setting.ts";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;
let key: string;

before(async () => {
  upstream = await startRawUpstream();
  where = place(
    [
      `servers: { raw: { url: ${upstream.url} } }`,
      'access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("raw");
  gateway = await start(where);
  ({ key } = await gateway.key("tester"));
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const tools = async (): Promise<string[]> => {
  const answer = await post(gateway.endpoint, modern(key, "tools/list"));
  return ((answer.body.result?.["tools"] ?? []) as { name: string }[]).map(({ name }) => name.replace("raw__", ""));
};

/** Ends the gateway; its home stays. */
async function end(): Promise<void> {
  gateway.signal("SIGTERM");
  await gateway.gone;
}

const up = () => where.run("up", "--port", "0", "--json");

test("invariant 12: without a proof nothing is granted, and nothing is asked of the environment or arguments", async () => {
  const commands = [
    ["keys", "create", "--owner", "service:x", "--role", "tester"],
    ["servers", "approve", "raw", "--all"],
    ["servers", "pin", "raw"],
    ["servers", "add", "more", "--url", upstream.url],
    ["users", "create", "eve", "--role", "tester"],
    ["users", "create", "eve", "--administrator"],
    ["users", "role", "owner", "--role", "tester"],
    ["users", "revive", "owner"],
    ["users", "reset", "owner"],
  ];
  const ended = await Promise.all(commands.map(async (args) => ({ args, ...(await where.run(...args)) })));
  for (const { args, code, stderr } of ended)
    assert.deepEqual(
      [code, args.join(" "), /proof of an administrator/.test(stderr)],
      [2, args.join(" "), true],
      stderr,
    );
  const second = await where.grant("users", "create", "mallory", "--role", "nobody");
  assert.match(second.stderr, /"nobody" is not configured/);
});

test("I11: a duty is needed for each act; who lacks it is refused and recorded", async () => {
  const made = await where.grant("users", "create", "op@example.com", "--duty", "operator", "--json");
  assert.equal(made.code, 0, made.stderr);
  const { password } = JSON.parse(made.stdout) as { password: string };
  const as = (...args: string[]) => where.runWith(`op@example.com\n${password}\n`, [...args, "--proof-stdin"]);
  const refused = await as("keys", "create", "--owner", "service:x", "--role", "tester");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /administrator with the duty security/);
  const wrong = await where.runWith("owner\nnot the password\n", ["servers", "pin", "raw", "--proof-stdin"]);
  assert.match(wrong.stderr, /login or the password is not right/);
  await until("both are recorded", async () => {
    const told = (await where.audit({ decision: "deny" })).filter((record) => record.type === "admin.refused");
    return (
      told.some(({ reason }) => reason === "duty_missing") && told.some(({ reason }) => reason === "proof_invalid")
    );
  });
});

test("invariant 12: a lockfile that nobody accepted is not taken over; accepted, it is", async () => {
  assert.deepEqual((await tools()).length > 0, true);
  const before = await tools();
  const pinned = readFileSync(where.lock, "utf8");
  // What an agent with the person's shell would do: approve by hand what changed.
  const other = place(readFileSync(where.config, "utf8"));
  upstream.tools = [...upstream.tools, tool("extra")];
  await other.approve("raw");
  const widened = readFileSync(other.lock, "utf8");
  other.remove();
  writeFileSync(where.lock, widened);
  await until("it is refused", () => /pins\.refused/.test(gateway.said()));
  await until("it is recorded", async () => (await where.audit()).some(({ type }) => type === "pins.refused"));
  assert.deepEqual(await tools(), before);
  const approve = await where.grant("servers", "approve", "raw", "--all");
  assert.equal(approve.code, 2);
  assert.match(approve.stderr, /cardea\.lock has changes that no administrator accepted.*cardea accept/);

  const accepted = await where.grant("accept");
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /cardea\.lock {2}raw: tool:extra is approved/);
  await until("it is in force", async () => (await tools()).includes("extra"));

  // Less than was accepted needs nobody, and does not come back by itself.
  writeFileSync(where.lock, pinned);
  await until("it is gone", async () => !(await tools()).includes("extra"));
  const refusals = gateway.said().split("pins.refused").length;
  writeFileSync(where.lock, widened);
  await until("it is refused again", () => gateway.said().split("pins.refused").length > refusals);
  assert.ok(!(await tools()).includes("extra"));
  writeFileSync(where.lock, pinned);
});

test("T1: quarantine needs no proof, and is in force at once", async () => {
  const [first = ""] = await tools();
  const { code, stderr } = await where.run("servers", "quarantine", "raw", `tool:${first}`);
  assert.equal(code, 0, stderr);
  await until("it is gone", async () => !(await tools()).includes(first));
  assert.doesNotMatch(gateway.said().slice(-400), /pins\.refused/);
});

test("invariant 12: changed configuration and policies keep a gateway from starting until they are accepted", async () => {
  await end();
  const config = readFileSync(where.config, "utf8");
  writeFileSync(where.config, config.replace("raw.*", "raw.s*"));
  const changed = await up();
  assert.equal(changed.code, 2);
  assert.match(changed.stderr, /cardea\.yaml changed since an administrator accepted it.*cardea accept/);
  assert.doesNotMatch(changed.stderr, /\n +at /);

  const shown = await where.run("accept", "--json");
  assert.equal(shown.code, 2, "without a proof");
  const accepted = await where.grant("accept");
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /- access: .*raw\.\*/);
  assert.match(accepted.stdout, /\+ access: .*raw\.s\*/);
  const record = (await where.audit()).find(({ type }) => type === "config.accepted");
  assert.deepEqual([record?.detail?.["files"], typeof record?.subject], [["cardea.yaml"], "string"]);

  const policies = join(where.folder, "policies");
  mkdirSync(policies);
  writeFileSync(join(policies, "more.cedar"), "permit (principal, action, resource);\n");
  const more = await up();
  assert.equal(more.code, 2);
  assert.match(more.stderr, /policies\/more\.cedar changed since/);
  rmSync(policies, { recursive: true });
  gateway = await start(where);
  assert.equal((await call(gateway.endpoint, key, "raw__steady")).status, 200);
});

test("I5: a key that a second client comes with alerts", async () => {
  const hello = (name: string) => ({
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name, version: "1" },
  });
  for (const name of ["one", "two"]) {
    const opened = await post(gateway.endpoint, legacy({ key }, "", "initialize", hello(name)));
    const id = String(opened.headers["mcp-session-id"]);
    await post(gateway.endpoint, legacy({ key }, id, "ping", {}));
  }
  await until("it is told", () => /key\.shared/.test(gateway.said()));
  await until("it is recorded", async () =>
    (await where.audit()).some(({ type, detail }) => type === "key.shared" && detail?.["second"] === "two"),
  );
});

test("invariant 12: a duty that is written into the store by hand counts for nothing, and is told and recorded", async () => {
  const made = await where.grant("users", "create", "hand@example.com", "--duty", "operator", "--json");
  const { password } = JSON.parse(made.stdout) as { password: string };
  const shell = new DatabaseSync(join(where.home, "cardea.db"));
  shell.exec(`UPDATE accounts SET roles = '["admin:security"]' WHERE owner = 'person:hand@example.com'`);
  shell.close();
  await until("it is told", () => /directory\.tampered/.test(gateway.said()));
  await until("it is recorded", async () =>
    (await where.audit()).some(({ type, reason }) => type === "directory.tampered" && reason === "mac_wrong"),
  );
  const refused = await where.runWith(`hand@example.com\n${password}\n`, [
    ...["keys", "create", "--owner", "service:x", "--role", "tester", "--proof-stdin"],
  ]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /Somebody without the master key wrote this row.*person:hand@example\.com/);
  assert.match(refused.stderr, /login or the password is not right/);
  assert.equal((await where.audit()).filter(({ type }) => type === "directory.tampered").length, 1);
});
