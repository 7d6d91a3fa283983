import type { Account } from "../../ports/directory.ts";

/** The duties of administration (I11). In accounts a duty is the role `admin:<duty>`. */
export const DUTIES = ["operator", "security", "approver", "auditor"] as const;
export type Duty = (typeof DUTIES)[number];

/** Which duty may do what. One of them is enough; what is not here nobody may. */
const TABLE = {
  /** Making keys, and rotating them. */
  "keys.grant": ["security"],
  "keys.revoke": ["operator", "security"],
  "keys.read": ["operator", "security", "auditor"],
  /** Adding servers, approving their definitions. */
  "pins.change": ["security"],
  /** Taking approvals back. */
  "pins.quarantine": ["operator", "security"],
  /** Accepting a changed configuration, policy or lockfile (invariant 12). */
  "config.accept": ["security"],
  "vault.change": ["security"],
  /** Switching controls to observing, and back. */
  "control.change": ["security"],
  /** Making accounts, giving roles, letting an ended account in again. */
  "people.change": ["security"],
  "people.end": ["operator", "security"],
  "people.read": ["operator", "security", "auditor"],
  /** Ending what others consented to. */
  "consents.change": ["operator", "security"],
  /** Seeing the calls of others that wait for a person. */
  "approvals.read": ["approver", "security", "auditor"],
  /** Deciding on the calls of others. */
  "approvals.decide": ["approver"],
  /** Allowing the like of somebody else's call for a time, and taking it back. */
  "approvals.allow": ["approver"],
  /** Deciding on one's own calls, where no second person is asked for. */
  "approvals.own": "anyone",
  /** Forgetting what one's own credential has read, and somebody else's (S8). */
  "flow.own": "anyone",
  "flow.reset": ["security"],
  /** Discarding what was withheld from one's own calls, and seeing it. */
  "quarantine.own": "anyone",
  /** Seeing that results of others are withheld. */
  "quarantine.list": ["security", "auditor"],
  /** Seeing the content of what is withheld from others, and discarding it (S5). */
  "quarantine.read": ["security"],
  "quarantine.discard": ["security"],
  /** Releasing it, one's own too: it overrides a control. */
  "quarantine.release": ["security"],
  "audit.read": ["security", "auditor"],
  "status.read": ["operator", "security", "approver", "auditor"],
} as const satisfies Record<string, readonly Duty[] | "anyone">;

/** One act of administration. */
export type Act = keyof typeof TABLE;

const ACTS: Readonly<Record<Act, readonly Duty[] | "anyone">> = TABLE;

/** The role that an account with this duty carries. No role of `access` can be written so. */
export const roleOf = (duty: Duty): `admin:${Duty}` => `admin:${duty}`;

/** Whether one of these roles may do it. */
export function permitted(roles: readonly string[], act: Act): boolean {
  const duties = ACTS[act];
  return duties === "anyone" || duties.some((duty) => roles.includes(roleOf(duty)));
}

/** Whether the act is one of administration; what anyone with an account may do is none. */
export const isDuty = (act: Act): boolean => ACTS[act] !== "anyone";

/** What an administrator is told who lacks the duty. */
export function needsDuty(act: Act): string {
  const duties = ACTS[act];
  return `This needs an administrator with the duty ${duties === "anyone" ? "of any kind" : duties.join(" or ")}. Who has which duty: cardea users list`;
}

/**
 * Whether there is an administrator.
 * `none`: nobody can prove anything yet, and the first administrator may be made.
 * `lost`: there was one, and no account with the duty security is left; nothing that grants power goes on.
 */
export type Claim = "none" | "claimed" | "lost";

/** @param before whether an administrator was seen at any time */
export function claimOf(accounts: readonly Account[], before: boolean): Claim {
  if (accounts.some((account) => isSecurity(account) && account.endedAt === undefined)) return "claimed";
  return before || accounts.some(isSecurity) ? "lost" : "none";
}

/** Whether no account with the duty security would be left without this one: it is then not ended. */
export function isLastSecurity(accounts: readonly Account[], owner: string): boolean {
  const living = accounts.filter((account) => isSecurity(account) && account.endedAt === undefined);
  return living.length === 1 && living[0]?.owner === owner;
}

const isSecurity = (account: Account): boolean => account.roles.includes(roleOf("security"));
