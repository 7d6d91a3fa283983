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
  /** How many findings there are of each kind. */
  readonly found: ReadonlyMap<string, number>;
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
const PIECE = 65_536;
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
  const { surface } = screen;
  const options = {
    surface,
    masked: CHANGED_NOTHING,
    ...(surface === "argument" ? { detectors: IN_ARGUMENTS } : {}),
  };
  if (text.length <= PIECE + OVERLAP) {
    const { findings, cut } = inspect(text, options);
    if (findings.length === 0 && !cut) return unchanged(text);
    const treating = new Treating(text, screen);
    treating.take(findings, cut, 0, 0);
    return treating.done();
  }
  const treating = new Treating(text, screen);
  for (let from = 0; from < text.length; from += PIECE) {
    const moved = between(text, Math.max(0, from - OVERLAP));
    const { findings, cut } = inspect(text.slice(moved, between(text, from + PIECE)), options);
    treating.take(findings, cut, moved, from);
    // What the next piece finds may reach back so far.
    treating.say(from + PIECE - OVERLAP);
  }
  return treating.done();
}

/** A place, or the one before it where it stands inside a character. */
const between = (text: string, at: number): number =>
  (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at - 1 : at;

const NOTHING_FOUND: ReadonlyMap<string, number> = new Map();
const NONE: readonly never[] = [];
const unchanged = (text: string): ScreenedText => ({
  text,
  found: NOTHING_FOUND,
  masked: NONE,
  verdict: "pass",
  unread: false,
});

/** What becomes of one text while its pieces are looked at: no more findings are kept than those of one piece. */
class Treating {
  readonly #text: string;
  readonly #screen: TextScreen;
  readonly #found = new Map<string, number>();
  readonly #masked = new Set<string>();
  /** What changes the text and is not said yet. */
  #changing: Finding[] = [];
  readonly #said: string[] = [];
  /** Where what was said ends. */
  #past = 0;
  #verdict: ScreenedText["verdict"] = "pass";
  #why: Finding | undefined;
  #unread = false;

  constructor(text: string, screen: TextScreen) {
    this.#text = text;
    this.#screen = screen;
  }

  /** @param moved where the piece begins in which they were found; @param from what ends before was found in the one before */
  take(findings: readonly Finding[], cut: boolean, moved: number, from: number): void {
    this.#unread ||= cut;
    for (const finding of findings) {
      if (finding.end + moved <= from) continue;
      const { kind, detector } = finding;
      this.#found.set(kind, (this.#found.get(kind) ?? 0) + 1);
      const action = actionOf(finding, this.#screen.treatments);
      if (action === "pass") continue;
      if (action === "mark" || action === "quarantine" || action === "block") {
        if (STRICTNESS[action] > STRICTNESS[this.#verdict]) [this.#why, this.#verdict] = [finding, action];
        // What a person may release holds no secret either.
        if (action !== "quarantine" || (detector !== "hidden" && !maskedByDefault(finding))) continue;
      }
      const { start, end } = finding;
      this.#changing.push(moved === 0 ? finding : { ...finding, start: start + moved, end: end + moved });
    }
  }

  /** Changes the text up to a place, or up to where a finding begins that reaches over it. */
  say(most: number): void {
    const text = this.#text;
    let to = most;
    if (to < text.length) {
      this.#changing.sort((one, other) => one.start - other.start);
      for (const { start, end } of this.#changing.toReversed()) if (end > to) to = Math.min(to, start);
    }
    const past = this.#past;
    const now = this.#changing.filter(({ end }) => end <= to);
    if (now.length === 0) return;
    this.#changing = this.#changing.filter(({ end }) => end > to);
    const placed = past === 0 ? now : now.map((one) => ({ ...one, start: one.start - past, end: one.end - past }));
    const part = text.slice(past, to);
    const treatment = this.#screen.treatments.hidden === "remove" ? "remove" : "show";
    this.#said.push(redact(part, placed, treatment, (finding) => this.#instead(part, finding)));
    this.#past = to;
  }

  #instead(part: string, finding: Finding): boolean | string {
    const { treatments, hashKey } = this.#screen;
    const { kind, detector, start, end } = finding;
    const action = actionOf(finding, treatments);
    if (action === "show" || action === "remove" || (action === "quarantine" && detector === "hidden")) return false;
    this.#masked.add(kind);
    if (action === "drop") return "";
    return action === "hash" ? `\u27e6${kind}:${hashOf(part.slice(start, end), hashKey)}\u27e7` : true;
  }

  done(): ScreenedText {
    const text = this.#text;
    this.say(text.length);
    if (this.#past > 0 && this.#past < text.length) this.#said.push(text.slice(this.#past));
    return {
      text: this.#said.length === 0 ? text : this.#said.join(""),
      found: this.#found,
      masked: [...this.#masked],
      ...(this.#unread ? { verdict: "block" } : { verdict: this.#verdict }),
      ...(this.#why === undefined || this.#unread ? {} : { why: this.#why }),
      unread: this.#unread,
    };
  }
}

/** The same value has the same hash, and nobody without the key can try values. */
const hashOf = (value: string, key: Uint8Array): string =>
  createHmac("sha256", key).update(value).digest("hex").slice(0, 12);
