import type { JsonObject } from "../../../kernel/json.ts";
import type { Tier } from "../finding.ts";
import { plain } from "../normalise.ts";
import { CONCEPTS, type Concept } from "./concepts.ts";
import { marksOf } from "./marks.ts";
import { type Names, type Reach, type Sentence, sentencesOf } from "./sentences.ts";
import type { Place, Sign } from "./sign.ts";
import { ASIDE } from "./signs-aside.ts";
import { CONDUCT } from "./signs-conduct.ts";
import { DATA } from "./signs-data.ts";
import { PARAMETERS } from "./signs-parameters.ts";
import { TOOLS } from "./signs-tools.ts";
import { type DefinitionText, type Texts, textsOf } from "./texts.ts";
import { BLOCK, FLAG, WEIGHTS } from "./weights.ts";

/** One thing in a definition that speaks for poisoning. */
export interface DefinitionFinding {
  readonly kind: string;
  readonly tier: Tier;
  /** JSON Pointer into the definition (RFC 6901); of a property name, the pointer to its member. */
  readonly field: string;
  /** Offsets in the text of that field, in UTF-16 units; `end` exclusive. */
  readonly start: number;
  readonly end: number;
  readonly why: string;
}

export interface DefinitionVerdict {
  readonly verdict: "pass" | "flag" | "block";
  readonly findings: readonly DefinitionFinding[];
}

const SIGNS: readonly Sign[] = [...ASIDE, ...CONDUCT, ...TOOLS, ...DATA, ...PARAMETERS];

/** Evidence before it is weighed. `sentence` counts through the description. */
export interface Evidence extends DefinitionFinding {
  readonly id: string;
  readonly sentence: number;
}

const MARKS: Readonly<Record<string, { kind: string; tier: Tier; why: string }>> = {
  "fake-tag": { kind: "fake-tag", tier: "T1", why: "A tag pretends that somebody with authority speaks." },
  "fake-turn": { kind: "fake-turn", tier: "T1", why: "It imitates a turn or a system message of a conversation." },
  "bracket-important": { kind: "fake-tag", tier: "T1", why: "A mark in brackets demands attention." },
  comment: { kind: "hidden-comment", tier: "T1", why: "A comment hides text from people, not from the model." },
  "office-label": { kind: "fake-office", tier: "T1", why: "A heading in capitals claims an office." },
  "hidden-tags": { kind: "hidden-text", tier: "T1", why: "Characters that nobody sees carry text." },
  "hidden-order": {
    kind: "hidden-text",
    tier: "T1",
    why: "Control characters change the order in which text is shown.",
  },
  "hidden-control": { kind: "hidden-text", tier: "T1", why: "It holds control characters, which terminals act upon." },
  "hidden-zero-width": { kind: "hidden-text", tier: "T1", why: "Characters without width stand in the text." },
  "look-alike": {
    kind: "look-alike",
    tier: "T1",
    why: "A letter of another script stands in the place of a Latin one.",
  },
};

/** What the name, the title and the parameters speak of. */
function purposeOf({ texts }: Texts): ReadonlySet<Concept> {
  const words = texts
    .filter(({ role, field }) => role === "name" || field === "/title")
    .map(({ plain: { text } }) =>
      text
        .slice(0, 200)
        .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
        .replaceAll(/[_./-]+/g, " "),
    );
  const about = new Set<Concept>();
  for (const sentence of sentencesOf(plain(words.join(" ; ").slice(0, MOST_PURPOSE)), NAMELESS))
    for (const concept of CONCEPTS) if (sentence.has(concept)) about.add(concept);
  if (words.some((text) => /\benv(?:ironment)?\b/i.test(text))) about.add("sensitive");
  if (words.some((text) => /\bkeys?\b/i.test(text))) about.add("secret");
  return about;
}

const MOST_PURPOSE = 4_096;
const NAMELESS: Names = { own: "", parameters: new Set(), others: new Set() };

