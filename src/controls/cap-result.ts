import { type Caps, cutResult, exceeds } from "../domain/inspection/cap.ts";
import { frameOf, maskedNote, withNotes } from "../domain/inspection/frame.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { boundBy, type ValidateOutput } from "./validate-result.ts";

/** What capping stands on. */
export interface CapResultParts {
  readonly caps: Caps;
  /** Keeps a whole result for this caller alone, sealed, for a time; answers its address. Rejects where it cannot. */
  readonly keep: (call: Answered) => Promise<string>;
  readonly validate: ValidateOutput;
}

/**
 * A result that is larger, longer or deeper than the caps is cut where it stays valid, and says so: the whole is kept sealed
 * for the caller, who reads on at an address (S6). Structured content that does not fit its schema when it is cut is withheld.
 */
export function capResult(parts: CapResultParts): Control<Answered> {
  return {
    name: "cap-result",
    ids: ["S6", "A10"],
    judge: (call) => (call.whole !== undefined || exceeds(call.result, parts.caps) ? cap(parts, call) : pass(call)),
  };
}

/** What structured content, its text copy, their marks and the gateway's own sentences may have besides. */
const SPARE = 4_096;
const LEVELS = 8;

/** Sentences of the gateway that may stand behind the content. */
const ownBlocks = ({ target, screened }: Answered): string[] => [
  frameOf(target.server),
  ...(screened?.masked === undefined ? [] : [maskedNote(screened.masked)]),
];

const isSaid = ({ content }: JsonObject, sentence: string): boolean =>
  Array.isArray(content) && content.some((one) => isObject(one) && one["text"] === sentence);

async function cap({ caps, keep, validate }: CapResultParts, call: Answered): Promise<Verdict<Answered>> {
  const { server } = call.target;
  const { definition, digest } = boundBy(call);
  if (call.result["resultType"] !== "complete")
    return deny({
      code: "upstream_invalid",
      message: `The server ${server} asked for more than ${caps.size} characters or ${caps.items} items at once.`,
      control: "S6",
      executed: "unknown",
    });
  const address = await keep(call);
  const note = `The gateway cut this answer: at most ${caps.size} characters, ${caps.items} items and ${caps.depth} levels pass at once. Read the whole in pieces at the resource ${address}`;
  const said = call.whole === undefined ? cutResult(call.result, caps) : call.result;
  const content = said["structuredContent"];
  const bound = content !== undefined && definition?.["outputSchema"] !== undefined && call.result["isError"] !== true;
  if (bound && digest !== undefined && validate(digest, definition, content).length > 0)
    return deny({
      code: "withheld",
      message: `${note}. It does not fit its output schema when it is cut.`,
      control: "S6",
      executed: "yes",
    });
  const lost = ownBlocks(call).filter((one) => isSaid(call.result, one) && !isSaid(said, one));
  const result = withNotes(call.method, said, undefined, [...lost, note]);
  if (!exceeds(result, { size: caps.size * 4 + SPARE, items: caps.items * 4 + SPARE, depth: caps.depth + LEVELS }))
    return pass({ ...call, result });
  return deny({ code: "withheld", message: `${note}. No beginning of it fits.`, control: "S6", executed: "yes" });
}
