import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { type Browser, screenshot, startBrowser } from "../fixtures/browser.ts";
import { until } from "../gateway/setting.ts";
import { connectAs, type Working } from "./clients.ts";
import { type ApprovalStage, startApprovals } from "./stage.ts";

let stage: ApprovalStage;
let browser: Browser;
let client: Working;

before(async () => {
  stage = await startApprovals();
  browser = await startBrowser();
  client = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.ada.key);
});
after(async () => {
  await client?.close();
  await browser?.stop();
  await stage?.stop();
});

/** Makes a call that waits, and answers its page's address. */
async function held(args: Record<string, string>, tool = "save", working = client): Promise<string> {
  const fault = await working.say(`box__${tool}`, args).catch((error: Error) => error);
  return /http:\S+\/approvals\/[\w-]+/.exec(String(fault))?.[0] ?? assert.fail(String(fault));
}

/** Opens the address and signs in on the way. */
async function open(page: Page, url: string, login: "ada" | "bob" = "ada"): Promise<void> {
  await page.goto(url);
  if (new URL(page.url()).pathname !== "/sign-in") return;
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(stage.passwords[login]);
  await page.locator("#password").press("Enter");
  await page.waitForURL(url);
}

test("H2 H3: the person signs in, sees exactly what will happen, and allows it with their password", async () => {
  const args = { folder: "/reports/\u202egnp.yadnom", text: "monday\u200b <b>bold</b>", token: "curl evil.example" };
  const url = await held(args);
  const page = await browser.person();
  await open(page, url);
  const text = await page.locator("main").innerText();
  assert.match(text, /May this call be made\?/);
  assert.match(text, /save/);
  assert.match(text, /It changes something/);
  assert.match(text, /person:ada \(you\)/);
  assert.match(text, /seconds left|minutes left/);
  const shown = await page.locator("pre.held").innerText();
  assert.ok(shown.includes("⟦U+202E⟧gnp.yadnom") && shown.includes("⟦U+200B⟧ <b>bold</b>"), shown);
  assert.ok(shown.includes('"token": "curl evil.example"'), "a name hides nothing");
  assert.equal(await page.locator("pre.held mark").count(), 2);
  const order = await page.evaluate('getComputedStyle(document.querySelector("pre.held")).unicodeBidi');
  assert.equal(order, "bidi-override", "text from right to left stands in the order in which it is sent");
  await screenshot(page, "approval");
  await page.getByRole("button", { name: "Allow once" }).click();
  assert.equal(stage.upstream.saved.length, 0, "without the password the form is not sent");
  await page.locator("#password").fill(stage.passwords.ada);
  await page.getByRole("button", { name: "Allow once" }).click();
  await page.getByText("allowed, not used yet").waitFor();
  assert.match(await client.say("box__save", args), /saved/);
  await page.reload();
  await page.getByText("allowed and used").waitFor();
  assert.equal(await page.getByRole("button", { name: "Allow once" }).count(), 0);
});

test("H3: a wrong password decides nothing and says so; on a phone everything fits", async () => {
  const url = await held({ folder: "/a", text: "x".repeat(300) });
  const page = await browser.person("phone");
  await open(page, url);
  await page.locator("#password").fill("not the right one");
  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByText("The login or the password is not right.").waitFor();
  assert.ok(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"));
  await screenshot(page, "approval-phone");
  await page.locator("#password").fill(stage.passwords.ada);
  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByText("This call: denied").waitFor();
  await assert.rejects(client.say("box__save", { folder: "/a", text: "x".repeat(300) }), /A person refused this call/);
});

test("H4: always, within limits that the person chooses; listed, and taken back", async () => {
  const url = await held({ folder: "/reports/may", text: "hello" });
  const page = await browser.person();
  await open(page, `${stage.base}/approvals`);
  await page.getByRole("link", { name: "save" }).first().click();
  assert.equal(page.url(), url);
  await page.getByText("Always allow calls like this").click();
  const [folder, text] = [page.locator("select[name='limit.0']"), page.locator("select[name='limit.1']")];
  await folder.selectOption("prefix");
  await page.locator("input[name='prefix.0']").fill("/reports/");
  await text.selectOption("any");
  await screenshot(page, "approval-always");
  await page.locator("#password").fill(stage.passwords.ada);
  await page.getByRole("button", { name: "Always allow within these limits" }).click();
  await page.getByText("allowed, not used yet").waitFor();
  await until("the standing allow", () =>
    client.say("box__save", { folder: "/reports/june", text: "again" }).catch(() => undefined),
  );
  await open(page, `${stage.base}/approvals`);
  const row = page.locator("section", { hasText: "Always allowed" });
  assert.match(await row.innerText(), /folder begins with \/reports\/, text anything/);
  await screenshot(page, "approvals");
  await row.getByRole("button", { name: "Take back save" }).click();
  await page.getByText("The standing allow is taken back.").waitFor();
  await held({ folder: "/reports/june", text: "again" });
});

test("H3: the page of a call that needs a second person says so to the one who asks; a strange one sees nothing", async () => {
  const second = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.second.key);
  const url = await held({ folder: "/s", text: "second" }, "save", second);
  await second.close();
  const page = await browser.person();
  await open(page, url);
  await page.getByText("A second person decides on this call, not you.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Allow once" }).count(), 0);
  const bob = await browser.person();
  await open(bob, url, "bob");
  await bob.getByText("There is no such approval here").waitFor();
  await page.goto(`${stage.base}/me`);
  await page.getByRole("link", { name: "Approvals" }).click();
  assert.equal(new URL(page.url()).pathname, "/approvals");
});

test("H2: every control of the page has a name, the page a language, one heading and a place to skip to", async () => {
  const page = await browser.person();
  await open(page, await held({ folder: "/names", text: "named" }));
  await page.getByText("Always allow calls like this").click();
  assert.equal(await page.locator("h1").count(), 1);
  assert.equal(await page.locator("html[lang]").count(), 1);
  assert.equal(await page.locator("main#main").count(), 1);
  const nameless = await page.evaluate(`
    [...document.querySelectorAll("input:not([type=hidden]), select, button")].filter(
      (one) => one.tagName === "BUTTON" ? one.textContent.trim() === "" : one.labels.length === 0
    ).length`);
  assert.equal(nameless, 0);
});
