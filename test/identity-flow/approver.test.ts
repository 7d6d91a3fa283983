/** A second person who signs in at the identity provider decides on a call, in a browser. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectAs, type Working } from "../approvals/clients.ts";
import { screenshot } from "../fixtures/browser.ts";
import { until } from "../gateway/setting.ts";
import { arrive } from "./person.ts";
import { PASSWORD, type Stage, startStage } from "./stage.ts";

let stage: Stage;
/** Works for ada, where a second person is wanted. */
let client: Working;

before(async () => {
  stage = await startStage({
    provider: ["administration: { security: [approver] }"],
    access: ["{ role: engineer, allow: [files.touch], approval: other }"],
    lines: ["approvals: { wait: 300ms }"],
  });
  await stage.provider.addUser("carol", PASSWORD, "carol@example.com", ["security"]);
  const { key } = await stage.gateway.key("engineer", "person:ada@example.com");
  client = await connectAs("v2 modern", stage.gateway.endpoint, key);
});
after(async () => {
  await client?.close();
  await stage?.stop();
});

/** Makes the call, which waits, and answers its page's address. */
async function held(): Promise<string> {
  const fault = await client.say("files__touch").catch((error: Error) => error);
  return /http:\S+\/approvals\/[\w-]+/.exec(String(fault))?.[0] ?? assert.fail(String(fault));
}

/** Opens the address in a browser of one's own, and signs in at the provider on the way. */
async function opened(name: string, url: string) {
  const page = await stage.browser.person();
  await arrive(page, url, { name, password: PASSWORD });
  assert.equal(page.url(), url);
  return page;
}

const eventOf = (type: string, id: string | undefined) =>
  until(type, async () => (await stage.gateway.audit({ type })).find(({ detail }) => detail?.["approval"] === id));

test("H3 I11: an approver of the identity provider signs in there and allows a call of somebody else, once", async () => {
  const url = await held();
  const page = await opened("carol", url);
  assert.match(await page.locator("main").innerText(), /person:ada@example\.com(?! \(you\))/);
  assert.equal(await page.locator("input[type=password]").count(), 0, "the sign-in of just now is the proof");
  await screenshot(page, "approval-provider");
  await page.getByRole("button", { name: "Allow once" }).click();
  await page.getByText("allowed, not used yet").waitFor();
  assert.match(await page.locator("main").innerText(), /Decided by person:carol@example\.com/);
  assert.equal(await client.say("files__touch"), "touched");
  assert.notEqual(await held(), url, "the next one is asked about again");
  const id = url.split("/").at(-1);
  const [asked, allowed] = [await eventOf("approval.asked", id), await eventOf("approval.allowed", id)];
  assert.equal(allowed.detail?.["channel"], "page");
  assert.notEqual(allowed.detail?.["by"], asked.subject);
});

test("H3: who asks, and who has no duty, decides on nothing, whoever signs them in", async () => {
  const url = await held();
  const ada = await opened("ada", url);
  await ada.getByText("A second person decides on this call, not you.").waitFor();
  const bob = await opened("bob", url);
  await bob.getByText("There is no such approval here").waitFor();
  for (const page of [ada, bob]) assert.equal(await page.getByRole("button", { name: /Allow|Deny/ }).count(), 0);
});

test("H3: an approver of the provider denies, and the same call is refused", async () => {
  const page = await opened("carol", await held());
  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByText("This call: denied").waitFor();
  await assert.rejects(client.say("files__touch"), /A person refused this call/);
});

test("H3 I5: the group that makes an approver is taken away at the provider: they decide on nothing any more", {
  timeout: 60_000,
}, async () => {
  const { key } = await stage.gateway.key("engineer", "person:dora@example.com");
  const other = await connectAs("v2 modern", stage.gateway.endpoint, key);
  const fault = await other.say("files__touch").catch((error: Error) => error);
  await other.close();
  const url = /http:\S+\/approvals\/[\w-]+/.exec(String(fault))?.[0] ?? assert.fail(String(fault));
  await stage.provider.setGroups("carol", ["readers"]);
  const page = await opened("carol", url);
  await page.getByText("There is no such approval here").waitFor();
});
