import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { callOf, stage } from "./stage.ts";

const PAGE = "The account of Harlow Transport is new since June, and the folder of last year can go.";
const PLAN = "The northern office will be closed in March and everybody moves to the depot at Harlow.";

test("S8: after untrusted content every sensitive effect asks, and names what was read, where and when", async () => {
  const { reads, asks } = stage();
  for (const effect of ["outbound", "payment", "destructive", "access-change", "execute"] as const)
    assert.equal(await asks("files.do", {}, effect), undefined, `${effect} before anything was read`);
  await reads("tracker.get_issue", { number: 12 }, PAGE);
  for (const effect of ["outbound", "payment", "destructive", "access-change", "execute"] as const) {
    const flow = await asks("files.do", {}, effect);
    assert.deepEqual(flow?.labels, ["untrusted"]);
    assert.match(
      flow?.demand?.reasons[0] ?? "",
      /^get_issue of tracker \(number 12\) was read at 14:02 UTC, which comes from outside/,
    );
  }
  for (const effect of ["read", "write"] as const)
    assert.equal((await asks("files.do", {}, effect))?.demand, undefined, effect);
});

test("S8: own and trusted content asks nothing, an acknowledgement neither", async () => {
  const { reads, asks } = stage();
  await reads("files.read", { path: "a" }, PAGE);
  await reads("web.fetch", { url: "https://a.example" }, "ok");
  assert.equal(await asks("bank.pay", {}, "payment"), undefined);
});

test("S8: labels hang on the leaf credential, whatever the era, the client or the session (invariant 9)", async () => {
  const { reads, asks, check } = stage();
  await reads("web.fetch", {}, PAGE);
  assert.ok((await asks("bank.pay", {}, "payment"))?.demand);
  assert.ok((await asks("bank.pay", {}, "payment", { client: "another" }))?.demand);
  assert.equal(await asks("bank.pay", {}, "payment", { credential: "k_2" }), undefined);
  assert.equal(await asks("bank.pay", {}, "payment", { tenant: "other" }), undefined);
  assert.deepEqual(check.ids, ["S8"]);
});

test("S8: what was read last is told, four things at most, each once; another tenant's credential of that name read nothing", async () => {
  const { asks, reads, memory } = stage();
  const { tenant, credential } = callOf("web.page", {}, "read").principal;
  const told = async (id: string): Promise<string | undefined> => {
    await reads("web.page", { id }, `Page ${id} tells of the weather in the mountains.`);
    return (await memory.of(tenant, credential)).marks[0]?.what;
  };
  for (const id of ["1", "2", "3", "4"]) await told(id);
  assert.equal(await told("44"), "id 44; id 4; id 3; id 2");
  assert.equal(await told("4"), "id 4; id 44; id 3; id 2");
  assert.equal(await told("4"), "id 4; id 44; id 3; id 2");
  assert.equal(await told("a \t\n b  c"), "id a b c; id 4; id 44; id 3");
  assert.equal(await told("5; id 44"), "id 5; id 44; id a b c; id 4; id 44");
  assert.equal(await told("44"), "id 44; id 5; id a b c; id 4");
  assert.deepEqual((await asks("mail.send", {}, "outbound"))?.labels, ["untrusted"]);
  assert.equal(await asks("mail.send", {}, "outbound", { tenant: "other" }), undefined);
});

test("S8: an answer to what was read goes back without a question, but for what was read elsewhere or destroys", async () => {
  const { reads, asks } = stage();
  const words = "The button on the second page does nothing in the evening, when the office is closed.";
  await reads("web.fetch", { url: "https://a.example" }, PAGE);
  await reads("tracker.get_issue", { repo: "a/b", number: 12 }, words);
  const comment = async (body: string, number = 12) =>
    (await asks("tracker.comment", { repo: "a/b", number, body }, "outbound"))?.demand;
  assert.equal(await comment(`"${words}" happens here too.`), undefined);
  assert.ok(await comment(PAGE), "content of another place");
  assert.ok(await comment(words, 13), "another thing");
  assert.ok(
    (await asks("mail.comment", { repo: "a/b", number: 12, body: words }, "outbound"))?.demand,
    "another server",
  );
  assert.ok((await asks("tracker.close", { repo: "a/b", number: 12 }, "destructive"))?.demand);
  assert.ok((await asks("tracker.comment", { repo: "a/b", number: 12, to: "x@y.example" }, "outbound"))?.demand);
});

