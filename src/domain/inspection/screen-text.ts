import { createHmac } from "node:crypto";
import type { Detector, Finding, Surface } from "./finding.ts";
import { inspect } from "./inspect.ts";
import { isQuiet } from "./quiet.ts";
import { maskedByDefault, redact } from "./redact.ts";

/** What becomes of a finding. */
export type Action = "pass" | "mark" | "show" | "remove" | "mask" | "hash" | "drop" | "quarantine" | "block";

/** What becomes of each kind: a finding's own kind, or one of the words below; the more exact word wins. Data alone. */
export interface Treatments {
  readonly secret: Action;
  readonly card: Action;
  readonly personal: Action;
  readonly hidden: Action;
  readonly T1: Action;
  readonly T2: Action;
  readonly [kind: string]: Action;
}

/** How texts are screened. Data alone, so that a worker can be given it. */
export interface TextScreen {
  readonly surface: Surface;
  readonly treatments: Treatments;
  /** Key of the hashes that stand for values. */
  readonly hashKey: Uint8Array;
}

/** What became of one text. */
export interface ScreenedText {
  /** The text that goes on; the same string where nothing changed. */
  readonly text: string;
  readonly findings: readonly Finding[];
  /** Kinds whose values stand no more in the text. */
  readonly masked: readonly string[];
  /** The strictest of what is no change of the text. */
  readonly verdict: "pass" | "mark" | "quarantine" | "block";
  /** What made the verdict. */
  readonly why?: Finding;
  /** Something of it could not be looked at; the verdict is `block`. */
  readonly unread: boolean;
}

/** What is looked at in one go, and how far the next piece reaches back, in UTF-16 units: nothing that is found is longer. */
const PIECE = 131_072;
const OVERLAP = 8_192;

/** In arguments the caller speaks: instructions in them are nobody's attack on the caller. */
const IN_ARGUMENTS: ReadonlySet<Detector> = new Set(["hidden", "secret", "personal"]);
const CHANGED_NOTHING = () => false;
/** Verdicts, from mild to strict. */
export const STRICTNESS: Readonly<Record<ScreenedText["verdict"], number>> = {
  pass: 0,
  mark: 1,
  quarantine: 2,
  block: 3,
};

/** What becomes of a finding. */
export function actionOf(finding: Finding, treatments: Treatments): Action {
  const { detector, kind, tier } = finding;
  const own = Object.hasOwn(treatments, kind) ? treatments[kind] : undefined;
  if (own !== undefined) return own;
  if (tier !== undefined) return treatments[tier];
  if (detector === "hidden") return treatments.hidden;
  if (detector === "secret") return treatments.secret;
  return maskedByDefault(finding) ? treatments.card : treatments.personal;
}

/** Screens one text of any length. */
export function screenText(text: string, screen: TextScreen): ScreenedText {
  return isQuiet(text) ? unchanged(text) : screenLoud(text, screen);
}

/** The same for a text that is not quiet. */
export function screenLoud(text: string, screen: TextScreen): ScreenedText {
  const { findings, unread } = findingsOf(text, screen.surface);
  if (findings.length === 0 && !unread) return unchanged(text);
  return treat(text, findings, screen, unread);
}

const NONE: readonly never[] = [];
const unchanged = (text: string): ScreenedText => ({
  text,
  findings: NONE,
  masked: NONE,
  verdict: "pass",
  unread: false,
});

function findingsOf(text: string, surface: Surface): { findings: Finding[]; unread: boolean } {
  const options = {
    surface,
    masked: CHANGED_NOTHING,
    ...(surface === "argument" ? { detectors: IN_ARGUMENTS } : {}),
  };
  if (text.length <= PIECE + OVERLAP) {
    const { findings, cut } = inspect(text, options);
    return { findings, unread: cut };
  }
  const findings: Finding[] = [];
  let unread = false;
  for (let from = 0; from < text.length; from += PIECE) {
    const moved = Math.max(0, from - OVERLAP);
    const { findings: some, cut } = inspect(text.slice(moved, from + PIECE), options);
    // What ends before this piece was found in the one before.
    for (const one of some)
      if (one.end + moved > from) findings.push({ ...one, start: one.start + moved, end: one.end + moved });
    unread ||= cut;
  }
  return { findings, unread };
}

function treat(text: string, findings: readonly Finding[], screen: TextScreen, unread: boolean): ScreenedText {
  const { treatments, hashKey } = screen;
  const masked = new Set<string>();
  let verdict: ScreenedText["verdict"] = unread ? "block" : "pass";
  let why: Finding | undefined;
  const shown: Finding[] = [];
  for (const finding of findings) {
    const action = actionOf(finding, treatments);
    if (action === "pass") continue;
    if (action === "mark" || action === "quarantine" || action === "block") {
      if (STRICTNESS[action] > STRICTNESS[verdict]) [why, verdict] = [finding, action];
      // What a person may release holds no secret either.
      if (action !== "quarantine" || (finding.detector !== "hidden" && !maskedByDefault(finding))) continue;
    }
    shown.push(finding);
  }
  if (shown.length === 0) return { text, findings, masked: [], verdict, ...(why === undefined ? {} : { why }), unread };
  const instead = (finding: Finding): boolean | string => {
    const action = actionOf(finding, treatments);
    if (action === "show" || action === "remove") return false;
    if (action === "quarantine" && finding.detector === "hidden") return false;
    masked.add(finding.kind);
    if (action === "drop") return "";
    return action === "hash"
      ? `\u27e6${finding.kind}:${hashOf(text.slice(finding.start, finding.end), hashKey)}\u27e7`
      : true;
  };
  const treatment = treatments.hidden === "remove" ? "remove" : "show";
  const said = redact(text, shown, treatment, instead);
  return { text: said, findings, masked: [...masked], verdict, ...(why === undefined ? {} : { why }), unread };
}

/** The same value has the same hash, and nobody without the key can try values. */
const hashOf = (value: string, key: Uint8Array): string =>
  createHmac("sha256", key).update(value).digest("hex").slice(0, 12);
