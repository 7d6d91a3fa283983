import { oneOf, type Sentence } from "./sentence.ts";
import type { Place } from "./sign.ts";

/** A sentence of prose about the tool, not about a parameter. */
export const proseOrFirst = (place: Place): boolean =>
  place.parameter === undefined && (place.role === "description" || place.role === "title");

const BEFORE_COMMAND = oneOf("must always please and then should shall to assistant model agent you just simply only");

/** Whether a base form commands: at the start, after a comma, or after `must`, `always`, `and`, `please`, `to`. */
export const commands = (s: Sentence, token: number): boolean =>
  token === 0 || s.isOne(token - 1, BEFORE_COMMAND) || s.follows(token - 1);
