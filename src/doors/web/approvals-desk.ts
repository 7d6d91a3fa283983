import type { IncomingMessage } from "node:http";
import type { Approvals, Decided } from "../../domain/approvals/approvals.ts";
import { unknownApproval } from "../../domain/approvals/approvals.ts";
import type { FindSecrets } from "../../domain/approvals/shown.ts";
import { type Act, permitted } from "../../domain/identity/administration.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { type GivenProof, proveGranting, RECENT_MS } from "../../domain/identity/granting-proof.ts";
import { loginOf, type LocalUsers } from "../../domain/identity/local-users.ts";
import { type Credentials, type ProofParts, type Proven, proveSession } from "../../domain/identity/proof.ts";
import { refuse } from "../../kernel/errors.ts";
import { mayBeSame } from "../../kernel/principal.ts";
import type { Approval, Standing } from "../../ports/approvals.ts";
import type { Clock } from "../../ports/world.ts";

/** What the pages and the API of approvals stand on. */
export interface DeskParts {
  readonly approvals: Approvals;
  readonly proof: Omit<ProofParts, "verify">;
  /** Checks login, password and code, throttled. */
  readonly verify: (given: Credentials, address: string) => ReturnType<ProofParts["verify"]>;
  readonly local: Pick<LocalUsers, "hasSecondFactor">;
  readonly address?: (req: IncomingMessage) => string;
  /** A second factor counts for so long, milliseconds. */
  readonly secondFactorMs: number;
  /** Longest life of a standing allow, milliseconds. */
  readonly standingMs: number;
  readonly secrets: FindSecrets;
  readonly clock: Clock;
}

/** How somebody proves here that they decide: their password, or a fresh sign-in at their provider. */
export type HowProved =
  | { readonly kind: "password"; readonly code: boolean }
  | { readonly kind: "sign-in"; readonly fresh: boolean };

/** What one browser asks for. */
export type Wanted = Pick<Decided, "id" | "verdict" | "channel" | "limits" | "until">;

export type Desk = ReturnType<typeof createDesk>;

/** Who sees which approvals, and who may decide on them: alike for the page and for the API (H3, I11). */
export function createDesk(parts: DeskParts) {
  const { approvals, proof } = parts;
  const rolesOf = ({ owner }: BrowserSession): readonly string[] => proof.account(owner)?.roles ?? [];
  const has = (session: BrowserSession, act: Act): boolean => permitted(rolesOf(session), act);
  const fresh = (session: BrowserSession): boolean => hasSecondFactor(parts, session);

  /** Which act it is to decide on it. Undefined: they may not. */
  function actOn(session: BrowserSession, approval: Approval, verdict: Wanted["verdict"]): Act | undefined {
    if (approval.owner === session.owner) return approval.by === "self" ? "approvals.own" : undefined;
    if (approval.by === "other" && mayBeSame(approval.owner, session.owner)) return undefined;
    const act = verdict === "always" ? "approvals.allow" : "approvals.decide";
    return has(session, act) ? act : undefined;
  }

  async function find(session: BrowserSession, id: string): Promise<Approval> {
    const approval = await approvals.get(session.tenant, id);
    if (approval === undefined) return unknownApproval();
    return approval.owner === session.owner || has(session, "approvals.read") ? approval : unknownApproval();
  }

  return {
    clock: parts.clock,
    secrets: parts.secrets,
    standingMs: parts.standingMs,
    find,
    actOn,

    /** Their own, and those of others where their duty lets them see these. */
    async list(session: BrowserSession): Promise<{ mine: Approval[]; others: Approval[]; standing: Standing[] }> {
      const { tenant, owner } = session;
      const all = has(session, "approvals.read");
      const found = await approvals.list(tenant, all ? undefined : owner);
      return {
        mine: found.filter((one) => one.owner === owner),
        others: found.filter((one) => one.owner !== owner),
        standing: await approvals.standing(tenant, all ? undefined : owner),
      };
    },

    /** What has to be given with a decision. */
    howProved: (session: BrowserSession): Promise<HowProved> => howProved(parts, session),

    /**
     * Decides, where the proof is there: a browser session alone is none.
     * @throws Refused where they may not, proved nothing, or it was decided or is over
     */
    async decide(
      session: BrowserSession,
      req: IncomingMessage,
      wanted: Wanted,
      given: GivenProof | undefined,
    ): Promise<Approval> {
      const { tenant, owner } = session;
      const approval = await find(session, wanted.id);
      const act =
        actOn(session, approval, wanted.verdict) ??
        refuse(
          "not_permitted",
          mayBeSame(approval.owner, owner)
            ? "A second person decides on this call, not whoever asks for it."
            : "Deciding on somebody else's call needs the duty approver.",
          { control: "H3" },
        );
      const by = await proveDecision(parts, session, req, given, act);
      return approvals.decide({ ...wanted, tenant, by: by.owner });
    },

    /** Takes a standing allow back: one's own, or with the duty somebody else's. Nothing is granted, so that the session is enough. */
    async revoke(session: BrowserSession, id: string, channel: Decided["channel"]): Promise<Standing> {
      const { tenant, owner } = session;
      const one = (await approvals.standing(tenant)).find((standing) => standing.id === id) ?? unknownStanding();
      if (one.owner !== owner) {
        if (!has(session, "approvals.read")) unknownStanding();
        await proveSession(proof, { owner, secondFactor: fresh(session) }, "approvals.allow");
      }
      return (await approvals.revoke(tenant, id, owner, channel)) ?? unknownStanding();
    },
  };
}

/** Whether the session had a second factor, recently enough. */
export const hasSecondFactor = (
  { clock, secondFactorMs }: Pick<DeskParts, "clock" | "secondFactorMs">,
  { secondFactorAt }: BrowserSession,
): boolean => secondFactorAt !== undefined && clock.now() - secondFactorAt <= secondFactorMs;

/** What this person has to give with a decision. */
export async function howProved(
  { proof, local, clock }: Pick<DeskParts, "proof" | "local" | "clock">,
  session: BrowserSession,
): Promise<HowProved> {
  const login = loginOf(proof.account(session.owner));
  if (login === undefined) return { kind: "sign-in", fresh: clock.now() - session.authAt <= RECENT_MS };
  return { kind: "password", code: await local.hasSecondFactor(login) };
}

/** The proof of a decision that one browser asks for. @throws Refused where it is missing or does not suffice */
export async function proveDecision(
  parts: Omit<DeskParts, "approvals" | "standingMs" | "secrets" | "local">,
  session: BrowserSession,
  req: IncomingMessage,
  given: GivenProof | undefined,
  act: Act,
): Promise<Proven> {
  const address = parts.address?.(req) ?? req.socket.remoteAddress ?? "unknown";
  const checks = { ...parts.proof, verify: (typed: Credentials) => parts.verify(typed, address) };
  const { owner, authAt } = session;
  const who = { owner, authAt, secondFactor: hasSecondFactor(parts, session) };
  const by = await proveGranting(checks, who, given, act, parts.clock.now());
  await by.must(act);
  return by;
}

function unknownStanding(): never {
  return refuse("unknown_path", "There is no such standing allow here. It may have ended already.", { control: "H4" });
}
