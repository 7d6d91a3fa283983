import type { Located } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { mayBeSame } from "../../kernel/principal.ts";
import type {
  Approval,
  ApprovalRequest,
  ApprovalStore,
  Caps,
  Channel,
  EndedApprovals,
  Standing,
} from "../../ports/approvals.ts";
import type { LifecycleEvent } from "../../ports/records.ts";
import type { Clock, Random } from "../../ports/world.ts";
import type { Terms } from "./digest.ts";
import { covers, standingOf, type WantedLimits } from "./standing.ts";

/** What approvals stand on. */
export interface ApprovalsParts {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Writes to the record; rejects when it is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
  /** The subject id of an owner, for records. */
  readonly named: (tenant: string, owner: string) => string;
  /** Whether the giver has an account now that is not ended and may do this: decide on an own call, or on somebody else's. */
  readonly mayGive: (tenant: string, giver: string, act: GivingAct) => boolean;
  /** Told of each new one that somebody could decide on. */
  readonly asked?: (approval: Approval) => void;
  readonly caps: Caps;
  /** Longest life of a standing allow, milliseconds. */
  readonly standingMs: number;
}

/** What a decision needs of who gives it, as acts of administration. */
export type GivingAct = "approvals.own" | "approvals.decide" | "approvals.allow";

/** What somebody decided, after they proved who they are. */
export interface Decided {
  readonly tenant: string;
  readonly id: string;
  readonly verdict: "allow" | "deny" | "always";
  /** Owner of the account. */
  readonly by: string;
  readonly channel: Channel;
  /** For `always`: which arguments are freed, and until when (milliseconds since the epoch). */
  readonly limits?: WantedLimits;
  readonly until?: number;
}

/** A request before it has an id and times. */
export type NewApproval = Omit<ApprovalRequest, "id" | "askedAt" | "expiresAt">;

/** Rows that are over are kept so long for those who look what became of them, milliseconds. */
const KEPT_MS = 24 * 3_600_000;
/** Most approvals whose age is known by a clock that nobody sets, and most steps that are known to be taken. */
const MOST_AGES = 10_000;

/** What a caller is told where too many calls wait. */
const FULL: Readonly<Record<keyof Caps, string>> = {
  perCredential:
    "This credential has as many calls waiting for a person as it may have. Let some of them be decided first.",
  perPerson: "As many calls of this person wait for a decision as may. Let some of them be decided first.",
  perTenant: "As many calls wait for a person here as may. Let some of them be decided first.",
};

export type Approvals = ReturnType<typeof createApprovals>;

