/** Names that the definition itself has, and names of tools that are not this one; all in lower case. */
export interface Names {
  readonly own: string;
  /** What the own name says it deals with: `nounsOf` it. */
  readonly nouns: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

const VERBS = new Set(
  "get list search create update delete find fetch read write add remove set run send check call query open make use show view put post the for and all new by with from data info tool mcp api web map server".split(
    " ",
  ),
);

/** Tools of one server share the word for what they deal with: `list_items` and `get_item`. */
export const related = (name: string, nouns: ReadonlySet<string>): boolean =>
  nouns.size > 0 && nounsOf(name).some((word) => nouns.has(word));

/** What a name says it deals with. */
export const nounsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (word.endsWith("s") ? word.slice(0, -1) : word))
    .filter((word) => word.length > 2 && !VERBS.has(word));

export const NAME = /^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*$/i;
/** Names that end like this are of arguments. */
export const ARGUMENT = /[_-](?:ids?|keys?|urls?|uris?|paths?|names?|tokens?|type|slug|date|time|list)$/;
/** What may happen silently without hiding anything. */
const QUIET = /^(?:succeeds?|fails?|failed|ignored|skipped|dropped)$/;
/** Whose tokens say how far a reader or a job has come, or count text: they open nothing. */
const OPENS_NOTHING =
  /^(?:progress|continuation|cursor|next|previous|(?:next-|previous-)?page|paging|pagination|resume|resumption|sync|max|maximum|total|input|output|prompt|completion|stop)$/;

/** Whether a word means nothing bad because of the one before it. */
export const isHarmless = (before: string, word: string): boolean =>
  word === "token" || word === "tokens" ? OPENS_NOTHING.test(before) : word === "silently" && QUIET.test(before);

/** What follows the name of a tool that is to be used. */
export const CALLED =
  /^[`'"]? (?:is|was|has been|gets|must|shall|should|now|will)(?: \w+)? (?:called|invoked|run|used|executed|triggered|be|send|use|include|first)\b/;
