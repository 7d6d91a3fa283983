import type { IncomingMessage } from "node:http";
import { Hono, type Context } from "hono";
import type { BrowserSessions, SignedIn } from "../../domain/identity/browser-sessions.ts";
import type { LocalFault, LocalProof, LocalUsers } from "../../domain/identity/local-users.ts";
import type { SignIn } from "../../domain/identity/people.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Clock, Log } from "../../ports/world.ts";
import { clearCookie, readCookie, writeCookie } from "./cookies.ts";
import { destination } from "./destination.ts";
import type { WebEnv } from "./environment.ts";
import { openForm, readBody, readForm } from "./form.ts";
import { onward } from "./page.ts";
import { codePage, signInPage } from "./sign-in-page.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** What the pages of signing in stand on. */
export interface SignInRoutesParts {
  readonly tenant: string;
  readonly base: () => string;
  readonly signIn: SignIn;
  /** Undefined: there are no local users. */
  readonly local: LocalUsers | undefined;
  readonly sessions: BrowserSessions;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Rejects when the record is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
  /** The caller's address, for the throttle; undefined: the peer of the connection. */
  readonly address?: (req: IncomingMessage) => string | undefined;
}

/** The password was right and the code is awaited: kept here, named by the browser's cookie. */
const CODE = "signin-code";
const CODE_MS = 300_000;
/** Seconds that a sign-in at a provider may take. */
const TICKET_S = 600;

