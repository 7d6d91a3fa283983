import { noOrder, negated } from "./context.ts";
import {
  AGENT,
  ANCHOR,
  ASK,
  INSTRUCTION,
  ME,
  ONLY,
  OTHERS,
  OVERRIDE,
  PERSON,
  REVEAL,
  SECRET,
  SEND,
  SENSITIVE,
  TEXT,
  WHAT,
  YOU,
  CALL,
  FOREIGN,
  GENERATE,
} from "./meanings.ts";
import { type Rule, type RuleOf, told } from "./rule.ts";
import type { Reading } from "./reading.ts";

const sentenceEnd = (reading: Reading, hit: number): string => {
  const end = reading.end[hit] as number;
  return /[?\u037e\u061f.!\n]/.exec(reading.text.slice(end, end + 160))?.[0] ?? "";
};
const isQuestion = (end: string) => end === "?" || end === "\u037e" || end === "\u061f";

/** Forms and pages that speak of a password which their reader may have lost. */
const OF_FORMS =
  /\b(?:forgot|forgotten|reset|change|changing|lost|new|enter|type|secure|strong|choose|hash|store|set|update|protect|create|generate|rotate)\b[^.?!\n]{0,30}$|\b(?:with|using|use)(?: (?:a|an|your|the|my))? $/;