/** Everything that speaks for poisoning, before it is weighed. */
export function evidenceOf(tool: JsonObject, others: readonly string[] = []): Evidence[] {
  const texts = textsOf(tool);
  const names: Names = {
    own: texts.name.toLowerCase(),
    parameters: new Set(Array.from(texts.parameters, (name) => name.toLowerCase())),
    others: new Set(others.map((name) => name.toLowerCase())),
  };
  const about = purposeOf(texts);
  const found: Evidence[] = [];
  if (texts.cut)
    found.push({ id: "cut", kind: "too-large", tier: "T1", field: "", start: 0, end: 0, why: CUT, sentence: 0 });
  for (const text of texts.texts) inText(text, names, { about, readOnly: texts.readOnly, tool: names.own }, found);
  return found;
}

const CUT = "The definition is larger or deeper than what is read; nobody needs one so large.";

type Known = Pick<Place, "about" | "readOnly" | "tool">;

function inText(text: DefinitionText, names: Names, known: Known, found: Evidence[]): void {
  for (const { id, start, end } of marksOf(text.plain))
    found.push({ id, ...(MARKS[id] as (typeof MARKS)[string]), field: text.field, start, end, sentence: -1 });
  const parameter = text.parameter?.toLowerCase();
  for (const [index, sentence] of sentencesOf(text.plain, names).entries()) {
    const place: Place = { role: text.role, first: index === 0 && text.field === "/description", parameter, ...known };
    for (const sign of SIGNS) {
      const reach = sign.see(sentence, place);
      if (reach !== undefined) found.push(evidence(sign, text, sentence, reach, index));
    }
  }
}

function evidence(sign: Sign, text: DefinitionText, sentence: Sentence, reach: Reach, index: number): Evidence {
  const { at } = text.plain;
  const start = at[sentence.starts[reach.from] as number] as number;
  const end = at[sentence.ends[reach.to] as number] as number;
  return {
    id: sign.id,
    kind: sign.kind,
    tier: sign.tier,
    why: sign.why,
    field: text.field,
    start,
    end,
    sentence: index,
  };
}

/** Signs count fully where they stand together: in so many sentences one after the other. */
const TOGETHER = 5;
/** What signs of a description count that stand apart from the weightiest passage. */
const APART = 0.25;

/** The weight of all evidence. Each sign counts once. */
export function weigh(found: readonly Evidence[], weights: Readonly<Record<string, number>> = WEIGHTS): number {
  const passage = found.filter(({ field, sentence }) => field === "/description" && sentence >= 0);
  const elsewhere = new Set(found.filter((one) => !passage.includes(one)).map(({ id }) => id));
  let best = 0;
  for (const { sentence: from } of passage) {
    const near = new Set(elsewhere);
    const far = new Set<string>();
    for (const { id, sentence } of passage)
      if (sentence >= from && sentence < from + TOGETHER) near.add(id);
      else far.add(id);
    best = Math.max(best, sum(near, weights) + APART * sum(far.difference(near), weights));
  }
  return Math.max(best, sum(elsewhere, weights));
}

/** Calls of other tools are how honest servers work too: however many signs of them, they do not block alone. */
const MOST_OF_ORDER = 3.2;
const ORDER: ReadonlySet<string> = new Set(TOOLS.filter(({ kind }) => kind === "cross-tool-order").map(({ id }) => id));

const sum = (ids: ReadonlySet<string>, weights: Readonly<Record<string, number>>): number => {
  let total = 0;
  let order = 0;
  for (const id of ids)
    if (ORDER.has(id)) order += weights[id] ?? 0;
    else total += weights[id] ?? 0;
  return total + Math.min(order, MOST_OF_ORDER);
};

/**
 * Judges a definition (tool, prompt, resource template, or an object with server `instructions`) before anybody sees
 * it: instructions to the model, demands for secrecy, meddling with other tools, secrets and data that the tool has no
 * need of, hidden and look-alike text.
 *
 * @param tool the definition as the upstream gave it; untrusted
 * @param context.others names of tools of other servers: speaking of them is a sign
 */
export function inspectDefinition(
  tool: JsonObject,
  context: { readonly others?: readonly string[] } = {},
): DefinitionVerdict {
  const found = evidenceOf(tool, context.others);
  const weight = weigh(found);
  if (weight < FLAG) return { verdict: "pass", findings: [] };
  const findings = found
    .slice(0, MOST_FINDINGS)
    .map(({ kind, tier, field, start, end, why }) => ({ kind, tier, field, start, end, why }));
  return { verdict: weight < BLOCK ? "flag" : "block", findings };
}

const MOST_FINDINGS = 100;
