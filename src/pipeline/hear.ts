import { maskedNote } from "../domain/inspection/frame.ts";
import { screenText, type TextScreen } from "../domain/inspection/screen-text.ts";
import { sizeOf } from "../domain/inspection/size.ts";
import { screenValue } from "../domain/inspection/screen-value.ts";
import type { TreatmentsOf } from "../domain/inspection/treatments.ts";
import type { Located, Talk } from "../kernel/call.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";

/** What is heard of an upstream beside its results. */
export interface Hear {
  /** An upstream's error, with its text screened (S1). */
  error(call: Located, refusal: Refusal): Refusal;
  /** The caller's side of a call, which hears screened progress and log messages alone (invariant 10). */
  talk(call: Located): Talk;
}

/** A longer notification is not looked at, and does not pass; UTF-16 units of its texts. */
const LONGEST = 65_536;

/** @param treatments what becomes of what is found; @param hashKey of the hashes that stand for values */
export function createHear(treatments: TreatmentsOf, hashKey: Uint8Array): Hear {
  const screenOf = ({ target, principal }: Located): TextScreen => ({
    surface: "result",
    treatments: treatments("result", target, principal.roles),
    hashKey,
  });
  return {
    error(call, refused) {
      const masked = call.screened?.masked ?? [];
      const refusal =
        masked.length === 0 ? refused : { ...refused, message: `${refused.message} ${maskedNote(masked)}` };
      const said = screenText(refusal.message, screenOf(call));
      if (said.verdict === "pass" || said.verdict === "mark")
        return said.text === refusal.message ? refusal : { ...refusal, message: said.text };
      const { server } = call.target;
      return {
        ...refusal,
        message: `The server ${server} answered an error whose text was withheld: ${said.why?.why ?? ""}`,
      };
    },
    talk(call) {
      const { talk } = call;
      if (!talk.wantsProgress && talk.logLevel === undefined) return talk;
      return new HeardTalk(talk, call, hear);
    },
  };

  function hear(params: JsonObject, said: "message" | "data", call: Located): JsonObject {
    return screened(params, said, screenOf(call), call);
  }
}

/** Told everything of a call before it goes on, and answers what goes on; `said` is the member with the text. */
type Heard = (params: JsonObject, said: "message" | "data", call: Located) => JsonObject;

/** Hands on what becomes of what is heard. Every call of a session has one, and few hear anything. */
export class HeardTalk implements Talk {
  readonly signal: Talk["signal"];
  readonly wantsProgress: boolean;
  readonly logLevel: string | undefined;
  readonly #talk: Talk;
  readonly #call: Located;
  readonly #heard: Heard;

  constructor(talk: Talk, call: Located, heard: Heard) {
    this.signal = talk.signal;
    this.wantsProgress = talk.wantsProgress;
    this.logLevel = talk.logLevel;
    this.#talk = talk;
    this.#call = call;
    this.#heard = heard;
  }

  progress(params: JsonObject): void {
    this.#talk.progress(this.#heard(params, "message", this.#call));
  }

  log(params: JsonObject): void {
    this.#talk.log(this.#heard(params, "data", this.#call));
  }

  poll(retryMs: number): void {
    this.#talk.poll(retryMs);
  }
}

/** A notification after the screen: whole, or with a sentence in place of what is withheld and of whatever else it says. */
function screened(params: JsonObject, said: "message" | "data", screen: TextScreen, { target }: Located): JsonObject {
  const withheld = (why: string): JsonObject => {
    const kept = Object.entries(params).filter(([name, value]) => KEPT.has(name) && typeof value !== "object");
    return {
      ...Object.fromEntries(kept),
      [said]: `The gateway withheld this message of the server ${target.server}. ${why}`,
    };
  };
  if (sizeOf(params, LONGEST) > LONGEST) return withheld("It is too long to be screened.");
  try {
    const { value, verdict, why } = screenValue(params, screen);
    if ((verdict === "pass" || verdict === "mark") && isObject(value)) return value;
    return withheld(why?.why ?? "");
  } catch {
    // Nobody above waits for a notification: a detector that fails must not end more than it.
    return withheld("It could not be screened.");
  }
}

/** Members that hold no text of the upstream: numbers, and one of eight levels. */
const KEPT = new Set(["progress", "total", "level"]);