const WHOSE = /\b(?:your|our|the|their|user'?s) (?:system |secret |admin |current )?$/;
const WHOSE_ELSEWHERE = /\b(?:das|dein|ihr|le|la|el|il|o|a|mot de|su|tu|sua|tua|ton|votre) $/;
/** How the secret is to be given away. */
const GIVEN = /^ (?:back|in (?:reverse|base|a|the form|morse|hex)|to me|letter|without|starts|as a|directly|now\b)/;
const DEMAND =
  /\b(?:i|we) (?:\w+ )?(?:need|want|require|demand|order you to [a-z ]{0,20})(?: access to)? (?:your|the) $/;
const ENGLISH_SECRET = /^(?:passwords?|pass(?:code|phrase)|credentials?|secrets?|canary)$/;

/** "Can you share your password?", in many languages: a secret, asked of the reader. */
const secretRequest: Rule = (reading, secret) => {
  if (reading.means(secret, FOREIGN)) return undefined;
  const start = reading.start[secret] as number;
  const verb = around(reading, secret, REVEAL);
  if (verb >= 0 && reading.isName(verb)) return undefined;
  const what = around(reading, secret, WHAT);
  const you = around(reading, secret, YOU);
  const me = around(reading, secret, ME);
  const end = sentenceEnd(reading, secret);
  let score = 0;
  if (isQuestion(end)) score += 1;
  if (you >= 0) score += 0.7;
  if (me >= 0 && verb >= 0) score += 1;
  if (verb >= 0 && !noOrder(reading, verb)) score += 0.8;
  else if (verb >= 0) score += 0.4;
  if (what >= 0) score += 0.6;
  const before = reading.text.slice(Math.max(0, start - 28), start);
  if (WHOSE.test(before) || (!ENGLISH_SECRET.test(reading.letters(secret)) && WHOSE_ELSEWHERE.test(before)))
    score += 0.4;
  if (
    verb >= 0 &&
    reading.begins(verb) &&
    GIVEN.test(reading.text.slice(reading.end[secret], (reading.end[secret] as number) + 14))
  )
    score += 0.8;
  if (DEMAND.test(reading.text.slice(Math.max(0, start - 40), start))) score += 1;
  if (verb >= 0 && negated(reading, verb)) score -= 1.5;
  if (verb < 0 && what < 0 && score < 1.7) return undefined;
  if (score < 2 || OF_FORMS.test(reading.text.slice(Math.max(0, start - 50), start))) return undefined;
  const first = Math.min(secret, verb < 0 ? secret : verb, what < 0 ? secret : what);
  return told(reading, first, Math.max(secret, verb), {
    kind: "secret-request",
    tier: "T2",
    confidence: Math.min(0.9, 0.4 + score / 8),
    why: "The text asks its reader to give away a password or another secret.",
  });
};

/** The nearest hit of a meaning in the same sentence, before or after. */
function around(reading: Reading, hit: number, meaning: number): number {
  const before = reading.before(hit, meaning, 9);
  if (before >= 0 && !reading.apart(before, hit)) return before;
  const after = reading.after(hit, meaning, 8);
  return after >= 0 && !reading.apart(hit, after) ? after : -1;
}

const OF_SOMEBODY = /(?:'s|s'|\buser'?s?|\bhis|\bher|\btheir|\bcustomer'?s?|\bclient'?s?)\b[^.?!\n]{0,30}$/;

/** "Could you tell me Paul's birth date?", "What is Linda's home address?" */
const personRequest: Rule = (reading, noun) => {
  const start = reading.start[noun] as number;
  const end = reading.end[noun] as number;
  const somebody =
    OF_SOMEBODY.test(reading.text.slice(Math.max(0, start - 48), start)) ||
    / of (?:the )?(?:user|customer|client|\w{3,12})[.?!]?(?:$|\s)/.test(reading.text.slice(end, end + 30));
  if (!somebody) return undefined;
  const verb = reading.before(noun, REVEAL | WHAT, 10);
  if (verb < 0 || reading.apart(verb, noun) || noOrder(reading, verb)) return undefined;
  const me = reading.after(verb, ME, 2) >= 0;
  const asked = reading.begins(verb) || reading.before(verb, ASK | YOU, 3) >= 0;
  const question =
    isQuestion(sentenceEnd(reading, noun)) && (reading.has(verb, WHAT) || reading.before(verb, YOU, 2) >= 0);
  if (!asked || !(me || question)) return undefined;
  return told(reading, verb, noun, {
    kind: "personal-request",
    tier: "T2",
    confidence: 0.6,
    why: "The text asks its reader for the personal data of somebody.",
  });
};

const DICTATED =
  /^(?:print|say|output|reply|respond|answer|write|repeat|state|display|return|echo)\w{0,3}(?: (?:with|back|out|in))?(?: (?:only|just|exactly|me|verbatim|this))*(?:[ :,]+["'`<\u00ab]| (?:with )?(?:only )?the following\b)/;
const SPEAKS = /^(?:print|say|output|reply|respond|answer|write|repeat|state|display|return|echo)/;
const CONFINED = /^\w+ (?:with|only|just|exactly|the|this|back|in)\b/;
const NOTHING_ELSE =
  /\b(?:(?<!if )nothing else|and nothing (?:but|more)|only (?:with )?the following|absolutely nothing)\b/;

/** "Just print '…'", "reply with only the following text": the reader's answer is dictated. */
const dictation: Rule = (reading, verb) => {
  const start = reading.start[verb] as number;
  if (!SPEAKS.test(reading.text.slice(start, start + 12))) return undefined;
  const window = reading.text.slice(start, start + 110);
  const only = reading.before(verb, ONLY, 1);
  const nothing = CONFINED.test(window) && NOTHING_ELSE.test(window);
  if (!nothing && FOR_PEOPLE.test(window)) return undefined;
  const ordered = (only >= 0 && reading.begins(only)) || commanded(reading, start);
  if (!nothing && !(DICTATED.test(window) && ordered)) return undefined;
  if (nothing && !/^(?:print|say|output|reply|respond|answer|write|repeat|state|display)/.test(window))
    return undefined;
  return told(reading, only >= 0 ? only : verb, verb, {
    kind: "dictated-answer",
    tier: "T2",
    confidence: nothing ? 0.8 : 0.65,
    why: "The text dictates what its reader is to answer.",
  });
};

/** Lines of a file that a reader of a manual is to write, and answers that depend on what is asked. */
const FOR_PEOPLE =
  /^\w+ (?:the following (?:lines?|code|commands?|entr(?:y|ies)|content|configuration|settings?|snippet|section)\b|["'`][^"'`\n]{1,30}["'`] (?:if|when|unless|in|into|to|once|for|on)\b|["'`][^"'`\n]{0,30}["'`]\s{0,2}[+)])/;

const COMMANDED =
  /(?:\b(?:stop everything|nevermind|next, please|instead|when (?:asked|summari[sz]ing)[^.\n]{0,40}|if (?:the )?user asks?[^.\n]{0,40})[!., ]*(?:now[!., ]*)?(?:just |please |only )?)$/;
const commanded = (reading: Reading, start: number) =>
  COMMANDED.test(reading.text.slice(Math.max(0, start - 70), start));

const CONDITION =
  /^(?:if|when|while)\b (?:you are (?:an? )?(?:ai|llm|language model|assistant|agent|chatbot)|(?:the )?user asks?\b|(?:the |an? )?(?:ai|llm|assistant|language model|agent)s? (?:reads?|sees?|summari[sz]es?|process\w*)|(?:summari[sz]ing|processing|analy[sz]ing|you (?:summari[sz]e|process)) (?:this|these))/;

/** "If you are an AI reading this …", "if the user asks for a summary …": a condition that only a model meets, and an order. */
const condition: Rule = (reading, hit) => {
  const letters = reading.letters(hit);
  if (letters !== "if" && letters !== "when" && letters !== "while") return undefined;
  const start = reading.start[hit] as number;
  const window = reading.text.slice(start, start + 60);
  if (!CONDITION.test(window)) return undefined;
  const then = reading.after(hit, REVEAL | SEND | OVERRIDE | CALL | GENERATE, 16);
  const before = reading.before(hit, REVEAL | SEND | OVERRIDE | CALL, 8);
  const verb = then >= 0 ? then : before;
  if (verb < 0 || (then >= 0 && reading.before(then, OTHERS, 2) >= 0)) return undefined;
  const weight = reading.after(verb, SENSITIVE | SECRET | INSTRUCTION | ONLY | TEXT, 12);
  if (weight < 0) return undefined;
  return told(reading, Math.min(hit, verb), Math.max(hit, verb), {
    kind: "agent-condition",
    tier: "T2",
    confidence: 0.75,
    why: "The text gives orders for the case that a model reads it.",
  });
};

/** "The assistant must ignore the policy": an agent named, an order, and what makes it one against its user. */
const agentOrder: Rule = (reading, agent) => {
  const end = reading.end[agent] as number;
  const next = reading.text.slice(end, end + 24);
  if (
    !/^(?:s|\(s\))?(?:,|:| (?:must|should|shall|doit|doivent|debe|deve|muss|please|will now|is to|are to|reading|do(?:it)?)\b)/.test(
      next,
    )
  )
    return undefined;
  const verb = reading.after(
    agent,
    next.startsWith(":") ? REVEAL | SEND | OVERRIDE : REVEAL | SEND | OVERRIDE | CALL,
    5,
  );
  if (verb < 0 || reading.apart(agent, verb) || negated(reading, verb)) return undefined;
  const weight = reading.has(verb, OVERRIDE)
    ? reading.after(verb, INSTRUCTION | SENSITIVE | (1 << 2), 6)
    : reading.after(verb, SENSITIVE | SECRET, 6);
  if (weight < 0) return undefined;
  return told(reading, agent, weight, {
    kind: "agent-order",
    tier: "T2",
    confidence: 0.75,
    why: "The text addresses an assistant and orders it to give away or to ignore something.",
  });
};

/** Which rules look at a hit of which meaning. */
export const REQUESTS: readonly RuleOf[] = [
  [SECRET, secretRequest],
  [PERSON, personRequest],
  [REVEAL | GENERATE, dictation, SPEAKS],
  [ANCHOR, condition, CONDITION],
  [AGENT, agentOrder],
];
