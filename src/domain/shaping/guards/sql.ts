/** Words that begin or join clauses, where something follows that makes them more than a word. */
const CLAUSES = [
  /\b(?:or|and|xor|not|having|where|when)\b.{0,40}?(?:\blike\b|\bin\b|\bis\b|\bbetween\b|\bexists\b|\bsounds\b|\d\s*$|\btrue\b|\bfalse\b|\bnull\b)/i,
  /\bunion\b.{0,40}\bselect\b/i,
  /\bselect\b.{0,80}(?:\bfrom\b|\binto\b|[(@])/i,
  /^\s*select\b/i,
  /\binsert\s+into\b|\bdelete\s+from\b|\bdrop\s+\w+|\balter\s+\w+|\btruncate\s+\w+|\bcreate\s+(?:table|user|function|procedure|database|login|view|or)\b/i,
  /\bupdate\b.{1,60}\bset\b/i,
  /\bexec(?:ute)?\s+\w|\bxp_\w|\bsp_\w|\bwaitfor\s+delay\b|\bload_file\b|\binto\s+(?:out|dump)file\b|\border\s+by\s+\d|\bgroup\s+by\b|\bhaving\s+\d|\blimit\s+\d|^\s*shutdown\s*$|\bshutdown\s+with\b|\bbulk\s+insert\b|\bbackup\s+database\b|\bcase\s+when\b|\bnvl\b|\bcast\b\s*\(/i,
];

/** Words that join a value to another one, with a word on either side. */
const JOINED =
  /[\w)]\s+(?:or|xor|div|mod|regexp|rlike|glob|ilike|collate|join|sounds)\s+[\w(]|\b(?:union|intersect|except|minus)\s+(?:all|distinct|select|table|values|with)\b|\bnatural\s+(?:join|left|right|inner|full|cross)\b/i;
/** A statement that begins with its word. */
const STATEMENTS = [
  /^\s*(?:table|values|pragma|attach|detach|vacuum|truncate|drop|alter|reindex|explain|analyze|call|describe|handler|savepoint)\s+[\w(]/i,
  /^\s*(?:grant|revoke|deny)\s.*\s(?:on|to|from)\s/i,
  /^\s*(?:show\s+(?:full\s+)?(?:tables|databases|schemas|columns|grants|users|variables|status|processlist|create|index|all)|use\s+\w+\s*$|kill\s+\d|copy\s+\w+\s+(?:from|to)|load\s+(?:data|extension)|lock\s+tables?|unlock\s+tables|rename\s+(?:table|user)|set\s+(?:role|session|global|password|names|local|search_path)|merge\s+into|replace\s+into|with\s+\w+\s+as|comment\s+on|flush\s+\w|reset\s+(?:role|all)|refresh\s+materialized)\b/i,
];
/** Words that compare: with a number, a keyword or the same word on either side they are always true. */
const COMPARING = new Set(["and", "is", "like", "in", "between"]);
const NO_WORDS = /[^\p{L}\p{M}'.,!?-]|_|^(?:id|oid|rowid|ctid|uid|null|true|false|not|exists)$/iu;
/** Names of columns in lists of them. */
const COLUMN =
  /^(?:\w*id|name|users?|user_?names?|pass(?:word|wd)?|pwd|e?mail|tokens?|secrets?|hash|salt|key|role|admin|login)$/i;

function compares(text: string): boolean {
  const words = text.split(/\s+/);
  return words.some((word, at) => {
    const left = words[at - 1] ?? "";
    const right = words[at + 1] ?? "";
    if (!COMPARING.has(word.toLowerCase()) || left === "" || right === "") return false;
    return NO_WORDS.test(left) || NO_WORDS.test(right) || left.toLowerCase() === right.toLowerCase();
  });
}

/** `id, password desc`: identifiers with commas between them. Names such as `Lovelace, Ada` and sentences are none. */
function listsColumns(text: string): boolean {
  const parts = text.split(",").map((part) => part.trim().split(/\s+/));
  if (parts.length < 2 || parts.some((words) => words.length > 3)) return false;
  const isName = ([first = "", ...rest]: string[]): boolean =>
    /^\p{Lu}[\p{Ll}\p{M}'.-]*/u.test(first) &&
    ![first, ...rest].some((word) => COLUMN.test(word) || /^(?:as|asc|desc)$/i.test(word));
  const isIdentifier = (words: string[]): boolean => words.every((word) => /^[\w.@]+$/.test(word) && !/^\d/.test(word));
  return parts.every((words) => isIdentifier(words)) && !parts.every(isName);
}

/** A value of SQL that is one value, whatever quotes it or does not: no operators, statements and lists of columns. */
export function plainValue(text: string): boolean {
  // A name such as O'Brien: one apostrophe leaves a quoted text open, which is an error and no statement.
  const name = /^[\p{L}\p{M} .-]*\p{Lu}'\p{Lu}[\p{L}\p{M} .-]*$/u.test(text);
  if (!name && !/^(?:[\p{L}\p{N}\p{M} _.,:@+/%?!&$€£-]|(?<!\w)\([^()]*\))*$/u.test(text)) return false;
  if (/--|\/\/|\.\.|&&|@@|\/\s*$|^\s*[@&/]|\$\$|\w\(|\w\s+\((?![\p{L}\s]+\))/u.test(text.replace(/^https?:\/\//i, "")))
    return false;
  if (JOINED.test(text) || /(?:^|\s)!\w/.test(text) || compares(text) || listsColumns(text)) return false;
  return ![...CLAUSES, ...STATEMENTS].some((clause) => clause.test(text));
}
