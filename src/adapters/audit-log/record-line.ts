import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import type { RecordFields } from "../../ports/records.ts";

/** Characters of an identifier that are kept; a caller may send a megabyte as the name of a tool (A2). */
const LONGEST = 1000;
/** Rules of one decision that are kept. */
const MOST_RULES = 16;

/** Frames that are remembered in all, and for one credential and one definition. */
const MOST_FRAMES = 1000;
const MOST_OF_ONE = 8;

/** 0 to 999 in three digits, and as thousandths without zeros at the end: "", ".001", … ".999". */
const THREE_DIGITS = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, "0"));
const THOUSANDTHS = Array.from({ length: 1000 }, (_, value) => String(value / 1000).slice(1));
/** Up to it thousandths are whole numbers that V8 divides without a double. */
const MOST_THOUSANDTHS = 2 ** 30;

/** What is no short printable ASCII that JSON writes as it is, as nearly all identifiers are. */
const UNUSUAL = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

/** The members that are written, sorted; those of `CHANGING` differ from record to record of the same calls. */
const MEMBERS = [
  ...(["args", "bytesIn", "bytesOut", "call", "client", "control", "credential", "decision", "definition"] as const),
  ...(["detail", "era", "error", "executed", "fields", "kind", "ms", "reason", "result", "rules", "seq"] as const),
  ...(["server", "subject", "target", "targetKind", "tenant", "time", "trace", "type", "upstreamMs"] as const),
];
const CHANGING = [
  ...(["args", "bytesIn", "bytesOut", "call", "detail", "fields", "ms", "result", "seq"] as const),
  ...(["time", "trace", "upstreamMs"] as const),
];
type Changing = (typeof CHANGING)[number];
/** Those of them that stand in quotation marks, which are the frame's. */
const IDENTIFIERS: ReadonlySet<string> = new Set(["call", "result", "trace"]);

/** What many records of one credential's calls to one tool have in common. */
type Common = Omit<RecordFields, Changing>;

/** The text of that, in pieces: before each member that changes, "" where there is none, and after the last. */
interface Frame {
  readonly of: Common;
  /** Which of the changing members there are, as `presence` tells. */
  readonly present: number;
  readonly before: Readonly<Record<Changing, string>>;
  readonly end: string;
}

/**
 * Makes the bytes of records: one line of RFC 8785 canonical JSON, members in sorted order. Only the fields named here
 * are ever written. What many records have in common is made into text once.
 * @returns what makes the line of a record; `seq` is its position in the chain, from 1
 */
export function recordLines(): (seq: number, fields: RecordFields) => string {
  /** By credential and by definition. */
  const frames = new Map<string | undefined, Map<string | undefined, Frame[]>>();
  let kept = 0;
  /** Seconds since the epoch, which are one text for many records. */
  let second = 0;
  let secondText = "";

  function timeText(time: number): string {
    if (!Number.isSafeInteger(time) || time < 1000) return number(time);
    const seconds = Math.floor(time / 1000);
    if (seconds !== second) secondText = String((second = seconds));
    return secondText + THREE_DIGITS[time - seconds * 1000];
  }

  function keep(frame: Frame): Frame {
    if (++kept > MOST_FRAMES) {
      frames.clear();
      kept = 1;
    }
    const { credential, definition } = frame.of;
    const ofCredential = frames.get(credential) ?? new Map<string | undefined, Frame[]>();
    const ofBoth = ofCredential.get(definition) ?? [];
    frames.set(credential, ofCredential.set(definition, [...ofBoth.slice(1 - MOST_OF_ONE), frame]));
    return frame;
  }

  function frameOf(fields: RecordFields): Frame {
    const like = frames.get(fields.credential)?.get(fields.definition);
    if (like !== undefined) for (const frame of like) if (fits(frame, fields)) return frame;
    return keep(newFrame(fields));
  }

  return (seq, fields) => {
    // Events are rare, and V8 reads the records of calls faster where nothing of another shape comes further.
    if (fields.kind === "event") return whole(seq, fields);
    const { args, bytesIn, bytesOut, call, detail, ms, result = "", trace = "", upstreamMs } = fields;
    const identifiers = call + result + trace;
    if (identifiers.length > LONGEST || UNUSUAL.test(identifiers)) return whole(seq, fields);
    const { before, end } = frameOf(fields);
    return (
      before.args +
      (args === undefined ? "" : objectText(args)) +
      before.bytesIn +
      (bytesIn === undefined ? "" : number(bytesIn)) +
      before.bytesOut +
      (bytesOut === undefined ? "" : number(bytesOut)) +
      before.call +
      call +
      before.detail +
      (detail === undefined ? "" : JSON.stringify(sorted(detail))) +
      before.fields +
      (fields.fields === undefined ? "" : JSON.stringify(fields.fields)) +
      before.ms +
      (ms === undefined ? "" : milliseconds(ms)) +
      before.result +
      result +
      before.seq +
      String(seq) +
      before.time +
      timeText(fields.time) +
      before.trace +
      trace +
      before.upstreamMs +
      (upstreamMs === undefined ? "" : milliseconds(upstreamMs)) +
      end
    );
  };
}

