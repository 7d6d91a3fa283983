import { isObject, type Json } from "../../kernel/json.ts";
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

/** What many records of one credential's calls to one tool have in common. */
type Common = Pick<
  RecordFields,
  "client" | "control" | "credential" | "decision" | "definition" | "era" | "error" | "executed" | "kind" | "reason"
> &
  Pick<RecordFields, "rules" | "server" | "subject" | "target" | "targetKind" | "tenant" | "type">;

/** The text of that, in the pieces that stand between what changes from record to record. */
interface Frame {
  readonly of: Common;
  readonly afterCall: string;
  readonly afterDetail: string;
  readonly afterFields: string;
  readonly afterMs: string;
  readonly afterResult: string;
  readonly afterSeq: string;
  readonly afterTrace: string;
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
    const like = frames.get(fields.credential)?.get(fields.definition) ?? [];
    for (const frame of like) if (fits(frame.of, fields)) return frame;
    return keep(newFrame(fields));
  }

  return (seq, fields) => {
    const { args, bytesIn, bytesOut, detail, ms, result, trace, upstreamMs } = fields;
    const frame = frameOf(fields);
    const told =
      (args === undefined ? "{" : `{"args":${JSON.stringify(args)},`) +
      (bytesIn === undefined ? "" : `"bytesIn":${number(bytesIn)},`) +
      (bytesOut === undefined ? "" : `"bytesOut":${number(bytesOut)},`);
    const why =
      (detail === undefined ? frame.afterDetail : `,"detail":${JSON.stringify(sorted(detail))}${frame.afterDetail}`) +
      (fields.fields === undefined
        ? frame.afterFields
        : `,"fields":${JSON.stringify(fields.fields)}${frame.afterFields}`) +
      (ms === undefined ? frame.afterMs : `,"ms":${milliseconds(ms)}${frame.afterMs}`) +
      (result === undefined ? frame.afterResult : `,"result":${quoted(result)}${frame.afterResult}`);
    const when =
      `,"time":${timeText(fields.time)}` +
      (trace === undefined ? frame.afterTrace : `,"trace":${quoted(trace)}${frame.afterTrace}`) +
      (upstreamMs === undefined ? "}" : `,"upstreamMs":${milliseconds(upstreamMs)}}`);
    return `${told}"call":${quoted(fields.call)}${frame.afterCall}${why}${seq}${frame.afterSeq}${when}`;
  };
}

/** Whether the frame of one record is that of another with the same credential and definition. */
function fits(of: Common, fields: RecordFields): boolean {
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
    areAlike(of.rules, fields.rules)
  );
}

function areAlike(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  if (some === undefined || others === undefined) return some === others;
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

function newFrame(fields: RecordFields): Frame {
  const { rules } = fields;
  const text = (...names: Exclude<keyof Common, "rules">[]): string =>
    names.map((name) => member(name, fields[name])).join("");
  const pieces = {
    afterCall: text("client", "control", "credential", "decision", "definition"),
    afterDetail: text("era", "error", "executed"),
    afterFields: text("kind"),
    afterMs: text("reason"),
    afterResult: rules === undefined ? "" : `,"rules":[${rules.slice(0, MOST_RULES).map(quoted).join(",")}]`,
    afterSeq: text("server", "subject", "target", "targetKind", "tenant"),
    afterTrace: text("type"),
  };
  // Read back, because a text that was cut out of a request would keep the whole request in memory.
  const of = JSON.parse(`{${Object.values(pieces).join("").slice(1)}}`) as Common;
  return { of, ...pieces, afterResult: `${pieces.afterResult},"seq":` };
}

function member(name: string, value: string | number | undefined): string {
  if (value === undefined) return "";
  return `,"${name}":${typeof value === "number" ? number(value) : quoted(value)}`;
}

/** Unpaired surrogates have no UTF-8 form (RFC 8785 section 3.1 refuses them); they become U+FFFD here. */
function quoted(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text.toWellFormed());
}

/** Whether it is short printable ASCII that JSON writes as it is, as nearly all identifiers are. */
function isPlain(text: string): boolean {
  if (text.length > LONGEST) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
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
