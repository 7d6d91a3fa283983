import { join } from "node:path";
import { openSealedTexts } from "../adapters/vault/sealed-texts.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { Asked } from "../kernel/call.ts";
import { Refused } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Clock, Random } from "../ports/world.ts";

/**
 * Results that were cut, kept whole: sealed, each for one credential, and not for long (S6, A10). The store has the key, a
 * file the sealed text: megabytes in the store would hold up everybody. What is removed from the store nobody reads any more.
 */
const KIND = "rest";
const SCHEME = "cardea://rest/";
/** Of all callers together; the older half goes first. */
const MOST = 1_000;
const FOLDER = "rest";
/** Files are looked through so often at most, milliseconds. */
const SWEEP_MS = 60_000;

/** @param parts.pieceSize UTF-16 units that one read answers; @param parts.keepMs how long a result is kept, milliseconds */
export function createRemainders(parts: {
  readonly home: string;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly pieceSize: number;
  readonly keepMs: number;
}) {
  const { artifacts, clock, random, pieceSize, keepMs } = parts;
  const texts = openSealedTexts(join(parts.home, FOLDER));
  let swept = 0;
  return {
    async keep({ tenant, owner, credential }: Principal, result: JsonObject): Promise<string> {
      const now = clock.now();
      if (!(await artifacts.hasRoom(KIND, MOST, now - keepMs / 2)))
        throw new Refused({
          code: "withheld",
          message: "The answer is too large to pass at once, and too many such answers are kept. Ask for less.",
          control: "S6",
          executed: "yes",
        });
      const id = Buffer.from(random.bytes(24)).toString("base64url");
      if (now - swept > SWEEP_MS) {
        swept = now;
        await texts.sweep(now - keepMs);
      }
      const key = await texts.put(id, JSON.stringify(result));
      await artifacts.put(KIND, id, { credential, key }, { tenant, owner, expiresAt: now + keepMs });
      return `${SCHEME}${id}`;
    },

    /** Whether the address is one of these. */
    has: (uri: unknown): uri is string => typeof uri === "string" && uri.startsWith(SCHEME),

    /** A piece of what is kept for this caller, with the address of the next. @throws Refused */
    async read({ principal }: Pick<Asked, "principal">, uri: string): Promise<JsonObject> {
      const [, id = "", from = "0"] = /^cardea:\/\/rest\/([\w-]{32})(?:\?from=(\d{1,9}))?$/.exec(uri) ?? [];
      const found = id === "" ? undefined : await artifacts.find(KIND, id);
      const { credential, key } = found?.payload ?? {};
      const mine = typeof key === "string" && credential === principal.credential;
      const text = mine ? await texts.get(id, key) : undefined;
      const start = Number(from);
      if (text === undefined || start >= text.length) throw unknownResource(uri, "S6");
      return pieceOf(text, { uri, whole: `${SCHEME}${id}`, start, size: pieceSize });
    },
  };
}

/** What does not exist, or not for this caller. */
export const unknownResource = (uri: string, control: string): Refused =>
  new Refused({
    code: "unknown_target",
    message: "There is no such resource here. Ask for the list and use a name from it.",
    control,
    executed: "no",
    data: { uri },
  });

/**
 * A piece of a kept text as the contents of a resource, with the address of the next.
 * @param place.whole address of the beginning @param place.start @param place.size in UTF-16 units
 */
export function pieceOf(
  text: string,
  { uri, whole, start, size }: { uri: string; whole: string; start: number; size: number },
): JsonObject {
  let end = Math.min(text.length, start + size);
  const unit = text.charCodeAt(end - 1);
  if (end < text.length && unit >= 0xd800 && unit <= 0xdbff) end--;
  const next = end < text.length ? { _meta: { "cardea/next": `${whole}?from=${end}` } } : {};
  const piece = { uri, mimeType: "text/plain", text: text.slice(start, end), ...next };
  const on = { uri, mimeType: "text/plain", text: `The answer goes on at ${whole}?from=${end}` };
  const contents = end < text.length ? [piece, on] : [piece];
  return { resultType: "complete", contents, ttlMs: 0, cacheScope: "private" };
}