/** Whether the frame of one record is that of another with the same credential and definition. */
function fits({ of, present }: Frame, fields: RecordFields): boolean {
  return (
    of.kind === fields.kind &&
    of.executed === fields.executed &&
    of.reason === fields.reason &&
    of.error === fields.error &&
    of.decision === fields.decision &&
    of.control === fields.control &&
    of.type === fields.type &&
    of.era === fields.era &&
    of.client === fields.client &&
    of.tenant === fields.tenant &&
    of.subject === fields.subject &&
    of.server === fields.server &&
    of.target === fields.target &&
    of.targetKind === fields.targetKind &&
    present === presence(fields) &&
    areAlike(of.rules, fields.rules)
  );
}

function areAlike(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  if (some === undefined || others === undefined) return some === others;
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

/** One bit for each changing member that may be missing. */
function presence({ args, bytesIn, bytesOut, detail, fields, ms, result, trace, upstreamMs }: RecordFields): number {
  return (
    (args === undefined ? 0 : 1) +
    (bytesIn === undefined ? 0 : 2) +
    (bytesOut === undefined ? 0 : 4) +
    (detail === undefined ? 0 : 8) +
    (fields === undefined ? 0 : 16) +
    (ms === undefined ? 0 : 32) +
    (result === undefined ? 0 : 64) +
    (trace === undefined ? 0 : 128) +
    (upstreamMs === undefined ? 0 : 256)
  );
}

function newFrame(fields: RecordFields): Frame {
  const before = Object.fromEntries(CHANGING.map((name) => [name, ""])) as Record<Changing, string>;
  let common = "";
  let text = "";
  for (const name of MEMBERS) {
    if (isChanging(name)) {
      if (name !== "seq" && fields[name] === undefined) continue;
      const mark = IDENTIFIERS.has(name) ? '"' : "";
      before[name] = `${text},"${name}":${mark}`;
      text = mark;
    } else {
      const written = member(name, 0, fields);
      common += written;
      text += written;
    }
  }
  const first = CHANGING.find((name) => before[name] !== "") ?? "call";
  before[first] = `{${before[first].slice(1)}`;
  // Read back, because a text that was cut out of a request would keep the whole request in memory.
  const pieces = JSON.stringify({ of: JSON.parse(`{${common.slice(1)}}`), before, end: `${text}}` });
  return { ...(JSON.parse(pieces) as Pick<Frame, "of" | "before" | "end">), present: presence(fields) };
}

const isChanging = (name: string): name is Changing => (CHANGING as readonly string[]).includes(name);

/** The line of a record by itself. */
function whole(seq: number, fields: RecordFields): string {
  return `{${MEMBERS.map((name) => member(name, seq, fields))
    .join("")
    .slice(1)}}`;
}

/** One member with a comma before it, "" where there is none. */
function member(name: (typeof MEMBERS)[number], seq: number, fields: RecordFields): string {
  const value = name === "seq" ? seq : fields[name];
  return value === undefined ? "" : `,"${name}":${valueText(name, value)}`;
}

function valueText(name: string, value: string | number | readonly string[] | JsonObject): string {
  if (typeof value === "number") return number(value);
  // What is sealed is cut nowhere.
  if (typeof value === "string") return name === "fields" ? JSON.stringify(value) : quoted(value);
  if (isObject(value)) return JSON.stringify(name === "args" ? value : sorted(value));
  return `[${(value as readonly string[]).slice(0, MOST_RULES).map(quoted).join(",")}]`;
}

/** Unpaired surrogates have no UTF-8 form (RFC 8785 section 3.1 refuses them); they become U+FFFD here. */
function quoted(text: string): string {
  if (text.length > LONGEST) return JSON.stringify(`${text.slice(0, LONGEST).toWellFormed()}…`);
  return UNUSUAL.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

/** As JSON.stringify does, at a third of its cost for a few identifiers. */
function objectText(value: JsonObject): string {
  let text = "";
  for (const name in value) {
    const one = value[name] as Json;
    text += `${text === "" ? "{" : ","}${stringText(name)}:`;
    text += typeof one === "string" ? stringText(one) : isObject(one) ? objectText(one) : JSON.stringify(one);
  }
  return text === "" ? "{}" : `${text}}`;
}

function stringText(text: string): string {
  return UNUSUAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** As JSON.stringify does, which writes null for what is no JSON number. */
function number(value: number): string {
  return Number.isFinite(value) ? String(value) : "null";
}

/** As `number`, without V8's search for the shortest decimal, where it has at most three. */
function milliseconds(value: number): string {
  const thousandths = Math.round(value * 1000);
  if (!(thousandths >= 0 && thousandths < MOST_THOUSANDTHS && thousandths / 1000 === value)) return number(value);
  return `${Math.floor(thousandths / 1000)}${THOUSANDTHS[thousandths % 1000]}`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.keys(value).sort();
  return Object.fromEntries(members.map((name) => [name, sorted(value[name] as Json)]));
}
