import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { type Html, page } from "./page.ts";

/** What the sign-in page shows. */
export interface SignInPage {
  /** The hidden field of the form. */
  readonly csrf: Html;
  readonly to: string;
  readonly again: boolean;
  readonly providers: readonly string[];
  readonly local: boolean;
  /** A login to begin with. */
  readonly login?: string;
  readonly fault?: string;
}

/** Who one can sign in with. Nothing goes on by itself: every way in is a button. */
export function signInPage(shown: SignInPage): HtmlEscapedString {
  const { csrf, to, again, providers, local } = shown;
  const hidden = html`${csrf}<input type="hidden" name="to" value="${to}">${again ? html`<input type="hidden" name="again" value="1">` : ""}`;
  const why = again ? "Please prove once more that it is you." : "So that programs reach only what you may reach.";
  const buttons = providers.map(
    (name) => html`<form method="post" action="/sign-in/with/${name}">${hidden}
<button class="full" type="submit">Continue with ${display(name)}</button></form>`,
  );
  const fields = html`<form method="post" action="/sign-in/local">${hidden}
<div class="field"><label for="login">Login</label>
<input type="text" id="login" name="login" value="${shown.login ?? ""}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required></div>
<div class="field"><label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" maxlength="1024" required></div>
<button class="full${providers.length > 0 ? " secondary" : ""}" type="submit">Sign in</button></form>`;
  const body = html`<h1>Sign in</h1><p class="lead">${why}</p>
${faultOf(shown.fault)}
<section class="card" aria-label="Ways to sign in">
<div class="stack">${buttons}</div>
${local && providers.length > 0 ? html`<p class="or">or</p>` : ""}${local ? fields : ""}
${!local && providers.length === 0 ? html`<p>Nobody can sign in here: no provider is configured.</p>` : ""}
</section>
${local ? html`<p class="muted small">Forgot your password, or lost your second factor? Ask your administrator.</p>` : ""}`;
  return page("Sign in", body);
}

/** The second step where a second factor is enrolled. */
export function codePage(csrf: Html, fault?: string): HtmlEscapedString {
  const body = html`<h1>One-time code</h1><p class="lead">Open your authenticator and type the code that it shows for Cardea.</p>
${faultOf(fault)}
<section class="card" aria-label="Second factor"><form method="post" action="/sign-in/code">${csrf}
<div class="field"><label for="code">Code</label>
<input class="code" type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required autofocus></div>
<button class="full" type="submit">Sign in</button></form></section>
<p class="small"><a href="/sign-in">Begin again</a></p>`;
  return page("One-time code", body);
}

/** What went wrong with a form; screen readers say it at once. */
export function faultOf(fault: string | undefined): Html {
  return html`${fault === undefined ? "" : html`<p class="error" role="alert">${fault}</p>`}`;
}

/** A provider's name for people: `corp-sso` is Corp sso. */
export function display(name: string): string {
  const words = name.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
