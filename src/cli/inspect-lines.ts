import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";

/** Longest line and longest plain text that is read, in UTF-8 bytes. */
export const LONGEST_INPUT = 1 << 24;

/** Bytes that are not UTF-8: what they would be replaced with is not what would be judged. */
export class NotUtf8 extends Error {
  constructor() {
    super("it is not UTF-8");
  }
}

/** One line of an input, counted from 1; `text` is undefined where it is longer than what is read. */
export interface InputLine {
  readonly number: number;
  readonly text: string | NotUtf8 | undefined;
}

/** The bytes of a file; `-` is standard input. Ends with an Error where it cannot be read. */
const bytesOf = (file: string): AsyncIterable<Uint8Array> => (file === "-" ? process.stdin : createReadStream(file));

function decoded(parts: readonly Uint8Array[]): string | NotUtf8 {
  const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  return isUtf8(bytes) ? Buffer.from(bytes).toString() : new NotUtf8();
}

/** The text of a file; undefined where it is longer than `LONGEST_INPUT`. @throws NotUtf8 */
export async function textOf(file: string): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of bytesOf(file)) {
    parts.push(bytes);
    length += bytes.length;
    if (length > LONGEST_INPUT) return undefined;
  }
  const text = decoded(parts);
  if (text instanceof NotUtf8) throw text;
  return text;
}

const BOM = "\ufeff";
const LINE_FEED = 0x0a;

/** The lines of a file as they come, without their ends; empty ones are left out. */
export async function* linesOf(file: string): AsyncGenerator<InputLine> {
  let number = 0;
  let held: Uint8Array[] = [];
  let length = 0;
  const hold = (part: Uint8Array): void => {
    length += part.length;
    if (length <= LONGEST_INPUT) held.push(part);
  };
  const take = (last: Uint8Array): InputLine | undefined => {
    number++;
    hold(last);
    const long = length > LONGEST_INPUT;
    let text = long ? undefined : decoded(held);
    held = [];
    length = 0;
    if (number === 1 && typeof text === "string" && text.startsWith(BOM)) text = text.slice(1);
    return typeof text === "string" && text.trim() === "" ? undefined : { number, text };
  };
  for await (const bytes of bytesOf(file)) {
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      const line = take(bytes.subarray(from, end));
      if (line !== undefined) yield line;
      from = end + 1;
    }
    hold(bytes.subarray(from));
  }
  const line = take(new Uint8Array());
  if (line !== undefined) yield line;
}