/** `/sign-in…` and `/sign-out`. */
export function signInRoutes(parts: SignInRoutesParts): Hono<WebEnv> {
  const { tenant, signIn, local, sessions, artifacts, clock } = parts;
  const app = new Hono<WebEnv>();
  const addressOf = (c: Context<WebEnv>): string =>
    parts.address?.(c.env.incoming) ?? c.env.incoming.socket.remoteAddress ?? "unknown";
  const callback = (provider: string): string => `${parts.base()}/sign-in/callback/${provider}`;

  const shown = (c: Context<WebEnv>, asked: { to: string; again: boolean; login?: string; fault?: string }) =>
    signInPage({ csrf: openForm(c), providers: signIn.providers, local: local !== undefined, ...asked });

  app.get("/sign-in", (c) => {
    const again = c.req.query("again") === "1" && c.var.session !== undefined;
    return c.html(shown(c, { to: destination(c.req.query("to")), again }));
  });

  app.post("/sign-in/with/:provider", async (c) => {
    const form = await readForm(c, undefined);
    const name = c.req.param("provider");
    // Whoever has no session here signs in at all; only somebody who has one can be asked to do it again.
    const again = form.get("again") === "1" && c.var.session !== undefined;
    const wants = { to: destination(form.get("to")), again };
    // The provider sends the browser back to the public address, where cookies of another name are not seen.
    if ((c.req.header("origin")?.toLowerCase() ?? c.var.origin) !== c.var.origin)
      return onward(c, `${parts.base()}/sign-in?${new URLSearchParams({ to: wants.to })}`, new URL(parts.base()).host);
    const { url, ticket } = await signIn.begin(name, callback(name), wants);
    // Only now: a browser that never left has no ticket.
    writeCookie(c, "cardea-signin", ticket, TICKET_S);
    return onward(c, url, new URL(url).host);
  });

  app.get("/sign-in/callback/:provider", async (c) => {
    const name = c.req.param("provider");
    const ticket = readCookie(c, "cardea-signin");
    clearCookie(c, "cardea-signin");
    const { who, to } = await signIn.finish(name, ticket, new URL(c.req.url, parts.base()));
    await begin(c, who);
    return c.redirect(to, 303);
  });

  app.post("/sign-in/local", async (c) => {
    const form = await readForm(c, undefined);
    const users = localUsers();
    const asked = { to: destination(form.get("to")), again: form.get("again") === "1" };
    const login = form.get("login") ?? "";
    const answer = await users.password({ login, password: form.get("password") ?? "" }, addressOf(c));
    if ("fault" in answer) return told(c, answer, shown(c, { ...asked, login, fault: answer.fault }));
    if (!answer.needsCode) return entered(c, { owner: `person:${answer.login}`, secondFactor: false }, asked.to);
    const ticket = Buffer.from(c.var.random.bytes(32)).toString("base64url");
    const payload = { login: answer.login, to: asked.to };
    await artifacts.put(CODE, ticket, payload, { tenant, expiresAt: clock.now() + CODE_MS });
    writeCookie(c, "cardea-signin", ticket, CODE_MS / 1000);
    return c.html(codePage(openForm(c)));
  });

  app.post("/sign-in/code", async (c) => {
    const form = await readForm(c, undefined);
    const users = localUsers();
    const ticket = readCookie(c, "cardea-signin") ?? "";
    const kept = (await artifacts.find(CODE, ticket))?.payload;
    if (kept === undefined) {
      const fault = "That took too long. Begin the sign-in again.";
      return told(c, { fault }, shown(c, { to: "/me", again: false, fault }));
    }
    const answer = await users.code(String(kept["login"]), form.get("code") ?? "", addressOf(c));
    if ("fault" in answer) return told(c, answer, codePage(openForm(c), answer.fault));
    if (!(await artifacts.consume(CODE, ticket, clock.now())))
      refuse("unauthenticated", "This sign-in was ended already. Begin it again.", { secretReason: "code_consumed" });
    await artifacts.remove(CODE, ticket);
    clearCookie(c, "cardea-signin");
    return entered(c, answer, String(kept["to"]));
  });

  app.post("/sign-out", async (c) => {
    const { session } = c.var;
    if (session !== undefined) {
      await readForm(c, session);
      await sessions.end(session.id);
      const { owner } = session;
      await parts.record({ type: "session.ended", tenant, owner, decision: "allow", reason: "signed_out" });
    }
    clearCookie(c, "cardea");
    return c.redirect("/sign-in", 303);
  });

  // A provider's server calls it; the signature of the token says that it does (Back-Channel Logout 1.0, 2.5).
  app.post("/sign-in/backchannel/:provider", async (c) => {
    const token = new URLSearchParams(await readBody(c)).get("logout_token") ?? "";
    try {
      if (await signIn.logout(c.req.param("provider"), token)) return c.body(null, 200);
    } catch (error) {
      parts.log.error("logout.failed", { fault: error instanceof Error ? error.message : String(error) });
      return c.json({ error: "temporarily_unavailable" }, 503);
    }
    const provider = { provider: signIn.providers.includes(c.req.param("provider")) ? c.req.param("provider") : "-" };
    const event = { type: "session.ended", tenant, decision: "deny", reason: "logout_token_invalid" } as const;
    await parts.record({ ...event, detail: provider });
    return c.json({ error: "invalid_request" }, 400);
  });

  const localUsers = (): LocalUsers =>
    local ?? refuse("unknown_path", "Nobody signs in here with a password of this gateway.", { control: "I4" });

  /** A new session; whatever the browser had before ends, so that nobody can prepare one for somebody else. */
  async function begin(c: Context<WebEnv>, who: SignedIn): Promise<void> {
    if (c.var.session !== undefined) await sessions.end(c.var.session.id);
    const { cookie } = await sessions.begin(who);
    writeCookie(c, "cardea", cookie);
  }

  async function entered(c: Context<WebEnv>, proof: Pick<LocalProof, "owner" | "secondFactor">, to: string) {
    const { owner, secondFactor } = proof;
    const detail = { provider: "local", secondFactor };
    await parts.record({ type: "signin.succeeded", tenant, owner, decision: "allow", reason: "ok", detail });
    const authAt = clock.now();
    await begin(c, { tenant, owner, authAt, ...(secondFactor ? { secondFactorAt: authAt } : {}) });
    return c.redirect(to, 303);
  }

  return app;
}

/** The same page with what went wrong. What failed, or came too early, is recorded where it was checked. */
function told(c: Context<WebEnv>, { retryAfter }: LocalFault, text: ReturnType<typeof codePage>) {
  if (retryAfter === undefined) return c.html(text, 401);
  c.header("retry-after", String(retryAfter));
  return c.html(text, 429);
}
