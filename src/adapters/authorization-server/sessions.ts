import type { Provider, Session } from "oidc-provider";
import { accountIdOf } from "./accounts.ts";
import type { AuthorizationParts, Browser } from "./parts.ts";

interface Sessions {
  get(ctx: Context): Promise<Session>;
  instantiate(payload: object): Session;
}
type Context = Parameters<typeof Session.get>[0];

/**
 * Makes the library believe Cardea's browser session and no other: whoever is signed out there, or signed in as
 * somebody else, is so here too; whoever is signed in there need not say it again.
 */
export function followBrowser(provider: Provider, parts: AuthorizationParts): void {
  const sessions = provider.Session as unknown as Sessions;
  const load = sessions.get.bind(sessions);
  sessions.get = async (ctx) => {
    const found = await load(ctx);
    const browser = await parts.browserSession(ctx.req);
    const accountId = browser && accountIdOf(browser);
    const usable = found.accountId === accountId || (found.accountId === undefined && !isNew(found));
    if (browser === undefined && (usable || found.accountId === undefined)) return found;
    const session = usable ? found : sessions.instantiate({});
    if (browser !== undefined) session.loginAccount({ ...loginOf(browser), accountId: accountIdOf(browser) });
    ctx["oidc"]?.entity("Session", session);
    return session;
  };
}

/** What the library is told of a sign-in. The second factor travels as `acr`, which codes and refresh tokens keep. */
export function loginOf(browser: Browser): { loginTs: number; acr?: string } {
  const loginTs = Math.floor(browser.authAt / 1000);
  return browser.secondFactorAt === undefined
    ? { loginTs }
    : { loginTs, acr: `second-factor ${browser.secondFactorAt}` };
}

/** When the second factor was proved, from `acr`; milliseconds since the epoch. */
export function secondFactorOf(acr: string | undefined): number | undefined {
  const at = /^second-factor (\d+)$/.exec(acr ?? "")?.[1];
  return at === undefined ? undefined : Number(at);
}

/** One without a cookie is not stored until something is written to it. */
function isNew(session: Session): boolean {
  return (session as unknown as { new?: true }).new === true;
}
