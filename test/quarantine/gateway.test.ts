import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { modern, post } from "../gateway/raw-client.ts";
import { OWNER_PASSWORD } from "../fixtures/grants.ts";
import { until } from "../gateway/setting.ts";
import { bytesIn, idIn, MARK, ORDER, POISONED, sealedIn, type Stage, startStage, TOKEN } from "./stage.ts";

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.stop());

const SECRETS = new RegExp(`${MARK}|attacker|16C7e42F|Ignore all`);
const address = (id: string): string => `cardea://quarantine/${id}`;
const PROOF = { proof: { password: OWNER_PASSWORD } };
/** Another text, so that it is another withheld result. */
const fresh = (word: string): void => stage.answer(`${POISONED} ${word}`);
const release = async (id: string): Promise<void> => {
  const { status, body } = await (await stage.person("owner")).api("POST", `/api/quarantine/${id}/release`, PROOF);
  if (status !== 200) throw new Error(JSON.stringify(body));
};
/** What the record says became of it; a command's events come through the gateway's outbox. */
const events = (id: string, count: number): Promise<string[]> =>
  until("the events", async () => {
    const found = (await stage.where.audit()).filter((one) => one.detail?.["quarantine"] === id);
    return found.length < count ? undefined : found.map(({ type }) => type).sort();
  });

test("S5: the model gets a stub that says what and why and where a person decides, and none of the content", async () => {
  const { text, isError } = await stage.call();
  assert.equal(isError, true);
  assert.match(text, /withheld the answer of the server mail to the tool read\. The call was carried out\./);
  assert.match(text, /withheld for: override \(T1\)/);
  const id = idIn(text);
  assert.ok(text.includes(`until ${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)}`), text);
  assert.ok(text.includes(`${stage.base()}/quarantine/${id}`) && text.includes(address(id)));
  assert.doesNotMatch(text, SECRETS);
  const [kept] = (await stage.where.audit({ type: "result.quarantined" })).filter(
    ({ detail }) => detail?.["quarantine"] === id,
  );
  assert.deepEqual([kept?.server, kept?.credential, kept?.decision], ["mail", stage.keys.ada.id, "deny"]);
  assert.deepEqual(
    [kept?.detail?.["target"], (kept?.detail?.["findings"] as { override: number } | undefined)?.override],
    ["read", 1],
  );
  const [call] = await stage.where.recordsOf(String(kept?.detail?.["of"]));
  assert.deepEqual([call?.reason, call?.control, call?.executed], ["quarantined", "S5", "yes"]);
});

test("S5: resources and prompts are quarantined too, as errors; the same answer to the same caller waits once", async () => {
  fresh("elsewhere");
  for (const answer of [await stage.read("mail+memo:1"), await stage.prompt()]) {
    assert.equal(answer.isError, true);
    assert.match(answer.text, /withheld the answer of the server mail to (?:a resource|the prompt brief)\./);
    assert.doesNotMatch(answer.text, SECRETS);
    const id = idIn(answer.text);
    await release(id);
    assert.ok((await stage.read(address(id))).text.includes(MARK));
  }
  const [first, second, other] = [await stage.call(), await stage.call(), await stage.call("second")];
  assert.equal(idIn(first.text), idIn(second.text));
  assert.notEqual(idIn(first.text), idIn(other.text));
});

test("S5 V4: a tool with an output schema answers with a tool error, which the client's own validation takes", async () => {
  fresh("typed");
  const { text, isError } = await stage.call("ada", "typed");
  assert.deepEqual([isError, SECRETS.test(text)], [true, false]);
  const id = idIn(text);
  await release(id);
  assert.ok((await stage.read(address(id))).text.includes(MARK));
});

test("S5 S6: a long one is kept whole, and read in pieces once it is released, on the endpoint of its server too", async () => {
  stage.answer(`${"A long report. ".repeat(30_000)}${ORDER} ${MARK}`);
  const id = idIn((await stage.call()).text);
  await release(id);
  const piece = async (uri: string) => {
    const { body } = await post(
      `${stage.gateway().endpoint}/mail`,
      modern(stage.keys.ada.key, "resources/read", { uri }),
    );
    return body.result?.["contents"] as { text: string; _meta?: Record<string, string> }[];
  };
  const [frame, first] = await piece(address(id));
  assert.match(frame?.text ?? "", /It is data/);
  const next = first?._meta?.["cardea/next"] ?? assert.fail("It does not go on");
  const [, second] = await piece(next);
  const whole = JSON.parse(`${first?.text}${second?.text}`) as { content: [{ text: string }] };
  assert.ok(whole.content[0].text.endsWith(`${ORDER} ${MARK}`));
});

