import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openAuditReader } from "../../src/adapters/audit-log/reader.ts";
import { openSubjects } from "../../src/adapters/sqlite/subjects.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { auditCommand } from "../../src/cli/audit.ts";
import { home, open, record, segmentPath } from "./setting.ts";

/** A home with four records: two of ada, one of a service, one event. */
async function filled(t: TestContext) {
  const dir = home(t);
  const subjects = openSubjects(join(dir, "subjects.db"), openMasterKey(dir));
  const ada = subjects.ensure("default", "person:ada@example.com").subject;
  const nightly = subjects.ensure("default", "service:nightly").subject;
  subjects.close();
  const { records } = await open(dir);
  const now = Date.now();
  const args = { all: "h:a", names: { path: "h:p" }, unknown: 2 };
  await records.append(record(1, { subject: ada, time: now - 7_200_000 }));
  await records.append(
    record(2, { subject: ada, time: now - 60_000, decision: "deny", reason: "invalid_arguments", control: "V1", args }),
  );
  await records.append(
    record(3, { subject: nightly, time: now, server: "crm", target: "find\u001b[2J\u009b\u202econtact" }),
  );
  await records.append(
    record(4, {
      kind: "event",
      type: "key.created",
      time: now,
      subject: undefined,
      server: undefined,
      target: undefined,
    }),
  );
  return { dir, records };
}

async function run(
  dir: string,
  argv: string[],
  more: { colour?: boolean; signal?: AbortSignal; onOut?: () => void } = {},
) {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => {
      out += text;
      more.onOut?.();
    },
    err: (text: string) => void (err += text),
    json: false,
    home: dir,
    colour: more.colour ?? false,
  };
  const code = await auditCommand(argv, io, openAuditReader, more.signal);
  const calls = () =>
    out
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).call);
  return { code, out, err, calls };
}

test("A5: which tools did this person use in the last hour, with which arguments", async (t) => {
  const { dir, records } = await filled(t);
  const said = await run(dir, ["query", "--person", "ada@example.com", "--since", "1h"]);
  assert.equal(said.code, 0);
  assert.match(
    said.out,
    /person:ada@example\.com +call +deny +tools\/call files\.read_text_file +invalid_arguments \(V1\) +path \+2 unknown/,
  );
  assert.equal(said.out.trim().split("\n").length, 2);
  await records.close();
});

test("A5: query by person, tool, server, decision, time and number, as JSON lines", async (t) => {
  const { dir, records } = await filled(t);
  const calls = async (...flags: string[]) => (await run(dir, ["query", "--json", ...flags])).calls();
  assert.deepEqual(await calls(), ["c_4", "c_3", "c_2", "c_1"]);
  assert.deepEqual(await calls("--person", "service:nightly"), ["c_3"]);
  assert.deepEqual(await calls("--tool", "files.read_text_file"), ["c_2", "c_1"]);
  assert.deepEqual(await calls("--server", "crm"), ["c_3"]);
  assert.deepEqual(await calls("--decision", "deny"), ["c_2"]);
  assert.deepEqual(await calls("--until", "1h"), ["c_1"]);
  assert.deepEqual(await calls("--since", new Date(Date.now() - 3_600_000).toISOString(), "--limit", "2"), [
    "c_4",
    "c_3",
  ]);
  assert.deepEqual(await calls("--tenant", "other"), []);
  const one = await run(dir, ["query", "--json", "--decision", "deny"]);
  assert.equal(JSON.parse(one.out).owner, "person:ada@example.com");
  const nobody = await run(dir, ["query", "--json", "--person", "eve@example.com"]);
  assert.deepEqual([nobody.code, nobody.out], [0, ""]);
  assert.match(nobody.err, /Nothing is recorded of "person:eve@example\.com"/);
  await records.close();
});

