import type { JsonObject } from "../kernel/json.ts";

/** What an OpenID provider says of a person, after everything about it was checked. */
export interface Identity {
  /** The provider's own id of the person. It never changes and is never given to anybody else (OpenID Connect Core, 2). */
  readonly sub: string;
  /** The claim that names the person here; undefined where the provider gave none that may be believed. */
  readonly login?: string;
  readonly name?: string;
  /** Empty where the provider said nothing of groups. */
  readonly groups: readonly string[];
  readonly acr?: string;
  readonly amr: readonly string[];
  /** When the person signed in at the provider, milliseconds since the epoch; undefined: it does not say so, and the time of the way back here counts. */
  readonly authAt?: number;
  /** The provider's session, for back-channel logout. */
  readonly sid?: string;
  /** What the person can be looked up again with. */
  readonly refreshToken?: string;
}

/** Why a sign-in came to nothing. `reason` is a short code for the record; no text of the provider's. */
export interface SignInFailure {
  readonly failure: "denied" | "unavailable" | "invalid";
  readonly reason: string;
}

/** What looking a person up again found. A provider may rotate the refresh token even where the rest then fails. */
export type Checked =
  | { readonly found: "present"; readonly identity: Identity }
  | { readonly found: "removed" }
  | { readonly found: "unknown"; readonly refreshToken?: string };

/** A logout token that counts (OpenID Connect Back-Channel Logout 1.0, 2.6). One of `sub` and `sid` is there. */
export interface Logout {
  readonly sub?: string;
  readonly sid?: string;
  readonly jti: string;
  /** Milliseconds since the epoch, after which it would not count. */
  readonly expiresAt: number;
}

/** An OpenID provider where people sign in (I4). */
export interface SignInProvider {
  /**
   * Begins a sign-in.
   * @param redirectUri where the browser comes back to
   * @param wants.again the person shall prove themselves anew, whatever session the provider has; where it says when they
   *   did, that is checked
   * @returns where the browser goes, and what `finish` needs; that must not leave the server
   */
  begin(redirectUri: string, wants: { again?: boolean }): Promise<{ url: string; kept: JsonObject } | SignInFailure>;
  /** Ends a sign-in with the URL that the browser came back with. */
  finish(callback: URL, kept: JsonObject): Promise<Identity | SignInFailure>;
  /** Looks a person up again. @param sub whose the refresh token is */
  check(refreshToken: string, sub: string): Promise<Checked>;
  /** Checks a logout token; undefined: it does not count. Rejects where the provider's keys cannot be had. */
  logout(token: string): Promise<Logout | undefined>;
}
