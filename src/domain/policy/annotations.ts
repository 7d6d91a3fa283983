import { readField } from "../../kernel/field.ts";
import { nearest } from "../../kernel/nearest.ts";
import type { PolicyFault } from "./fault.ts";

/** Whether a person has to decide: nobody, the caller's own person, or a second one. */
export type Approval = "none" | "self" | "other";

/** What a rule says beside its condition. */
export interface Terms {
  /** Undefined: reading needs none, everything else the caller's own person. */
  readonly approval?: Approval;
  /** How long an approval may be used, milliseconds. */
  readonly expiresMs?: number;
  /** The rule ends at this moment, milliseconds since the epoch. */
  readonly until?: number;
  readonly owner?: string;
  /** The date by which it is to be looked at again: `2027-01-31`. */
  readonly review?: string;
  /** What a caller is told whose values it refuses. */
  readonly hint?: string;
  /** The fields of results that are left, as `readField` reads them; undefined: all (S9). */
  readonly keep?: readonly string[];
}

const APPROVALS: readonly string[] = ["none", "self", "other"];
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;
const LONGEST_HINT = 300;

/** Annotations that policies may have. Others would be promises that nothing keeps, so they are faults. */
const KNOWN = ["id", "description", "owner", "review", "until", "approval", "expires", "hint", "keep"];

type Fail = (fault: Pick<PolicyFault, "message" | "expected" | "nearest" | "remedy">) => void;

/** Reads the annotations of a Cedar policy. */
export function termsOf(annotations: Readonly<Record<string, string>>, effect: "permit" | "forbid", fail: Fail): Terms {
  for (const name of Object.keys(annotations)) if (!KNOWN.includes(name)) unknown(name, fail);
  const { approval, expires, until, owner, review, hint, keep } = annotations;
  const bad = (name: string, value: string, expected: string): void =>
    fail({
      message: `@${name}(${JSON.stringify(value)}) is not accepted`,
      expected,
      remedy: `Write @${name} as described.`,
    });
  const terms: { -readonly [K in keyof Terms]: Terms[K] } = {};
  if (approval !== undefined) {
    if (effect === "forbid") bad("approval", approval, "no @approval on a forbid: it permits nothing");
    else if (APPROVALS.includes(approval)) terms.approval = approval as Approval;
    else bad("approval", approval, APPROVALS.map((one) => JSON.stringify(one)).join(", "));
  }
  if (expires !== undefined) {
    const ms = duration(expires);
    if (ms === undefined) bad("expires", expires, 'a time such as "5m", at most "24h"');
    else terms.expiresMs = ms;
  }
  if (until !== undefined) {
    const end = endOf(until);
    if (end === undefined)
      bad("until", until, 'a date such as "2027-01-31", or a moment such as "2027-01-31T12:00:00Z"');
    else terms.until = end;
  }
  if (review !== undefined) {
    if (endOf(review) === undefined) bad("review", review, 'a date such as "2027-01-31"');
    else terms.review = review;
  }
  if (owner !== undefined) terms.owner = owner;
  if (hint !== undefined) {
    if (hint.length > LONGEST_HINT) bad("hint", hint.slice(0, 20), `at most ${LONGEST_HINT} characters`);
    else terms.hint = hint;
  }
  if (keep !== undefined) {
    const fields = effect === "forbid" ? "no @keep on a forbid: it permits nothing" : fieldsOf(keep);
    if (typeof fields === "string") bad("keep", keep.slice(0, 40), fields);
    else terms.keep = fields;
  }
  return terms;
}

/** The fields of `@keep`: separated by commas, or a JSON list where a name holds one. @returns them, or what is expected */
function fieldsOf(text: string): string[] | string {
  const written = listed(text);
  if (written === undefined || written.length === 0 || written.length > MOST_FIELDS)
    return 'fields with commas between them, such as "id, name, /rows/*/id"';
  const wrong = written.map((one) => readField(one)).find((one) => typeof one === "string");
  return wrong ?? written;
}

const MOST_FIELDS = 200;

function listed(text: string): string[] | undefined {
  if (!text.startsWith("[")) return text.split(",").map((one) => one.trim());
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) && read.every((one) => typeof one === "string") ? read : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The moment at which something that holds until then ends: a date is over with its last moment in UTC (P9).
 * @returns milliseconds since the epoch; undefined where it is neither a date nor a moment
 */
export function endOf(text: string): number | undefined {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2})?Z)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const at = Date.parse(`${day}${time ?? "T00:00:00Z"}`);
  // `Date.parse` takes 30 February for 2 March.
  if (Number.isNaN(at) || !new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().startsWith(day)) return undefined;
  return time === undefined ? at + DAY_MS : at;
}

/** Milliseconds of `90s`, `5m`, `2h`; at most a day. */
function duration(text: string): number | undefined {
  const [, number, unit] = /^([1-9][0-9]{0,4})([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit ?? ""] ?? Number.NaN);
  return ms <= DAY_MS ? ms : undefined;
}

function unknown(name: string, fail: Fail): void {
  const expected = KNOWN.map((one) => `@${one}`).join(", ");
  const message = `The annotation @${name} is unknown (accepted: ${expected})`;
  const near = nearest(name, KNOWN);
  const remedy = near === undefined ? "Remove it: nothing would keep what it promises." : `Write @${near}.`;
  fail({ message, expected, ...(near === undefined ? {} : { nearest: near }), remedy });
}
