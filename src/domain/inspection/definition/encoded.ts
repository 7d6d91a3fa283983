import { Buffer } from "node:buffer";

/** A run of base64 or hex that holds readable text. */
export interface EncodedText {
  /** Offsets in the text that was searched. */
  readonly start: number;
  readonly end: number;
  /** What it says, at most as long as the run. */
  readonly text: string;
}

const SHORTEST = 24;
const LONGEST = 16_384;
const HEX = /^(?:[0-9a-f]{2})+$/i;
/** More of them are not read: a definition needs none. */
const MOST_RUNS = 16;

/** Readable: printable ASCII, with words and blanks. */
const readable = (text: string): boolean =>
  /^[\t\n\r\x20-\x7e]{16,}$/.test(text) && / /.test(text) && /[a-z]{3}/i.test(text);

/** The values of base64 (RFC 4648, both alphabets) by unit. */
const VALUES = new Uint8Array(128);
for (const alphabet of ["+/", "-_"])
  for (const [value, char] of [
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ...alphabet,
  ].entries())
    VALUES[char.charCodeAt(0)] = value;

const IN_RUN = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++) IN_RUN[unit] = /[A-Za-z0-9+/_-]/.test(String.fromCharCode(unit)) ? 1 : 0;
const isInRun = (unit: number) => unit < 128 && IN_RUN[unit] === 1;

/** Where the next run begins that is long enough; -1 where none does. It is tried from its end: most units are passed by. */
function nextRun(text: string, from: number): number {
  for (let start = from; start + SHORTEST <= text.length; ) {
    let i = start + SHORTEST - 1;
    while (i >= start && isInRun(text.charCodeAt(i))) i--;
    if (i < start) return start;
    start = i + 1;
  }
  return -1;
}

/** Where a run ends that begins here, with its padding. */
function endOfRun(text: string, start: number): number {
  let end = start;
  while (end - start < LONGEST && isInRun(text.charCodeAt(end))) end++;
  for (let padding = 0; padding < 2 && text.charCodeAt(end) === 61; padding++) end++;
  return end;
}

const isPrintable = (byte: number) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13;

/** Whether the first three bytes of a run of base64 are text: those of names and hashes seldom are. */
function beginsReadable(run: string): boolean {
  let bits = 0;
  for (let i = 0; i < 4; i++) bits = (bits << 6) | (VALUES[run.charCodeAt(i)] as number);
  return isPrintable(bits >>> 16) && isPrintable((bits >>> 8) & 255) && isPrintable(bits & 255);
}

/** Runs of base64 or hex that decode to readable text; one level. */
export function encodedIn(text: string): EncodedText[] {
  const found: EncodedText[] = [];
  let runs = 0;
  for (let index = nextRun(text, 0); index >= 0 && ++runs <= MOST_RUNS; ) {
    const run = text.slice(index, endOfRun(text, index));
    const start = index;
    index = nextRun(text, index + run.length);
    const form = HEX.test(run) ? "hex" : "base64";
    if (form === "base64" && !beginsReadable(run)) continue;
    const said = Buffer.from(run, form).toString("latin1");
    if (readable(said)) found.push({ start, end: start + run.length, text: said });
  }
  return found;
}
