import type { Artifacts } from "../../ports/artifacts.ts";
import type { Identity } from "../../ports/sign-in-provider.ts";
import type { Clock } from "../../ports/world.ts";

/** What looks a person up again at their provider: one for each owner, sealed like every artifact. */
const LINK = "provider";
/** Which person a session of the provider belongs to (back-channel logout). */
const SESSION = "provider-session";
/** Milliseconds; sessions of providers are shorter. */
const SESSION_MS = 31 * 86_400_000;

interface Whose {
  readonly tenant: string;
  readonly owner: string;
  readonly provider: string;
}

const linkId = ({ tenant, owner }: { tenant: string; owner: string }): string => JSON.stringify([tenant, owner]);
const sessionId = (provider: string, sid: string): string => JSON.stringify([provider, sid]);

/** Keeps what the provider gave with a sign-in. What it gave before counts no more. */
export async function keepProvider(
  parts: { artifacts: Artifacts; clock: Clock },
  whose: Whose,
  identity: Pick<Identity, "refreshToken" | "sid">,
): Promise<void> {
  const { artifacts, clock } = parts;
  const { tenant, owner, provider } = whose;
  if (identity.refreshToken === undefined) await artifacts.remove(LINK, linkId(whose));
  else await keepRefreshToken(artifacts, whose, identity.refreshToken);
  if (identity.sid === undefined) return;
  const marks = { tenant, owner, expiresAt: clock.now() + SESSION_MS };
  await artifacts.put(SESSION, sessionId(provider, identity.sid), { tenant, owner }, marks);
}

/** Keeps a refresh token that the provider rotated. */
export function keepRefreshToken(artifacts: Artifacts, { tenant, owner, provider }: Whose, token: string) {
  return artifacts.put(LINK, linkId({ tenant, owner }), { provider, refreshToken: token }, { tenant, owner });
}

/** The refresh token of a person at this provider; undefined: it gave none. */
export async function refreshTokenOf(artifacts: Artifacts, whose: Whose): Promise<string | undefined> {
  const payload = (await artifacts.find(LINK, linkId(whose)))?.payload;
  const token = payload?.["refreshToken"];
  return payload?.["provider"] === whose.provider && typeof token === "string" ? token : undefined;
}

/** Forgets it: the provider does not take it any more. */
export function forgetRefreshToken(artifacts: Artifacts, whose: { tenant: string; owner: string }): Promise<void> {
  return artifacts.remove(LINK, linkId(whose));
}

/** Whose a session of the provider is; undefined: nobody's who signed in here. */
export async function ownerOfSession(
  artifacts: Artifacts,
  tenant: string,
  provider: string,
  sid: string,
): Promise<string | undefined> {
  const payload = (await artifacts.find(SESSION, sessionId(provider, sid)))?.payload;
  return payload?.["tenant"] === tenant ? String(payload["owner"]) : undefined;
}