/** The approvals of this gateway or command: one person, one call, once (H1, H2, H4). */
export function createApprovals(parts: ApprovalsParts) {
  const { store, clock, random } = parts;
  let standing: readonly Standing[] = [];
  let version: number | undefined;
  /** Monotonic milliseconds at which approvals that were asked for here are over, however the wall clock is set. */
  const overAt = new Map<string, number>();
  /** Steps that were taken here, `id leg`: a row that somebody put back as it was is not used again by this process. */
  const taken = new Set<string>();
  const changed = new Set<() => void>();

  async function event(
    type: string,
    {
      tenant,
      owner,
      credential,
      server,
      id,
    }: Pick<Approval, "tenant" | "owner" | "server" | "id"> & { credential?: string },
    facts: { decision?: "allow" | "deny"; reason?: string; detail?: JsonObject; by?: string; channel?: Channel } = {},
  ): Promise<void> {
    await parts.record({
      ...{ type, tenant, owner, server },
      ...(credential === undefined ? {} : { credential }),
      decision: facts.decision ?? "allow",
      reason: facts.reason ?? "ok",
      detail: {
        [type.startsWith("standing") ? "standing" : "approval"]: id,
        ...facts.detail,
        ...(facts.channel === undefined ? {} : { channel: facts.channel }),
        ...(facts.by === undefined ? {} : { by: parts.named(tenant, facts.by) }),
      },
    });
  }
  // The URI of a resource may hold private data.
  const about = ({ name, method, effect, by, digest }: Approval): JsonObject => ({
    ...(method.startsWith("resources/") ? {} : { target: name }),
    ...{ effect, who: by, digest },
  });
  const tell = (): void => {
    for (const heard of [...changed]) heard();
  };
  const isOver = (id: string): boolean => (overAt.get(id) ?? Infinity) <= clock.monotonic();

  return {
    /**
     * The living approval of this call, or a new pending one.
     * @throws Refused `rate_limited` where too many wait for a person already
     */
    async ask(request: NewApproval, expiresMs: number): Promise<{ approval: Approval; made: boolean }> {
      const asked = await put(request, expiresMs);
      if ("full" in asked) refuse("rate_limited", FULL[asked.full], { control: "H3", retryAfter: 30, executed: "no" });
      return asked;
    },

    /**
     * Keeps a call that nobody could be asked about (H5), for a day: an approver may allow the like of it.
     * @returns false where as many of this credential are listed already as may
     */
    async note(request: NewApproval): Promise<boolean> {
      return !("full" in (await put(request, KEPT_MS)));
    },

    get: (tenant: string, id: string) => store.get(tenant, id),
    list: (tenant: string, owner?: string) => store.list(tenant, owner),

    /**
     * Uses an allowed approval up (H2). Whoever gave it still has an account, and it is as young as now demanded.
     * @returns false where another call was first, or it counts no more
     */
    async use(approval: Approval, terms: Terms): Promise<boolean> {
      const now = clock.now();
      const { tenant, id, decidedBy, owner } = approval;
      if (isOver(id) || now >= approval.askedAt + terms.expiresMs) return false;
      const act = decidedBy === owner && approval.by === "self" ? "approvals.own" : "approvals.decide";
      if (decidedBy === undefined || !parts.mayGive(tenant, decidedBy, act)) return false;
      if (terms.by === "other" && mayBeSame(decidedBy, owner)) return false;
      if (!take(id, 1) || !(await store.use(tenant, id, now))) return false;
      overAt.delete(id);
      await event("approval.used", approval, { detail: about(approval) });
      return true;
    },

    /** Ends an allowed one that counts no more, so that the same call asks anew. */
    async drop({ tenant, id }: Approval): Promise<void> {
      await store.end(tenant, id);
    },

    /** Uses the next leg of a call that was approved. `other`: it was approved for another call. */
    async useLeg(
      tenant: string,
      { approval: id, leg }: { approval: string; leg: number },
      digest: string,
    ): Promise<"ok" | "used" | "other"> {
      const approval = await store.get(tenant, id);
      if (approval?.digest !== digest) return "other";
      if (taken.has(`${id} ${leg}`) || !(await store.useLeg(tenant, id, leg, clock.now()))) return "used";
      take(id, leg);
      await event("approval.used", approval, { detail: { ...about(approval), leg } });
      return "ok";
    },

    /** The standing allow that covers the call. The store has the last word, right before the use. */
    async stands(call: Located, terms: Terms): Promise<string | undefined> {
      for (const one of standing) {
        if (!covers(one, call, terms)) continue;
        if (!givesStill(one)) await end(one);
        else if (await store.useStanding(one.tenant, one.id, clock.now())) {
          const { credential } = call.principal;
          await event("standing.used", { ...one, credential }, { detail: standingDetail(one) });
          return one.id;
        }
      }
      return undefined;
    },

    /**
     * Decides. Who may is judged by the caller, who has their proof; who may not decide alone is refused here again.
     * @throws Refused where it is decided or over already, or must not be decided so
     */
    async decide(decided: Decided): Promise<Approval> {
      const { tenant, id, verdict, by, channel } = decided;
      const approval = (await store.get(tenant, id)) ?? unknownApproval();
      if (approval.by === "other" && mayBeSame(by, approval.owner))
        refuse("not_permitted", "A second person decides on this call, not whoever asks for it.", { control: "H3" });
      if (approval.unattended && verdict === "allow")
        refuse(
          "invalid_request",
          "Nobody waits for this call of a service. Deny it, or allow the like of it until a date.",
          {
            control: "H5",
          },
        );
      const at = clock.now();
      const given = { createdBy: by, channel, now: at, standingMs: parts.standingMs };
      const made = verdict === "always" ? standingOf(approval, decided, { id: random.id("w_"), ...given }) : undefined;
      const state = verdict === "deny" ? "denied" : "allowed";
      if (isOver(id)) overNow();
      const after = (await store.decide(tenant, id, { state, by, channel, at }, made)) ?? overNow();
      try {
        const detail = about(approval);
        const decision = verdict === "deny" ? "deny" : "allow";
        const reason = verdict === "deny" ? "denied_by_person" : "ok";
        await event(`approval.${state}`, approval, { decision, reason, detail, by, channel });
        if (made !== undefined) await event("standing.created", made, { detail: standingDetail(made), by, channel });
      } catch (error) {
        // What is not recorded does not happen.
        await store.end(tenant, id);
        if (made !== undefined) await store.revokeStanding(tenant, made.id, at);
        throw error;
      }
      tell();
      return after;
    },

    /** Standing allows that count now, of one owner or of everybody, newest first. */
    async standing(tenant: string, owner?: string): Promise<Standing[]> {
      const all = await store.standing(clock.now());
      return all.filter((one) => one.tenant === tenant && (owner === undefined || one.owner === owner));
    },

    /** Ends a standing allow. Undefined: there is none that counts. */
    async revoke(tenant: string, id: string, by: string, channel: Channel): Promise<Standing | undefined> {
      const revoked = await store.revokeStanding(tenant, id, clock.now());
      if (revoked === undefined) return undefined;
      standing = standing.filter((one) => one.id !== id);
      await event("standing.revoked", revoked, { detail: standingDetail(revoked), by, channel });
      return revoked;
    },

    /** Ends whatever hangs on a person (I9). */
    async endOwner(tenant: string, owner: string): Promise<EndedApprovals> {
      const ended = await store.endOwner(tenant, owner, clock.now());
      standing = standing.filter((one) => one.tenant !== tenant || (one.owner !== owner && one.createdBy !== owner));
      tell();
      return ended;
    },

    /** Follows what any process decided; to be called every 200 ms or so. Nothing stands while the store does not answer. */
    async poll(): Promise<void> {
      let now: number;
      try {
        now = await store.version();
        if (now === version) return;
        standing = await store.standing(clock.now());
      } catch (error) {
        standing = [];
        version = undefined;
        throw error;
      }
      version = now;
      tell();
    },

    /** Ends what has expired, or whose giver lost account or duty, and records it; removes what was over a day ago. */
    async sweep(): Promise<void> {
      const now = clock.now();
      for (const one of await store.standing(now)) if (!givesStill(one)) await end(one);
      for (const approval of await store.sweep(now, now - KEPT_MS)) {
        overAt.delete(approval.id);
        const detail = about(approval);
        await event("approval.expired", approval, { decision: "deny", reason: "expired", detail });
      }
    },

    /** Tells of changes until the returned function is called. */
    onChange(heard: () => void): () => void {
      changed.add(heard);
      return () => void changed.delete(heard);
    },
  };

  /** False: this process took the step already. */
  function take(id: string, leg: number): boolean {
    const step = `${id} ${leg}`;
    if (taken.has(step)) return false;
    if (taken.size >= MOST_AGES) taken.delete(taken.values().next().value as string);
    taken.add(step);
    return true;
  }

  function givesStill({ tenant, owner, createdBy }: Standing): boolean {
    return parts.mayGive(tenant, createdBy, createdBy === owner ? "approvals.own" : "approvals.allow");
  }

  /** Ends a standing allow whose giver lost account or duty: it does not come back with these. */
  async function end({ tenant, id }: Standing): Promise<void> {
    const ended = await store.revokeStanding(tenant, id, clock.now());
    standing = standing.filter((one) => one.id !== id);
    if (ended === undefined) return;
    const detail = standingDetail(ended);
    await event("standing.revoked", ended, { decision: "deny", reason: "giver_lost", detail });
  }

  async function put(request: NewApproval, expiresMs: number) {
    const askedAt = clock.now();
    const whole = { ...request, id: random.id("a_"), askedAt, expiresAt: askedAt + expiresMs };
    const asked = await store.ask(whole, parts.caps);
    if ("full" in asked || !asked.made) return asked;
    const { approval } = asked;
    if (overAt.size >= MOST_AGES) overAt.delete(overAt.keys().next().value as string);
    overAt.set(approval.id, clock.monotonic() + expiresMs);
    await event("approval.asked", approval, { detail: { ...about(approval), expires: approval.expiresAt } });
    if (!approval.unattended) parts.asked?.(approval);
    tell();
    return asked;
  }
}

/** @throws Refused: nobody knows it */
export function unknownApproval(): never {
  return refuse("unknown_path", "There is no such approval here, or it is not yours to see.", { control: "H3" });
}

const overNow = (): never =>
  refuse("invalid_request", "This was decided already, or the time for it is over.", { control: "H2" });

const standingDetail = ({ name, until, limits }: Standing): JsonObject => ({
  target: name,
  until,
  limits: Object.fromEntries(Object.entries(limits).map(([argument, { kind }]) => [argument, kind])),
});
