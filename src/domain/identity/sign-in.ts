import { refuse } from "../../kernel/errors.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account } from "../../ports/directory.ts";
import type { Identity, SignInFailure, SignInProvider } from "../../ports/sign-in-provider.ts";
import type { Clock, Random } from "../../ports/world.ts";
import type { SignedIn } from "./browser-sessions.ts";
import type { Directory } from "./directory.ts";
import { keepProvider } from "./provider-link.ts";
import { type ProviderRules, provedSecondFactor, rolesOf } from "./provider-rules.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** One provider with what the operator decided about its people. */
export interface ConfiguredProvider {
  readonly provider: SignInProvider;
  readonly rules: ProviderRules;
}

/** What signing in at providers stands on. */
export interface SignInParts {
  readonly tenant: string;
  /** By name. */
  readonly providers: ReadonlyMap<string, ConfiguredProvider>;
  readonly directory: Pick<Directory, "account" | "bySource" | "save">;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  /** Rejects when the record is not there; nothing is then signed in. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
}

/** A sign-in under way, as the browser's cookie names it; it is kept here, used once, for ten minutes. */
const KIND = "signin";
const WAIT_MS = 600_000;

/** What a person asked for before they were sent away. */
export interface Wants {
  /** A local path where the browser goes afterwards; checked by the door. */
  readonly to: string;
  /** They shall prove themselves anew. */
  readonly again: boolean;
}

/**
 * Begins a sign-in at a provider.
 * @param redirectUri the callback of this provider
 * @returns where the browser goes, and the ticket that its cookie holds (256 bits, kept as a hash)
 * @throws Refused where there is no such provider, or it cannot be reached
 */
export async function beginSignIn(
  parts: SignInParts,
  name: string,
  redirectUri: string,
  wants: Wants,
): Promise<{ url: string; ticket: string }> {
  const { provider } = configured(parts, name);
  const begun = await provider.begin(redirectUri, { again: wants.again });
  if ("failure" in begun) return failed(parts, name, begun);
  const ticket = Buffer.from(parts.random.bytes(32)).toString("base64url");
  const expiresAt = parts.clock.now() + WAIT_MS;
  const payload: JsonObject = { provider: name, to: wants.to, kept: begun.kept };
  await parts.artifacts.put(KIND, ticket, payload, { tenant: parts.tenant, expiresAt });
  return { url: begun.url, ticket };
}

/**
 * Ends a sign-in: the identity becomes an account, and the account may begin a session.
 * @param ticket of the browser's cookie; it counts once
 * @param callback the URL that the browser came back with
 * @throws Refused with a sentence for the person; recorded
 */
export async function finishSignIn(
  parts: SignInParts,
  name: string,
  ticket: string | undefined,
  callback: URL,
): Promise<{ who: SignedIn; to: string }> {
  const { provider, rules } = configured(parts, name);
  const begun = await takeTicket(parts, ticket);
  if (begun === undefined || begun["provider"] !== name || !isObject(begun["kept"]))
    return deny(parts, name, "no_sign_in", "This sign-in is over, or began in another browser. Begin it again.");
  const identity = await provider.finish(callback, begun["kept"]);
  if ("failure" in identity) return failed(parts, name, identity);
  const account = await accountOf(parts, name, identity, rules);
  const now = parts.clock.now();
  const authAt = Math.min(now, identity.authAt ?? now);
  const second = provedSecondFactor(identity, rules);
  const { tenant, owner } = account;
  await keepProvider(parts, { tenant, owner, provider: name }, identity);
  const detail = { provider: name, secondFactor: second };
  await parts.record({ type: "signin.succeeded", tenant, owner, decision: "allow", reason: "ok", detail });
  const who = { tenant, owner, authAt, ...(second ? { secondFactorAt: authAt } : {}) };
  return { who, to: String(begun["to"]) };
}

async function takeTicket({ artifacts, clock }: SignInParts, ticket: string | undefined) {
  if (ticket === undefined || !/^[A-Za-z0-9_-]{43}$/.test(ticket)) return undefined;
  const found = await artifacts.find(KIND, ticket);
  if (found === undefined || !(await artifacts.consume(KIND, ticket, clock.now()))) return undefined;
  await artifacts.remove(KIND, ticket);
  return found.payload;
}

/** The account of an identity: the one that is bound to this provider and `sub`, or a new one under its login. */
async function accountOf(
  parts: SignInParts,
  source: string,
  identity: Identity,
  rules: ProviderRules,
): Promise<Account> {
  const { tenant, directory, clock } = parts;
  const known = directory.bySource(tenant, source, identity.sub);
  if (known?.endedAt !== undefined) return deny(parts, source, "account_ended", ENDED, known.owner);
  const confirmed = {
    roles: rolesOf(identity.groups, rules),
    checkedAt: clock.now(),
    ...(identity.name === undefined ? {} : { name: identity.name }),
  };
  if (known !== undefined) {
    const account = { ...known, ...confirmed };
    await saveChanged(parts, known, account, "signed_in");
    return account;
  }
  const { login, sub } = identity;
  if (login === undefined)
    return deny(
      parts,
      source,
      "no_login",
      "Your organisation's sign-in did not name you, or your mail address is not verified there. Ask your administrator.",
    );
  const owner = `person:${login}`;
  if (directory.account(tenant, owner) !== undefined)
    return deny(
      parts,
      source,
      "login_taken",
      "There is an account with your name here already, and another sign-in vouches for it. Ask your administrator which one is yours.",
      owner,
    );
  const account: Account = { tenant, owner, source, sub, createdAt: clock.now(), ...confirmed };
  const detail = { provider: source, roles: [...account.roles] };
  await parts.record({ type: "account.created", tenant, owner, decision: "allow", reason: "first_sign_in", detail });
  await directory.save(account);
  return account;
}

/** Saves an account; changed roles are recorded first. */
export async function saveChanged(
  { directory, record }: Pick<SignInParts, "record"> & { directory: Pick<Directory, "save"> },
  before: Account,
  after: Account,
  reason: string,
): Promise<void> {
  const { tenant, owner, source } = after;
  if (before.roles.join(" ") !== after.roles.join(" ")) {
    const detail = { provider: source, roles: [...after.roles], before: [...before.roles] };
    await record({ type: "account.changed", tenant, owner, decision: "allow", reason, detail });
  }
  await directory.save(after);
}

const ENDED = "This account was ended. Ask your administrator if you should have it again.";

function configured(parts: SignInParts, name: string): ConfiguredProvider {
  const found = parts.providers.get(name);
  if (found !== undefined) return found;
  return refuse("unknown_path", "There is no such sign-in here.", { control: "I4" });
}

async function failed(parts: SignInParts, provider: string, { failure, reason }: SignInFailure): Promise<never> {
  const messages = {
    denied: "The sign-in was cancelled. Nothing was changed.",
    unavailable: "The sign-in of your organisation does not answer now. Try again in a moment.",
    invalid:
      "The sign-in of your organisation could not be confirmed. Begin it again; if that fails, ask your administrator.",
  };
  return deny(parts, provider, reason, messages[failure]);
}

/** Records that nobody was signed in, then says it. */
async function deny(
  { tenant, record }: SignInParts,
  provider: string,
  reason: string,
  message: string,
  owner?: string,
): Promise<never> {
  const who = owner === undefined ? {} : { owner };
  await record({ type: "signin.failed", tenant, ...who, decision: "deny", reason, detail: { provider } });
  return refuse("unauthenticated", message, { control: "I4", secretReason: reason });
}
