import { Refused } from "../../kernel/errors.ts";
import type { Account } from "../../ports/directory.ts";
import type { Credentials } from "../../ports/proof.ts";
import { type Act, type Claim, isDuty, needsDuty, permitted } from "./administration.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

export type { AskProof, Credentials } from "../../ports/proof.ts";

/** Not exported, so that nobody makes a proof but by checking one here. */
class Checked {
  /** Keeps objects that only look like one out. */
  readonly #checked = true;
  readonly act: Act;
  readonly tenant: string;
  readonly owner: string;
  /** Judges the account again. */
  readonly #stands: () => Promise<void>;
  constructor(tenant: string, owner: string, act: Act, stands: () => Promise<void>) {
    this.tenant = tenant;
    this.owner = owner;
    this.act = act;
    this.#stands = stands;
  }
  /**
   * To be awaited right before the write: whoever was ended, or lost the duty, since they proved themselves does nothing more.
   * @throws Refused there, and where the proof was given for something else
   */
  async must(act: Act): Promise<void> {
    if (!this.#checked || this.act !== act) throw notPermitted(`This proof was given for another act (${this.act}).`);
    await this.#stands();
  }
}

/** An administrator who proved themselves a moment ago, for one act. What grants power asks for it. */
export type Proven = Checked;

/** What a proof is checked with. */
export interface ProofParts {
  readonly tenant: string;
  /** Checks login, password and code, throttled. Answers the owner, or why not. */
  readonly verify: (
    given: Credentials,
  ) => Promise<{ readonly owner: string; readonly secondFactor: boolean } | { readonly fault: string }>;
  readonly account: (owner: string) => Account | undefined;
  /** Brings `account` up to what other processes changed; rejects when the store is lost. */
  readonly follow?: () => Promise<void>;
  /** Whether a second factor is demanded (`identity.secondFactor.administration`). */
  readonly secondFactor: boolean;
  /** Writes to the record; rejects when it is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
}

/**
 * Checks that an administrator stands behind an act (I11, invariant 12).
 * @throws Refused (`not_permitted`) where proof, account, duty or second factor is missing; recorded as `admin.refused`
 */
export async function prove(parts: ProofParts, given: Credentials, act: Act): Promise<Proven> {
  const checked = await parts.verify(given);
  if ("fault" in checked) return refuseAct(parts, act, "proof_invalid", checked.fault);
  return proveSession(parts, checked, act);
}

/**
 * The proof of somebody who is signed in: account, duty and second factor are checked here, the session at the door.
 * @param who `secondFactor` is whether they proved one, recently enough
 * @throws Refused like `prove`
 */
export async function proveSession(
  parts: Omit<ProofParts, "verify">,
  who: { readonly owner: string; readonly secondFactor: boolean },
  act: Act,
): Promise<Proven> {
  const { owner } = who;
  await judge(parts, owner, act);
  if (parts.secondFactor && isDuty(act) && !who.secondFactor) {
    const why = "Administration needs a second factor here. Sign in with yours again, or enrol one on the page /me.";
    return refuseAct(parts, act, "second_factor_missing", why, owner);
  }
  return new Checked(parts.tenant, owner, act, () => judge(parts, owner, act));
}

/** Whether the account, as it is now, may do it. @throws Refused like `prove` */
async function judge(parts: Omit<ProofParts, "verify">, owner: string, act: Act): Promise<void> {
  await parts.follow?.();
  const account = parts.account(owner);
  if (account === undefined || account.endedAt !== undefined)
    return refuseAct(parts, act, "account_ended", "This account was ended and administers nothing any more.", owner);
  if (!permitted(account.roles, act)) return refuseAct(parts, act, "duty_missing", needsDuty(act), owner);
}

/** Records the refusal of an act, then refuses it. @throws Refused (`not_permitted`) */
export async function refuseAct(
  { tenant, record }: Pick<ProofParts, "tenant" | "record">,
  act: Act,
  reason: string,
  message: string,
  owner?: string,
): Promise<never> {
  const who = owner === undefined ? {} : { owner };
  await record({ type: "admin.refused", tenant, ...who, decision: "deny", reason, detail: { act } });
  throw notPermitted(message);
}

/**
 * The proof of whoever makes the first administrator: nobody is there yet who could prove anything.
 * @param claim whether there is an administrator, as it is now
 * @throws Refused (`not_permitted`) where there is or was an administrator
 */
export async function firstAdministrator(claim: () => Promise<Claim>, tenant: string, owner: string): Promise<Proven> {
  const stands = async (): Promise<void> => {
    if ((await claim()) !== "none")
      throw notPermitted("There is or was an administrator already; the first one is made once.");
  };
  await stands();
  return new Checked(tenant, owner, "people.change", stands);
}

const notPermitted = (message: string): Refused => new Refused({ code: "not_permitted", message, control: "I11" });
