import { type Span, spanOf } from "./span.ts";

/** Longest operating system command or device string that is read, in units; an unended one is cut there. */
const LONGEST = 4_096;

/** ECMA-48 control sequences, strings (OSC, DCS, SOS, PM, APC) and two-character escapes, from their first unit on. */
const SEQUENCE = new RegExp(
  `(?:\\u001b\\[|\\u009b)[\\u0030-\\u003f]{0,64}[\\u0020-\\u002f]{0,8}[\\u0040-\\u007e]?|` +
    `(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u009c]{0,${LONGEST}}(?:\\u0007|\\u001b\\\\|\\u009c)?|` +
    "\\u001b[\\u0020-\\u002f]{0,4}[\\u0030-\\u007e]?",
  "y",
);

/** Where the next unit stands with which a sequence may begin; -1 where none does. */
function nextEscape(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x1b || (unit >= 0x90 && unit <= 0x9f)) return i;
  }
  return -1;
}

const isCommand = (text: string, start: number): boolean =>
  text.charCodeAt(start) === 0x9d || (text.charCodeAt(start) === 0x1b && text.charCodeAt(start + 1) === 93);

/** How programs and people spell the escape character, where a terminal or a program may turn it into one. */
const SPELLED = /\\(?:x1b|u001b|u\{1b\}|033|e|x9b|u009b|x9d)(?=[[\]P_^()\\a-z0-9;?]|$)/gi;

/** Places that are listed; a text has more only in logs. */
const MOST_SPELLED = 200;

/** Terminal escape sequences. @param most more spans are not looked for */
export function escapes(text: string, most: number): Span[] {
  const spans: Span[] = [];
  let last: Span | undefined;
  for (let start = nextEscape(text, 0), end = 0; start >= 0 && spans.length < most; start = nextEscape(text, end)) {
    SEQUENCE.lastIndex = start;
    end = start + 1;
    // One of these units alone may begin nothing, as the end of a string.
    if (!SEQUENCE.test(text)) continue;
    end = SEQUENCE.lastIndex;
    const kind = isCommand(text, start) ? "osc-sequence" : "ansi-sequence";
    if (last?.end === start && last.kind === kind) last.end = end;
    else spans.push((last = spanOf(kind, start, end, 0.9)));
  }
  return spans;
}

/** Terminal escape sequences that are spelled out: they can be seen, and are a finding alone. */
export function spelled(text: string): Span[] {
  const spans: Span[] = [];
  SPELLED.lastIndex = 0;
  for (let i = 0; i < MOST_SPELLED; i++) {
    const match = SPELLED.exec(text);
    if (match === null) break;
    if (/^\\e$/i.test(match[0]) && !/^[[\]]/.test(text.slice(SPELLED.lastIndex))) continue;
    spans.push(spanOf("ansi-spelled", match.index, match.index + match[0].length, 0.3));
  }
  return spans;
}
