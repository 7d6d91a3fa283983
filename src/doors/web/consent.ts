import { type Context, Hono } from "hono";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { refuse } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { AuthorizationServer, Interaction } from "../../ports/authorization-server.ts";
import type { Clock } from "../../ports/world.ts";
import { consentPage, factorPage, type Offer, scopesOf } from "./consent-page.ts";
import type { WebEnv } from "./environment.ts";
import { readForm } from "./form.ts";
import { onward } from "./page.ts";

/** A decision about a consent (A1). */
export interface ConsentEvent {
  readonly type: "consent.granted" | "consent.denied";
  readonly tenant: string;
  readonly owner: string;
  readonly client: string;
  readonly decision: "allow" | "deny";
  readonly reason: string;
  readonly detail: JsonObject;
}

/** What the consent page stands on. */
export interface ConsentParts {
  readonly authorization: Pick<AuthorizationServer, "interaction" | "signedIn" | "consented" | "denied">;
  base(): string;
  /** Names of all servers. */
  servers(): readonly string[];
  /** Whether the person could be permitted anything on a server; others are not named to them (P8). */
  mayTouch(tenant: string, owner: string, server: string): boolean;
  /** Names of the tools that the person may use, by what they do. */
  toolsOf(
    tenant: string,
    owner: string,
    server: string,
  ): { readonly read: readonly string[]; readonly write: readonly string[] };
  /** How fresh the person's second factor has to be for a consent, milliseconds; undefined: their roles need none. */
  secondFactorMs(tenant: string, owner: string): number | undefined;
  /** Longest life of a consent, milliseconds. */
  readonly consentMs: number;
  readonly clock: Clock;
  /** Rejects when the record is not there. */
  record(event: ConsentEvent): Promise<void>;
}

const DAY = 86_400_000;
/** Ends that a person can choose beside the configured one, milliseconds. */
const SPANS = [3_600_000, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY];
const OVER = "This request of your program is over, or it began in another browser. Start again in the program.";

/**
 * `/interaction/:uid`: where the authorization server sends a person, to sign in and to consent. The interaction is the
 * one of this browser's cookie; its id in the path has to be the same.
 */
export function consentRoutes(parts: ConsentParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const { authorization } = parts;

  const interactionOf = async (c: Context<WebEnv>): Promise<Interaction> => {
    const found = await authorization.interaction(c.env.incoming, c.env.outgoing);
    if (found === undefined || found.uid !== c.req.param("uid")) return over();
    return found;
  };

  app.get("/interaction/:uid", async (c) => {
    const found = await interactionOf(c);
    const session = signedIn(c, found);
    if (session === undefined) return c.redirect(signIn(found, ""), 303);
    if (needsFactor(session))
      return c.req.query("factor") === undefined
        ? c.redirect(signIn(found, "?factor=1"), 303)
        : c.html(factorPage(signIn(found, "?factor=1")));
    if (found.prompt === "login")
      return c.redirect(await authorization.signedIn(c.env.incoming, c.env.outgoing, session), 303);
    if (found.owner !== session.owner) return over();
    return c.html(
      consentPage({
        interaction: found,
        session,
        offers: offersOf(found, session),
        spans: spans(),
        now: parts.clock.now(),
      }),
    );
  });

  app.post("/interaction/:uid", async (c) => {
    const { session } = c.var;
    const form = await readForm(c, session);
    const found = await interactionOf(c);
    // What is signed in now decides, not what was when the page was made.
    if (session === undefined || found.prompt !== "consent" || found.owner !== session.owner || needsFactor(session))
      return over();
    const { incoming, outgoing } = c.env;
    const who = { tenant: session.tenant, owner: session.owner, client: found.client.id };
    const about = { resource: found.resource, redirectHost: found.client.redirectHost };
    if (form.get("decision") !== "allow") {
      await parts.record({ type: "consent.denied", ...who, decision: "deny", reason: "access_denied", detail: about });
      return onward(c, await authorization.denied(incoming, outgoing), found.client.name);
    }
    const scopes = ticked(form.get("scope"), offersOf(found, session));
    const span = spans().find((ms) => String(ms) === form.get("span"));
    if (span === undefined)
      refuse("invalid_request", "Choose one of the offered ends of this permission.", { path: "span" });
    if (scopes.length === 0)
      refuse("invalid_request", "Nothing was ticked. Go back and tick what the program may do, or deny.", {
        path: "scope",
      });
    const until = parts.clock.now() + span;
    const detail = { ...about, scopes, until };
    await parts.record({ type: "consent.granted", ...who, decision: "allow", reason: "ok", detail });
    return onward(c, await authorization.consented(incoming, outgoing, { scopes, until }), found.client.name);
  });

  /** The session where it is fresh enough for what the client asks. */
  function signedIn(c: Context<WebEnv>, found: Interaction): BrowserSession | undefined {
    const { session } = c.var;
    if (session === undefined || (found.authAfter !== undefined && session.authAt < found.authAfter)) return undefined;
    return session;
  }

  function needsFactor(session: BrowserSession): boolean {
    const maxAge = parts.secondFactorMs(session.tenant, session.owner);
    if (maxAge === undefined) return false;
    return session.secondFactorAt === undefined || session.secondFactorAt + maxAge < parts.clock.now();
  }

  function offersOf(found: Interaction, { tenant, owner }: BrowserSession): Offer[] {
    const root = `${parts.base()}/mcp/`;
    const only = found.resource.startsWith(root) ? found.resource.slice(root.length) : undefined;
    return parts
      .servers()
      .filter((server) => (only === undefined || server === only) && parts.mayTouch(tenant, owner, server))
      .map((server) => ({ server, ...parts.toolsOf(tenant, owner, server) }));
  }

  /** The configured end first: it is the default. */
  function spans(): number[] {
    return [parts.consentMs, ...SPANS.filter((ms) => ms < parts.consentMs)];
  }

  return app;
}

/** `again` asks for the sign-in even of somebody who is signed in. */
function signIn(found: Interaction, query: string): string {
  return `/sign-in?${new URLSearchParams({ to: `/interaction/${found.uid}${query}`, again: "1" })}`;
}

/** The scopes of a form, of those that the page offered. @throws Refused for any other */
function ticked(text: string | undefined, offers: readonly Offer[]): string[] {
  const open = new Set(offers.flatMap(scopesOf));
  const asked = [...new Set((text ?? "").split(" ").filter((scope) => scope !== ""))];
  if (!asked.every((scope) => open.has(scope)))
    refuse("invalid_request", "Something was ticked that this page does not offer.", { path: "scope" });
  return asked;
}

function over(): never {
  return refuse("invalid_request", OVER, { control: "I3" });
}
