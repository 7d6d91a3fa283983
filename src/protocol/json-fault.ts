/** What kind of thing was wrong with a JSON text. */
export type JsonFaultCode = "syntax" | "duplicate" | "depth" | "number" | "nul" | "surrogate" | "size" | "case";

/** Why a JSON text is refused: what, where, what is accepted. Quotes no more of the text than the path of its keys. */
export class JsonFault extends Error {
  readonly code: JsonFaultCode;
  /** UTF-16 code units from the start of the text (bytes, where the bytes were no UTF-8). */
  readonly offset: number;
  constructor(code: JsonFaultCode, offset: number, message: string) {
    super(message);
    this.name = "JsonFault";
    this.code = code;
    this.offset = offset;
  }
}

/** Characters of input that a message may show. */
const SHOWN = 40;

/** The end of a JSON Pointer (RFC 6901), at most 40 characters, printable ASCII: safe in a log, a terminal and a model. */
export function shownPointer(path: readonly (string | number)[]): string {
  let pointer = "";
  for (let i = path.length - 1; i >= 0 && pointer.length < SHOWN; i--) {
    // Cut before anything else: a key may be megabytes long.
    const step = String(path[i]).slice(0, SHOWN).replaceAll("~", "~0").replaceAll("/", "~1");
    pointer = `/${step.replace(/[^\x20-\x7e]/g, "?")}${pointer}`;
  }
  return pointer.length > SHOWN ? `…${pointer.slice(1 - SHOWN)}` : pointer;
}