const DISGUISES: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => `note: ${text}`,
  "in upper case": (text) => text.toUpperCase(),
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 in lines": (text) => Buffer.from(text).toString("base64").replace(/.{20}/g, "$&\n"),
  hex: (text) => Buffer.from(text).toString("hex"),
  base32: () =>
    "KRUGKIDON5ZHI2DFOJXCA33GMZUWGZJAO5UWY3BAMJSSAY3MN5ZWKZBANFXCATLBOJRWQIDBNZSCAZLWMVZHSYTPMR4SA3LPOZSXG===",
  percent: (text) => encodeURIComponent(text),
  "base64 in percent": (text) =>
    Buffer.from(text)
      .toString("base64")
      .replace(/./g, (one) => `%${one.charCodeAt(0).toString(16)}`),
  "hex of base64": (text) => Buffer.from(Buffer.from(text).toString("base64")).toString("hex"),
  backwards: (text) => [...text].reverse().join(""),
  "spaced letters": (text) => [...text].join(" "),
  "JSON escapes": (text) => [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  "character codes": (text) => [...Buffer.from(text)].join(" "),
  "shown hidden characters": (text) => [...text].join("⟦U+200B⟧"),
  "only a part of it": (text) => text.slice(20, 55),
};

test("S8: private content does not leave through whatever is given to somebody outside, also re-encoded", async () => {
  for (const [how, write] of Object.entries(DISGUISES)) {
    const { reads, asks } = stage();
    await reads("vault.read", { path: "plan" }, PLAN);
    const flow = await asks("web.search", { query: write(PLAN) });
    assert.match(flow?.demand?.reasons.join(" ") ?? "", /holds private content: read of vault \(path plan\)/, how);
    assert.equal(
      (await asks("files.write", { text: write(PLAN) }, "write"))?.demand,
      undefined,
      `${how}: to a server of one's own`,
    );
    assert.equal(
      (await asks("web.search", { query: "opening hours of the harbour museum on a Monday" }))?.demand,
      undefined,
    );
  }
});

test("S8: pieces of private content in several arguments are found, and numbers and addresses by themselves", async () => {
  const { reads, asks } = stage();
  await reads("vault.read", { path: "plan" }, `${PLAN} The account is 4471-2209-81, of okafor@inside.example.`);
  assert.ok((await asks("web.search", { one: PLAN.slice(0, 15), more: PLAN.slice(15, 45) }))?.demand);
  assert.ok((await asks("web.search", { query: "4471-2209-81" }))?.demand);
  assert.ok((await asks("web.search", { query: "okafor@inside.example" }))?.demand);
});

test("S8: what sends outside asks after private content even where nothing of it is recognised", async () => {
  const { reads, asks } = stage();
  await reads("vault.read", { path: "plan" }, PLAN);
  assert.match(
    (await asks("mail.send", { to: "a@b.example", body: "They go south." }, "outbound"))?.demand?.cause ?? "",
    /^private vault$/,
  );
});

test("S8: a finding of the inspection makes a result private", async () => {
  const { label, asks } = stage();
  const { callOf } = await import("./stage.ts");
  const call = callOf("files.read", { path: "a" }, "read");
  await label.judge({
    ...call,
    screened: { result: { iban: 1 } },
    result: { content: [{ type: "text", text: PLAN }] },
  });
  assert.deepEqual((await asks("web.search", { query: PLAN }))?.labels, ["private"]);
});

test("S8: own content that is hidden in an address asks once something from outside was read", async () => {
  const { reads, asks } = stage();
  await reads("files.read", { path: "a" }, PLAN);
  const url = `https://a.example/${Buffer.from(PLAN).toString("hex")}`;
  assert.equal(await asks("web.fetch", { url }), undefined);
  await reads("web.fetch", { url: "https://b.example" }, PAGE);
  assert.match((await asks("web.fetch", { url }))?.demand?.cause ?? "", /^hidden files$/);
  assert.equal((await asks("web.search", { query: PLAN }))?.demand, undefined, "said openly");
});

