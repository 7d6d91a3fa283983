import type { IncomingMessage } from "node:http";
import { Hono, type Context } from "hono";
import type { BrowserSession, BrowserSessions } from "../../domain/identity/browser-sessions.ts";
import type { Directory } from "../../domain/identity/directory.ts";
import { loginOf, type LocalUsers } from "../../domain/identity/local-users.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Account } from "../../ports/directory.ts";
import type { KeyRecord } from "../../ports/keys.ts";
import type { Clock } from "../../ports/world.ts";
import { type Activity, accountPage } from "./account-page.ts";
import { clearCookie } from "./cookies.ts";
import type { WebEnv } from "./environment.ts";
import { readForm } from "./form.ts";
import { addSecondFactor } from "./second-factor.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** Whose page it is. */
interface Owner {
  readonly tenant: string;
  readonly owner: string;
}

/** What the page of one's own stands on (I10). Ending is recorded by who ends; a rejection means that nothing is promised. */
export interface AccountRoutesParts {
  readonly directory: Pick<Directory, "account" | "grantsOf">;
  readonly sessions: BrowserSessions;
  /** Undefined: there are no local users. */
  readonly local: LocalUsers | undefined;
  readonly clock: Clock;
  /** The keys of one owner, ended ones too. */
  keys(who: Owner): Promise<readonly KeyRecord[]>;
  revokeKey(who: Owner, id: string): Promise<unknown>;
  /** Revokes the consent and ends its tokens. */
  revokeGrant(who: Owner, id: string): Promise<unknown>;
  /** Ends every browser session and every token of the person. */
  endAccess(who: Owner & { by: string }): Promise<unknown>;
  /** What was done in the person's name in the last hour, newest first. */
  activity(who: Owner): Promise<readonly Activity[]>;
  readonly record: (event: LifecycleEvent) => Promise<void>;
  /** The caller's address, for the throttle; undefined: the peer of the connection. */
  readonly address?: (req: IncomingMessage) => string;
}

/** What was just done, by the word in the address; nothing else of it is shown. */
const DONE: Readonly<Record<string, string>> = {
  client: "The client can do nothing in your name any more.",
  key: "The key is revoked.",
  session: "The session is ended.",
  factor: "Your second factor is set up. The next sign-in asks for its code.",
};

/** `/me`: my clients, sessions, keys, connected accounts, activity, and an end to each. */
export function accountRoutes(parts: AccountRoutesParts): Hono<WebEnv> {
  const { directory, sessions, clock } = parts;
  const app = new Hono<WebEnv>();

  app.get("/me", async (c) => {
    const { session } = c.var;
    if (session === undefined) return c.redirect("/sign-in?to=/me", 303);
    const { tenant, owner } = session;
    const account = mine(session);
    const now = clock.now();
    const login = loginOf(account);
    const status = DONE[c.req.query("done") ?? ""];
    const shown = {
      session,
      account,
      grants: directory.grantsOf(tenant, owner).filter((one) => one.revokedAt === undefined && one.expiresAt > now),
      sessions: await sessions.ofOwner(tenant, owner),
      keys: (await parts.keys({ tenant, owner })).filter((key) => isLive(key, now)),
      activity: await parts.activity({ tenant, owner }),
      secondFactor: login === undefined ? undefined : await parts.local?.hasSecondFactor(login),
      now,
    };
    return c.html(accountPage({ ...shown, ...(status === undefined ? {} : { status }) }));
  });

  app.post("/me/clients/:id/revoke", async (c) => {
    const session = await asked(c);
    const { tenant, owner } = session;
    const id = c.req.param("id");
    if (!directory.grantsOf(tenant, owner).some((grant) => grant.id === id)) return unknown();
    await parts.revokeGrant({ tenant, owner }, id);
    return c.redirect("/me?done=client", 303);
  });

  app.post("/me/keys/:id/revoke", async (c) => {
    const session = await asked(c);
    const { tenant, owner } = session;
    const id = c.req.param("id");
    const keys = await parts.keys({ tenant, owner });
    if (!keys.some((key) => key.id === id && key.owner === owner)) return unknown();
    await parts.revokeKey({ tenant, owner }, id);
    return c.redirect("/me?done=key", 303);
  });

  app.post("/me/sessions/:id/end", async (c) => {
    const session = await asked(c);
    const { tenant, owner } = session;
    const id = c.req.param("id");
    if (!(await sessions.ofOwner(tenant, owner)).some((one) => one.id === id)) return unknown();
    await sessions.end(id);
    await parts.record({ type: "session.ended", tenant, owner, decision: "allow", reason: "ended_by_owner" });
    return c.redirect("/me?done=session", 303);
  });

  app.post("/me/sign-out-everywhere", async (c) => {
    const { tenant, owner } = await asked(c);
    await sessions.endAll(tenant, owner);
    await parts.endAccess({ tenant, owner, by: "owner" });
    await parts.record({ type: "session.ended", tenant, owner, decision: "allow", reason: "signed_out_everywhere" });
    clearCookie(c, "cardea");
    return c.redirect("/sign-in", 303);
  });

  const { local, record, address } = parts;
  addSecondFactor(app, { local, record, account: mine, ...(address === undefined ? {} : { address }) });

  function mine(session: BrowserSession): Account {
    return directory.account(session.tenant, session.owner) ?? unknown();
  }

  return app;
}

/** The signed-in person who sent a form of ours. */
async function asked(c: Context<WebEnv>): Promise<BrowserSession> {
  const { session } = c.var;
  if (session === undefined)
    return refuse("unauthenticated", "Your session is over. Sign in again.", { secretReason: "no_session" });
  await readForm(c, session);
  return session;
}

const isLive = (key: KeyRecord, now: number): boolean =>
  key.revokedAt === undefined && (key.expiresAt ?? Infinity) > now;

const unknown = (): never =>
  refuse("unknown_path", "There is nothing of yours with this name. It may have ended already.");
