import type { IncomingMessage } from "node:http";
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { loginOf, type LocalUsers } from "../../domain/identity/local-users.ts";
import type { NewSecondFactor } from "../../domain/identity/second-factor.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Account } from "../../ports/directory.ts";
import { signOut } from "./account-page.ts";
import type { WebEnv } from "./environment.ts";
import { csrfField, readForm } from "./form.ts";
import { page } from "./page.ts";
import { qrCode } from "./qr.ts";
import { faultOf } from "./sign-in-page.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

interface Parts {
  readonly local: LocalUsers | undefined;
  readonly record: (event: LifecycleEvent) => Promise<void>;
  account(session: BrowserSession): Account;
  /** The caller's address, for the throttle; undefined: the peer of the connection. */
  readonly address?: (req: IncomingMessage) => string;
}

/** `/me/second-factor`: enrol or renew one-time codes. The password is asked for again, and the old code where there is one. */
export function addSecondFactor(app: Hono<WebEnv>, parts: Parts): void {
  const path = "/me/second-factor";

  /** The local user behind the session. */
  const who = (c: Context<WebEnv>) => {
    const { session } = c.var;
    if (session === undefined)
      return refuse("unauthenticated", "Your session is over. Sign in again.", { secretReason: "no_session" });
    const login = loginOf(parts.account(session));
    if (login === undefined || parts.local === undefined)
      return refuse("unknown_path", "Your second factor is where you sign in, with your organisation.");
    return { session, login, local: parts.local };
  };

  app.get(path, async (c) => {
    if (c.var.session === undefined) return c.redirect(`/sign-in?to=${path}`, 303);
    const { session, login, local } = who(c);
    const pending = await local.pendingSecondFactor(login, session.id);
    const enrolled = await local.hasSecondFactor(login);
    return c.html(pending === undefined ? provePage(session, enrolled) : enrolPage(session, pending));
  });

  app.post(`${path}/begin`, async (c) => {
    const { session, login, local } = who(c);
    const form = await readForm(c, session);
    const code = form.get("code") ?? "";
    const given = { login, password: form.get("password") ?? "", ...(code === "" ? {} : { code }) };
    const req = c.env.incoming;
    const proof = await local.verify(given, parts.address?.(req) ?? req.socket.remoteAddress ?? "unknown");
    if ("fault" in proof) {
      const shown = provePage(session, await local.hasSecondFactor(login), proof.fault);
      return c.html(shown, proof.retryAfter === undefined ? 401 : 429);
    }
    await local.beginSecondFactor(login, session.id);
    return c.redirect(path, 303);
  });

  app.post(`${path}/confirm`, async (c) => {
    const { session, login, local } = who(c);
    const form = await readForm(c, session);
    const pending = await local.pendingSecondFactor(login, session.id);
    if (pending === undefined) return c.redirect(path, 303);
    if (!(await local.confirmSecondFactor(login, session.id, form.get("code") ?? ""))) {
      if ((await local.pendingSecondFactor(login, session.id)) === undefined) {
        const over = "That were too many wrong codes. Begin again, with a new secret.";
        return c.html(provePage(session, await local.hasSecondFactor(login), over), 429);
      }
      const fault = "The code is not right. Wait for the next one, and look at the time of your phone.";
      return c.html(enrolPage(session, pending, fault), 400);
    }
    const { tenant, owner } = session;
    await parts.record({ type: "account.changed", tenant, owner, decision: "allow", reason: "second_factor_enrolled" });
    return c.redirect("/me?done=factor", 303);
  });
}

function provePage(session: BrowserSession, enrolled: boolean, fault?: string) {
  const code = html`<div class="field"><label for="code">Code of your present authenticator</label>
<input class="code" type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required></div>`;
  const body = html`<h1>${enrolled ? "Renew your second factor" : "Set up a second factor"}</h1>
<p class="lead">First prove once more that it is you.</p>
${faultOf(fault)}
<section class="card" aria-label="Prove it is you"><form method="post" action="/me/second-factor/begin">${csrfField(session)}
<div class="field"><label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" maxlength="1024" required></div>
${enrolled ? code : ""}<button class="full" type="submit">Go on</button></form></section>
<p class="small"><a href="/me">Back to your page</a></p>`;
  return page("Second factor", body, { aside: signOut(session) });
}

function enrolPage(session: BrowserSession, { secret, uri }: NewSecondFactor, fault?: string) {
  const picture = `data:image/svg+xml;base64,${Buffer.from(qrCode(uri)).toString("base64")}`;
  const body = html`<h1>Set up a second factor</h1>
<p class="lead">Scan this with the authenticator on your phone, then type the code that it shows.</p>
${faultOf(fault)}
<section class="card" aria-label="Second factor">
<img class="qr" src="${picture}" alt="QR code of the secret that stands below as text" width="208" height="208">
<p class="muted small">Or open <a href="${uri}">this link</a> on the phone, or type the secret:</p>
<p><code class="secret">${secret.match(/.{1,4}/g)?.join(" ") ?? ""}</code></p>
<form method="post" action="/me/second-factor/confirm">${csrfField(session)}
<div class="field"><label for="code">Code</label>
<input class="code" type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required></div>
<button class="full" type="submit">Confirm</button></form></section>
<p class="small"><a href="/me">Later</a></p>`;
  return page("Second factor", body, { aside: signOut(session) });
}
