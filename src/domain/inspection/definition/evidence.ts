import type { JsonObject } from "../../../kernel/json.ts";
import type { PlainText, Tier } from "../finding.ts";
import { plain } from "../normalise.ts";
import { TOO_MANY } from "../secrets/index.ts";
import { encodedIn } from "./encoded.ts";
import { marksOf } from "./marks.ts";
import { Known, Standing } from "./known.ts";
import { Signs } from "./needed.ts";
import { Marks, type Reach, type Sentence } from "./sentence.ts";
import { type Names, nounsOf } from "./names.ts";
import { type Cut, cut } from "./sentences.ts";
import type { Place, Sign } from "./sign.ts";
import { ANSWERS } from "./signs-answers.ts";
import { ARGUMENTS } from "./signs-arguments.ts";
import { ASIDE } from "./signs-aside.ts";
import { CONDUCT } from "./signs-conduct.ts";
import { DATA } from "./signs-data.ts";
import { MACHINE } from "./signs-machine.ts";
import { PARAMETERS } from "./signs-parameters.ts";
import { PROMOTION } from "./signs-promotion.ts";
import { keysInSilence } from "./signs-tongues.ts";
import { TOOLS } from "./signs-tools.ts";
import { type DefinitionText, textsOf } from "./texts.ts";
import { CAPITALS, DOTTED, kindsIn } from "./units.ts";

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

/** Every sign there is. */
export const SIGNS: readonly Sign[] = [
  ...ANSWERS,
  ...ARGUMENTS,
  ...ASIDE,
  ...CONDUCT,
  ...MACHINE,
  ...PROMOTION,
  ...TOOLS,
  ...DATA,
  ...PARAMETERS,
];

const OF_ALL = new Signs(SIGNS);

/** Signs of names alone. */
const isOfNames = ({ id }: Sign): boolean => id === "carrier" || id === "praising-name";

/** What is said of a parameter, or stands in a value, is asked for less: it speaks of neither answers nor the tool itself. */
const OF_PARAMETERS = new Signs([
  ...ARGUMENTS,
  ...ASIDE.filter(({ id }) => id === "others-secret"),
  ...CONDUCT,
  ...MACHINE,
  ...TOOLS,
  ...DATA,
  ...PARAMETERS.filter((sign) => !isOfNames(sign)),
]);
const OF_PROSE = new Signs(SIGNS.filter((sign) => !PARAMETERS.includes(sign) && !isOfNames(sign)));
const OF_NAMES = new Signs(SIGNS.filter(isOfNames));
/** Names in which a sign of names can be at all; a name with blanks is read like a text. */
const TELLING_NAME =
  /\s|note|scratch|memo|context|conversation|prompt|thought|best|premium|ultimate|superior|preferred|enhanced|official|advanced|improved|priority|fastest/;
const SHORTEST_SENTENCE = 24;
const SHORTEST_MARK = 12;

/** Evidence before it is weighed. `sentence` counts through the description. */
export interface Evidence extends DefinitionFinding {
  readonly id: string;
  readonly sentence: number;
}

/** What was read of a definition. */
export interface Reading {
  readonly name: string;
  /** Everything that speaks for poisoning, before it is weighed. */
  readonly found: readonly Evidence[];
  readonly description: PlainText | undefined;
  readonly known: Known;
  /** The sentences of the description. */
  readonly sentences: readonly Sentence[];
}

/** Where the words stand of the definition that is read: one table for all, one after the other. */
const marks = new Marks();

/**
 * Reads a definition for signs of poisoning. The sentences can be asked up to the next definition.
 *
 * @param others names of tools of other servers
 */
export function readDefinition(tool: JsonObject, others: readonly string[] = []): Reading {
  const texts = textsOf(tool);
  let nouns: ReadonlySet<string> | undefined;
  const names: Names = {
    own: texts.name.toLowerCase(),
    get nouns() {
      return (nouns ??= new Set(nounsOf(texts.name)));
    },
    parameters: texts.parameters,
    others: new Set(others.map((name) => name.toLowerCase())),
  };
  marks.reset();
  const known = new Known(texts, names, marks);
  const found: Evidence[] = [];
  let sentences: readonly Sentence[] = [];
  for (const text of texts.texts) {
    if (found.length >= MOST_EVIDENCE) break;
    const read = inText(text, known, found);
    if (text.field === "/description") sentences = read;
  }
  if (texts.cut || found.length >= MOST_EVIDENCE || found.some(({ kind }) => kind === TOO_MANY))
    found.push({ id: "cut", kind: "too-large", tier: "T1", field: "", start: 0, end: 0, why: CUT, sentence: 0 });
  const description = texts.texts.find(({ field }) => field === "/description")?.plain;
  return { name: texts.name, found, description, known, sentences };
}