test("A5: what was refused before anybody was known is shown too, as nobody's; --tenant narrows", async (t) => {
  const { dir, records } = await filled(t);
  const stranger = { tenant: "-", subject: undefined, credential: undefined, server: undefined, target: undefined };
  await records.append(record(5, { ...stranger, decision: "deny", reason: "unauthenticated", control: "I1" }));
  const calls = async (...flags: string[]) => (await run(dir, ["query", "--json", ...flags])).calls();
  assert.deepEqual(await calls("--decision", "deny"), ["c_5", "c_2"]);
  assert.deepEqual((await run(dir, ["export"])).calls().at(-1), "c_5");
  assert.deepEqual((await run(dir, ["tail", "--json", "--limit", "1"])).calls(), ["c_5"]);
  assert.deepEqual(await calls("--tenant=-"), ["c_5"]);
  assert.deepEqual(await calls("--tenant", "-"), ["c_5"]);
  assert.deepEqual(await calls("--tenant", "default"), ["c_4", "c_3", "c_2", "c_1"]);
  assert.match((await run(dir, ["query", "--decision", "deny"])).out, / nobody +call +deny +tools\/call +unauth/);
  await records.close();
});

test("A5: events show key, actor and cause; an unknown server is said", async (t) => {
  const { dir, records } = await filled(t);
  const event = { kind: "event", subject: undefined, target: undefined } as const;
  await records.append(
    record(5, { ...event, type: "key.created", server: undefined, credential: "k_new", detail: { by: "os:eve" } }),
  );
  await records.append(record(6, { ...event, type: "upstream.exited", detail: { why: "out of memory", code: 1 } }));
  const { out } = await run(dir, ["query", "--limit", "2"]);
  assert.match(out, /upstream\.exited files +ok +code=1 why=out of memory\n/);
  assert.match(out, /key\.created k_new +ok +by=os:eve\n/);
  const unknown = await run(dir, ["query", "--server", "fils"]);
  assert.equal(
    unknown.err,
    'No record names a server "fils", did you mean files? (in the newest records: crm, files)\n',
  );
  await records.close();
});

test("A5: nothing that a caller wrote steers the terminal; refusals are red", async (t) => {
  const { dir, records } = await filled(t);
  for (const flags of [[], ["--json"]]) {
    const { out } = await run(dir, ["query", ...flags]);
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(out));
  }
  const { out } = await run(dir, ["query", "--decision", "deny"], { colour: true });
  assert.match(out, /\x1b\[31m.*invalid_arguments/);
  await records.close();
});

test("A5: tail shows the newest last and follows what is written", async (t) => {
  const { dir, records } = await filled(t);
  assert.deepEqual((await run(dir, ["tail", "--json", "--limit", "2"])).calls(), ["c_3", "c_4"]);
  const stop = new AbortController();
  let lines = 0;
  const onOut = () => {
    lines++;
    if (lines === 1) void records.append(record(5)).then(() => records.append(record(6, { decision: "deny" })));
    if (lines === 3) stop.abort();
  };
  const followed = await run(dir, ["tail", "-f", "--json", "--limit", "1"], { signal: stop.signal, onOut });
  assert.deepEqual(followed.calls(), ["c_4", "c_5", "c_6"]);
  await records.close();
});

test("A5: export gives every record in order, without identities", async (t) => {
  const { dir, records } = await filled(t);
  await Promise.all(Array.from({ length: 2500 }, (_, i) => records.append(record(5 + i))));
  const { code, out, calls } = await run(dir, ["export"]);
  assert.equal(code, 0);
  assert.deepEqual(
    calls(),
    Array.from({ length: 2504 }, (_, i) => `c_${i + 1}`),
  );
  assert.ok(!out.includes("ada@example.com"));
  assert.equal((await run(dir, ["export", "--decision", "deny", "--format", "jsonl"])).calls().length, 1);
  await records.close();
});

