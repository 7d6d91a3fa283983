import type { Answered, Asked, Located, Screening } from "../kernel/call.ts";
import type { Control } from "../kernel/control.ts";
import { type Code, Refused } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { run, type Step } from "../pipeline/run.ts";
import type { KeptCall } from "../ports/quarantine.ts";
import type { Log } from "../ports/world.ts";

/** The rows of the table by which an answer that was kept is judged when it is read. */
interface Rows {
  readonly "locate-target": Control<Asked, Located>;
  readonly "check-pin": Control<Located>;
  readonly "check-visible": Control<Located>;
  readonly "check-scope": Control<Located>;
  readonly "guard-arguments": Control<Located>;
  readonly "check-policy": Control<Located>;
  readonly "minimise-result": Control<Answered>;
  readonly "label-result": Control<Answered>;
}

export type JudgedAgain = ReturnType<typeof createJudgedAgain>;

/** The refusals of a call that say no more than that it is not for this caller. */
const AS_UNKNOWN: ReadonlySet<Code> = new Set(["unknown_target", "invalid_arguments", "invalid_params"]);

/**
 * An answer that is read later is judged as its call would be now: the definition approved and not quarantined, the call
 * still visible, within scope, guards and policy on the values that were sent; then it is minimised by the rules of now, and
 * labels what the credential has read (P1, T3, S8, S9). What a person allowed, and what was counted, stays so.
 */
export function createJudgedAgain(rows: Rows, log: Log) {
  const step = <Fact, Out extends Fact>(name: string, control: Control<Fact, Out>): Step<Fact> => ({
    ...{ name, measure: { runs: 0, denials: 0, failures: 0 } },
    control: control as unknown as Control<Fact>,
  });
  const locate = [step("locate-target", rows["locate-target"])];
  const gate = (["check-pin", "check-visible", "check-scope", "guard-arguments", "check-policy"] as const).map((name) =>
    step(name, rows[name]),
  );
  const screen = (["minimise-result", "label-result"] as const).map((name) => step(name, rows[name]));
  return {
    /** @param call what reads the answer @param uri where @param control which control keeps it @throws Refused */
    async call(call: Asked, kept: KeptCall, { uri, control }: { uri: string; control: string }): Promise<Located> {
      const { method, params, sent, labels } = kept;
      // An answer belongs to its server: elsewhere it does not exist.
      if ((call.endpoint ?? kept.server) !== kept.server) throw unknownResource(uri, control, "another endpoint");
      try {
        const asked = { ...call, method, params, endpoint: kept.endpoint, headers: undefined };
        const located = await run<Asked, Located>(locate, asked, log);
        return await run<Located, Located>(gate, { ...located, sent, flow: { labels } }, log);
      } catch (error) {
        if (!(error instanceof Refused) || !AS_UNKNOWN.has(error.refusal.code)) throw error;
        throw unknownResource(uri, error.refusal.control ?? control, error.refusal.secretReason);
      }
    },

    /** What is left of the answer by the rules of now; what the credential has read is stored before. @throws Refused */
    async result(located: Located, result: JsonObject, found: Screening["result"]): Promise<JsonObject> {
      const screened = found === undefined ? {} : { screened: { result: found } };
      return (await run<Answered, Answered>(screen, { ...located, result, ...screened }, log)).result;
    },
  };
}

/** What does not exist, or not for this caller. @param secretReason for the record alone */
export const unknownResource = (uri: string, control: string, secretReason?: string): Refused =>
  new Refused({
    code: "unknown_target",
    message: "There is no such resource here. Ask for the list and use a name from it.",
    control,
    executed: "no",
    data: { uri },
    ...(secretReason === undefined ? {} : { secretReason }),
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
