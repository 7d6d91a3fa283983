import type { JsonObject } from "../../../kernel/json.ts";
import { CONCEPTS, type Concept } from "./concepts.ts";
import { type DefinitionFinding, type Reading, readDefinition } from "./evidence.ts";
import { eachPassage, type Passage, reasonsFor, resemblanceOf } from "./resemblance.ts";
import type { Sentence } from "./sentence.ts";
import { isMoreThanPressing, weigh } from "./weigh.ts";
import { BLOCK, FLAG, RESEMBLANCE_COUNTS, RESEMBLANCE_FLAGS, RESEMBLANCE_FROM } from "./weights.ts";

export type { DefinitionFinding } from "./evidence.ts";

export interface DefinitionVerdict {
  readonly verdict: "pass" | "flag" | "block";
  readonly findings: readonly DefinitionFinding[];
}

/** Concepts in words for a person. */
const SAID: Readonly<Partial<Record<Concept, string>>> = {
  menace: "watching, staying or gaining rights",
  sensitive: "files that hold secrets",
  shell: "commands",
  foreign: "other tools",
  ignore: "setting aside",
  address: "addresses",
  superlative: "praise",
  outside: "third parties",
  secretly: "doing it unnoticed",
  history: "the conversation",
  mode: "special modes",
  secret: "secrets",
  send: "sending",
  put: "filling arguments",
  tell: "what is told to the user",
  person: "the user",
  instead: "replacing",
  pretext: "compliance or security",
  destroy: "deleting",
};

/**
 * The passage that resembles poisoned definitions most, and how much.
 *
 * @param above less resemblance changes no verdict, and is not looked for
 */
function mostAlike(reading: Reading, above: number): { readonly passage: Passage; readonly odds: number } | undefined {
  const { name, sentences, found } = reading;
  let most: { passage: Passage; odds: number } | undefined;
  eachPassage(name, sentences, above, (one) => {
    const passage = found.length === 0 ? excused(reading, one) : one;
    const odds = resemblanceOf(passage);
    if (most === undefined || odds > most.odds) most = { passage, odds };
    return Math.max(above, most.odds);
  });
  return most;
}

const OF_SECRETS = (["secret", "sensitive"] as const).map((concept) => CONCEPTS.indexOf(concept));
const OF_GUARDING = (["secret", "sensitive", "put", "foreign", "instead"] as const).map((concept) =>
  CONCEPTS.indexOf(concept),
);

/** Without what a tool of public keys has to speak of, and what a sentence says that protects secrets: `never put secrets here`. */
function excused({ known, sentences, description }: Reading, passage: Passage): Passage {
  const guards = sentences
    .slice(Math.max(0, passage.first - 1), passage.last + 1)
    .some((s) => s.places("secret").some((thing) => GUARDING.some((act) => guardedFrom(s, act, thing))));
  const open = PUBLIC_KEYS.test(description?.lower ?? "") && known.about.has("secret");
  const left = guards ? OF_GUARDING : open ? OF_SECRETS : [];
  if (left.length === 0) return passage;
  return { ...passage, concepts: new Set([...passage.concepts].filter((concept) => !left.includes(concept))) };
}

/** Keys that are meant to be given away. */
const PUBLIC_KEYS = /\.pub\b|\bpublic (?:ssh )?keys?\b/;
const GUARDING = ["put", "send", "keep"] as const;

const guardedFrom = (s: Sentence, act: Concept, thing: number): boolean => {
  const reach = s.chain(3, "not", act);
  return reach !== undefined && reach.from < thing;
};

function resemblanceFinding({ sentences, description }: Reading, passage: Passage): DefinitionFinding {
  const [first, last] = [sentences[passage.first], sentences[passage.last]];
  const reasons = reasonsFor(passage).flatMap((concept) => SAID[concept] ?? []);
  const of = reasons.length === 0 ? "" : `: it speaks of ${reasons.join(", ")}`;
  return {
    kind: "resemblance",
    tier: "T2",
    field: "/description",
    start: description?.at[first?.start(0) ?? 0] ?? 0,
    end: description?.at[last?.end(last.length - 1) ?? 0] ?? 0,
    why: `By what it speaks of, the passage resembles poisoned definitions more than honest ones${of}.`,
  };
}

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
  const reading = readDefinition(tool, context.others);
  const { found } = reading;
  const weight = weigh(found);
  const counts = weight >= 1 && isMoreThanPressing(found) ? RESEMBLANCE_COUNTS : 0;
  const alike = mostAlike(reading, counts > 0 ? Math.min(RESEMBLANCE_FROM, RESEMBLANCE_FLAGS) : RESEMBLANCE_FLAGS);
  const odds = alike?.odds ?? Number.NEGATIVE_INFINITY;
  if (weight < FLAG && odds < RESEMBLANCE_FLAGS) return { verdict: "pass", findings: [] };
  const verdict = weight + counts * Math.max(0, odds - RESEMBLANCE_FROM) < BLOCK ? "flag" : "block";
  const findings = found
    .slice(0, MOST_FINDINGS)
    .map(({ kind, tier, field, start, end, why }) => ({ kind, tier, field, start, end, why }));
  if (alike !== undefined && odds >= RESEMBLANCE_FLAGS) findings.push(resemblanceFinding(reading, alike.passage));
  return { verdict, findings };
}

const MOST_FINDINGS = 100;
