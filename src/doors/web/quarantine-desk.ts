import type { IncomingMessage } from "node:http";
import { argumentText } from "../../domain/approvals/shown.ts";
import { type Act, permitted } from "../../domain/identity/administration.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { GivenProof } from "../../domain/identity/granting-proof.ts";
import { proveSession } from "../../domain/identity/proof.ts";
import { type Doer, type Quarantine, unknownResult } from "../../domain/quarantine/quarantine.ts";
import type { FindSecrets } from "../../domain/approvals/shown.ts";
import type { Quarantined } from "../../ports/quarantine.ts";
import { type DeskParts, hasSecondFactor, howProved, type HowProved, proveDecision } from "./approvals-desk.ts";

/** What the pages and the API of withheld results stand on. */
export interface QuarantineDeskParts extends Omit<DeskParts, "approvals" | "standingMs"> {
  readonly quarantine: Quarantine;
}

export type QuarantineDesk = ReturnType<typeof createQuarantineDesk>;

/** More of a content is not shown at once, UTF-16 units. */
const LONGEST = 100_000;

/**
 * Who sees what is withheld, and who decides (S5, I11): their own to discard for everybody; content and release for whoever
 * has the duty security alone, because a model that uses somebody's browser would otherwise read what is kept from it.
 */
export function createQuarantineDesk(parts: QuarantineDeskParts) {
  const { quarantine, proof } = parts;
  const may = ({ owner }: BrowserSession, act: Act): boolean => permitted(proof.account(owner)?.roles ?? [], act);
  const prove = (session: BrowserSession, act: Act) =>
    proveSession(proof, { owner: session.owner, secondFactor: hasSecondFactor(parts, session) }, act);

  async function find(session: BrowserSession, id: string): Promise<Quarantined> {
    const item = (await quarantine.get(session.tenant, id)) ?? unknownResult();
    return item.owner === session.owner || may(session, "quarantine.list") ? item : unknownResult();
  }

  return {
    clock: parts.clock,
    may,
    find,
    howProved: (session: BrowserSession): Promise<HowProved> => howProved(parts, session),

    /** Their own, and those of others where their duty lets them see these. */
    async list(session: BrowserSession): Promise<{ mine: Quarantined[]; others: Quarantined[] }> {
      const { tenant, owner } = session;
      const all = await quarantine.list(tenant, may(session, "quarantine.list") ? undefined : owner);
      return { mine: all.filter((one) => one.owner === owner), others: all.filter((one) => one.owner !== owner) };
    },

    /** The content as a person may see it, for the duty alone; recorded. @throws Refused */
    async content(session: BrowserSession, item: Quarantined, channel: Doer["channel"]): Promise<string> {
      const by = await prove(session, "quarantine.read");
      await by.must("quarantine.read");
      return shownContent(await quarantine.read(item, { by: session.owner, channel }), parts.secrets, LONGEST);
    },

    /** @returns whether it is released; false: a second administrator has to do the same. @throws Refused */
    async release(
      session: BrowserSession,
      req: IncomingMessage,
      { id, channel }: { id: string; channel: Doer["channel"] },
      given: GivenProof | undefined,
    ): Promise<boolean> {
      const item = await find(session, id);
      const by = await proveDecision(parts, session, req, given, "quarantine.release");
      return quarantine.release(item.tenant, id, { by: by.owner, channel });
    },

    /** Nothing is granted, so that the session is enough; that of others needs the duty. @throws Refused */
    async discard(session: BrowserSession, id: string, channel: Doer["channel"]): Promise<void> {
      const item = await find(session, id);
      const act = item.owner === session.owner ? "quarantine.own" : "quarantine.discard";
      const by = await prove(session, act);
      await by.must(act);
      await quarantine.discard(item.tenant, id, { by: session.owner, channel });
    },
  };
}

/**
 * A kept content as JSON with recognised keys masked; `pieces` makes the rest of it visible.
 * @param longest UTF-16 units that are shown
 */
export function shownContent(content: string, secrets: FindSecrets, longest: number): string {
  if (content.length <= longest) return argumentText(JSON.parse(content), secrets);
  const beginning = JSON.parse(argumentText(content.slice(0, longest), secrets)) as string;
  return `${beginning}…\n(The first ${longest} of ${content.length} characters.)`;
}
