import { isObject, type JsonObject } from "../../kernel/json.ts";

/** An approved tool of another server, as it calls itself. */
export interface Neighbour {
  readonly server: string;
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** When it was approved (RFC 3339). */
  readonly at: string;
}

/** How a tool imitates another server's. `hard` ones are withheld, `soft` ones are told of. */
export interface Imitation {
  readonly severity: "hard" | "soft";
  readonly why: string;
}

/** A text with letters of other scripts replaced by the Latin ones that they look like (UTS #39); given by compose. */
export type Skeleton = (text: string) => string;

/** Shorter descriptions and titles are alike by chance. */
const TELLING_DESCRIPTION = 40;
const TELLING_TITLE = 6;

/** Case, separators and compatibility forms do not tell names apart. */
const fold = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_.\-:/]+/g, "");

/** Letters and digits of ASCII that look alike become one. */
const alike = (text: string): string =>
  text
    .replace(/[\s_.\-:/]+/g, "")
    .replace(/[1I|!]/g, "l")
    .replace(/0/g, "o")
    .toLowerCase()
    .replace(/i/g, "l")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w");

/** What a name looks like. */
const looksLike = (text: string, skeleton: Skeleton): string => alike(skeleton(text.normalize("NFKC")));

/** The approved tools of all servers, by what their names and titles look like. */
export function neighbourhood(
  all: readonly Neighbour[],
  skeleton: Skeleton,
): ReadonlyMap<string, readonly Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const one of all)
    for (const text of new Set([one.name, one.title ?? one.name])) {
      const key = looksLike(text, skeleton);
      const list = found.get(key);
      if (list === undefined) found.set(key, [one]);
      else if (!list.includes(one)) list.push(one);
    }
  return found;
}

/**
 * How a definition imitates tools of other servers (W6): their prefix in its name, a name or title in letters that look like
 * theirs, the same title, the same description.
 * @param servers every configured name
 * @param since when the definition itself was approved: only what was approved no later is imitated; undefined: it was not
 */
export function imitations(
  server: string,
  definition: JsonObject,
  neighbours: ReadonlyMap<string, readonly Neighbour[]>,
  servers: readonly string[],
  skeleton: Skeleton,
  since?: string,
): Imitation[] {
  const hints = isObject(definition["annotations"]) ? definition["annotations"] : {};
  const said = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const name = said(definition["name"]) ?? "";
  const titles = [said(definition["title"]), said(hints["title"])].filter((text) => text !== undefined);
  const description = said(definition["description"]);
  const found = prefixes(server, [name, ...titles], servers, skeleton);
  for (const text of new Set([name, ...titles]))
    for (const other of neighbours.get(looksLike(text, skeleton)) ?? []) {
      if (other.server === server || (since !== undefined && other.at > since)) continue;
      const theirs = [other.name, other.title].filter((one) => one !== undefined);
      if (theirs.some((one) => isDisguise(text, one, skeleton)))
        found.push({
          severity: "hard",
          why: `${quoted(text)} is written in letters that look like ${other.server}'s ${quoted(other.title ?? other.name)}`,
        });
      else if (text === name && text !== other.name && text.length >= TELLING_TITLE && fold(other.name) === fold(text))
        found.push({
          severity: "soft",
          why: `its name is that of ${other.server}'s ${quoted(other.name)}, spelled differently`,
        });
      else if (
        text !== name &&
        text.length >= TELLING_TITLE &&
        other.title !== undefined &&
        fold(other.title) === fold(text)
      )
        found.push({ severity: "soft", why: `its title is that of ${other.server}'s ${quoted(other.name)}` });
      if (description !== undefined && description.length >= TELLING_DESCRIPTION && description === other.description)
        found.push({ severity: "soft", why: `its description is that of ${other.server}'s ${quoted(other.name)}` });
    }
  return found.sort((a, b) => Number(b.severity === "hard") - Number(a.severity === "hard"));
}

/** Another server's prefix at the beginning of a name. */
function prefixes(
  server: string,
  texts: readonly string[],
  servers: readonly string[],
  skeleton: Skeleton,
): Imitation[] {
  const found: Imitation[] = [];
  for (const text of texts) {
    const plain = skeleton(text.normalize("NFKC")).toLowerCase();
    for (const other of servers) {
      if (other === server) continue;
      if (new RegExp(`^${other}[^a-z0-9]*__`).test(plain) || plain.startsWith(`mcp__${other}`))
        found.push({ severity: "hard", why: `${quoted(text)} begins with the prefix of the server ${other}` });
      else if (other.length > 2 && new RegExp(`^${other}[_./: -]`).test(plain))
        found.push({ severity: "soft", why: `${quoted(text)} begins with the name of the server ${other}` });
    }
  }
  return found;
}

/**
 * Whether one text is the other in disguise: it looks the same, and where they differ it has a letter of another script, a digit or a
 * capital inside of a word in place of a plain letter, or an `l` in place of an `i`.
 */
function isDisguise(mine: string, theirs: string, skeleton: Skeleton): boolean {
  if (fold(mine) === fold(theirs) || looksLike(mine, skeleton) !== looksLike(theirs, skeleton)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is meant.
  if (/[^\u0000-\u007f]/.test(mine)) return true;
  if (mine.length !== theirs.length) return false;
  return [...mine].some((char, at) => {
    const other = theirs[at] ?? "";
    if (char === other) return false;
    return (/[0-9A-Z|!]/.test(char) && /[a-z]/.test(other)) || /^(?:il|li)$/.test(char + other);
  });
}

const quoted = (text: string): string =>
  JSON.stringify(text.slice(0, 64)).replace(
    /[^\x20-\x7e]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