test("S5 A10: nothing of it stands readable in any file of the home, nor in the record or the log", async () => {
  fresh("sealed");
  await stage.call();
  assert.doesNotMatch(bytesIn(stage.where.home).toString("latin1"), SECRETS);
  assert.equal(statSync(join(stage.where.home, "quarantine.db")).mode & 0o777, 0o600);
  assert.doesNotMatch(JSON.stringify(await stage.where.audit()) + stage.gateway().said(), SECRETS);
});

test("S5: a person lists and shows it on the command line; the content needs a proof", async () => {
  fresh("command");
  const id = idIn((await stage.call()).text);
  const list = await stage.where.run("quarantine", "list");
  assert.match(list.stdout, new RegExp(`${id} +person:ada +mail\\.read +override +held`));
  const bare = await stage.command("show", id);
  assert.deepEqual([bare.code, SECRETS.test(bare.stdout)], [0, false]);
  assert.match(bare.stdout, /withheld for +override \(T1\)/);
  const closed = await stage.command("show", id, "--content");
  assert.equal(closed.code, 2);
  assert.doesNotMatch(closed.stdout + closed.stderr, SECRETS);
  const weak = await stage.prove("ada", "show", id, "--content");
  assert.deepEqual([weak.code, SECRETS.test(weak.stdout)], [2, false]);
  const shown = await stage.prove("owner", "show", id, "--content", "--json");
  const { content } = JSON.parse(shown.stdout) as { content: string };
  assert.ok(content.includes(MARK) && content.includes("\u27e6U+200B\u27e7") && !content.includes(TOKEN), content);
  assert.equal((await stage.command("show", "q_none")).code, 1);
  assert.deepEqual(await events(id, 2), ["result.quarantined", "result.read"]);
});

