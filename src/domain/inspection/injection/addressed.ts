import { AGENT, ANCHOR, PRIOR, REVEAL, UNBOUND, YOU } from "./meanings.ts";
import type { Reading } from "./reading.ts";
import type { RuleOf } from "./rule.ts";
import { START, type Turn, turnOf } from "./turn.ts";

const MODELS =
  "(?:ais?|llms?|a\\.i\\.|chatgpt|gpt|claude|gemini|copilot|chatbots?|bots?|assistants?|agents?|(?:language )?models?)";
const READS =
  "(?:reading|processing|summari[sz]ing|parsing|analy[sz]ing|indexing|screening|reviewing|evaluating|crawling|scraping)";
const DOES =
  "(?:mark|rank|rate|score|recommend|approve|state|skip|schedule|run|call|send|post|always|never|do not|don't|ignore|add|include|omit|say|write|tell|forward|delete|open|treat|consider|store|save|remember|buy|pay|transfer|upload|download|visit|click|reveal|print|output|reply|respond|answer|execute|use|look up|accept|promote|prefer|before you|when you|from now)";
const ORDERS_IT = "The text addresses an assistant and gives it an order.";
/** What no honest text lets a reader do on its own. */
const RISKY =
  "(?:\\bcurl\\b|\\bwget\\b|\\| ?(?:ba|z)?sh\\b|powershell|https?:\\/\\/|without (?:asking|telling|confirm\\w*|mention\\w*)|(?:do not|don't|no need to) (?:ask|tell|mention|inform)|pre-?approved|password|api.keys?|verification code|inbox|credentials|secret|\\.ssh|\\.env\\b|\\.aws|environment variables)";

