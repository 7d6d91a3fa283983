import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { rowKeyOf } from "../../src/compose/state.ts";
import { screenshot } from "../fixtures/browser.ts";
import { call, modern, post } from "../gateway/raw-client.ts";
import { until } from "../gateway/setting.ts";
import { arrive, decide, openOwn } from "./person.ts";
import { connectAs, type Program, type Working } from "./program.ts";
import { PASSWORD, type Stage, startStage } from "./stage.ts";

let stage: Stage;
before(async () => {
  stage = await startStage({ identity: ["consent: 1m"] });
});
after(() => stage?.stop());

interface AtWork {
  readonly program: Program;
  readonly client: Working;
}

async function atWork(name: string, program: string): Promise<AtWork & { page: Page }> {
  const page = await stage.browser.person();
  const one = await stage.program(program);
  const client = await connectAs(one, "v2", stage.gateway.endpoint, async (visit) => {
    const answer = one.answer();
    await decide(page, visit, { name, password: PASSWORD, decision: "allow" });
    return answer;
  });
  return { program: one, client, page };
}

const token = ({ program }: AtWork): string => program.kept.tokens?.access_token ?? "";

async function renew({ program }: AtWork): Promise<Response> {
  return fetch(`${stage.base}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: program.kept.tokens?.refresh_token ?? "",
      client_id: program.kept.client?.client_id ?? "",
    }),
  });
}

/** Waits until a call with the token is answered 401. */
const ended = (one: AtWork, ms: number) =>
  until(
    "the token is refused",
    async () => (await call(stage.gateway.endpoint, token(one), "files__echo")).status === 401,
    ms,
  );

describe("what ends", { concurrency: true }, () => {
  test("I4: a group that is taken away takes its tools at the next check, and who is removed at the provider keeps nothing", {
    timeout: 60_000,
  }, async () => {
    for (const name of ["eve", "dan"])
      await stage.provider.addUser(name, PASSWORD, `${name}@example.com`, ["engineers", "readers"]);
    const [eve, dan] = await Promise.all([atWork("eve", "Groups"), atWork("dan", "Removed")]);
    assert.ok((await eve.client.tools()).includes("notes__echo"));
    await stage.provider.setGroups("eve", ["readers"]);
    await stage.provider.removeUser("dan");
    const fewer = until(
      "the tools of the group are gone",
      async () => {
        const { body } = await post(stage.gateway.endpoint, modern(token(eve), "tools/list"));
        const tools = (body.result?.["tools"] ?? []) as { name: string }[];
        return tools.length === 1 && tools[0]?.name === "files__echo";
      },
      25_000,
    );
    await Promise.all([fewer, ended(dan, 25_000)]);
    assert.equal((await call(stage.gateway.endpoint, token(eve), "notes__echo")).body.error?.code, -32602);
    assert.equal((await renew(dan)).status, 400, "nor is anything renewed");
    await eve.client.close();
    await dan.client.close();
  });

  test("I10: the page of one's own shows what works for the person; what is revoked there works no more", async () => {
    const one = await atWork("ada", "Revoked");
    await openOwn(one.page, stage.base, { name: "ada", password: PASSWORD });
    await screenshot(one.page, "me");
    const row = one.page.locator("section[aria-labelledby=clients] li", { hasText: "Revoked" });
    await row.getByRole("button", { name: /^Revoke/ }).click();
    await one.page.waitForLoadState();
    await ended(one, 2_000);
    const renewal = await renew(one);
    assert.equal(renewal.status, 400);
    assert.equal(((await renewal.json()) as { error: string }).error, "invalid_grant");
    await one.client.close();
  });

  test("I5: a browser session that ended is asked to sign in again, on every page", async () => {
    const { page, ...one } = await atWork("ada", "Signed out");
    const other = await stage.browser.person();
    await arrive(other, `${stage.base}/sign-in`, { name: "ada", password: PASSWORD });
    assert.equal(new URL(other.url()).pathname, "/me");
    await openOwn(page, stage.base, { name: "ada", password: PASSWORD });
    const sessions = page.locator("section[aria-labelledby=sessions] li", { hasNotText: "this browser" });
    await sessions.first().getByRole("button", { name: /^End/ }).click();
    await page.waitForLoadState();
    await until("one of the other sessions is over", async () => {
      await other.goto(`${stage.base}/me`);
      return new URL(other.url()).pathname === "/sign-in";
    });
    // The token hangs on the consent, not on a browser.
    assert.equal((await call(stage.gateway.endpoint, token(one), "files__echo", { word: "still" })).status, 200);
    await one.client.close();
  });

  test("P9: a consent that is over gives nothing any more: no call, no renewal; the program has to ask again", async () => {
    const one = await atWork("ada", "Over");
    assert.equal((await call(stage.gateway.endpoint, token(one), "files__echo", { word: "now" })).status, 200);
    // The shortest consent is a minute; its end is moved to now where it is kept.
    const { home } = stage.gateway;
    const key = rowKeyOf(openMasterKey(home));
    const store = openDirectory(join(home, "cardea.db"), { key, tampered: () => assert.fail("the rows are intact") });
    const grant = (await store.all()).grants.find(({ client }) => client === one.program.kept.client?.client_id);
    assert.ok(grant);
    await store.putGrant({ ...grant, expiresAt: Date.now() - 1 });
    await store.close();
    await ended(one, 3_000);
    assert.equal((await renew(one)).status, 400);
    const asked = one.program.visits.length;
    await assert.rejects(one.client.say("files__echo", { word: "again" }));
    assert.equal(one.program.visits.length, asked + 1, "the SDK sends the person to consent again");
    await one.client.close();
  });
});
