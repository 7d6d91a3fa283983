import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** Arguments that say which thing is meant: `issue_number: 12`, `id`, `owner`, `channel`. */
const IDENTITY =
  /^(?:id|number|key|slug|uri|owner|repo|repository|project|workspace|team|space|board|issue|ticket|thread|channel|page|doc|document|card|task|case|pull|conversation|message|incident|discussion|post|topic|file)(?:[_-]?(?:id|number|key|name|no))?$|^(?:pullnumber|issuenumber)$/i;
/** Arguments that say to whom something goes. */
const RECIPIENT =
  /^(?:to|cc|bcc|recipients?|e?mail|url|uri|webhook|host|endpoint|target|destination|phone|address|callback|visibility|public)$/i;

type Meaning = "recipient" | "nothing" | { readonly plain: string; readonly narrow: boolean };
/** Names of arguments are few, and are looked at with every call. */
const MEANINGS = new Map<string, Meaning>();
const MOST_MEANINGS = 10_000;

function meaningOf(name: string): Meaning {
  let means = MEANINGS.get(name);
  if (means !== undefined) return means;
  const plain = name.toLowerCase().replace(/[_-]?(?:id|number|key|name|no)$/, "");
  const narrow = !/^(?:owner|repo|repository|project|workspace|team|space|board)$/.test(plain);
  means = RECIPIENT.test(name) ? "recipient" : IDENTITY.test(name) ? { plain, narrow } : "nothing";
  if (MEANINGS.size >= MOST_MEANINGS) MEANINGS.clear();
  if (name.length <= 64) MEANINGS.set(name, means);
  return means;
}

/**
 * Which thing a call is about, as far as its arguments say it by usual names; undefined: they do not. An answer to the
 * same thing goes back to where its content came from.
 */
export function placeOf(args: JsonObject): string | undefined {
  let found: [string, string][] | undefined;
  let narrow = false;
  for (const name in args) {
    const means = meaningOf(name);
    if (means === "recipient") return undefined;
    const value = args[name];
    if (means === "nothing" || (typeof value !== "string" && typeof value !== "number")) continue;
    narrow ||= means.narrow;
    (found ??= []).push([means.plain, String(value).toLowerCase()]);
  }
  return narrow ? JSON.stringify(found?.sort(([one], [other]) => (one < other ? -1 : 1))) : undefined;
}

/** Arguments that are told of what was read, and how much of one, and of all. */
const MOST_TOLD = 3;
const LONGEST_TOLD = 80;
const LONGEST_ALL = 160;

/** White space that is not one space. */
const SPACED = /\s\s|[^\S ]/;

/** What was read, for a person: `issue_number 12`. */
export function toldOf(args: JsonObject): string {
  let all = "";
  let told = 0;
  for (const name in args) {
    const value = args[name];
    if (typeof value !== "string" && typeof value !== "number") continue;
    const most = String(value).slice(0, 4 * LONGEST_TOLD);
    const text = (SPACED.test(most) ? most.replace(/\s+/g, " ") : most).slice(0, LONGEST_TOLD);
    all += `${told === 0 ? "" : ", "}${name} ${text}`;
    if (++told === MOST_TOLD) break;
  }
  return all.slice(0, LONGEST_ALL);
}

