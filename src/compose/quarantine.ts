import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import type { InspectResultParts } from "../controls/inspect-result.ts";
import { frameOf, markOf, withNotes } from "../domain/inspection/frame.ts";
import { createQuarantine, type Quarantine, type QuarantineParts } from "../domain/quarantine/quarantine.ts";
import type { Asked } from "../kernel/call.ts";
import { Refused } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { openQuarantine, QUARANTINE_DB } from "../adapters/sqlite/quarantine.ts";
import type { MasterKey } from "../adapters/vault/master-key.ts";
import type { Identity } from "./identity.ts";
import { type JudgedAgain, pieceOf, unknownResource } from "./judged-again.ts";
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
  const keep: InspectResultParts["quarantine"] = async (call, { value, whole, why, counts }) => {
    // Whoever was ended meanwhile leaves nothing behind.
    if (call.talk.signal.aborted) return GONE;
    const { kind = "unread", tier } = why ?? {};
    try {
      const said = whole === undefined ? value : Buffer.from(whole.buffer).toString();
      // Sealing a megabyte takes milliseconds, and so did reading it: others go between.
      if (whole !== undefined) await turn();
      const kept = await quarantine.keep(call, said, {
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
 * Released results as resources, each for the credential whose call it was (S5): judged again as the call would be now,
 * framed as data, and labelled like any result before the answer leaves (S8).
 * @param parts.pieceSize UTF-16 units that one read answers
 */
export function createReleased(parts: {
  readonly quarantine: Pick<Quarantine, "get" | "read">;
  readonly again: JudgedAgain;
  readonly pieceSize: number;
  base(): string;
}) {
  const { quarantine, again, pieceSize } = parts;
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
      const { asked, findings } = item.about;
      if (asked === undefined)
        throw new Refused({
          code: "withheld",
          message: "What that call sent was too long to be kept, so that it cannot be judged again.",
          control: "S5",
          executed: "no",
        });
      const located = await again.call(call, asked, { uri, control: "S5" });
      const whole = JSON.parse(await quarantine.read(item, { channel: "resource" })) as JsonObject;
      const text = JSON.stringify(await again.result(located, whole, findings));
      const start = Number(from);
      if (start >= text.length) throw unknownResource(uri, "S5");
      const piece = pieceOf(text, { uri, whole: `${SCHEME}${id}`, start, size: pieceSize });
      const mark = `A person released this answer. ${markOf(item.server)}`;
      return withNotes("resources/read", piece, mark, [frameOf(item.server)]);
    },
  };
}
