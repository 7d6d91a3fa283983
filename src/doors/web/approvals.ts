import { Hono, type Context } from "hono";
import { argumentsOf, type WantedLimits } from "../../domain/approvals/standing.ts";
import type { GivenProof } from "../../domain/identity/granting-proof.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { CATALOGUE, Refused, refuse } from "../../kernel/errors.ts";
import type { Approval } from "../../ports/approvals.ts";
import { createDesk, type Desk, type DeskParts } from "./approvals-desk.ts";
import { approvalApi } from "./approvals-api.ts";
import { approvalPage } from "./approval-page.ts";
import { approvalsPage } from "./approvals-page.ts";
import type { WebEnv } from "./environment.ts";
import { readForm } from "./form.ts";

const VERDICTS = ["allow", "deny", "always"] as const;

/** What was just done, by the word in the address. */
const DONE: Readonly<Record<string, string>> = { revoked: "The standing allow is taken back." };

/**
 * `/approvals`: what waits for a person, and the page where they decide (H2, H3). Opening it decides nothing, and a browser
 * session alone does not either.
 */
export function approvalRoutes(parts: DeskParts): Hono<WebEnv> {
  const desk = createDesk(parts);
  const app = new Hono<WebEnv>();

  app.get("/approvals", async (c) => {
    const { session } = c.var;
    if (session === undefined) return c.redirect("/sign-in?to=/approvals", 303);
    const status = DONE[c.req.query("done") ?? ""];
    const all = await desk.list(session);
    const now = desk.clock.now();
    return c.html(approvalsPage({ session, ...all, now, ...(status === undefined ? {} : { status }) }));
  });

  app.get("/approvals/:id", async (c) => {
    const { session } = c.var;
    const id = c.req.param("id");
    if (session === undefined) return c.redirect(`/sign-in?to=/approvals/${encodeURIComponent(id)}`, 303);
    return c.html(await shown(desk, session, await desk.find(session, id)));
  });

  app.post("/approvals/:id", async (c) => {
    const session = signedIn(c);
    const form = await readForm(c, session);
    const approval = await desk.find(session, c.req.param("id"));
    const verdict = VERDICTS.find((one) => one === form.get("decision"));
    if (verdict === undefined) return refuse("invalid_request", "Choose whether to allow or to deny.");
    try {
      const more = verdict === "always" ? alwaysIn(form, approval, desk.clock.now(), desk.standingMs) : {};
      const wanted = { id: approval.id, verdict, channel: "page", ...more } as const;
      await desk.decide(session, c.env.incoming, wanted, proofIn(form));
    } catch (error) {
      if (!(error instanceof Refused) || CATALOGUE[error.refusal.code].fault !== "caller") throw error;
      const again = await desk.find(session, approval.id);
      return c.html(
        await shown(desk, session, again, error.refusal.message),
        CATALOGUE[error.refusal.code].http as 403,
      );
    }
    return c.redirect(`/approvals/${approval.id}`, 303);
  });

  app.post("/approvals/standing/:id/revoke", async (c) => {
    const session = signedIn(c);
    await readForm(c, session);
    await desk.revoke(session, c.req.param("id"), "page");
    return c.redirect("/approvals?done=revoked", 303);
  });

  app.route("/", approvalApi(desk));
  return app;
}

/** What a form brings as proof. */
export function proofIn(form: ReadonlyMap<string, string>): GivenProof | undefined {
  const [password, code] = [form.get("password"), form.get("code")];
  return password === undefined ? undefined : { password, ...(code === undefined || code === "" ? {} : { code }) };
}

async function shown(desk: Desk, session: BrowserSession, approval: Approval, fault?: string) {
  const may = desk.actOn(session, approval, "allow") !== undefined;
  return approvalPage({
    ...{ session, approval, may, now: desk.clock.now(), standingMs: desk.standingMs, secrets: desk.secrets },
    how: await desk.howProved(session),
    ...(fault === undefined ? {} : { fault }),
  });
}

/** Whose browser sends a form. @throws Refused where nobody is signed in any more */
export function signedIn(c: Context<WebEnv>): BrowserSession {
  return (
    c.var.session ??
    refuse("unauthenticated", "Your session is over. Sign in again.", { secretReason: "no_session", control: "I1" })
  );
}

const DAY_MS = 86_400_000;

/** The limits and the end of an "always" that the form has. Its fields are numbered like the arguments. */
function alwaysIn(
  form: ReadonlyMap<string, string>,
  approval: Approval,
  now: number,
  standingMs: number,
): { limits: WantedLimits; until: number } {
  const free: string[] = [];
  const prefix: [string, string][] = [];
  for (const [at, name] of Object.keys(argumentsOf(approval.held.sent)).entries()) {
    const kind = form.get(`limit.${at}`);
    if (kind === "any") free.push(name);
    if (kind === "prefix") prefix.push([name, form.get(`prefix.${at}`) ?? ""]);
  }
  const day = form.get("until") ?? "";
  const end = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) + DAY_MS : Number.NaN;
  if (Number.isNaN(end))
    refuse("invalid_request", "Choose the day on which it ends.", { path: "until", control: "H4" });
  const limits = { free, prefix: Object.fromEntries(prefix) };
  return { limits, until: Math.min(end, now + standingMs) };
}
