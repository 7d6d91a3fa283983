import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Finding, pathText, type Step } from "./fault.ts";

/** Longest file that is read, in bytes. */
const LONGEST = 256 * 1024;
/** Deepest nesting that is read; the schema needs six. */
const DEEPEST = 16;

/** Where a key and its value begin, as offsets into the text. */
interface Place {
  readonly key: number;
  readonly value: number;
}

/** A YAML document as plain values, with the places they come from. */
export interface Document {
  /** Mappings have no prototype. Undefined where the text could not be read at all. */
  readonly raw: unknown;
  readonly text: string;
  readonly findings: readonly (Finding & { readonly offset: number })[];
  /** Line and column (from 1) of a path, or of its nearest parent that exists. */
  place(path: readonly Step[], atKey?: boolean): { line: number; column: number };
  /** Line and column (from 1) of an offset into the text. */
  at(offset: number): { line: number; column: number };
}

/** What the parser's error codes mean to a person. Its own sentences quote the text, which may be a secret. */
const SENTENCES: Readonly<Record<string, [message: string, expected: string, remedy: string]>> = {
  TAB_AS_INDENT: ["a tab indents this line", "spaces", "Indent with spaces; YAML allows no tabs there."],
  MULTIPLE_DOCS: [
    "a second document begins here",
    "one document in the file",
    "Remove the line `---` and what follows it.",
  ],
  BAD_INDENT: [
    "the indentation does not fit, or a bracket stays open",
    "keys of one mapping in one column",
    "Close the bracket, or move the line below its neighbours.",
  ],
  MISSING_CHAR: [
    "a character is missing",
    "closed quotes and brackets, and a space after `:`",
    "Close what was opened before this place.",
  ],
  NON_STRING_KEY: ["this key is not a text", "a plain name as key", "Write the key as a plain word, or in quotes."],
  MULTILINE_IMPLICIT_KEY: [
    "a key runs over several lines",
    "key and `:` on one line",
    "Check the line before this one for a missing `:` or quote.",
  ],
  BAD_DQ_ESCAPE: [
    "a backslash escape is unknown",
    "escapes of YAML 1.2, such as \\n or \\u0041",
    "Use single quotes where the backslash is meant as such.",
  ],
  RESOURCE_EXHAUSTION: ["the nesting is too deep", `at most ${DEEPEST} levels`, "Remove the inner levels."],
};
const OTHER: [string, string, string] = [
  "this is not YAML",
  "YAML 1.2: `key: value` lines, indented with spaces",
  "Check brackets, quotes and the `:` here and on the line before.",
];

/**
 * Reads YAML text into plain values that remember their places. Aliases, anchors, tags, duplicate keys, control
 * characters and several documents are findings; nothing throws.
 * @param source the bytes of the file, or its text
 */
