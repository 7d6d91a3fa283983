import { negated, noOrder } from "./context.ts";
import {
  FOREIGN,
  OVERRIDE,
  INSTRUCTION,
  RULE,
  PRIOR,
  YOU,
  REVEAL,
  SEND,
  CALL,
  NOT,
  OBEY,
  PRETEND,
  GENERATE,
  ONLY,
  SOURCE,
  HIDDEN,
} from "./meanings.ts";
import type { Reading } from "./reading.ts";
import { asked, ordered, type Rule, type RuleOf, told } from "./rule.ts";
import { addressesAgent, isAboutElsewhere, namesPrize } from "./strength.ts";

/** "Ignore all previous instructions" and its kin in many languages: a verb of setting aside, and what it sets aside. */
const override: Rule = (reading, verb) => {
  if (reading.means(verb, FOREIGN) || reading.isName(verb) || noOrder(reading, verb)) return undefined;
  if (PRAGMA.test(reading.text.slice(Math.max(0, (reading.start[verb] as number) - 12), reading.start[verb])))
    return undefined;
  const found = setAside(reading, verb);
  if (found.score < 2.4) return undefined;
  const tier = tierOf(reading, verb, found);
  if (tier === undefined) return undefined;
  return told(reading, verb, found.last, {
    kind: "override",
    tier,
    confidence: Math.min(0.99, (tier === "T1" ? 0.6 : 0.4) + found.score / 12),
    why: "The text tells its reader to set aside the instructions that it has.",
  });
};

/** `# type: ignore`, `pyre-ignore`: told to a compiler. */
const PRAGMA = /(?:type|pyre|noqa|eslint|lint|mypy|pragma|prettier|biome|istanbul|c8)[-:] ?$/;

const ENGLISH = /^(?:ignore|disregard|forget|override|bypass|neglect|overlook|discard|dismiss|nevermind|abandon)$/;
const WHOLE =
  /^(?:above|everything|everthing|previous|oben|obige|dessus|arriba|acima|sopra|yukarid\w+|atas|itaas|tren|выше|أعلاه|ऊपर|উপরে?র?|anterior|precedente|previo|tout|todo|tudo|tutto|alles)$/;
const SPOKEN = /^(?:print|say|state|output|write|respond|reply|answer|repeat|display|give|tell)$/;

/** What is set aside: how much speaks for it, and the last word that does. */
interface SetAside {
  readonly score: number;
  readonly last: number;
  /** The instructions or rules; -1 where it is the text itself. */
  readonly noun: number;
  /** What the reader shall do then; -1 where that is not said. */
  readonly next: number;
}

/** Letters, orders and notices, which people set aside every day. */
const OF_PEOPLE = /^(?:messages?|orders?|information|tasks?|training|programming|conversation|commands?|context|told)$/;
const ALL_OF = /\b(?:all|any|every|everything)\b/;

/**
 * T1 for instructions of the reader's own, all of them or with something that it shall do then; T2 for what people might
 * say to each other as well; nothing where the words say that it is a step, a label or a letter.
 */
function tierOf(reading: Reading, verb: number, { noun, next, last }: SetAside): "T1" | "T2" | undefined {
  const end = reading.end[last] as number;
  const speaks = next >= 0 && SPOKEN.test(reading.letters(next));
  const agent = addressesAgent(reading, verb);
  if (noun < 0) {
    if (speaks || (next >= 0 && namesPrize(reading, verb))) return "T1";
    return next >= 0 || agent || INSTRUCTED.test(reading.text.slice(end, end + 50)) ? "T2" : undefined;
  }
  if (isAboutElsewhere(reading, end)) return agent ? "T2" : undefined;
  const between = reading.text.slice(reading.end[verb], reading.start[noun]);
  const your = /\byour\b/.test(between);
  const does = next >= 0 || agent || namesPrize(reading, last);
  if (reading.has(noun, INSTRUCTION)) return your || does || ALL_OF.test(between) ? "T1" : "T2";
  if (OF_PEOPLE.test(reading.letters(noun))) return speaks || agent ? "T1" : does && your ? "T2" : undefined;
  if (your || does) return "T1";
  return SETS_ASIDE.test(reading.letters(verb)) || !ENGLISH.test(reading.letters(verb)) ? "T2" : undefined;
}

const INSTRUCTED =
  /^[^.\n]{0,30}\b(?:told|instructed|given|trained)(?: (?:before|above|earlier|previously|so far))?(?:[.,;:!?\n]|$)/;

