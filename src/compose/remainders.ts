import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { openSealedTexts } from "../adapters/vault/sealed-texts.ts";
import type { CapResultParts } from "../controls/cap-result.ts";
import { carriedBy, frameOf, markOf, withNotes, withoutNotes } from "../domain/inspection/frame.ts";
import { makeRoom, type Occupant, type RoomSize } from "../domain/limits/room.ts";
import { keptCallOf } from "../domain/quarantine/kept-call.ts";
import type { Artifact, Artifacts } from "../ports/artifacts.ts";
import type { KeptCall } from "../ports/quarantine.ts";
import type { LifecycleEvent } from "../ports/records.ts";
import type { Asked } from "../kernel/call.ts";
import { Refused } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Clock, Random } from "../ports/world.ts";
import { type JudgedAgain, pieceOf, unknownResource } from "./judged-again.ts";

/**
 * Results that were cut, kept whole: sealed, each for one credential, and not for long (S6, A10). The store has the key, a
 * file the sealed text: megabytes in the store would hold up everybody. What is removed from the store nobody reads any more.
 */
const KIND = "rest";
const SCHEME = "cardea://rest/";
const FOLDER = "rest";
/** One owner has this part of the room at most: a flood in one's name takes no place from everybody. */
const SHARE = 4;
/** Files are looked through so often at most; what was written more recently may not be in the store yet, milliseconds. */
const SWEEP_MS = 60_000;

/** What stands before a result in its file. */
interface Head extends KeptCall {
  readonly framed: boolean;
  readonly marked: boolean;
  readonly findings?: Readonly<Record<string, number>>;
}

interface Kept extends Occupant {
  readonly id: string;
  readonly expiresAt: number;
}

/**
 * @param parts.pieceSize UTF-16 units that one read answers @param parts.keepMs how long a result is kept, milliseconds
 * @param parts.room how many are kept of all callers together, and bytes of their text
 */
export function createRemainders(parts: {
  readonly home: string;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly pieceSize: number;
  readonly keepMs: number;
  readonly room: RoomSize;
  /** Writes to the record; rejects when it is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
}) {
  const { artifacts, clock, random, pieceSize, keepMs, room } = parts;
  const share = { items: Math.ceil(room.items / SHARE), bytes: Math.ceil(room.bytes / SHARE) };
  const texts = openSealedTexts(join(parts.home, FOLDER));
  /** What is kept, oldest first. */
  let kept = new Map<string, Kept>();
  let swept = 0;

  /** Reads again what the store has, and removes the files of what it has no more. */
  async function sweep(): Promise<void> {
    swept = clock.now();
    const stored = await artifacts.all(KIND);
    const found = new Map(stored.flatMap((one) => occupant(one) ?? []).map((one) => [one.id, one]));
    for (const [id, one] of kept) if (one.expiresAt > swept + keepMs - SWEEP_MS) found.set(id, found.get(id) ?? one);
    kept = found;
    await texts.sweep(swept - SWEEP_MS, kept.keys());
  }

  async function remove(id: string): Promise<void> {
    kept.delete(id);
    await artifacts.remove(KIND, id);
    await texts.remove(id);
  }

  const keep: CapResultParts["keep"] = async (call) => {
    const { principal, result, target, screened, whole } = call;
    const { tenant, owner, credential } = principal;
    const head: Head = {
      ...keptCallOf(call),
      ...carriedBy(result, target.server),
      ...(screened?.result === undefined ? {} : { findings: screened.result }),
    };
    // Writing a megabyte takes milliseconds, and so did what came before: others go between.
    await turn();
    const text = [`${JSON.stringify(head)}\n`, whole ?? JSON.stringify(withoutNotes(result, target.server))];
    await turn();
    if (clock.now() - swept > SWEEP_MS) await sweep();
    const now = clock.now();
    const id = Buffer.from(random.bytes(24)).toString("base64url");
    const bytes = text.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    const one: Kept = { id, of: `${tenant} ${owner}`, bytes, expiresAt: now + keepMs };
    const gone = makeRoom(kept.values(), one, room, share);
    if (gone === undefined)
      throw new Refused({
        code: "withheld",
        message: `The answer is too large to pass at once, and too large to be kept: one caller may have ${share.bytes} bytes (a quarter of screen.cap.kept). Ask for less.`,
        control: "S6",
        executed: "yes",
      });
    // Its place is taken at once: others come meanwhile.
    kept.set(id, one);
    for (const { id: old } of gone) kept.delete(old);
    try {
      for (const { id: old } of gone) await remove(old);
      const key = await texts.put(id, text);
      await artifacts.put(KIND, id, { credential, key, id, bytes }, { tenant, owner, expiresAt: one.expiresAt });
    } catch (error) {
      kept.delete(id);
      throw error;
    }
    return `${SCHEME}${id}`;
  };

  return {
    keep,
    /** Removes what is over. To be called every minute or so. */
    sweep,

    /** What its caller reads on, judged again as its call would be now. */
    readable: (again: JudgedAgain) => ({
      /** Whether the address is one of these. */
      has: (uri: unknown): uri is string => typeof uri === "string" && uri.startsWith(SCHEME),

      /** A piece of what is kept for this caller, with the address of the next. @throws Refused */
      async read(call: Asked, uri: string): Promise<JsonObject> {
        const { tenant, owner, credential } = call.principal;
        const [, id = "", from = "0"] = /^cardea:\/\/rest\/([\w-]{32})(?:\?from=(\d{1,9}))?$/.exec(uri) ?? [];
        const found = id === "" ? undefined : await artifacts.find(KIND, id);
        const { credential: theirs, key } = found?.payload ?? {};
        const mine = typeof key === "string" && theirs === credential;
        const sealed = mine ? await texts.get(id, key) : undefined;
        if (sealed === undefined) throw unknownResource(uri, "S6");
        const end = sealed.indexOf("\n");
        const head = JSON.parse(sealed.slice(0, end)) as Head;
        const located = await again.call(call, head, { uri, control: "S6" });
        const whole = JSON.parse(sealed.slice(end + 1)) as JsonObject;
        const text = JSON.stringify(await again.result(located, whole, head.findings));
        const start = Number(from);
        if (start >= text.length) throw unknownResource(uri, "S6");
        const { server, framed, marked } = head;
        await parts.record({
          ...{ type: "result.read", tenant, owner, credential, server, decision: "allow", reason: "ok" },
          detail: { rest: id, of: head.call, call: call.id, from: start, channel: "resource" },
        });
        const piece = pieceOf(text, { uri, whole: `${SCHEME}${id}`, start, size: pieceSize });
        const frame = framed || marked ? [frameOf(server)] : [];
        return withNotes("resources/read", piece, marked ? markOf(server) : undefined, frame);
      },
    }),
  };
}

function occupant({ payload, tenant, owner, expiresAt }: Awaited<ReturnType<Artifacts["all"]>>[number]) {
  const { id, bytes } = payload satisfies Artifact["payload"];
  if (typeof id !== "string" || typeof bytes !== "number") return undefined;
  return { id, of: `${tenant} ${owner ?? ""}`, bytes, expiresAt: expiresAt ?? 0 } satisfies Kept;
}
