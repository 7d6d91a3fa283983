import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { legacy } from "../gateway/hostile.ts";
import { modern, post, textOf } from "../gateway/raw-client.ts";
import { until } from "../gateway/setting.ts";
import { type ApprovalStage, startApprovals } from "./stage.ts";

let stage: ApprovalStage;
before(async () => {
  stage = await startApprovals(["pending: { perCredential: 2 }"]);
});
after(() => stage?.stop());

const savedOf = (text: string): number => stage.upstream.saved.filter((one) => one.endsWith(text)).length;
const proof = () => ({ proof: { password: stage.passwords.ada } });

/** One call over a bare request, with what a client may add. @param more members of `params` */
function call(text: string, key = stage.keys.ada.key, more: Record<string, unknown> = {}, url = false) {
  const { headers, body } = modern(key, "tools/call", {
    name: "box__save",
    arguments: { folder: "/f", text },
    ...more,
  });
  const capabilities = url
    ? body.replace('clientCapabilities":{}', 'clientCapabilities":{"elicitation":{"url":{}}}')
    : body;
  return post(stage.gateway.endpoint, { headers, body: capabilities });
}
type Asked = { requestState: string; inputRequests: Record<string, { params: { url: string } }> };
const idOf = (asked: Asked): string => asked.inputRequests["cardea.approval"]?.params.url.split("/").at(-1) ?? "";

test("H1 H2 H3: of equal calls that wait together one is sent; more than may wait are refused", async () => {
  const [first, second] = [call("same"), call("same")];
  const { id } = await stage.waiting();
  const ada = await stage.person("ada");
  assert.equal((await ada.api("POST", `/api/approvals/${id}/allow`, proof())).status, 200);
  const texts = (await Promise.all([first, second])).map(textOf);
  assert.deepEqual(texts.filter((text) => text === "saved same").length, 1);
  assert.equal(savedOf("same"), 1);
  const asked = await call("one more", stage.keys.ada.key, {}, true);
  assert.equal(asked.body.result?.["resultType"], "input_required");
  const full = await call("too many");
  assert.deepEqual([full.status, full.body.error?.data?.["control"]], [429, "H3"]);
  assert.match(full.body.error?.message ?? "", /as many calls waiting for a person/);
  const owner = await stage.person("owner");
  for (const one of ((await owner.api("GET", "/api/approvals?state=pending")).body as { approvals: { id: string }[] })
    .approvals)
    await owner.api("POST", `/api/approvals/${one.id}/deny`, { proof: { password: "a long password of tests" } });
});

test("H1 H3: a forged, a foreign, a changed and a replayed answer send nothing", async () => {
  const { id: _id, key } = stage.keys.trusted;
  const asked = (await call("forged", key, {}, true)).body.result as unknown as Asked;
  const answers = { "cardea.approval": { action: "accept", content: { decision: "allow" } } };
  const forged = await call("forged", key, { inputResponses: answers });
  assert.match(forged.body.error?.message ?? "", /has to decide/);
  const mine = { inputResponses: answers, requestState: asked.requestState };
  const broken = await call("forged", key, { ...mine, requestState: `${asked.requestState.slice(0, -4)}AAAA` });
  const foreign = await call("forged", stage.keys.ada.key, mine);
  const changed = await call("forged2", key, mine);
  for (const one of [broken, foreign, changed]) assert.equal(one.body.error?.code, -32602, one.text);
  assert.equal(savedOf("forged") + savedOf("forged2"), 0);
  const ada = await stage.person("ada");
  assert.equal((await ada.api("POST", `/api/approvals/${idOf(asked)}/allow`, proof())).status, 200);
  assert.equal(textOf(await call("forged", key, mine, true)), "saved forged");
  const replayed = await call("forged", key, mine, true);
  assert.equal(
    replayed.body.result?.["resultType"] ?? "refused",
    "input_required",
    "another question, of another approval",
  );
  assert.notEqual(idOf(replayed.body.result as unknown as Asked), idOf(asked));
  assert.equal(savedOf("forged"), 1);
});

test("H1: a session of 2025-11-25 has no answers beside its arguments: they are refused, and nothing is sent", async () => {
  const { key } = stage.keys.ada;
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "older", version: "1" } };
  const opened = await post(stage.gateway.endpoint, legacy({ key }, "", "initialize", hello));
  const id = String(opened.headers["mcp-session-id"]);
  const asked = { name: "box__look", arguments: {} };
  for (const more of [{ inputResponses: { city: { action: "accept", content: {} } } }, { requestState: "x" }]) {
    const said = await post(stage.gateway.endpoint, legacy({ key }, id, "tools/call", { ...asked, ...more }));
    assert.equal(said.body.error?.code, -32602, said.text);
    assert.match(said.body.error?.message ?? "", /no member of requests of this revision/);
  }
});