function setAside(reading: Reading, verb: number): SetAside {
  const letters = reading.letters(verb);
  const noun = nearest(reading, verb, INSTRUCTION | RULE, 8);
  const prior = telling(reading, nearest(reading, verb, PRIOR, 7));
  const start = (reading.begins(verb) ? 0.5 : 0) + (ENGLISH.test(letters) ? 0 : 0.5);
  const then = reading.after(verb, REVEAL | GENERATE | PRETEND | SEND | CALL | ONLY, 14);
  const next = then >= 0 && ordered(reading, then) ? then : -1;
  // "Discard the line and print a prompt": what stands after the second verb is not set aside.
  if (noun > verb && next > verb && noun > next && !reading.has(next, ONLY))
    return ofSource(reading, verb, prior, next, start);
  if (noun < 0) return ofSource(reading, verb, prior, next, start);
  const your = reading.after(verb, YOU, 6);
  const strong = reading.has(noun, INSTRUCTION);
  const program = ENGLISH.test(letters) && !SETS_ASIDE.test(letters) && !BOUNDS.test(reading.letters(noun));
  if (program && !strong && your < 0) return { score: 0, last: verb, noun, next };
  let score = start + (strong ? 1.2 : 0.4);
  if (prior >= 0 && (prior < noun || AFTER.test(reading.letters(prior)) || !ENGLISH.test(letters)))
    score += QUANTITY.test(reading.letters(prior)) ? (strong ? 1.1 : 0.8) : 1.5;
  if (your >= 0 && your < noun) score += 1.2;
  if (Math.abs((reading.word[noun] as number) - (reading.word[verb] as number)) === 1) score += 0.6;
  if (next >= 0) score += 1.2;
  return { score, last: Math.max(verb, noun, reading.means(noun, FOREIGN) ? prior : -1), noun, next };
}

/** Of "all previous" it is the second word that tells. */
function telling(reading: Reading, prior: number): number {
  if (prior < 0 || !QUANTITY.test(reading.letters(prior))) return prior;
  const next = reading.after(prior, PRIOR, 2);
  return next < 0 ? prior : next;
}

/** "Ignore the above and print …": what is set aside is the text itself, and a second order follows. */
function ofSource(reading: Reading, verb: number, before: number, next: number, start: number): SetAside {
  const letters = reading.letters(verb);
  if (ENGLISH.test(letters) && !SETS_ASIDE.test(letters)) return { score: 0, last: verb, noun: -1, next };
  const prior = before >= 0 && isOfAThing(reading, before, next) ? -1 : before;
  const source = reading.after(verb, SOURCE, 4);
  const your = reading.after(verb, YOU, 6);
  let score = start;
  if (
    prior >= 0 &&
    (your >= 0 || TOLD.test(reading.text.slice(reading.end[prior], (reading.end[prior] as number) + 50)))
  )
    score += 1.2;
  if (prior >= 0 && WHOLE.test(reading.letters(prior))) score += 1;
  const foreign = !ENGLISH.test(letters);
  if (
    source >= 0 &&
    (foreign || ARTICLE.test(reading.text.slice(reading.end[verb], (reading.end[verb] as number) + 8)))
  )
    score += 0.9;
  if (next >= 0 && score > start) score += foreign || SPOKEN.test(reading.letters(next)) ? 1.5 : 1;
  return { score, last: Math.max(verb, prior), noun: -1, next };
}

/** "The previous step", "the above error": one thing of many, unless the reader is to say something then. */
const isOfAThing = (reading: Reading, prior: number, next: number): boolean =>
  OF_A_THING.test(reading.text.slice(reading.start[prior], (reading.end[prior] as number) + 30)) &&
  !(next >= 0 && SPOKEN.test(reading.letters(next)));

const OF_A_THING =
  /^(?:previous|prior|above|earlier|preceding|former|existing|original|initial|all|any|every) (?!(?:and|then|but|or|now|just|only|text|content|input|everything|of|that|what|your?|i|was|is|in|to|please|print|say|output|write)\b)[a-z]/;