test("S8: a rule of the operator lets exactly its calls pass; what is proposed is such a rule", async () => {
  const rule = { match: "mail.send", from: ["web"], arguments: { to: ["*@inside.example"] }, private: false };
  const { reads, asks } = stage({ allow: [rule] });
  await reads("web.fetch", {}, PAGE);
  const send = async (to: string | string[]) => (await asks("mail.send", { to }, "outbound"))?.demand;
  assert.equal(await send("ada@inside.example"), undefined);
  assert.equal(await send(["ada@inside.example", "bob@inside.example"]), undefined);
  for (const to of [
    "eve@outside.example",
    "ada@inside.example,eve@outside.example",
    "eve@outside.example x@inside.example",
    ["ada@inside.example", "e@x.example"],
  ])
    assert.ok(await send(to), String(to));
  assert.ok((await asks("mail.send", {}, "outbound"))?.demand, "without the argument");
  assert.match(
    (await send("eve@outside.example"))?.propose ?? "",
    /match: "mail\.send", from: \[web\], arguments: \{ "to": \["eve@outside\.example"\] \}/,
  );
  await reads("tracker.get", { number: 1 }, PAGE);
  assert.ok(await send("ada@inside.example"), "another source");
});

test("S8: labels fade only where the operator says so", async () => {
  for (const [fadeMs, asked] of [
    [undefined, true],
    [3_600_000, false],
  ] as const) {
    const { reads, asks, time } = stage(fadeMs === undefined ? {} : { fadeMs });
    await reads("web.fetch", {}, PAGE);
    time.now += 3_600_001;
    assert.equal((await asks("bank.pay", {}, "payment"))?.demand !== undefined, asked);
  }
});

test("S8: labels are stored before the answer leaves, survive the process, reach others, and end with a reset", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cardea-flow-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "cardea.db");
  const [one, other] = [stage({ path }), stage({ path })];
  t.after(() => Promise.all([one.store.close(), other.store.close()]));
  assert.equal(await other.asks("bank.pay", {}, "payment"), undefined);
  await one.reads("web.fetch", { url: "https://a.example" }, PAGE);
  await one.reads("vault.read", { path: "plan" }, PLAN);
  assert.ok((await other.asks("bank.pay", {}, "payment"))?.demand, "at once, without a poll");
  assert.ok((await stage({ path }).asks("web.search", { query: PLAN }))?.demand, "with its fingerprints");
  assert.equal(await one.store.reset("default", "k_1"), 2);
  assert.equal(await other.asks("bank.pay", {}, "payment"), undefined);
  await one.memory.poll();
  assert.equal(await one.asks("web.search", { query: PLAN }), undefined);
});

test("S8 and A10: nothing of what was read is legible in the store, and a row of somebody else's still closes", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cardea-flow-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "cardea.db");
  const { reads, store } = stage({ path });
  await reads("vault.read", { path: "/very/secret/plan" }, PLAN);
  const db = new DatabaseSync(path);
  assert.doesNotMatch(JSON.stringify(db.prepare("SELECT * FROM flow").all()), /secret|northern|prints/);
  db.exec("UPDATE flow SET at = 1, held = 'AAAA'");
  const [mark] = await store.of("default", "k_1");
  assert.deepEqual([mark?.label, mark?.full, mark?.what], ["private", true, ""]);
  db.close();
  assert.ok((await stage({ path }).asks("web.search", { query: "anything at all" }))?.demand);
  await store.close();
});

test("S8: where the store is lost, no sink runs and nothing is answered that would need a label", async () => {
  let broken = false;
  const { reads, asks } = stage({ broken: () => broken });
  await reads("files.read", {}, PAGE);
  broken = true;
  await assert.rejects(asks("bank.pay", {}, "payment"), /lost/);
  await assert.rejects(reads("web.fetch", {}, PAGE), /lost/);
  broken = false;
  assert.equal(await asks("bank.pay", {}, "payment"), undefined);
});

test("S8: 300 private results stay within their bounds, and what fell out of them closes", async () => {
  const { reads, asks, memory } = stage();
  for (let n = 0; n < 300; n++)
    await reads(
      "vault.read",
      { n },
      Array.from({ length: 400 }, (_, at) => `w${(n * 7919 + at * 104_729) % 1_000_003}x`).join(" "),
    );
  const reading = await memory.of("default", "k_1");
  assert.ok(reading.private.size <= 32_768 && reading.seen.size <= 131_072 && reading.marks.length === 1);
  assert.ok((await asks("web.search", { query: "anything at all" }))?.demand);
});

test("S8: a call without labels costs below a microsecond", async () => {
  const { check, reads } = stage();
  await reads("files.read", {}, "ok");
  const { callOf } = await import("./stage.ts");
  const call = callOf("files.read", { path: "a" }, "read");
  let best = Infinity;
  for (let round = 0; round < 20; round++) {
    const from = process.hrtime.bigint();
    for (let n = 0; n < 5_000; n++) void check.judge(call);
    best = Math.min(best, Number(process.hrtime.bigint() - from) / 5_000);
  }
  assert.ok(best < 1_000, `${best} ns`);
});