test("H2: what expired is not decided on and not sent, also where it was allowed before", async () => {
  const erase = (text: string) => {
    const { headers, body } = modern(stage.keys.ada.key, "tools/call", { name: "box__erase", arguments: { text } });
    const asking = body.replace('clientCapabilities":{}', 'clientCapabilities":{"elicitation":{"url":{}}}');
    return post(stage.gateway.endpoint, { headers, body: asking });
  };
  const [early, late] = [await erase("early"), await erase("late")].map(({ body }) => body.result as unknown as Asked);
  const ada = await stage.person("ada");
  assert.equal((await ada.api("POST", `/api/approvals/${idOf(early as Asked)}/allow`, proof())).status, 200);
  await wait(1_000);
  const decided = await ada.api("POST", `/api/approvals/${idOf(late as Asked)}/allow`, proof());
  assert.deepEqual([decided.status, /time for it is over/.test(JSON.stringify(decided.body))], [400, true]);
  const again = (await erase("early")).body.result as unknown as Asked;
  assert.notEqual(idOf(again), idOf(early as Asked), "another question");
  assert.equal(savedOf("early") + savedOf("late"), 0);
  await wait(1_000);
});

test("H2: a row that somebody without the master key made last longer counts for nothing, and is recorded", async () => {
  const { key } = stage.keys.second;
  const asked = (await call("late", key, {}, true)).body.result as unknown as Asked;
  const db = new DatabaseSync(join(stage.gateway.home, "cardea.db"), { timeout: 2_000 });
  db.prepare("UPDATE approvals SET expires_at = ? WHERE id = ?").run(Date.now() + 60_000_000, idOf(asked));
  db.close();
  const owner = await stage.person("owner");
  const answer = await owner.api("POST", `/api/approvals/${idOf(asked)}/allow`, {
    proof: { password: "a long password of tests" },
  });
  assert.equal(answer.status, 404);
  await until("the record", async () =>
    (await stage.gateway.audit()).find(
      ({ type, detail }) => type === "directory.tampered" && detail?.["table"] === "approvals",
    ),
  );
  assert.equal(savedOf("late"), 0);
});

test("I9 H1: offboarding ends what waits and what stands at once, and says how many", async () => {
  const { key } = stage.keys.bob;
  const page = await stage.person("bob");
  const given = { proof: { password: stage.passwords.bob } };
  const standing = (await call("stands", key, {}, true)).body.result as unknown as Asked;
  assert.equal((await page.api("POST", `/api/approvals/${idOf(standing)}/always`, given)).status, 200);
  const allowed = (await call("allowed", key, {}, true)).body.result as unknown as Asked;
  assert.equal((await page.api("POST", `/api/approvals/${idOf(allowed)}/allow`, given)).status, 200);
  const waiting = call("waits", key);
  await wait(200);
  const owner = await stage.person("owner");
  const { body } = await owner.api("POST", "/api/people/person:bob/offboard", {});
  const ended = body as { approvals: number; standing: number };
  assert.deepEqual([ended.approvals, ended.standing], [3, 1]);
  assert.equal((await waiting).body.error?.code, 40100);
  assert.deepEqual([savedOf("stands"), savedOf("allowed"), savedOf("waits")], [0, 0, 0]);
  const { approvals } = JSON.parse((await stage.gateway.run("approvals", "list", "--json")).stdout) as {
    approvals: { owner: string }[];
  };
  assert.deepEqual(
    approvals.filter(({ owner }) => owner === "person:bob"),
    [],
  );
});

test("H3: the command line says whose proof it needs, what comes next, and which word was meant", async () => {
  const asked = (await call("told", stage.keys.ada.key, {}, true)).body.result as unknown as Asked;
  const id = idOf(asked);
  assert.match((await stage.gateway.run("approvals", "list")).stdout, /Next: cardea approvals show ID/);
  assert.match(
    (await stage.gateway.run("approvals", "allow", id)).stderr,
    /needs the proof of person:ada, or of an administrator/,
  );
  assert.match((await stage.gateway.run("approvals", "alow", id)).stderr, /did you mean allow\?/);
  const ada = await stage.person("ada");
  assert.equal((await ada.api("POST", `/api/approvals/${id}/deny`, proof())).status, 200);
});

test("H3: a caller that goes away while it waits uses nothing up; its retry does", async () => {
  const gone = new AbortController();
  const { headers, body } = modern(stage.keys.ada.key, "tools/call", {
    name: "box__save",
    arguments: { folder: "/f", text: "gone" },
  });
  const first = fetch(stage.gateway.endpoint, { method: "POST", headers, body, signal: gone.signal }).catch(
    () => "gone",
  );
  const { id } = await stage.waiting("gone");
  gone.abort();
  assert.equal(await first, "gone");
  await wait(100);
  const ada = await stage.person("ada");
  assert.equal((await ada.api("POST", `/api/approvals/${id}/allow`, proof())).status, 200);
  await wait(300);
  assert.equal(savedOf("gone"), 0);
  assert.equal(textOf(await call("gone")), "saved gone");
});