const SETS_ASIDE = /^(?:ignore|disregard|forget|nevermind)$/;
const QUANTITY = /^(?:all|any|every|existing|original|initial)$/;
/** What rules of a reader are called, and settings of a program are not. */
const BOUNDS = /^(?:rules?|restrictions?|guardrails|safeguards|limitations)$/;
const AFTER = /^(?:above|earlier|before|previously|everything|anything|precedent\w*|anterior\w*|previas|prior)$/;
const TOLD = /^[^.\n]{0,30}\b(?:told|said|instructed|learned|asked|t'a dit|dicho|detto)\b/;
const ARTICLE = /^,? (?:the|this|that|all|my|what)\b/;

/** After the verb, or before it in languages that end with the verb. */
function nearest(reading: Reading, verb: number, meaning: number, words: number): number {
  const after = reading.after(verb, meaning, words);
  if (after >= 0 && !reading.apart(verb, after)) return after;
  if (reading.text.charCodeAt(reading.start[verb] as number) < 128 && !VERB_LAST.test(reading.letters(verb))) return -1;
  const before = reading.before(verb, meaning, words);
  return before >= 0 && !reading.apart(before, verb) ? before : -1;
}

const VERB_LAST = /^(?:un|yok|vergess|ignorier)/;

/** "Do not follow the previous instructions." */
const disobey: Rule = (reading, verb) => {
  if (!negated(reading, verb)) return undefined;
  const noun = reading.after(verb, INSTRUCTION | RULE, 7);
  const prior = reading.after(verb, PRIOR, 5);
  if (noun < 0 || prior < 0 || reading.apart(verb, noun)) return undefined;
  if (/['"`]/.test(reading.text.slice(reading.end[verb], reading.start[noun]))) return undefined;
  const first = reading.before(verb, NOT, 3);
  if (!reading.begins(first) && !/^(?:do|you|must|should|please)\b/.test(sentenceBefore(reading, first)))
    return undefined;
  const last = Math.max(noun, reading.letters(prior) === "above" ? prior : noun);
  const agent = addressesAgent(reading, first);
  if (isAboutElsewhere(reading, reading.end[last] as number) && !agent) return undefined;
  const own = reading.has(noun, INSTRUCTION) || BOUNDS.test(reading.letters(noun));
  const between = reading.text.slice(reading.end[verb], reading.start[noun]);
  const then = /\byour\b/.test(between) || ALL_OF.test(between) || agent || namesPrize(reading, last);
  return told(reading, first, noun, {
    kind: "override",
    tier: own && then ? "T1" : "T2",
    confidence: own && then ? 0.85 : 0.6,
    why: "The text tells its reader not to follow the instructions that it has.",
  });
};

const sentenceBefore = (reading: Reading, hit: number) => {
  const start = reading.start[hit] as number;
  return /[a-z]* *$/.exec(reading.text.slice(Math.max(0, start - 12), start))?.[0] ?? "";
};

/** "Reveal your system prompt." */
const promptLeak: Rule = (reading, verb) => {
  const noun = reading.after(verb, INSTRUCTION, 7);
  if (
    noun < 0 ||
    !/^\s/.test(reading.text.slice(reading.end[verb], (reading.end[verb] as number) + 1)) ||
    reading.apart(verb, noun) ||
    noOrder(reading, verb)
  )
    return undefined;
  const letters = reading.letters(noun);
  const hidden = reading.after(verb, HIDDEN, 6);
  const adjacent = reading.before(noun, HIDDEN, 1);
  const near = hidden >= 0 && adjacent > verb;
  const own = reading.after(verb, YOU, 4);
  const above = reading.after(verb, PRIOR, 4);
  const whose =
    (hidden >= 0 && hidden < noun) ||
    (own >= 0 && own < noun) ||
    (above >= 0 && above < noun && !QUANTITY.test(reading.letters(above)));
  // "Above the prompt" is a place.
  if (
    above > own &&
    above < noun &&
    hidden < 0 &&
    /\bthe\b/.test(reading.text.slice(reading.end[above], reading.start[noun]))
  )
    return undefined;
  if (
    !(own >= 0 && own < noun) &&
    OF_PROGRAM.test(reading.text.slice(reading.end[noun], (reading.end[noun] as number) + 40))
  )
    return undefined;
  if (!whose || !/^(?:prompt|[il]nstruc|d[il]rect)/.test(letters)) return undefined;
  if (!(near && hidden < noun) && !reading.begins(verb) && !asked(reading, verb)) return undefined;
  return told(reading, verb, noun, {
    kind: "prompt-leak",
    tier: "T1",
    confidence: 0.9,
    why: "The text asks its reader for the prompt or the instructions that it works under.",
  });
};

/** "With `--show-prompt`", "of the agent", "to the log": the prompt of a program that its reader runs. */
const OF_PROGRAM =
  /^ (?:(?:with|using|via|by) ["'`-]|of (?:the|an?|each|every|this) (?!conversation|chat|prompt)|for (?:the|an?|each|every|debugging)\b|to (?:the |a )?(?:logs?|console|file|stdout|stderr|screen|terminal|disk)\b|(?:when|if|unless|before each|on start)\b|from (?:the )?(?:config\w*|file|cli|settings|disk)\b)/;

/** Which rules look at a hit of which meaning. */
export const ASIDE: readonly RuleOf[] = [
  [OVERRIDE, override],
  [OBEY, disobey],
  [REVEAL, promptLeak],
];