test("S5 S7: released, its caller alone reads it, framed as data, with secrets masked; the same call then says so", async () => {
  fresh("released");
  const id = idIn((await stage.call()).text);
  const before = await stage.read(address(id));
  assert.match(before.text, /A person has to release this first/);
  assert.doesNotMatch(before.text, SECRETS);
  const weak = await stage.prove("ada", "release", id);
  assert.deepEqual([weak.code, /duty security/.test(weak.stderr)], [2, true]);
  const done = await stage.prove("owner", "release", id);
  assert.deepEqual([done.code, done.stdout], [0, `${id} is released to its caller\n`]);
  const { text, isError } = await stage.read(address(id));
  assert.equal(isError, false);
  assert.match(text, /^A person released this answer\. The content below comes from the server mail\. It is data/);
  assert.ok(text.includes(MARK) && text.includes(ORDER) && !text.includes(TOKEN), text);
  for (const other of ["second", "service", "reader"] as const)
    assert.match((await stage.read(address(id), other)).text, /There is no such resource here/);
  const again = await stage.call();
  assert.match(again.text, /A person released this answer: read it at the resource cardea:\/\/quarantine\//);
  assert.doesNotMatch(again.text, SECRETS);
  await assert.rejects(release(id), /decided already/);
  assert.deepEqual(await events(id, 3), ["result.quarantined", "result.read", "result.released"]);
});

test("S5 S8: what was not delivered labels nothing; once it is read, it is untrusted like any other content", async () => {
  fresh("labelled");
  const id = idIn((await stage.call("service")).text);
  const labels = async () => {
    const { stdout } = await stage.where.run("flow", "show", stage.keys.service.id, "--json");
    return (JSON.parse(stdout) as { sources: { label: string; name: string }[] }).sources.map(
      (one) => `${one.label} ${one.name}`,
    );
  };
  assert.deepEqual(await labels(), []);
  await release(id);
  assert.deepEqual(await labels(), []);
  assert.ok((await stage.read(address(id), "service")).text.includes(MARK));
  assert.deepEqual(await labels(), ["untrusted read"]);
});

test("S5: of a release and a discard at the same time exactly one wins", async () => {
  const [owner, eve] = [await stage.person("owner"), await stage.person("eve")];
  for (const word of ["one", "two", "three"]) {
    fresh(`race ${word}`);
    const id = idIn((await stage.call()).text);
    const path = `/api/quarantine/${id}`;
    const eves = { proof: { password: stage.passwords.eve } };
    const answers = await Promise.all([
      owner.api("POST", `${path}/release`, PROOF),
      eve.api("POST", `${path}/release`, eves),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400], JSON.stringify(answers));
    const discards = await Promise.all([owner.api("POST", `${path}/discard`), eve.api("POST", `${path}/discard`)]);
    assert.equal(discards.filter(({ status }) => status === 200).length, 1, JSON.stringify(discards));
    assert.match((await stage.read(address(id))).text, /There is no such resource here/);
  }
});

test("S5: whose call it was lists and discards their own, sees no content and releases nothing; nobody else's exist", async () => {
  fresh("own");
  const id = idIn((await stage.call()).text);
  const [ada, bob] = [await stage.person("ada"), await stage.person("bob")];
  const mine = await ada.api("GET", `/api/quarantine/${id}`);
  assert.deepEqual([mine.status, SECRETS.test(JSON.stringify(mine.body))], [200, false]);
  const proof = { proof: { password: stage.passwords.ada } };
  assert.equal((await ada.api("POST", `/api/quarantine/${id}/release`, proof)).status, 403);
  assert.deepEqual((await bob.api("GET", "/api/quarantine")).body, { quarantine: [] });
  assert.equal((await bob.api("GET", `/api/quarantine/${id}`)).status, 404);
  assert.equal((await bob.api("POST", `/api/quarantine/${id}/discard`)).status, 404);
  const owner = await stage.person("owner");
  assert.equal(
    (await owner.api("POST", `/api/quarantine/${id}/release`)).status,
    403,
    "a session alone releases nothing",
  );
  assert.equal((await ada.api("POST", `/api/quarantine/${id}/discard`)).status, 200);
  assert.deepEqual(await events(id, 2), ["result.discarded", "result.quarantined"]);
});

test("S5: what waits and what is released survives a restart", async () => {
  fresh("restart");
  const id = idIn((await stage.call()).text);
  await stage.restart();
  assert.match((await stage.read(address(id))).text, /A person has to release this first/);
  await release(id);
  await stage.restart();
  assert.ok((await stage.read(address(id))).text.includes(MARK));
});

test("S5: while the store does not answer, the result is withheld all the same, and recorded", async () => {
  fresh("lost");
  const lock = spawn(process.execPath, [
    "-e",
    `const { DatabaseSync } = require("node:sqlite");
     const db = new DatabaseSync(${JSON.stringify(join(stage.where.home, "quarantine.db"))});
     db.exec("BEGIN EXCLUSIVE"); console.log("locked"); setTimeout(() => {}, 60_000);`,
  ]);
  await once(lock.stdout, "data");
  const { text, isError } = await stage.call();
  lock.kill("SIGKILL");
  await once(lock, "close");
  assert.deepEqual([isError, SECRETS.test(text)], [true, false]);
  assert.match(text, /could not be kept for a person: the store does not answer/);
  const [record] = await stage.where.audit({ type: "tools/call" });
  assert.deepEqual(
    [record?.decision, record?.reason, record?.detail?.["why"]],
    ["deny", "withheld", "quarantine_lost"],
  );
  assert.match(stage.gateway().said(), /quarantine\.lost/);
  assert.match(idIn((await stage.call()).text), /^q_/);
});

test("A9 I9: whoever is offboarded leaves nothing in the quarantine, readable or sealed, while the gateway runs", async () => {
  fresh("offboard");
  const id = idIn((await stage.call("reader")).text);
  const sealed = sealedIn(join(stage.where.home, "quarantine.db"), id).subarray(13, 61);
  assert.ok(bytesIn(stage.where.home).includes(sealed), "the test knows where it looks");
  const ended = await stage.where.run("offboard", "bob", "--yes", "--json");
  assert.deepEqual((JSON.parse(ended.stdout) as { failures: string[] }).failures, [], ended.stderr);
  assert.doesNotMatch((await stage.command("list")).stdout, /person:bob/);
  // The gateway, which follows within 200 ms, may have been first.
  await until("nothing of it is there", () => !bytesIn(stage.where.home).includes(sealed));
});

test("S5 P1: what was released is not read by whoever may not make the call any more", async () => {
  fresh("revoked");
  const id = idIn((await stage.call("second")).text);
  await release(id);
  const { config } = stage.where;
  writeFileSync(
    config,
    readFileSync(config, "utf8").replace('allow: ["mail.read", "mail.typed"', 'allow: ["mail.typed"'),
  );
  await stage.restart();
  const { text } = await stage.read(address(id), "second");
  assert.ok(!text.includes(MARK) && text !== "", text);
});
