import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { textsOf } from "./place.ts";

/** What a call gives away, as it is compared. */
export interface Given {
  /** Everything at once, the values without the names that stand between them, and those of one name. */
  readonly texts: readonly string[];
  /** Addresses, each by itself. */
  readonly addresses: readonly string[];
  readonly whole: boolean;
}

/** Most names whose values are read as one text. */
const MOST_NAMES = 16;

/** The texts of arguments, so that nothing hides between names, or among other values. @param most characters */
export function givenIn(args: JsonObject, most: number): Given {
  const { text, whole } = textsOf(args, most);
  const leaves = whole ? leavesOf(args) : [];
  const byName = new Map<string, string[]>();
  for (const { name, text: one } of leaves) {
    const ones = byName.get(name);
    if (ones === undefined) byName.set(name, [one]);
    else ones.push(one);
  }
  const groups = [...byName.values()].filter((ones) => ones.length > 1 && ones.length < leaves.length);
  const texts = [text];
  if (leaves.length > 1) texts.push(leaves.map((leaf) => leaf.text).join("\n"));
  for (const ones of groups.slice(0, MOST_NAMES)) texts.push(ones.join("\n"));
  const addresses = whole ? leaves.flatMap((leaf) => addressesIn(leaf.text)) : addressesIn(text);
  return { texts, addresses, whole: whole && groups.length <= MOST_NAMES };
}

interface Leaf {
  /** Of the member that it stands in, or in whose list. */
  readonly name: string;
  readonly text: string;
}

function leavesOf(value: Json, name = "", found: Leaf[] = []): Leaf[] {
  if (typeof value === "string" || typeof value === "number") found.push({ name, text: String(value) });
  else if (Array.isArray(value)) for (const item of value) leavesOf(item, name, found);
  else if (isObject(value)) for (const member of Object.keys(value)) leavesOf(value[member] as Json, member, found);
  return found;
}

/** Whoever opens it drops line ends in it and writes spaces as %20 (WHATWG URL, section 4.4): it is one up to its end. */
const WHOLE = /^\s*(?:(?:https?|ftp|wss?):|[a-z][a-z0-9+.-]{0,30}:[\\/]{2}|[\\/]{2})\S/i;
/** Without a scheme: `host.example/path`. */
const BARE = /^\s*[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+(?::\d+)?(?:[/?#]\S*)?\s*$/u;
const WITHIN = /(?:https?|ftp|wss?):[^\s"'<>`]+/gi;

const addressesIn = (text: string): string[] =>
  WHOLE.test(text) || BARE.test(text) ? [text] : [...text.matchAll(WITHIN)].map(([address]) => address);

/** Most places that a call may lead to, for all of them to be known. */
const MOST_HOSTS = 64;

/** Where addresses in the arguments of a call lead, also those without a scheme; undefined: not all of them are known. */
export function destinationsOf(args: JsonObject, most: number): string[] | undefined {
  const { addresses, whole } = givenIn(args, most);
  const hosts = new Set<string>();
  for (const address of addresses)
    for (const host of BARE.test(address) ? hostsOf(`https://${address.trim()}`) : hostsOf(address)) hosts.add(host);
  return whole && hosts.size < MOST_HOSTS ? [...hosts] : undefined;
}

/** One that stands in another counts too: it may be where that one leads on to. */
const ADDRESS = /(?=(?<![a-z])((?:https?|ftp|wss?):[^\s"'<>`]{1,2048}))/gi;

/** Where addresses in a text lead, as the one who opens them reads them (WHATWG URL), in lower case; at most 64. */
export function hostsOf(text: string): string[] {
  const found = new Set<string>();
  if (!text.includes(":")) return [];
  for (const [, address = ""] of text.matchAll(ADDRESS)) {
    const plain = address.replace(/[),.;]+$/, "");
    found.add(URL.canParse(plain) ? new URL(plain).hostname : plain.toLowerCase());
    if (found.size >= MOST_HOSTS) break;
  }
  return [...found];
}