/** Texts of values, one in each line; cut where they are too long. */
class Lines {
  readonly #texts: string[] = [];
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** Every text of a value, names of members too. */
  add(value: Json): void {
    if (this.#left <= 0) return;
    if (typeof value === "string") {
      this.#texts.push(value.length > this.#left ? value.slice(0, this.#left) : value);
      this.#left -= value.length + 1;
    } else if (typeof value === "number") this.add(String(value));
    else if (Array.isArray(value)) for (const item of value) this.add(item);
    else if (value !== null && typeof value === "object")
      for (const name in value) {
        this.add(name);
        this.add(value[name] as Json);
      }
  }

  done(): { readonly text: string; readonly whole: boolean } {
    const text = this.#texts.length === 1 ? (this.#texts[0] as string) : this.#texts.join("\n");
    return { text, whole: this.#left > 0 };
  }
}

/** Every text of a value, names of members too, one in each line; cut where it is too long. */
export function textsOf(value: Json, most: number): { readonly text: string; readonly whole: boolean } {
  const lines = new Lines(most);
  lines.add(value);
  return lines.done();
}

/** What the server says in a result: its texts as `textsOf` has them, without the notes of the gateway. */
export function saidIn(
  result: JsonObject,
  notes: readonly string[],
  most: number,
): { readonly text: string; readonly whole: boolean } {
  const lines = new Lines(most);
  const { content, contents, messages, completion, structuredContent } = result;
  let says = Array.isArray(content) ? saidInBlocks(content, notes, lines) : saidInPart(content, lines);
  says = saidInPart(contents, lines) || says;
  says = saidInPart(messages, lines) || says;
  says = saidInPart(completion, lines) || says;
  // Last: its text copy says the same.
  says = saidInPart(structuredContent, lines) || says;
  if (!says && result["resultType"] !== "complete") lines.add(result);
  return lines.done();
}

/** Whether anything is said in a part of a result. */
function saidInPart(part: Json | undefined, lines: Lines): boolean {
  if (part === undefined || part === null) return false;
  lines.add(part);
  return !Array.isArray(part) || part.length > 0;
}

function saidInBlocks(blocks: readonly Json[], notes: readonly string[], lines: Lines): boolean {
  let says = false;
  for (const block of blocks) {
    const text = isObject(block) ? block["text"] : undefined;
    if (typeof text === "string" && notes.includes(text)) continue;
    lines.add(typeof text === "string" ? text : block);
    says = true;
  }
  return says;
}

/** Letters that stand for words or syllables, in scripts that put no spaces between words. */
const LETTER_BY_LETTER =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
/** Words that say that something was done, or what follows is a number of it. */
const ACKNOWLEDGEMENTS = new Set(
  "accepted added archived canceled cancelled closed completed copied count created deleted done empty error failed false finished found id issue item items key length message moved name nil no none not null number of ok okay pong posted queued ready received removed renamed result results running saved sent set size started status stored success successful successfully succeeded there total true type undefined updated uploaded value version was were written yes erledigt fertig gespeichert gesendet".split(
    " ",
  ),
);
/** Numbers, hashes and ids: no words, and no number of an account either. */
const ID =
  /^(?:\d{1,8}|[a-z]{1,3}[-_]?\d{1,8}|\d{1,8}[a-z]{1,2}|[0-9a-f]{7,12}|[0-9a-f]{40}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const WORD = /[\p{L}\p{N}_][\p{L}\p{N}_-]*/gu;
const MOST_WORDS = 4;

const WORDLY = Uint8Array.from({ length: 128 }, (_, unit) => (/\w/.test(String.fromCharCode(unit)) ? 1 : 0));
const HYPHEN = 45;

/** Whether more words begin in a text than an acknowledgement has; false says nothing. */
function isWordy(text: string): boolean {
  let words = 0;
  let within = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return false;
    const wordly: boolean = WORDLY[unit] === 1 || (within && unit === HYPHEN);
    if (wordly && !within && ++words > MOST_WORDS) return true;
    within = wordly;
  }
  return false;
}

/** Whether a text orders nothing: an acknowledgement of a few words that say no more, an id, a number. */
export function saysNothing(text: string): boolean {
  if (text.length > 80 || isWordy(text)) return false;
  const lower = text.toLowerCase();
  let words = 0;
  WORD.lastIndex = 0;
  for (let word = WORD.exec(lower)?.[0]; word !== undefined; word = WORD.exec(lower)?.[0])
    if (++words > MOST_WORDS || !(ACKNOWLEDGEMENTS.has(word) || ID.test(word))) return false;
  return !LETTER_BY_LETTER.test(text);
}
