/** What a person does in the browser: signs in at the identity provider, reads what a program asks for, decides. */
import type { Page } from "playwright-core";
import { screenshot, signInAt } from "../fixtures/browser.ts";

export interface Decision {
  readonly name: string;
  readonly password: string;
  readonly decision: "allow" | "deny";
  /** Scopes to tick, all others not; without it the page's own choice. */
  readonly scopes?: readonly string[];
  /** Keeps pictures under names that begin so. */
  readonly pictures?: string;
}

/** Paths of consent pages. */
const CONSENT = /\/interaction\//;

/** Follows a program's address to the consent page, or one to a page of the gateway's, signing in on the way where the gateway asks for it. */
export async function arrive(page: Page, visit: URL | string, who: Omit<Decision, "decision">): Promise<void> {
  await page.goto(String(visit));
  if (new URL(page.url()).pathname === "/sign-in") {
    if (who.pictures !== undefined) await screenshot(page, `${who.pictures}-sign-in`);
    await page.getByRole("button", { name: /^Continue with / }).click();
    // A page in between leads on by itself.
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in/with"));
    if (new URL(page.url()).pathname.endsWith("login.html")) {
      const known = page.getByRole("button", { name: "Continue" });
      await page.locator("#username").or(known).first().waitFor();
      if (who.pictures !== undefined) await screenshot(page, `${who.pictures}-provider`);
      // The provider has its own session: there the person only goes on.
      if (await known.isVisible()) await known.click();
      else await signInAt(page, who.name, who.password);
    }
    await page
      .waitForURL(({ pathname }) => CONSENT.test(pathname) || pathname === "/me" || pathname.startsWith("/approvals/"))
      .catch(async (error: Error) => {
        throw new Error(`The browser is at ${page.url()}: ${await page.locator("body").innerText()}`, { cause: error });
      });
  }
}

/** Opens the page of one's own. A browser that was sent to a program on this machine is signed out, so it signs in. */
export async function openOwn(page: Page, base: string, who: Omit<Decision, "decision">): Promise<void> {
  await arrive(page, `${base}/sign-in?to=/me`, who);
}

/** Follows a program's address, decides, and returns once the browser has left the consent page. */
export async function decide(page: Page, visit: URL | string, what: Decision): Promise<void> {
  await arrive(page, visit, what);
  if (what.scopes !== undefined)
    for (const box of await page.locator("input[name=scope]").all())
      await box.setChecked(what.scopes.includes((await box.getAttribute("value")) ?? ""));
  if (what.pictures !== undefined) await screenshot(page, `${what.pictures}-consent`);
  await press(page, what.decision);
}

/** Presses a button of the consent page, and returns once the browser has left it. */
export async function press(page: Page, decision: Decision["decision"]): Promise<void> {
  const here = page.url();
  await page.getByRole("button", { name: decision === "allow" ? "Allow" : "Deny" }).click();
  await page.waitForURL((url) => url.href !== here && !CONSENT.test(url.pathname));
}
