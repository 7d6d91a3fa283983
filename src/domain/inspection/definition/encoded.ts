import { Buffer } from "node:buffer";

/** A run of base64 or hex that holds readable text. */
export interface EncodedText {
  /** Offsets in the text that was searched. */
  readonly start: number;
  readonly end: number;
  /** What it says, at most as long as the run. */
  readonly text: string;
}

const RUN = /[A-Za-z0-9+/_-]{24,16384}={0,2}/g;
const HEX = /^(?:[0-9a-f]{2})+$/i;
/** More of them are not read: a definition needs none. */
const MOST_RUNS = 16;

/** Readable: printable ASCII, with words and blanks. */
const readable = (text: string): boolean =>
  /^[\t\n\r\x20-\x7e]{16,}$/.test(text) && / /.test(text) && /[a-z]{3}/i.test(text);

/** Runs of base64 or hex that decode to readable text; one level. */
export function encodedIn(text: string): EncodedText[] {
  const found: EncodedText[] = [];
  let runs = 0;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (++runs > MOST_RUNS) break;
    const said = Buffer.from(run, HEX.test(run) ? "hex" : "base64").toString("latin1");
    if (readable(said)) found.push({ start: index, end: index + run.length, text: said });
  }
  return found;
}
