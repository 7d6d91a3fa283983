import { AGENT, SECRET, SEND, SENSITIVE } from "./meanings.ts";
import type { Reading } from "./reading.ts";

/** How far what the reader shall do may stand behind what it shall set aside, in units and in words. */
const BEHIND = 150;
const WORDS_BEHIND = 16;
const WORDS_BEFORE = 12;

/** What instructions are about or where they stand: after such a word they are those of a box, a queue, a car park. */
const ABOUT_ENGLISH =
  /^s?['")\]]? (?:about|on|for|in|at|from|to|of|regarding|concerning|with|within|if|when|where|unless|under|by|via|relating|related|inside)\b/;
const ABOUT_LATIN =
  /^['")\]]? (?:zum|zur|zu|uber|fur|im|in|am|auf|bezuglich|wegen|betreffend|hinsichtlich|wenn|falls|concern\w+|sur|relati\w+|a propos|au sujet|pour|du|de|des|d'\w+|si|sobre|acerca|para|en|no|na|nos|nas|do|da|dos|das|del|se|su|sul\w*|sui|per|di|del\w+|dei|degli|riguard\w+|respect\w*|referent\w*|dotycz\w+|o|w|dla|z|k|ke|pro|ohledne|tykaj\w+|over|voor|van|inzake|betreffende|rond|om|for|pa|angaende|gallande|kring|till|ve|cho|trong|lien quan|tentang|mengenai|untuk|soal|pada|di|terkait)(?= )/;
const ABOUT_OTHER =
  /^ (?:по|о|об|про|для|в|на|из|з|от|від|до|к|касательно|относительно|щодо|стосовно|بشأن|حول|عن|الخاصة|المتعلقة|في|بخصوص|για|σχετικά|στο|στη|στην)(?= )/;
/** Of the reader itself. */
const ITS_OWN =
  /^[^.,;:!?\n]{0,44}(?:^|[^\p{L}])(?:you|your|me|prompt|conversation|chat|context|session|systems?|developers?|openai|anthropic|user|assistant|model|ai|now|favou?r|tu|ton|tes|te|ti|tus|tuoi|tue|teu|tua|seu|sua|suas|dir|dein\w*|ihnen|ihr\w*|vous|votre|vos|usted|sistema|systeme?|desarrollador\w*|entwickler\w*|тебе|тебя|твои\w*|системы)(?:$|[^\p{L}])/u;

/** Whether what stands right behind a place says what the instructions before it are about, and that is not the reader. */
export function isAboutElsewhere({ text }: Reading, end: number): boolean {
  const behind = text.slice(end, end + 60);
  if (!ABOUT_ENGLISH.test(behind) && !ABOUT_LATIN.test(behind) && !ABOUT_OTHER.test(behind)) return false;
  return !ITS_OWN.test(behind);
}

/** A place that data is sent to or taken from. */
const PLACE = /https?:\/\/|[\w.+-]{1,40}@[\w-]{1,40}\.\w|(?:^|[\s"'`(])(?:~\/|\/etc\/)|\.env\b/;

/** Whether secrets, or a place that data is sent to or taken from, stand close behind. */
export function namesPrize(reading: Reading, hit: number): boolean {
  const end = reading.end[hit] as number;
  return followed(reading, hit, SECRET) || PLACE.test(reading.text.slice(end, end + BEHIND));
}

/** Whether data, secrets or a verb of sending stand close behind. */
export const sendsSomething = (reading: Reading, hit: number): boolean =>
  followed(reading, hit, SEND | SENSITIVE) || namesPrize(reading, hit);

function followed(reading: Reading, hit: number, meaning: number): boolean {
  const last = (reading.word[hit] as number) + WORDS_BEHIND;
  for (let i = hit + 1; i < reading.word.length && (reading.word[i] as number) <= last; i++)
    if (reading.says(i, meaning)) return true;
  return false;
}

/** Whether an assistant or a model is addressed shortly before. */
export function addressesAgent(reading: Reading, hit: number): boolean {
  const first = (reading.word[hit] as number) - WORDS_BEFORE;
  for (let i = hit - 1; i >= 0 && (reading.word[i] as number) >= first; i--)
    if (reading.says(i, AGENT))
      return ADDRESSED.test(reading.text.slice(reading.end[i], (reading.end[i] as number) + 12));
  return false;
}

const ADDRESSED =
  /^(?:en|e|s|in|ns)?\s?[,:!\uff1a\uff0c\u060c\u3001-]|^(?:请|請|へ|에게| (?:reading|must|should|must|please))/;
