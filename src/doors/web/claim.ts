import { Hono, type Context } from "hono";
import { html } from "hono/html";
import type { BrowserSessions } from "../../domain/identity/browser-sessions.ts";
import type { FirstAdministrator } from "../../domain/identity/first-administrator.ts";
import { loginOf, type LocalUsers } from "../../domain/identity/local-users.ts";
import { CATALOGUE, Refused, refuse } from "../../kernel/errors.ts";
import type { Clock } from "../../ports/world.ts";
import { writeCookie } from "./cookies.ts";
import type { WebEnv } from "./environment.ts";
import { openForm, readForm } from "./form.ts";
import { page } from "./page.ts";
import { faultOf } from "./sign-in-page.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** What the page of the first administrator stands on. */
export interface ClaimRoutesParts {
  readonly first: FirstAdministrator;
  readonly local: Pick<LocalUsers, "beginSecondFactor">;
  readonly sessions: BrowserSessions;
  readonly clock: Clock;
  /** Rejects when the record is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
}

/** `/claim`: the one-time link that the first start prints. */
export function claimRoutes(parts: ClaimRoutesParts): Hono<WebEnv> {
  const { first } = parts;
  const app = new Hono<WebEnv>();

  app.get("/claim", async (c) => {
    const token = c.req.query("token") ?? "";
    if (!(await first.counts(token))) return over();
    return c.html(claimPage(c, token));
  });

  app.post("/claim", async (c) => {
    const form = await readForm(c, undefined);
    const token = form.get("token") ?? "";
    if (!(await first.counts(token))) return over();
    const login = form.get("login") ?? "";
    const password = form.get("password") ?? "";
    if (password !== form.get("repeated")) return c.html(claimPage(c, token, login, "The two passwords differ."), 400);
    try {
      const account = await first.redeem(token, { login, password });
      const { tenant, owner } = account;
      const detail = { provider: "local", secondFactor: false };
      await parts.record({ type: "signin.succeeded", tenant, owner, decision: "allow", reason: "ok", detail });
      const { cookie, session } = await parts.sessions.begin({ tenant, owner, authAt: parts.clock.now() });
      await parts.local.beginSecondFactor(loginOf(account) as string, session.id);
      writeCookie(c, "cardea", cookie);
      return c.redirect("/me/second-factor", 303);
    } catch (error) {
      if (!(error instanceof Refused) || CATALOGUE[error.refusal.code].http !== 400) throw error;
      return c.html(claimPage(c, token, login, error.refusal.message), 400);
    }
  });
  return app;
}

const over = (): never =>
  refuse("unauthenticated", "This link was used, or is too old. Start the gateway again for a new one.", {
    control: "I11",
    secretReason: "claim",
  });

function claimPage(c: Context<WebEnv>, token: string, login = "", fault?: string) {
  const body = html`<h1>Welcome to Cardea</h1>
<p class="lead">Nobody administers this gateway yet. Make your account: it may do everything here, so choose a password that is used nowhere else.</p>
${faultOf(fault)}
<section class="card" aria-label="Your account"><form method="post" action="/claim">${openForm(c)}<input type="hidden" name="token" value="${token}">
<div class="field"><label for="login">Login</label>
<input type="text" id="login" name="login" value="${login}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required aria-describedby="login-hint">
<span class="hint" id="login-hint">Your mail address, or a name without spaces.</span></div>
<div class="field"><label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="new-password" minlength="12" maxlength="1024" required aria-describedby="password-hint">
<span class="hint" id="password-hint">At least 12 characters. Several words make a good one.</span></div>
<div class="field"><label for="repeated">Password again</label>
<input type="password" id="repeated" name="repeated" autocomplete="new-password" minlength="12" maxlength="1024" required></div>
<button class="full" type="submit">Make the account</button></form></section>
<p class="muted small">The next step is a second factor: an authenticator on your phone.</p>`;
  return page("Welcome", body);
}
