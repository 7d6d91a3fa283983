import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { checkScope } from "../controls/check-scope.ts";
import { checkVisible, type Decide } from "../controls/check-visible.ts";
import type { InspectResultParts } from "../controls/inspect-result.ts";
import { markOf, withNotes } from "../domain/inspection/frame.ts";
import { createQuarantine, type Quarantine, type QuarantineParts } from "../domain/quarantine/quarantine.ts";
import type { Answered, Asked, Located } from "../kernel/call.ts";
import type { Control } from "../kernel/control.ts";
import { Refused } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Quarantined } from "../ports/quarantine.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { openQuarantine, QUARANTINE_DB } from "../adapters/sqlite/quarantine.ts";
import type { MasterKey } from "../adapters/vault/master-key.ts";
import type { Identity } from "./identity.ts";
import { pieceOf, unknownResource } from "./remainders.ts";
import type { openState } from "./state.ts";

const SCHEME = "cardea://quarantine/";
const LOST = {
  sentence: "It could not be kept for a person: the store does not answer. The operator finds the reason in the log.",
  why: "quarantine_lost",
};
const FULL = {
  sentence: "It was not kept for a person: as many withheld results wait already as may (screen.quarantine).",
  why: "quarantine_full",
};
const GONE = { sentence: "It was not kept for a person: its caller has gone.", why: "caller_gone" };

/** What the configuration says of the quarantine, alike for the gateway and for commands. */
export const quarantineRules = ({ screen, identity }: Config, master: MasterKey) =>
  ({
    keepMs: screen.quarantine.keepMs,
    room: screen.quarantine,
    digestKey: master.derive("quarantine digests"),
    secondPerson: identity.secondPerson,
  }) satisfies Partial<QuarantineParts>;

interface GatewayQuarantineParts {
  readonly config: Config;
  readonly home: string;
  readonly state: Awaited<ReturnType<typeof openState>>;
  readonly identity: Pick<Identity, "record" | "subjectOf">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  base(): string;
}

/** The quarantine of a running gateway, and what keeps results in it. What is opened here ends with `opening`. */
export function openGatewayQuarantine(parts: GatewayQuarantineParts, opening: AsyncDisposableStack) {
  const { config, home, state, identity, clock, random, log, base } = parts;
  const store = openQuarantine(join(home, QUARANTINE_DB), state.master, clock, state.rows);
  opening.defer(() => store.close());
  const { record, subjectOf: named } = identity;
  const rules = quarantineRules(config, state.master);
  const quarantine = createQuarantine({ store, clock, random, record, named, ...rules });
  const keep: InspectResultParts["quarantine"] = async (call, { value, why, counts }) => {
    // Whoever was ended meanwhile leaves nothing behind.
    if (call.talk.signal.aborted) return GONE;
    const { kind = "unread", tier } = why ?? {};
    try {
      const kept = await quarantine.keep(call, value, {
        why: { kind, ...(tier === undefined ? {} : { tier }) },
        findings: counts,
      });
      if ("full" in kept) return FULL;
      const { id, state: now, expiresAt } = kept.item;
      return {
        ...{ id, released: now === "released", expiresAt },
        ...{ page: `${base()}/quarantine/${id}`, address: `${SCHEME}${id}` },
      };
    } catch (error) {
      log.error("quarantine.lost", {
        server: call.target.server,
        fault: error instanceof Error ? error.message : String(error),
      });
      return LOST;
    }
  };
  return { quarantine, keep };
}

/**
 * Released results as resources, each for the credential whose call it was (S5): still seen and permitted like the call
 * itself, framed as data, and labelled like any result before the answer leaves (S8).
 * @param parts.pieceSize UTF-16 units that one read answers
 */
export function createReleased(parts: {
  readonly quarantine: Pick<Quarantine, "get" | "read">;
  readonly decide: Decide;
  readonly label: Control<Answered>;
  readonly pieceSize: number;
  base(): string;
}) {
  const { quarantine, label, pieceSize } = parts;
  const still = [checkVisible(parts.decide), checkScope()];
  return {
    has: (uri: unknown): uri is string => typeof uri === "string" && uri.startsWith(SCHEME),

    /** A piece of what was released to this caller. @throws Refused */
    async read(call: Asked, uri: string): Promise<JsonObject> {
      const [, id = "", from = "0"] = /^cardea:\/\/quarantine\/(q_[\w-]{1,64})(?:\?from=(\d{1,9}))?$/.exec(uri) ?? [];
      const { tenant, owner, credential } = call.principal;
      const item = id === "" ? undefined : await quarantine.get(tenant, id);
      const isTheirs = item?.owner === owner && item.credential === credential;
      if (item === undefined || !isTheirs || (call.endpoint ?? item.server) !== item.server)
        throw unknownResource(uri, "S5");
      if (item.state !== "released")
        throw new Refused({
          code: "needs_person",
          message: `A person has to release this first, at ${parts.base()}/quarantine/${id}`,
          control: "S5",
          executed: "no",
        });
      const located = locatedOf(call, item);
      for (const control of still) {
        const said = await control.judge(located);
        if (said.kind !== "pass") throw new Refused(said.refusal);
      }
      const start = Number(from);
      const text = await quarantine.read(item, { channel: "resource" });
      if (start >= text.length) throw unknownResource(uri, "S5");
      const result = JSON.parse(text) as JsonObject;
      const labelled = { ...located, method: item.about.method, result, screened: { result: item.about.findings } };
      const said = await label.judge(labelled);
      if (said.kind !== "pass") throw new Refused(said.refusal);
      const piece = pieceOf(text, { uri, whole: `${SCHEME}${id}`, start, size: pieceSize });
      return withNotes("resources/read", piece, `A person released this answer. ${markOf(item.server)}`, []);
    },
  };
}

/** The call whose answer it was, as far as it is known still. */
function locatedOf(call: Asked, { server, about }: Quarantined): Located {
  const { kind, name, sentName, effect } = about;
  const unknown = { digest: undefined, definition: undefined, published: undefined, quarantine: undefined };
  return { ...call, target: { server, kind, name, sentName, effect, ...unknown }, sent: {} };
}