const TURNS: readonly Turn[] = [
  {
    at: AGENT,
    shape: new RegExp(
      `^${MODELS}(?: ${MODELS})?(?:,? (?:who|that) (?:is|are))? (?:currently )?${READS} (?:this|these|the|my|our)\\b[^.!?\\n]{0,30}[:,] ?(?:please |you (?:must|should) )?${DOES}\\b`,
    ),
    kind: "agent-order",
    tier: "T2",
    confidence: 0.75,
    why: ORDERS_IT,
  },
  {
    at: AGENT,
    shape: new RegExp(`^${MODELS}(?: \\w+){0,2}: ?(?:please |you (?:must|should) )?${DOES}\\b`),
    before:
      /\b(?:note|notes|message|instructions?|directives?|hint|attention|important|warning|notice)(?: (?:to|for))(?: the| any| all| every)? $/,
    kind: "agent-order",
    tier: "T2",
    confidence: 0.75,
    why: ORDERS_IT,
  },
  {
    at: AGENT,
    shape:
      /^(?:assistant|ai|chatgpt|claude|copilot|gemini|agent)[,:] (?:please )?(?:store|save|remember|keep|note|record|memori[sz]e)\b[^.!?\n]{0,30}\b(?:memory|permanently|forever|from now on|long.term|all future)\b/,
    before: START,
    kind: "memory",
    tier: "T2",
    confidence: 0.7,
    why: "The text tells its reader to remember something for good.",
  },
  {
    at: ANCHOR,
    starts: "if",
    shape: new RegExp(`^if (?:you are|you're|youre) (?:an? |the )?(?:\\w+ ){0,3}${MODELS}\\b[^\\n]{0,150}?${RISKY}`),
    kind: "agent-condition",
    tier: "T2",
    confidence: 0.75,
    why: "The text gives orders for the case that a model reads it.",
  },
  {
    at: REVEAL,
    shape:
      /^(?:output|print|reveal|show|list|display|share|provide|state|repeat) (?:all |me )?(?:of )?your (?:\w+ ){0,3}(?:configuration|settings|environment variables|api keys?|access tokens?|tool definitions)\b/,
    before: /(?:^|[.!?:;>"'*#\n(\]] ?|\\n|\b(?:and|then|please|now|continue|proceed|go on|verify)[, ]? ?)$/,
    kind: "secret-request",
    tier: "T2",
    confidence: 0.7,
    why: "The text asks its reader to give away its configuration or its keys.",
  },
  {
    at: UNBOUND,
    shape:
      /^(?:anthropic|openai)(?:'s)?(?: ai)? (?:security|safety|support|trust|admin\w*|alignment|compliance|red|engineering)(?: \w+)?(?: team| department| staff)?\b(?=[^\n]{0,80}\byour?\b)[^\n]{0,80}\b(?:output|reveal|print|comply|disregard|ignore|override|disable|api keys?|system prompt)\b/,
    before: /\b(?:message|notice|alert|directive|instructions?|orders?|update|announcement|email) (?:from )?(?:the )?$/,
    kind: "authority",
    tier: "T1",
    confidence: 0.75,
    why: "The text claims an authority over its reader and asks for something by it.",
  },
  {
    at: PRIOR,
    starts: "everything",
    shape:
      /^everything (?:above|before this|so far|up to here|until now|up to now) (?:was|is|has been) (?:just |only |merely )?(?:an? )?(?:test|example|drill|simulation|joke|placeholder|dummy|decoy|warm.?up)\b[^\n]{0,10}(?:your|the) (?:real|actual|true|new) (?:tasks?|instructions?)\b/,
    before: START,
    kind: "override",
    tier: "T1",
    confidence: 0.8,
    why: "The text tells its reader to set aside the instructions that it has.",
  },
];

const COLON = 58;
const COMMA = 44;
/** How far behind a name of a model the mark stands that ends its address, in units. */
const ADDRESS = 70;

/** Whether a colon or a comma follows in the same line: few of the names of models in a text are an address. */
function isAddress({ text, end }: Reading, hit: number): boolean {
  const from = end[hit] as number;
  const to = Math.min(text.length, from + ADDRESS);
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === COLON || unit === COMMA) return true;
    if (unit === 10 || unit === 46) return false;
  }
  return false;
}

const isOfYou = (reading: Reading, hit: number): boolean => reading.has(hit + 1, YOU) || reading.has(hit + 2, YOU);

/** What has to be there before a turn is compared: less than a comparison costs. */
const FIRST = new Map<number, (reading: Reading, hit: number) => boolean>([
  [AGENT, isAddress],
  [ANCHOR, isOfYou],
  [REVEAL, isOfYou],
]);

/** Which rules look at a hit of which meaning: turns of speech that address a model. */
export const ADDRESSED: readonly RuleOf[] = [...new Set(TURNS.map(({ at }) => at))].map((meaning) => {
  const rules = TURNS.filter(({ at }) => at === meaning).map(turnOf);
  const first = FIRST.get(meaning);
  return [
    meaning,
    (reading, hit) => {
      if (first !== undefined && !first(reading, hit)) return undefined;
      for (const rule of rules) {
        const found = rule(reading, hit);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  ];
});

const HIDDEN_TO_MODEL = new RegExp(
  `(?:^|[\\s>(\\[*"'-])(?:(?:ai|llm|language|chat) ?(?:assistants?|agents?|models?|bots?)|ais?|llms?|chatgpt|gpt|claude|gemini|copilot|chatbot|assistants?|agents?|models?)(?:\\s?[:,] ?(?:please |you (?:must|should) )?${DOES}\\b|(?:\\s?[:,]|,? ${READS} th)[^\\n]{0,80}?\\b(?:the user|you (?:must|should)|your (?:answer|response|reply|summary))\\b)|\\bif (?:you are|you're) (?:an? |the )?(?:\\w+ ){0,3}(?:ai|llm|language model|agent|assistant|chatbot)\\b|\\b(?:when|if) the user asks\\b`,
);

/** Whether a text that no person sees speaks to a model: in lower case, its first 600 units are read. */
export const speaksToModel = (lower: string): boolean => HIDDEN_TO_MODEL.test(lower.slice(0, 600));
