import { frameOf, markOf, maskedNote, withNotes } from "../domain/inspection/frame.ts";
import { plain } from "../domain/inspection/normalise.ts";
import { piecesOf, toldBy } from "../domain/inspection/told.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import {
  type Classification,
  type ClassifierFailure,
  ClassifierFault,
  type Question,
  VERDICTS,
} from "../ports/classifier.ts";
import type { Clock } from "../ports/world.ts";
import { type InspectResultParts, quarantined, WAITS } from "./inspect-result.ts";

/** What classifying results stands on. */
export interface ClassifyResultParts {
  /** @throws ClassifierFault (rejects with it) */
  readonly ask: (question: Question) => Promise<Classification>;
  /** Whether texts of this server are asked about. */
  readonly asks: (server: string) => boolean;
  /** Shorter texts are not asked about; UTF-16 units. */
  readonly minLength: number;
  /** What becomes of a result about which nothing was said. */
  readonly onFailure: "refuse" | "pass";
  /** Told of each failure, and that there is an answer again. */
  readonly told: (failure: string | undefined) => void;
  readonly quarantine: InspectResultParts["quarantine"];
  readonly clock: Clock;
}

/** Pieces of one result, and how many of them are asked about at a time. */
const [MOST_PIECES, AT_ONCE] = [32, 4];

/**
 * An external classifier is asked about what a result tells, after the own screen (S3). It can make a verdict stricter, never
 * milder; where it says nothing, the operator's choice holds, and closed is the default.
 * @param parts undefined: there is none
 */
export function classifyResult(parts: ClassifyResultParts | undefined): Control<Answered> {
  return {
    name: "classify-result",
    ids: ["S3"],
    judge: (call) => (parts === undefined || !parts.asks(call.target.server) ? pass(call) : classify(parts, call)),
  };
}

async function classify(parts: ClassifyResultParts, call: Answered): Promise<Verdict<Answered>> {
  const { server } = call.target;
  const told = toldBy(call.result, new Set([frameOf(server), markOf(server), ...maskedIn(call)]));
  if (told.length < Math.max(1, parts.minLength)) return pass(call);
  const began = parts.clock.monotonic();
  const { said, failure } = await asked(parts, call, told);
  parts.told(failure);
  const ms = Math.round(parts.clock.monotonic() - began);
  if (failure === undefined) return judged(parts, call, said, { ...said, ms });
  // What was said of a part counts, whatever is not known of the rest.
  const refused = said.verdict === "quarantine" || said.verdict === "block";
  const passed = !refused && parts.onFailure === "pass";
  const classified = { ...(said.verdict === "pass" ? {} : said), failure, passed, ms };
  if (refused || passed) return judged(parts, call, said, classified);
  return deny({
    ...withheld(call, "The classifier of the operator did not answer, and nothing passes without it"),
    classified,
  });
}

const maskedIn = ({ screened }: Answered): string[] =>
  screened?.masked === undefined ? [] : [maskedNote(screened.masked)];

/** The strictest of what is said of each piece, and why there was no answer to one of them. */
async function asked(
  parts: ClassifyResultParts,
  call: Answered,
  told: string,
): Promise<{ said: Classification; failure: ClassifierFailure | undefined }> {
  const { server, kind, name } = call.target;
  const pieces = piecesOf(told, MOST_PIECES);
  if (pieces === undefined) return { said: { verdict: "pass" }, failure: "long" };
  const about = { surface: surfaceOf(call), server, tool: kind === "tool" || kind === "prompt" ? name : undefined };
  let strictest: Classification = { verdict: "pass" };
  let failure: ClassifierFailure | undefined;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < pieces.length && failure === undefined && strictest.verdict !== "block") {
      const part = ++next;
      const text = plain(pieces[part - 1] as string).text;
      try {
        const said = await parts.ask({ ...about, text, part, parts: pieces.length });
        if (stricter(said, strictest)) strictest = said;
      } catch (error) {
        if (!(error instanceof ClassifierFault)) throw error;
        failure ??= error.failure;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, pieces.length) }, work));
  return { said: strictest, failure };
}

function stricter(a: Classification, b: Classification): boolean {
  const [of, than] = [VERDICTS.indexOf(a.verdict), VERDICTS.indexOf(b.verdict)];
  return of > than || (of === than && (a.score ?? 0) > (b.score ?? 0));
}

function surfaceOf({ method, result }: Answered): Question["surface"] {
  if (result["resultType"] === "input_required") return "request";
  if (method === "prompts/get") return "prompt";
  if (method === "resources/read") return "resource";
  return method === "completion/complete" ? "completion" : "result";
}

async function judged(
  parts: ClassifyResultParts,
  call: Answered,
  { verdict, kind = "classifier" }: Classification,
  classified: JsonObject,
): Promise<Verdict<Answered>> {
  const findings = { ...call.screened?.result, ...(verdict === "pass" ? {} : { [kind]: 1 }) };
  const screened = { ...call.screened, result: findings, classified };
  if (verdict === "pass") return pass({ ...call, screened });
  if (verdict === "mark") return pass({ ...call, screened, result: marked(call) });
  const waits = verdict === "quarantine" && WAITS.has(call.method) && call.result["resultType"] !== "input_required";
  const found = { value: call.result, masked: [], counts: findings, why: { path: "", kind, why: WHY } };
  if (waits) {
    const kept = await parts.quarantine(call, { ...found, verdict: "quarantine" });
    return deny({ ...quarantined(call, { ...found, verdict: "quarantine" }, kept), classified });
  }
  return deny({ ...withheld(call, `${WHY} (${kind})`), rule: kind, findings, classified });
}

const WHY = "The classifier of the operator refuses it";

/** Marked once, whoever marks it. */
function marked({ method, result, target: { server } }: Answered): JsonObject {
  const content = Array.isArray(result["content"]) ? result["content"] : [];
  if (content.some((block) => isObject(block) && block["text"] === markOf(server))) return result;
  const rest = content.filter((block) => !isObject(block) || block["text"] !== frameOf(server));
  return withNotes(method, content.length === 0 ? result : { ...result, content: rest }, markOf(server), []);
}

const withheld = ({ target }: Answered, why: string) =>
  ({
    code: "withheld",
    message: `The gateway withheld the answer of the server ${target.server}. The call was carried out. ${why}`,
    control: "S3",
    executed: "yes",
  }) as const;