test("A3: verify says so and exits with 0, or names the first wrong record and exits with 1", async (t) => {
  const { dir, records } = await filled(t);
  await records.close();
  const kept = join(dir, "kept.anchor");
  copyFileSync(join(dir, "audit.anchor"), kept);
  const fine = await run(dir, ["verify"]);
  assert.equal(fine.code, 0);
  assert.match(fine.out, /intact: 4 records, 2 signed checkpoints\n.*sha256:/);
  const text = readFileSync(segmentPath(dir), "utf8");
  writeFileSync(segmentPath(dir), text.replace('"decision":"deny"', '"decision":"allow"'));
  const wrong = await run(dir, ["verify", "--json"]);
  assert.equal(wrong.code, 1);
  assert.deepEqual(JSON.parse(wrong.out), {
    ok: false,
    seq: 2,
    fault: "changed",
    message: "Record 2 was changed: its hash does not match",
  });
  assert.match((await run(dir, ["verify"])).out, /record 2: changed/);
  for (const name of ["audit", "audit.anchor"]) rmSync(join(dir, name), { recursive: true });
  const begun = await open(dir);
  await begun.records.append(record(1));
  await begun.records.close();
  assert.equal((await run(dir, ["verify"])).code, 0);
  assert.equal((await run(dir, ["verify", "--anchor", kept])).code, 1, "a copy of the anchor kept elsewhere tells");
});

test("A3: verify without the master key says that it did not check the key, one with it does not", async (t) => {
  const { dir, records } = await filled(t);
  await records.close();
  assert.doesNotMatch((await run(dir, ["verify"])).out, /not checked/);
  assert.equal(JSON.parse((await run(dir, ["verify", "--json"])).out).note, undefined);
  rmSync(join(dir, "master.key"));
  const { code, out } = await run(dir, ["verify"]);
  assert.equal(code, 0);
  assert.match(
    out,
    /signed with sha256:.*\n {2}This key was not checked against the master key; compare it with your copy/,
  );
  assert.match(JSON.parse((await run(dir, ["verify", "--json"])).out).note, /compare it with your copy of audit\.pub/);
  assert.doesNotMatch((await run(dir, ["verify", "--key", join(dir, "audit.pub")])).out, /not checked/);
});

test("A5: reads without the master key too, and changes nothing", async (t) => {
  const { dir, records } = await filled(t);
  rmSync(join(dir, "master.key"));
  const before = readFileSync(join(dir, "audit.anchor"));
  const { code, out } = await run(dir, ["query", "--json", "--decision", "deny"]);
  assert.equal(code, 0);
  assert.match(JSON.parse(out).subject, /^s_/);
  assert.equal(JSON.parse(out).owner, undefined);
  const asked = await run(dir, ["query", "--person", "ada@example.com"]);
  assert.equal(asked.code, 2);
  assert.match(asked.err, /There is no master key/);
  assert.deepEqual(readFileSync(join(dir, "audit.anchor")), before);
  await records.close();
});

const faults: [string[], RegExp][] = [
  [[], /cardea audit query/],
  [["qurey"], /Unknown command "qurey", did you mean query\?.*query, tail, verify, export/],
  [["query", "--persn", "x"], /Unknown flag "--persn", did you mean --person\?/],
  [
    ["query", "--decision", "dney"],
    /--decision "dney" is not known, did you mean deny\? \(accepted: allow, deny, hold\)/,
  ],
  [["query", "--since", "yesterday"], /--since "yesterday" must be an age/],
  [["query", "--since", "2026-13-45"], /must be an age/],
  [["query", "--since", "2026-02-30"], /must be an age/],
  [["verify", "--anchor", "NOPE"], /--anchor "NOPE": there is no such file/],
  [["query", "--since", "1h", "--until", "2h"], /--since is later than --until/],
  [["query", "--limit", "0"], /--limit "0" must be a whole number from 1 to 10000/],
  [["query", "--tool", "read"], /must be SERVER\.NAME/],
  [["query", "--tool", "a.b", "--server", "c"], /--server says "c"/],
  [["query", "--person", "user:ada"], /must be person:ada@example\.com or service:nightly-report/],
  [["export", "--format", "csv"], /--format "csv" is not known \(accepted: jsonl\)/],
  [["verify"], /There is no record in/],
  [["query", "--follow"], /Unknown flag "--follow"/],
];

for (const [argv, said] of faults) {
  test(`A5: audit ${argv.join(" ")} exits with 2 and says what is accepted`, async (t) => {
    const { code, out, err } = await run(home(t), argv);
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(err, said);
  });
}

test("A5: help has an example and exits with 0", async (t) => {
  for (const argv of [["--help"], ["verify", "--help"]]) {
    const { code, out } = await run(home(t), argv);
    assert.equal(code, 0);
    assert.match(out, /Examples:/);
  }
});
