import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { type Browser, screenshot, startBrowser } from "../fixtures/browser.ts";
import { OWNER_PASSWORD } from "../fixtures/grants.ts";
import { idIn, MARK, POISONED, type Stage, startStage, TOKEN } from "./stage.ts";

let stage: Stage;
let browser: Browser;

before(async () => {
  stage = await startStage();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await stage?.stop();
});

async function withheld(word: string): Promise<string> {
  stage.answer(
    `${POISONED} ${word} <script>document.title = "owned"</script><img src=x onerror="document.title='owned'">`,
  );
  return idIn((await stage.call()).text);
}

/** Opens the address and signs in on the way. */
async function open(page: Page, path: string, login: "ada" | "owner"): Promise<void> {
  await page.goto(`${stage.base()}${path}`);
  if (new URL(page.url()).pathname !== "/sign-in") return;
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(login === "owner" ? OWNER_PASSWORD : stage.passwords[login]);
  await page.locator("#password").press("Enter");
  await page.waitForURL(`${stage.base()}${path}`);
}

test("S5 S7: whoever has the duty sees the content as inert text, what is hidden visible and secrets masked, and releases it", async () => {
  const id = await withheld("page");
  const page = await browser.person();
  await open(page, `/quarantine/${id}`, "owner");
  const text = await page.locator("main").innerText();
  assert.match(text, /override \(T1\)/);
  assert.match(text, /person:ada/);
  const shown = await page.locator("pre.held").innerText();
  assert.ok(shown.includes(MARK) && shown.includes("<b>bold</b>") && shown.includes("<script>"), shown);
  assert.ok(shown.includes("\u27e6U+200B\u27e7") && !shown.includes(TOKEN), shown);
  assert.equal(await page.locator("pre.held :not(mark)").count(), 0, "nothing of it became an element");
  assert.match(await page.title(), /^A withheld result/);
  await screenshot(page, "quarantine-one");
  await page.getByRole("button", { name: "Release to its caller" }).click();
  assert.match((await stage.read(`cardea://quarantine/${id}`)).text, /A person has to release this first/);
  await page.locator("#password").fill("not the right one");
  await page.getByRole("button", { name: "Release to its caller" }).click();
  await page.getByText("The login or the password is not right.").waitFor();
  await page.locator("#password").fill(OWNER_PASSWORD);
  await page.getByRole("button", { name: "Release to its caller" }).click();
  await page.locator("p.notice", { hasText: "It is released: its caller can read it." }).waitFor();
  assert.ok((await stage.read(`cardea://quarantine/${id}`)).text.includes(MARK));
});

test("S5: whose call it was finds it from their page, sees no content, and discards it; on a phone everything fits", async () => {
  const id = await withheld("own");
  const page = await browser.person("phone");
  await open(page, "/me", "ada");
  await page.getByRole("link", { name: "Withheld results" }).click();
  await screenshot(page, "quarantine");
  await page.getByRole("link", { name: `Look at ${id}` }).click();
  const html = await page.content();
  assert.ok(!html.includes(MARK));
  await page.getByText("Seeing it needs the duty security.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Release to its caller" }).count(), 0);
  assert.ok(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"));
  await page.getByRole("button", { name: "Discard for good" }).click();
  await page.getByText("It is discarded.").waitFor();
  assert.equal(await page.getByRole("link", { name: `Look at ${id}` }).count(), 0);
});

test("S5: the pages have a language, one heading, a place to skip to, names for every control, and run no script", async () => {
  const id = await withheld("names");
  const page = await browser.person();
  await open(page, `/quarantine/${id}`, "owner");
  for (const path of [`/quarantine/${id}`, "/quarantine"]) {
    const answer = await page.goto(`${stage.base()}${path}`);
    assert.match(answer?.headers()["content-security-policy"] ?? "", /^default-src 'none'; style-src 'self'/);
    assert.equal(await page.locator("h1").count(), 1);
    assert.equal(await page.locator("html[lang] main#main").count(), 1);
    const nameless = await page.evaluate(`
      [...document.querySelectorAll("input:not([type=hidden]), button")].filter(
        (one) => one.tagName === "BUTTON" ? one.textContent.trim() === "" : one.labels.length === 0
      ).length`);
    assert.equal(nameless, 0);
  }
});
