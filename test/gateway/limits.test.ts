import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, modern, post, type Said, textOf } from "./raw-client.ts";
import { answerText, type RawUpstream, said, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "./setting.ts";

const ROOT = join(import.meta.dirname, "../..");

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;
/** One key for each test, because what it uses up stays used up. */
const keys: string[] = [];
let shared: string[];
let revoked: { key: string; id: string };

before(async () => {
  upstream = await startRawUpstream();
  upstream.tools = [tool("echo"), tool("rare")];
  where = place(
    [
      "limits:",
      "  plans: { default: { minute: 70, day: 1000 } }",
      '  tools: [{ match: "raw.rare", calls: 2, per: 1h }]',
      "servers:",
      `  raw: { url: ${upstream.url} }`,
      `  pipe: { run: ["${process.execPath}", "${join(import.meta.dirname, "legacy-upstream.ts")}"], sandbox: { read: ["${ROOT}"] } }`,
      'access: [{ role: tester, allow: ["raw.*", "pipe.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("raw", "pipe");
  for (let at = 0; at < 3; at++) keys.push((await where.key("tester")).key);
  shared = [
    (await where.key("tester", "person:eve@example.com")).key,
    (await where.key("tester", "person:eve@example.com")).key,
  ];
  revoked = await where.key("tester");
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const echo = (key: string | undefined): Promise<Said> =>
  call(gateway.endpoint, String(key), "raw__echo", { word: "x" });
const many = async (key: string | undefined, times: number): Promise<Said[]> => {
  const answers: Said[] = [];
  for (let at = 0; at < times; at++) answers.push(await echo(key));
  return answers;
};

/** A refusal that names its limit, in both places where a client looks. */
function assertLimited(answer: Said, control: string, names: RegExp): void {
  assert.equal(answer.status, 429, answer.text);
  assert.equal(answer.body.error?.code, 42900);
  assert.match(answer.body.error?.message ?? "", names);
  const after = Number(answer.headers["retry-after"]);
  assert.ok(Number.isInteger(after) && after > 0, `Retry-After: ${answer.headers["retry-after"]}`);
  const { data } = answer.body.error ?? {};
  assert.deepEqual([data?.["retryAfter"], data?.["control"], data?.["executed"]], [after, control, "no"]);
}

test("L1 L5: the 61st call of a key in a minute is refused with 429, the limit and when to come back", async () => {
  const [one, two] = keys;
  const fine = await many(one, 60);
  assert.ok(fine.every((answer) => answer.status === 200));
  const sent = upstream.received.length;
  const refused = await echo(one);
  assertLimited(refused, "L1", /60/);
  assert.equal(upstream.received.length, sent, "nothing was sent upstream");
  assert.equal((await echo(two)).status, 200, "another owner's key is not touched");
  assert.equal(
    (await post(gateway.endpoint, modern(String(one), "tools/list"))).status,
    200,
    "lists have windows of their own",
  );
  const [record] = await gateway.recordsOf(refused.call);
  assert.deepEqual(
    [record?.decision, record?.reason, record?.control, record?.executed],
    ["deny", "rate_limited", "L1", "no"],
  );
  const query = await gateway.run("audit", "query", "--decision", "deny", "--json");
  assert.ok(query.stdout.includes(refused.call));
});

test("L2: the windows of an owner count the calls of all their keys", async () => {
  assert.ok((await many(shared[0], 40)).every((answer) => answer.status === 200));
  assert.ok((await many(shared[1], 30)).every((answer) => answer.status === 200));
  const refused = await echo(shared[1]);
  assertLimited(refused, "L2", /70/);
  assertLimited(await echo(shared[0]), "L2", /70/);
});

test("L4: a tool has a limit of its own", async () => {
  const rare = (): Promise<Said> => call(gateway.endpoint, String(keys[2]), "raw__rare");
  assert.equal((await rare()).status, 200);
  assert.equal((await rare()).status, 200);
  assertLimited(await rare(), "L4", /2/);
  assert.equal((await echo(keys[2])).status, 200);
});

test("I5: a revoked key is refused within a second", async () => {
  assert.equal((await echo(revoked.key)).status, 200);
  const { code } = await gateway.run("keys", "revoke", revoked.id);
  assert.equal(code, 0);
  await until("it is refused", async () => (await echo(revoked.key)).status === 401, 1_000);
});

/** Every process below this one. */
function descendants(pid: number): number[] {
  const below = readdirSync("/proc")
    .filter((name) => new RegExp(`^PPid:\\s+${pid}$`, "m").test(statusOf(name)))
    .map(Number);
  return [...below, ...below.flatMap(descendants)];
}

/** `/proc/<pid>/status`, or nothing where there is no such process. */
function statusOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** A zombie, which nobody has waited for, does not count. */
const isAlive = (pid: number): boolean => /^State:\s+[^Z]/m.test(statusOf(pid));

test("W2: kill -9 leaves no process of a stdio server behind; the next start finds its state and prints no key", async () => {
  const answer = await call(gateway.endpoint, String(keys[1]), "pipe__echo", { word: "hi" });
  assert.equal(textOf(answer), "hi");
  const started = descendants(gateway.pid);
  assert.ok(started.length > 0);
  gateway.signal("SIGKILL");
  await gateway.gone;
  await until("they are gone", () => started.every((pid) => !isAlive(pid)));
  gateway = await start(where);
  assert.equal(gateway.ready.apiKey, undefined);
  assert.equal((await gateway.audit({ limit: 10_000 })).filter((record) => record.call === answer.call).length, 2);
  assert.equal((await echo(revoked.key)).status, 401, "what was revoked stays revoked");
  const verify = await gateway.run("audit", "verify");
  assert.equal(verify.code, 0, verify.stdout);
});

test("W4: SIGTERM lets a running call end, refuses new ones, and ends cleanly", async () => {
  let finish = (): void => {};
  upstream.spoil = (message, res) => {
    upstream.spoil = undefined;
    finish = () => {
      const text = answerText(message.id, said("late but whole"));
      res.writeHead(200, { "content-type": "application/json" }).end(text);
    };
    return true;
  };
  const running = echo(keys[1]);
  await until("it reached the upstream", () => upstream.spoil === undefined);
  gateway.signal("SIGTERM");
  const health = new URL("/healthz", gateway.endpoint).href;
  await until("new connections are refused", () =>
    post(health, { method: "GET", headers: { connection: "close" } }).then(
      () => false,
      () => true,
    ),
  );
  finish();
  assert.equal(textOf(await running), "late but whole");
  assert.equal(await gateway.gone, 0);
  const verify = await gateway.run("audit", "verify");
  assert.equal(verify.code, 0, verify.stdout);
  gateway = await start(where);
  const ended = (await gateway.audit()).find((record) => record.type === "gateway.stopped");
  assert.ok(ended, "the end is in the record");
});

test("W4: a second gateway on the same home is refused with a sentence", async () => {
  const second = start(where, {}, 5_000).then((started) => started.signal("SIGKILL"));
  await assert.rejects(second, (error: Error) => {
    assert.match(error.message, /Another process/);
    assert.doesNotMatch(error.message, /\n +at /);
    return true;
  });
});