/** So much speaks against no honest definition; what comes after it is not read. */
const MOST_EVIDENCE = 256;

const CUT = "The definition is larger or deeper than what is read; nobody needs one so large.";

function inText(text: DefinitionText, known: Known, found: Evidence[]): readonly Sentence[] {
  const { at, lower, original, text: said } = text.plain;
  const { sentences, holds, lower: units } = read(text, text.plain, known);
  // Short ASCII texts hold no mark.
  const long = original.length >= SHORTEST_MARK || said !== original;
  if (long) {
    for (const mark of marksOf(text.plain, holds, units)) found.push({ ...mark, field: text.field, sentence: -1 });
    const silent = keysInSilence(lower, holds);
    if (silent !== undefined) {
      const [start, end] = [at[silent.start] as number, at[silent.end] as number];
      found.push({ ...KEYS_IN_SILENCE, field: text.field, start, end, sentence: -1 });
    }
  }
  inSentences(text, text.plain, sentences, known, (sign, sentence, reach, index) =>
    found.push(evidence(sign, text, sentence, reach, index)),
  );
  for (const one of long ? encodedIn(said) : []) {
    const span = { field: text.field, start: at[one.start] as number, end: at[one.end] as number, sentence: -1 };
    found.push({ id: "encoded", kind: "encoded-text", tier: "T1", why: "It holds text in an encoding.", ...span });
    const decoded = plain(one.text);
    inSentences(text, decoded, read(text, decoded, known).sentences, known, ({ id, kind, why }) =>
      found.push({ id, kind, tier: "T1", why: `${why} It says so in an encoding.`, ...span }),
    );
  }
  return sentences;
}

/** What a text that is not cut may hold beside its units. */
const UNKNOWN = CAPITALS | DOTTED;

const NONE: readonly Sentence[] = [];

/** Names and short values hold no sentence. */
function read({ role }: DefinitionText, said: PlainText, { names, marks }: Known): Cut {
  const isShort = role === "value" && said.text.length < SHORTEST_SENTENCE;
  if (isShort || (role === "name" && !TELLING_NAME.test(said.lower)))
    return { sentences: NONE, holds: kindsIn(said.lower) | UNKNOWN, lower: undefined };
  return cut(said, names, marks);
}

const KEYS_IN_SILENCE = {
  id: "keys-in-silence",
  kind: "concealment",
  tier: "T2",
  why: "It names a file that holds keys, and asks that something is not told.",
} as const;

/** Answers how much was found so far. */
type Seen = (sign: Sign, sentence: Sentence, reach: Reach, index: number) => number;

function signsFor({ role, parameter }: DefinitionText, { text }: PlainText): Signs {
  if (role === "name") return /\s/.test(text) ? OF_ALL : OF_NAMES;
  return parameter === undefined ? OF_PROSE : OF_PARAMETERS;
}

function inSentences(
  text: DefinitionText,
  said: PlainText,
  sentences: readonly Sentence[],
  known: Known,
  seen: Seen,
): void {
  if (sentences.length === 0) return;
  const signs = signsFor(text, said);
  let index = 0;
  let count = 0;
  let place: Place = new Standing(text, text.field === "/description", known);
  const see = (sign: Sign, sentence: Sentence): boolean => {
    if (place.first && index > 0) place = new Standing(text, false, known);
    const reach = sign.see(sentence, place);
    if (reach !== undefined) count = seen(sign, sentence, reach, index);
    return count >= MOST_EVIDENCE;
  };
  for (; index < sentences.length && count < MOST_EVIDENCE; index++) {
    const sentence = sentences[index] as Sentence;
    if (!sentence.isBlank) signs.each(sentence, see);
  }
}

function evidence(sign: Sign, text: DefinitionText, sentence: Sentence, reach: Reach, index: number): Evidence {
  const { at } = text.plain;
  const start = at[sentence.start(reach.from)] as number;
  const end = at[sentence.end(reach.to)] as number;
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
