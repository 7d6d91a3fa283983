import { createReadStream } from "node:fs";
import { TextDecoder } from "node:util";

/** Longest line and longest plain text that is read, in UTF-16 units. */
export const LONGEST_INPUT = 1 << 24;

/** One line of an input, counted from 1; `text` is undefined where it is longer than what is read. */
export interface InputLine {
  readonly number: number;
  readonly text: string | undefined;
}

/** The bytes of a file; `-` is standard input. Ends with an Error where it cannot be read. */
const bytesOf = (file: string): AsyncIterable<Uint8Array> => (file === "-" ? process.stdin : createReadStream(file));

/** The text of a file, at most `LONGEST_INPUT` units and what is left of a last portion. Bytes that are not UTF-8 become U+FFFD. */
export async function textOf(file: string): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts: string[] = [];
  let length = 0;
  for await (const bytes of bytesOf(file)) {
    const part = decoder.decode(bytes, { stream: true });
    parts.push(part);
    length += part.length;
    if (length > LONGEST_INPUT) break;
  }
  parts.push(decoder.decode());
  return parts.join("");
}

/** The lines of a file as they come, without their ends; empty ones are left out. */
export async function* linesOf(file: string): AsyncGenerator<InputLine> {
  const decoder = new TextDecoder();
  let number = 0;
  let held: string[] = [];
  let length = 0;
  const take = (last: string): InputLine | undefined => {
    number++;
    const long = length + last.length > LONGEST_INPUT;
    const text = long ? undefined : held.join("") + last;
    held = [];
    length = 0;
    return text?.trim() === "" ? undefined : { number, text };
  };
  for await (const bytes of bytesOf(file)) {
    const parts = decoder.decode(bytes, { stream: true }).split("\n");
    const rest = parts.pop() as string;
    for (const part of parts) {
      const line = take(part);
      if (line !== undefined) yield line;
    }
    length += rest.length;
    if (length <= LONGEST_INPUT) held.push(rest);
  }
  const line = take(decoder.decode());
  if (line !== undefined) yield line;
}
