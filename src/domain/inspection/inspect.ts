import type { Detector, Finding, PlainText, Surface, Tier } from "./finding.ts";
import { findHidden, type Treatment } from "./hidden/index.ts";
import { maySpell, messageOf } from "./hidden/message.ts";
import { speaksToModel } from "./injection/addressed.ts";
import { screenInjection, type Screening } from "./injection/index.ts";
import { inOrder } from "./in-order.ts";
import { plain } from "./normalise.ts";
import { findPersonal } from "./personal/index.ts";
import { maskedByDefault, redact } from "./redact.ts";
import { findSecrets } from "./secrets/index.ts";
import { type Survey, surveyOf } from "./survey.ts";

/** What becomes of a text, from mild to strict. */
export type Verdict = "pass" | "mark" | "quarantine" | "block";
const STRICTER: readonly Verdict[] = ["pass", "mark", "quarantine", "block"];

/** How a text is inspected; everything but the surface has a default. */
export interface InspectOptions {
  /** Where the text comes from or goes to. */
  readonly surface: Surface;
  /** Which detectors run; all by default. */
  readonly detectors?: ReadonlySet<Detector>;
  /** What becomes of instructions of each tier: T1 `quarantine`, T2 `mark`. */
  readonly verdicts?: Partial<Record<Tier, Verdict>>;
  /** What becomes of hidden text: `show`. */
  readonly hidden?: Treatment;
  /** Which findings are masked: secrets and card numbers. */
  readonly masked?: (finding: Finding) => boolean;
  /** UTF-16 units that are read: 1,048,576. What comes after is cut off. */
  readonly longest?: number;
  /** Milliseconds, with the clock that counts them: detectors that would start later do not run. */
  readonly time?: { readonly budgetMs: number; now(): number };
}

/** What an inspection found, and what may be handed on. */
export interface Inspection {
  readonly verdict: Verdict;
  /** In order of their place. */
  readonly findings: Finding[];
  /** The text with secrets and card numbers masked and hidden text treated; of a text that was cut, what was read. */
  readonly redacted: string;
  /** Not everything was read, or not by every detector: the verdict is `quarantine` at least. */
  readonly cut: boolean;
}

const LONGEST = 1 << 20;

type Find = (source: PlainText, survey: Survey) => Screening;

const whole = (find: (source: PlainText, survey: Survey) => Finding[]): Find => {
  return (source, survey) => ({ findings: find(source, survey), cut: false });
};

const DETECTORS: readonly (readonly [Detector, Find])[] = [
  ["hidden", whole((source) => findHidden(source))],
  ["secret", whole((source, { secrets }) => findSecrets(source, secrets[0] ?? -1, secrets))],
  ["personal", whole((source, { cues, units }) => findPersonal(source, cues, units))],
  ["injection", (source, { marks, units }) => screenInjection(source, marks, units)],
];

/**
 * Screens one text: made plain once, read by each detector in time that grows with its length, and cut at a budget of
 * length and time. Whatever was not read is never passed in silence.
 *
 * @example inspect("Ignore all previous instructions.", { surface: "result" }).verdict // "quarantine"
 */
export function inspect(text: string, options: InspectOptions): Inspection {
  const longest = options.longest ?? LONGEST;
  const read = text.length <= longest ? text : text.slice(0, boundary(text, longest));
  const source = plain(read);
  const survey = surveyOf(source);
  const started = options.time?.now() ?? 0;
  let findings: Finding[] = [];
  let cut = read.length < text.length;
  for (const [detector, find] of DETECTORS) {
    if (options.detectors !== undefined && !options.detectors.has(detector)) continue;
    if (options.time !== undefined && options.time.now() - started > options.time.budgetMs) {
      cut = true;
      break;
    }
    const found = find(source, survey);
    if (findings.length === 0) findings = found.findings;
    else for (const finding of found.findings) findings.push(finding);
    cut ||= found.cut;
  }
  findings.push(...hiddenOrders(read, findings));
  inOrder(findings, (one, other) => one.start - other.start || one.end - other.end);
  const redacted = redact(read, findings, options.hidden ?? "show", options.masked ?? maskedByDefault);
  return { verdict: verdictOf(findings, cut, options), findings, redacted, cut };
}

/** No surrogate pair is cut apart. */
const boundary = (text: string, length: number) => {
  const unit = text.charCodeAt(length - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? length - 1 : length;
};

function verdictOf(findings: readonly Finding[], cut: boolean, options: InspectOptions): Verdict {
  const of: Record<Tier, Verdict> = { T1: "quarantine", T2: "mark", ...options.verdicts };
  let worst: Verdict = cut ? "quarantine" : "pass";
  for (const { tier } of findings)
    if (tier !== undefined && STRICTER.indexOf(of[tier]) > STRICTER.indexOf(worst)) worst = of[tier];
  return worst;
}

/** What invisible characters spell, and orders that stand where no person sees them. */
function hiddenOrders(original: string, findings: readonly Finding[]): Finding[] {
  const orders: Finding[] = [];
  let injections: readonly Finding[] | undefined;
  for (const { detector, kind, start, end } of findings) {
    if (detector !== "hidden") continue;
    const inside =
      (kind === "html-comment" || kind === "css-hidden") &&
      ((injections ??= findings.filter((one) => one.detector === "injection")).some(
        (one) => one.start >= start && one.end <= end,
      ) ||
        speaksToModel(original.slice(start, end).toLowerCase()));
    if (!inside && !(maySpell(kind, end - start) && messageOf(kind, original.slice(start, end)) !== undefined))
      continue;
    orders.push({
      detector: "injection",
      kind: "hidden-instruction",
      tier: "T1",
      start,
      end,
      confidence: 0.95,
      why: inside ? "An instruction stands where no person sees it." : "Invisible characters spell a message.",
    });
    if (orders.length === MOST_ORDERS) break;
  }
  return orders;
}

const MOST_ORDERS = 20;
