import { createHmac } from "node:crypto";
import type { Answered } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import { keptCallOf } from "./kept-call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { mayBeSame } from "../../kernel/principal.ts";
import type { AboutQuarantined, Quarantined, QuarantineStore, Room } from "../../ports/quarantine.ts";
import type { LifecycleEvent } from "../../ports/records.ts";
import type { Clock, Random } from "../../ports/world.ts";

/** What the quarantine stands on. */
export interface QuarantineParts {
  readonly store: QuarantineStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Writes to the record; rejects when it is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
  /** The subject id of an owner, for records. */
  readonly named: (tenant: string, owner: string) => string;
  /** A result waits so long, milliseconds. */
  readonly keepMs: number;
  /** How much may wait in one tenant. */
  readonly room: Room;
  /** Key of the digests: nobody without it can try contents. */
  readonly digestKey: Uint8Array;
  /** Two administrators have to want a release. */
  readonly secondPerson: boolean;
}

/** What a result is withheld for. */
export type Why = Pick<AboutQuarantined, "why" | "findings">;
/** Who did something, by which way. */
export interface Doer {
  readonly by: string;
  readonly channel: "page" | "api" | "command";
}

export type Quarantine = ReturnType<typeof createQuarantine>;

/** One owner has this part of the room at most: a flood in one's name takes no place from everybody. */
const SHARE = 4;
/** The second of two administrators has so long, milliseconds. */
const SECOND_MS = 3_600_000;
/** A longer content is not kept, UTF-16 units: sealing it would hold other calls up. */
const LONGEST = 1_048_576;
/** What was sent is kept beside it up to here, UTF-16 units: it is read with every list. */
const LONGEST_CALL = 65_536;

/** Results that wait for a person: kept sealed, released or discarded once, gone when they are over (S5). */
export function createQuarantine(parts: QuarantineParts) {
  const { store, clock, room } = parts;
  const share = { items: Math.ceil(room.items / SHARE), bytes: Math.ceil(room.bytes / SHARE) };

  const event = (
    what: "quarantined" | "released" | "release_wanted" | "discarded" | "expired" | "read",
    item: Omit<Quarantined, "state">,
    detail: JsonObject = {},
  ): Promise<void> =>
    parts.record({
      ...{ type: `result.${what}`, tenant: item.tenant, owner: item.owner, credential: item.credential },
      server: item.server,
      decision: what === "released" || what === "release_wanted" || what === "read" ? "allow" : "deny",
      reason: what === "released" || what === "release_wanted" || what === "read" ? "ok" : what,
      detail: { quarantine: item.id, ...detail },
    });
  const doer = (tenant: string, { by, channel }: Doer): JsonObject => ({ by: parts.named(tenant, by), channel });
  const find = async (tenant: string, id: string): Promise<Quarantined> =>
    (await store.get(tenant, id)) ?? unknownResult();

  return {
    /**
     * Keeps a result that is withheld; the same answer to the same credential is kept once.
     * @param result as it would have passed: secrets masked; also as JSON
     * @returns `full`: it was not kept. Rejects where store or record are lost; then nothing is kept either
     */
    async keep(
      call: Answered,
      result: JsonObject | string,
      why: Why,
    ): Promise<{ readonly item: Quarantined } | { readonly full: true }> {
      const { tenant, owner, credential } = call.principal;
      const { server, name, sentName, kind, effect, digest: definition } = call.target;
      const content = typeof result === "string" ? result : JSON.stringify(result);
      if (content.length > LONGEST) return { full: true };
      const at = clock.now();
      const asked = keptCallOf(call);
      const again = JSON.stringify(asked).length > LONGEST_CALL ? {} : { asked };
      const item = {
        ...{ id: parts.random.id("q_"), tenant, owner, credential, server, at, expiresAt: at + parts.keepMs },
        digest: createHmac("sha256", parts.digestKey)
          .update(`${JSON.stringify([tenant, server, kind, name, call.method])}\n`)
          .update(content)
          .digest("hex"),
        bytes: Buffer.byteLength(content),
        about: { ...{ method: call.method, kind, name, sentName, effect, call: call.id }, ...why, ...again },
      };
      const kept = await store.keep(item, content, room, share);
      if ("full" in kept) return { full: true };
      if (kept.item.id !== item.id) return kept;
      try {
        await event("quarantined", item, {
          // The URI of a resource may hold private data.
          ...(kind === "resource" ? {} : { target: name }),
          ...(definition === undefined ? {} : { definition }),
          ...{
            of: call.id,
            findings: { ...why.findings },
            digest: item.digest,
            bytes: item.bytes,
            expires: item.expiresAt,
          },
        });
      } catch (error) {
        await store.remove(tenant, item.id);
        throw error;
      }
      return kept;
    },

    list: (tenant: string, owner?: string) => store.list(tenant, owner),
    get: (tenant: string, id: string) => store.get(tenant, id),

    /** The content, for a person who decides or for the caller of what was released; recorded before it is answered. */
    async read(item: Quarantined, who: Doer | { readonly channel: "resource" }): Promise<string> {
      const content = (await store.content(item.tenant, item.id)) ?? unknownResult();
      await event("read", item, "by" in who ? doer(item.tenant, who) : { channel: who.channel });
      return content;
    },

    /**
     * Releases it to the credential whose call it was. Who may is judged by the caller, who has their proof.
     * @returns whether it is released; false: a second administrator has to do the same within an hour
     * @throws Refused where somebody else was first, or it is over
     */
    async release(tenant: string, id: string, who: Doer): Promise<boolean> {
      const item = await find(tenant, id);
      const now = clock.now();
      const since = now - SECOND_MS;
      const first = (item.firstAt ?? 0) > since && item.firstBy !== undefined ? item.firstBy : undefined;
      if (parts.secondPerson && (first === undefined || mayBeSame(first, who.by))) {
        if (item.state !== "held" || !(await store.second(tenant, id, who.by, now, since))) return decidedAlready();
        await event("release_wanted", item, doer(tenant, who));
        return false;
      }
      if (!(await store.release(tenant, id, who.by, now, parts.secondPerson ? first : undefined)))
        return decidedAlready();
      try {
        await event("released", item, doer(tenant, who));
      } catch (error) {
        // What is not recorded does not happen.
        await store.hold(tenant, id);
        throw error;
      }
      return true;
    },

    /** Removes it, released or not. @throws Refused where somebody else was first, or it is over */
    async discard(tenant: string, id: string, who: Doer): Promise<void> {
      const item = await find(tenant, id);
      if (!(await store.remove(tenant, id))) return decidedAlready();
      await event("discarded", item, doer(tenant, who));
    },

    /** Removes whatever waits of a person (I9, A9). Answers how many. */
    endOwner: (tenant: string, owner: string) => store.removeOwner(tenant, owner),

    /** Removes what has expired, and records it. */
    async sweep(): Promise<void> {
      for (const item of await store.sweep(clock.now())) await event("expired", item);
    },
  };
}

/** @throws Refused: nobody knows it */
export function unknownResult(): never {
  return refuse("unknown_path", "There is no such withheld result here, or it is not yours to see.", { control: "S5" });
}

const decidedAlready = (): never =>
  refuse("invalid_request", "This was decided already, or the time for it is over.", { control: "S5" });
