import { isOne, unitsOf } from "./units.ts";

/** A sentence says what the password is. */
export const TOLD =
  /(?:(?<=[ \t])(?:is|was|are|lautet|ist|war|est|es|é|è|to|är|er|это)[ \t]{1,4}(?:now[ \t]{1,4})?|(?<=[ \t])(?:is|was|are)(?=:)|(?:是|为|為|は|는|은)):?[ \t]{0,2}/y;
/** How those of its words begin that are ASCII. */
const BEGINS = new Set(["is", "wa", "ar", "la", "es", "to", "er"]);
const FIRSTS = unitsOf("iwalet");
/** Whether a sentence may begin to say it at a place: not with most letters. */
export function mayTell(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit > 127 || (isOne(FIRSTS, unit) && BEGINS.has(text.slice(at, at + 2)));
}

/** What no sentence says of a password but the password: digits among letters, or a symbol; not `base64-encoded`. */
export const isTyped = (value: string): boolean =>
  !ADDRESS.test(value) &&
  (/[a-z\d][#!@$%^&*+?~][a-z\d]/i.test(value) ||
    (/\d/.test(value) && /[a-z\d][A-Z]/.test(value) && /[a-z]/.test(value)) ||
    /\d[a-z]{1,20}\d/.test(value));
/** Where a password is sent to, or who has it. */
const ADDRESS = /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}[.,;:!?)]?$|:\/\//;
