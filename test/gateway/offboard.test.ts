import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { echo, hang, openStreams, session, within } from "./hanging.ts";
import { call, textOf } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream } from "./raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "./setting.ts";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;

before(async () => {
  upstream = await startRawUpstream();
  where = place(
    [
      `servers: { raw: { url: ${upstream.url} } }`,
      'access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]',
      "limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }",
    ].join("\n"),
  );
  await where.approve("raw");
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const ADA = "person:ada@example.com";

test("I9: offboarding ends every key of a person: streams close, answers in flight are withheld, nobody else notices", async () => {
  const mine = [await gateway.key("tester", ADA), await gateway.key("tester", ADA)];
  const other = await gateway.key("tester", "person:grace@example.com");
  const { endpoint } = gateway;
  const ids = [await session(endpoint, mine[0]?.key ?? ""), await session(endpoint, other.key)];
  const streams = await openStreams(endpoint, mine[0]?.key ?? "", ids[0] ?? "");
  const { held, release } = hang(upstream);
  const running = [
    echo(endpoint, mine[0]?.key ?? "", ids[0] ?? ""),
    call(endpoint, mine[1]?.key ?? "", "raw__echo", { word: "x" }),
  ];
  const theirs = echo(endpoint, other.key, ids[1] ?? "");
  await until("they reached the upstream", () => held.length === 3);

  const ended = await gateway.run("offboard", "ada", "--yes", "--json");
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(JSON.parse(ended.stdout), {
    owner: ADA,
    account: "ended",
    keys: 2,
    grants: 0,
    artifacts: {},
    approvals: 0,
    standing: 0,
    quarantined: 0,
    labels: 0,
    failures: [],
  });
  for (const answer of await within(1_000, "calls are answered", Promise.all(running))) {
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.body.result, undefined);
    const record = (await gateway.recordsOf(answer.call, 2)).at(-1);
    assert.deepEqual([record?.reason, record?.executed], ["unauthenticated", "unknown"]);
  }
  await within(1_000, "streams end", Promise.all(streams.map((stream) => stream.ended)));
  release();
  assert.equal(textOf(await theirs), "late");
  for (const { key } of mine) assert.equal((await call(endpoint, key, "raw__echo", { word: "x" })).status, 401);

  const types = ["account.ended", "key.revoked", "person.offboarded"];
  await until("it is recorded", async () => {
    const told = (await gateway.audit()).map((record) => record.type);
    return types.every((type) => told.includes(type));
  });
});

test("I9: it is in force within a second while calls are under way", async () => {
  const { key } = await gateway.key("tester", "person:bob@example.com");
  let last = 0;
  let stopped = false;
  const caller = async (): Promise<void> => {
    while (!stopped)
      if ((await call(gateway.endpoint, key, "raw__echo", { word: "x" })).status === 200) last = performance.now();
  };
  const callers = [caller(), caller()];
  await until("calls are answered", () => last > 0);
  const { code, stdout } = await gateway.run("offboard", "person:bob@example.com", "--yes");
  const done = performance.now();
  assert.equal(code, 0);
  assert.match(stdout, /person:bob@example\.com is offboarded/);
  assert.match(stdout, /keys +1\n/);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  stopped = true;
  await Promise.all(callers);
  assert.ok(last - done < 1_000, `the last accepted call was ${Math.round(last - done)} ms later`);
});

test("I9: who is ended gets no new key until an administrator revives them, and old keys stay ended", async () => {
  const create = ["keys", "create", "--owner", ADA, "--role", "tester", "--json"];
  const refused = await gateway.grant(...create);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /was offboarded.*cardea users revive/);
  const again = await gateway.run("offboard", ADA, "--yes", "--json");
  assert.equal(JSON.parse(again.stdout).account, "ended before");
  assert.equal((await gateway.run("users", "revive", ADA)).code, 2, "without a proof");
  const revived = await gateway.grant("users", "revive", ADA);
  assert.equal(revived.code, 0, revived.stderr);
  const fresh = await gateway.key("tester", ADA);
  await until(
    "it counts",
    async () => (await call(gateway.endpoint, fresh.key, "raw__echo", { word: "x" })).status === 200,
  );
  const { keys } = JSON.parse((await gateway.run("keys", "list", "--json")).stdout) as {
    keys: { owner: string; revokedAt?: number }[];
  };
  assert.deepEqual(
    keys.filter(({ owner }) => owner === ADA).map(({ revokedAt }) => revokedAt !== undefined),
    [false, true, true],
  );
});

test("I9: nobody of that name is an error with the nearest name, and nobody is asked without a terminal", async () => {
  const typo = await gateway.run("offboard", "ada@exmaple.com", "--yes");
  assert.equal(typo.code, 1);
  assert.match(typo.stderr, /Nobody is called "ada@exmaple\.com" here, did you mean (person:)?ada@example\.com\?/);
  const asked = await gateway.run("offboard", "grace");
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /--yes/);
});

test("I11: an administrator is ended with the proof of another one, and the last one is not", async () => {
  const none = await gateway.run("offboard", "owner", "--yes");
  assert.equal(none.code, 2);
  assert.match(none.stderr, /proof of an administrator/);
  const last = await gateway.grant("offboard", "owner", "--yes");
  assert.equal(last.code, 2);
  assert.match(last.stderr, /last administrator with the duty security/);
});
