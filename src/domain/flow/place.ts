import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** Arguments that say which thing is meant: `issue_number: 12`, `id`, `owner`, `channel`. */
const IDENTITY =
  /^(?:id|number|key|slug|uri|owner|repo|repository|project|workspace|team|space|board|issue|ticket|thread|channel|page|doc|document|card|task|case|pull|conversation|message|incident|discussion|post|topic|file)(?:[_-]?(?:id|number|key|name|no))?$|^(?:pullnumber|issuenumber)$/i;
/** Arguments that say to whom something goes. */
const RECIPIENT =
  /^(?:to|cc|bcc|recipients?|e?mail|url|uri|webhook|host|endpoint|target|destination|phone|address|callback|visibility|public)$/i;

type Meaning = "recipient" | { readonly plain: string; readonly narrow: boolean } | undefined;
/** Names of arguments are few, and are looked at with every call. */
const MEANINGS = new Map<string, Meaning>();
const MOST_MEANINGS = 10_000;

function meaningOf(name: string): Meaning {
  if (MEANINGS.has(name)) return MEANINGS.get(name);
  const plain = name.toLowerCase().replace(/[_-]?(?:id|number|key|name|no)$/, "");
  const narrow = !/^(?:owner|repo|repository|project|workspace|team|space|board)$/.test(plain);
  const means = RECIPIENT.test(name) ? "recipient" : IDENTITY.test(name) ? { plain, narrow } : undefined;
  if (MEANINGS.size >= MOST_MEANINGS) MEANINGS.clear();
  if (name.length <= 64) MEANINGS.set(name, means);
  return means;
}

/**
 * Which thing a call is about, as far as its arguments say it by usual names; undefined: they do not. An answer to the
 * same thing goes back to where its content came from.
 */
export function placeOf(args: JsonObject): string | undefined {
  const found: [string, string][] = [];
  let narrow = false;
  for (const [name, value] of Object.entries(args)) {
    const means = meaningOf(name);
    if (means === "recipient") return undefined;
    if (means === undefined || (typeof value !== "string" && typeof value !== "number")) continue;
    narrow ||= means.narrow;
    found.push([means.plain, String(value).toLowerCase()]);
  }
  return narrow ? JSON.stringify(found.sort(([one], [other]) => (one < other ? -1 : 1))) : undefined;
}

/** What was read, for a person: `issue_number 12`. */
export function toldOf(args: JsonObject): string {
  const told = Object.entries(args)
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([name, value]) => `${name} ${String(value).replace(/\s+/g, " ").slice(0, 80)}`);
  return told.slice(0, 3).join(", ").slice(0, 160);
}

/** Where addresses in the arguments lead, in lower case. */
export function hostsOf(text: string): string[] {
  if (!text.includes("://")) return [];
  const found = text.matchAll(/\b(?:https?|ftp|wss?):\/\/(?:[^\s/?#@"']*@)?([^\s/?#:"'\\]+)/gi);
  return [...new Set([...found].map(([, host = ""]) => host.toLowerCase()))];
}

/** Every text of a value, names of members too, one in each line; cut where it is too long. */
export function textsOf(value: Json, most: number): { readonly text: string; readonly whole: boolean } {
  const texts: string[] = [];
  let left = most;
  const walk = (one: Json): void => {
    if (left <= 0) return;
    if (typeof one === "string") {
      texts.push(one.length > left ? one.slice(0, left) : one);
      left -= one.length + 1;
    } else if (typeof one === "number") walk(String(one));
    else if (Array.isArray(one)) for (const item of one) walk(item);
    else if (one !== null && typeof one === "object")
      for (const [name, item] of Object.entries(one)) {
        walk(name);
        walk(item);
      }
  };
  walk(value);
  return { text: texts.join("\n"), whole: left > 0 };
}

/** What the server says in a result: its texts without the notes of the gateway. */
export function contentOf(result: JsonObject, notes: readonly string[]): Json {
  const { contents, messages, structuredContent, completion } = result;
  const all = result["content"];
  const content = Array.isArray(all) ? all.flatMap((block) => textIn(block, notes)) : all;
  // Structured content last: its text copy says the same.
  const said = [content, contents, messages, completion, structuredContent].flatMap((part) => part ?? []);
  return said.length > 0 ? said : result["resultType"] === "complete" ? [] : result;
}

function textIn(block: Json, notes: readonly string[]): Json[] {
  if (!isObject(block) || typeof block["text"] !== "string") return [block];
  return notes.includes(block["text"]) ? [] : [block["text"]];
}

/** A text this short orders nothing: an acknowledgement, an id, a number. */
export function saysNothing(text: string): boolean {
  return (text.slice(0, 200).match(/\p{L}{2,}/gu)?.length ?? 0) <= 2 && text.length <= 80;
}