export function readDocument(source: string | Uint8Array): Document {
  const lines = new LineCounter();
  const places = new Map<string, Place>();
  const findings: (Finding & { offset: number })[] = [];
  const report = (offset: number, path: readonly Step[], message: string, expected: string, remedy: string) =>
    findings.push({ offset, path, message, expected, remedy });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const place = (path: readonly Step[], atKey = false) => {
    for (let length = path.length; length > 0; length--) {
      const found = places.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return at(atKey && length === path.length ? found.key : found.value);
    }
    return { line: 1, column: 1 };
  };
  const finished = (raw: unknown, text: string): Document => ({ raw, text, findings, place, at });

  const text = decode(source, (offset, message, remedy) =>
    report(offset, [], message, "UTF-8 text without control characters", remedy),
  );
  countLines(text, lines);
  if (text.length > LONGEST) {
    report(0, [], "the file is too long", `at most ${LONGEST / 1024} KiB`, "Move what is not configuration elsewhere.");
  }
  if (findings.length > 0) return finished(undefined, text);

  const parsed = parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    merge: false,
    logLevel: "error",
  });
  // One slip makes the parser stumble many times; what follows on the same line is its echo.
  const seen = new Set<string>();
  for (const error of parsed.errors) {
    const [message, expected, remedy] = SENTENCES[error.code] ?? OTHER;
    const echo = `${at(error.pos[0]).line} ${message}`;
    if (!seen.has(echo)) report(error.pos[0], [], message, expected, remedy);
    seen.add(echo);
  }
  if (findings.length > 0) return finished(undefined, text);
  if (parsed.contents === null || (isScalar(parsed.contents) && parsed.contents.value === null)) {
    report(
      0,
      [],
      "the file is empty",
      "a mapping such as `servers:`",
      "Run `cardea init` in an empty folder for a file to start from.",
    );
    return finished(undefined, text);
  }

  const convert = (node: Node | null | undefined, path: readonly Step[], begin: number): unknown => {
    if (node === null || node === undefined) return null;
    const offset = node.range?.[0] ?? begin;
    if (isAlias(node)) {
      report(
        offset,
        path,
        `${name(path)} is a YAML alias`,
        "the value itself",
        "Write the value out; anchors and aliases are not read.",
      );
      return undefined;
    }
    if (node.anchor !== undefined) {
      report(
        offset,
        path,
        `${name(path)} has a YAML anchor`,
        "the value alone",
        "Remove the `&name`; anchors and aliases are not read.",
      );
    }
    if (node.tag !== undefined) {
      report(offset, path, `${name(path)} has a YAML tag`, "the value alone", "Remove the `!tag`; put text in quotes.");
    }
    if (path.length > DEEPEST) {
      report(offset, path, "the nesting is too deep", `at most ${DEEPEST} levels`, "Remove the inner levels.");
      return undefined;
    }
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => {
        const inner = [...path, index];
        const start = item?.range?.[0] ?? offset;
        places.set(JSON.stringify(inner), { key: start, value: start });
        return convert(item, inner, start);
      });
    }
    if (isMap<Node, Node | null>(node)) {
      const raw: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.items) {
        const start = key.range?.[0] ?? offset;
        if (!isScalar(key) || typeof key.value !== "string" || key.anchor !== undefined || key.tag !== undefined) {
          report(
            start,
            path,
            "this key is not a plain text",
            "a plain name as key",
            "Write the key as a plain word, or in quotes.",
          );
          continue;
        }
        const inner = [...path, key.value];
        const address = JSON.stringify(inner);
        const first = places.get(address);
        if (first !== undefined) {
          const { line } = at(first.key);
          report(
            start,
            inner,
            `${name(inner)} is written twice, first on line ${line}`,
            "each key once",
            "Merge the two, or remove one.",
          );
          continue;
        }
        if (key.value === "__proto__") {
          report(start, inner, "`__proto__` cannot be a key", "a plain name as key", "Remove the key.");
          continue;
        }
        places.set(address, { key: start, value: value?.range?.[0] ?? start });
        raw[key.value] = convert(value, inner, start);
      }
      return raw;
    }
    return isScalar(node) ? node.value : undefined;
  };
  return finished(convert(parsed.contents, [], 0), text);
}

function name(path: readonly Step[]): string {
  return path.length === 0 ? "the file" : pathText(path);
}

function countLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}

/** Text of the bytes; where they are no UTF-8 or hold control characters, reports the place in what could be read. */
function decode(
  source: string | Uint8Array,
  report: (offset: number, message: string, remedy: string) => void,
): string {
  let text: string;
  if (typeof source === "string") text = source;
  else {
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source);
    } catch {
      text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(source);
      report(Math.max(text.indexOf("\ufffd"), 0), "this byte is not UTF-8", "Save the file as UTF-8.");
      return text;
    }
  }
  // YAML 1.2 section 5.1: only tab, line feed and carriage return of the control characters may occur.
  const control = /\p{Cs}|[^\P{Cc}\t\n\r]/u.exec(text);
  if (control !== null)
    report(control.index, "a control character stands here", "Remove it; most editors can show it.");
  return text;
}
