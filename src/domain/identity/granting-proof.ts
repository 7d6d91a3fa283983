import type { BrowserSession } from "./browser-sessions.ts";
import { loginOf, localLogin } from "./local-users.ts";
import { type Credentials, type ProofParts, type Proven, prove, proveSession, refuseAct } from "./proof.ts";
import type { Act } from "./administration.ts";

/** A sign-in at a provider stands for a proof so long, milliseconds. */
export const RECENT_MS = 300_000;

/** What a request brings beside its session; local users may leave the login out. */
export type GivenProof = Omit<Credentials, "login"> & { readonly login?: string };

/**
 * The proof that a request for more power brings with it (invariant 12): a session alone is not enough, because cookies are
 * shared by all ports of a host (RFC 6265, 8.5). Local users give their password, and their code where one is enrolled;
 * people of a provider signed in there in the last five minutes.
 * @param who `secondFactor` is whether the session had one, recently enough
 * @param now milliseconds since the epoch
 * @throws Refused (`not_permitted`) where anything of that is missing; recorded as `admin.refused`
 */
export async function proveGranting(
  parts: ProofParts,
  who: Pick<BrowserSession, "owner" | "authAt"> & { readonly secondFactor: boolean },
  given: GivenProof | undefined,
  act: Act,
  now: number,
): Promise<Proven> {
  const { owner } = who;
  const login = loginOf(parts.account(owner));
  // The duty first: who has none learns nothing about proofs. The second factor of local users is in the proof.
  const proven = await proveSession(parts, login === undefined ? who : { owner, secondFactor: true }, act);
  if (login === undefined) {
    if (now - who.authAt <= RECENT_MS) return proven;
    const why = "This needs a sign-in of the last five minutes. Sign in again, then repeat it.";
    return refuseAct(parts, act, "sign_in_too_old", why, owner);
  }
  if (given === undefined) {
    const why =
      'This needs your password in the request: "proof": {"password": …}, and "code" where you have a second factor.';
    return refuseAct(parts, act, "proof_missing", why, owner);
  }
  if (given.login !== undefined && localLogin(given.login) !== login)
    return refuseAct(parts, act, "proof_of_another", "The proof must be of the account that is signed in.", owner);
  return prove(parts, { ...given, login }, act);
}
