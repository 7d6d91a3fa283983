import { Hono } from "hono";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { proveGranting, RECENT_MS } from "../../domain/identity/granting-proof.ts";
import { loginOf } from "../../domain/identity/local-users.ts";
import type { Credentials } from "../../domain/identity/proof.ts";
import { CATALOGUE, Refused, refuse } from "../../kernel/errors.ts";
import type { FlowMark, FlowStore } from "../../ports/flow.ts";
import { signOut } from "./account-page.ts";
import type { DeskParts, HowProved } from "./approvals-desk.ts";
import { moment, seen } from "./approvals-page.ts";
import type { WebEnv } from "./environment.ts";
import { csrfField, readForm } from "./form.ts";
import { type Html, page } from "./page.ts";
import { faultOf } from "./sign-in-page.ts";

/** What the page of what was read stands on. */
export interface FlowRoutesParts
  extends Pick<DeskParts, "proof" | "verify" | "local" | "address" | "secondFactorMs" | "clock"> {
  readonly flow: Pick<FlowStore, "list" | "reset">;
}

/** `/me/flow`: what my credentials have read, and an end to it, for whoever proves that they want it (S8, invariant 12). */
export function flowRoutes(parts: FlowRoutesParts): Hono<WebEnv> {
  const { flow, proof, clock } = parts;
  const app = new Hono<WebEnv>();

  const mine = async ({ tenant, owner }: BrowserSession): Promise<FlowMark[]> =>
    (await flow.list(tenant)).filter((mark) => mark.owner === owner && mark.part === 0);

  const how = async (session: BrowserSession): Promise<HowProved> => {
    const login = loginOf(proof.account(session.owner));
    if (login === undefined) return { kind: "sign-in", fresh: clock.now() - session.authAt <= RECENT_MS };
    return { kind: "password", code: await parts.local.hasSecondFactor(login) };
  };

  app.get("/me/flow", async (c) => {
    const { session } = c.var;
    if (session === undefined) return c.redirect("/sign-in?to=/me/flow", 303);
    const status = c.req.query("done") === "reset" ? "It is forgotten." : undefined;
    return c.html(flowPage(session, await mine(session), await how(session), { status }));
  });

  app.post("/me/flow/:credential/reset", async (c) => {
    const { session } = c.var;
    if (session === undefined)
      return refuse("unauthenticated", "Your session is over. Sign in again.", { secretReason: "no_session" });
    const form = await readForm(c, session);
    const credential = c.req.param("credential");
    const { tenant, owner, authAt, secondFactorAt } = session;
    if (!(await mine(session)).some((mark) => mark.credential === credential))
      return refuse("unknown_path", "There is nothing of yours with this name. It may have ended already.");
    const [password, code] = [form.get("password"), form.get("code")];
    const given =
      password === undefined ? undefined : { password, ...(code === undefined || code === "" ? {} : { code }) };
    const address = parts.address?.(c.env.incoming) ?? c.env.incoming.socket.remoteAddress ?? "unknown";
    const checks = { ...proof, verify: (typed: Credentials) => parts.verify(typed, address) };
    const secondFactor = secondFactorAt !== undefined && clock.now() - secondFactorAt <= parts.secondFactorMs;
    try {
      const by = await proveGranting(checks, { owner, authAt, secondFactor }, given, "flow.own", clock.now());
      await by.must("flow.own");
    } catch (error) {
      if (!(error instanceof Refused) || CATALOGUE[error.refusal.code].fault !== "caller") throw error;
      const fault = error.refusal.message;
      return c.html(
        flowPage(session, await mine(session), await how(session), { fault }),
        CATALOGUE[error.refusal.code].http as 403,
      );
    }
    const event = { type: "flow.reset", tenant, owner, credential, decision: "allow", reason: "ok" } as const;
    await proof.record({ ...event, detail: { channel: "page" } });
    await flow.reset(tenant, credential);
    return c.redirect("/me/flow?done=reset", 303);
  });

  return app;
}

function flowPage(
  session: BrowserSession,
  marks: readonly FlowMark[],
  how: HowProved,
  { status, fault }: { readonly status?: string | undefined; readonly fault?: string },
): HtmlEscapedString {
  const credentials = [...new Set(marks.map(({ credential }) => credential))];
  const body = html`<h1>What was read in your name</h1>
${faultOf(fault)}
<p class="lead">After content from outside, or private content, calls that send, destroy, pay, run or open something wait for you.
When a task is over and none of this matters any more, forget it.</p>
${
  credentials.length === 0
    ? html`<p class="muted">Nothing that counts was read.</p>`
    : credentials.map((credential) =>
        section(
          session,
          credential,
          marks.filter((mark) => mark.credential === credential),
          how,
        ),
      )
}
<p><a href="/me">My page</a></p>`;
  return page("What was read", body, {
    wide: true,
    aside: signOut(session),
    ...(status === undefined ? {} : { status }),
  });
}

const KINDS: Readonly<Record<FlowMark["label"], string>> = {
  private: "Private",
  untrusted: "From outside",
  written: "Written, and reaches outside",
};

function section(session: BrowserSession, credential: string, marks: readonly FlowMark[], how: HowProved): Html {
  const rows = marks.map(
    (
      mark,
    ) => html`<li><div class="what"><p><strong>${KINDS[mark.label]}</strong> <code>${mark.server}.${seen(mark.name)}</code></p>
<p class="muted small">${mark.what === "" ? "" : html`${seen(mark.what)} · `}last ${moment(mark.at)}</p></div></li>`,
  );
  return html`<section class="card" aria-labelledby="of-${credential}"><div class="head"><h2 id="of-${credential}"><code>${credential}</code></h2></div>
<ul class="rows">${rows}</ul>
${how.kind === "sign-in" && !how.fresh ? html`<p class="actions"><a class="button" href="/sign-in?again=1&amp;to=/me/flow">Sign in again to forget it</a></p>` : form(session, credential, how)}</section>`;
}

function form(session: BrowserSession, credential: string, how: HowProved): Html {
  const asked =
    how.kind === "password"
      ? html`<div class="field"><label for="password-${credential}">Your password</label>
<input type="password" id="password-${credential}" name="password" autocomplete="current-password" maxlength="1024" required></div>
${how.code ? html`<div class="field"><label for="code-${credential}">One-time code</label><input class="code" type="text" id="code-${credential}" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required></div>` : ""}`
      : "";
  return html`<form method="post" action="/me/flow/${credential}/reset">${csrfField(session)}${asked}
<div class="actions"><button class="secondary" type="submit">Forget what was read with it</button></div></form>`;
}
