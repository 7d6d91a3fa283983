import { isPlaceholder, isReference } from "./placeholders.ts";

/** Where a secret stands. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

const USERINFO = /([^\s/?#"'`<>@:()[\]{}]{0,100}):([^\s/"'`<>@]{1,200})@(?=[\w[%])/y;
const EVERYBODYS = /^(?:pass(?:word|wd)?|pwd|user|username|guest|test|p|x-oauth-basic|token|\d{1,2})$/i;

/**
 * The password of `scheme://user:password@host` (RFC 3986, section 3.2.1), connection strings included.
 *
 * @param after where the text goes on behind `://`
 */
export function passwordInUrl(text: string, after: number): Span | undefined {
  USERINFO.lastIndex = after;
  const match = USERINFO.exec(text);
  if (match === null) return undefined;
  const [, user = "", password = ""] = match;
  const start = after + user.length + 1;
  if (isReference(password) || /^\$|^[%#*<{[]|[{}$]$|^\w*\*+\w*$/.test(password)) return undefined;
  if (isPlaceholder(password) && password.length < 24) return undefined;
  if (EVERYBODYS.test(password) || password === user) return undefined;
  return { start, end: start + password.length, confidence: /\d|[^\w]/.test(password) ? 0.85 : 0.7 };
}

const CREDENTIALS = /[\s"'](?:-u|--user|--proxy-user)[= ]{1,2}(["']?)([^\s:"'$<>[\]{}]{0,100}):([^\s"'<>]{3,200})/g;
const LONGEST_LINE = 400;

/** Where the next user with a password stands, from which place on that is known, and whether it was no secret. */
export interface NextUser {
  from: number;
  at: number;
  refused: boolean;
}

/**
 * The password of `curl -u name:password`, in the same paragraph.
 *
 * @param next what is known of the text; written to, so that it is searched once however often `curl` stands in it
 */
export function passwordOfCurl(text: string, after: number, next: NextUser): Span | undefined {
  if (after < next.from || after > next.at) {
    CREDENTIALS.lastIndex = after;
    const at = CREDENTIALS.exec(text)?.index ?? Number.POSITIVE_INFINITY;
    next.from = after;
    next.at = at;
    next.refused = false;
  }
  if (next.refused || next.at >= after + LONGEST_LINE) return undefined;
  const line = text.slice(after, after + LONGEST_LINE).split("\n\n", 1)[0] as string;
  CREDENTIALS.lastIndex = next.at - after;
  const match = CREDENTIALS.exec(line);
  if (match === null) return undefined;
  const password = match[3] as string;
  const cut = match.index + match[0].length === line.length;
  next.refused = !cut;
  if (/^\$|^\[|\{|^\*+$/.test(password) || isReference(password) || isPlaceholder(password)) return undefined;
  if (EVERYBODYS.test(password) || password === match[2]) return undefined;
  next.refused = false;
  const start = after + match.index + match[0].length - password.length;
  return { start, end: start + password.length, confidence: 0.8 };
}

/** A command with a password, and what of it is looked for first: what stands right before the password, with that. */
interface Command {
  readonly pattern: RegExp;
  readonly given: RegExp;
}

const COMMANDS: readonly Command[] = [
  {
    pattern: /^(?:psexec|sshpass)[^\n]{0,200}? -p {0,2}(["']?)([^\s"']{3,100})\1/i,
    given: / -p {0,2}["']?[^\s"']{3}/gi,
  },
  {
    pattern: /^ login [^\s]{1,80}\s{1,8}password (["']?)([^\s"']{3,100})\1/i,
    given: /\spassword ["']?[^\s"']{3}/gi,
  },
  {
    pattern: /^ login [^\n|;&]{0,200}?(?:-p|--password)[ =]{1,2}(["']?)([^\s"'$<>{}-][^\s"'<>{}]{5,100})\1/i,
    given: /(?:-p|--password)[ =]{1,2}["']?[^\s"'$<>{}-][^\s"'<>{}]{5}/gi,
  },
  // The client of MySQL takes it without a space: with one it would be the database.
  {
    pattern:
      /^mysql(?:dump|admin|sh)?(?:\.exe)? [^\n|;]{0,200}?(?<= )-p(["']?)([^\s"'$<>{}-][^\s"'<>{}]{5,100})\1(?=\s|$)/i,
    given: / -p["']?[^\s"'$<>{}-][^\s"'<>{}]{5}/gi,
  },
  {
    pattern: /^redis-cli [^\n|;]{0,200}?(?<= )-a {1,2}(["']?)([^\s"'$<>{}-][^\s"'<>{}]{5,100})\1/i,
    given: / -a {1,2}["']?[^\s"'$<>{}-][^\s"'<>{}]{5}/gi,
  },
];

/** By command where the next password stands that may be given to it; it is searched once however often commands stand in a text. */
export type NextFlag = number[];

/** Nothing is known yet. */
export const noFlags = (): NextFlag => COMMANDS.map(() => -1);

/** How far behind the beginning of a command a password is given. */
const REACH = 224;

function isGiven(text: string, at: number, command: number, next: NextFlag): boolean {
  if ((next[command] as number) < at) {
    const { given } = COMMANDS[command] as Command;
    given.lastIndex = at;
    next[command] = given.exec(text)?.index ?? Number.POSITIVE_INFINITY;
  }
  return (next[command] as number) < at + REACH;
}

/**
 * The password of `psexec -p`, `sshpass -p`, `docker login -p`, `mysql -p…`, `redis-cli -a` and of a line in `.netrc`.
 *
 * @param which of the commands may stand there
 * @param next what is known of the text; written to. Places are asked for in their order
 */
export function passwordOfCommand(
  text: string,
  at: number,
  which: readonly number[],
  next: NextFlag,
): Span | undefined {
  for (const command of which) {
    if (!isGiven(text, at, command, next)) continue;
    const match = (COMMANDS[command] as Command).pattern.exec(text.slice(at, at + LONGEST_LINE));
    const password = match?.[2];
    if (match === null || password === undefined || isReference(password) || isPlaceholder(password)) continue;
    const end = at + match[0].length - (match[1] as string).length;
    return { start: end - password.length, end, confidence: 0.75 };
  }
  return undefined;
}

/** What commands begin with, in lower case, and which of them. */
export const COMMAND_BEGINS: readonly (readonly [literal: string, which: readonly number[]])[] = [
  ["psexec", [0]],
  ["sshpass", [0]],
  [" login ", [1, 2]],
  ["mysql", [3]],
  ["redis-cli", [4]],
];

const BETWEEN = /[^;="'\n]{0,4}=[ \t]{0,2}([^\s;"'<>${}()*]{4,100})(?=[;"'\s]|$)/y;

/** The password of a connection string (`Server=…;Password=…;`), however simple. */
export function passwordInConnection(text: string, at: number, length: number): Span | undefined {
  BETWEEN.lastIndex = at + length;
  const match = BETWEEN.exec(text);
  if (match === null) return undefined;
  const password = match[1] as string;
  if (isReference(password) || /^(?:your|my)?_?password$|^\[|example/i.test(password)) return undefined;
  return { start: BETWEEN.lastIndex - password.length, end: BETWEEN.lastIndex, confidence: 0.7 };
}

const SIGNATURE = /sig=([A-Za-z0-9+/%]{38,90}(?:%3D|=))/iy;
const SIGNED = 400;

/** The signature of a shared access address, among the parameters that it signs (version, expiry or permissions). */
export function sharedAccessSignature(text: string, at: number): Span | undefined {
  SIGNATURE.lastIndex = at;
  const match = SIGNATURE.exec(text);
  if (match === null) return undefined;
  const end = SIGNATURE.lastIndex;
  const around = text.slice(Math.max(0, at - SIGNED), end + SIGNED);
  return /[?&;]s[vep]=/.test(around) ? { start: at + 4, end, confidence: 0.9 } : undefined;
}

const BASIC = /basic[ \t]{1,2}([A-Za-z0-9+/]{8,400}={0,2})(?![\w+/=])/iy;

/** The credentials of HTTP Basic authentication (RFC 7617): Base64 of text with a colon. */
export function basicCredentials(text: string, at: number): Span | undefined {
  BASIC.lastIndex = at;
  const match = BASIC.exec(text);
  if (match === null) return undefined;
  const value = match[1] as string;
  if (value.length % 4 !== 0) return undefined;
  const decoded = atob(value);
  if (!/^[\x20-\x7e]+$/.test(decoded) || !decoded.includes(":")) return undefined;
  const start = BASIC.lastIndex - value.length;
  return { start, end: start + value.length, confidence: 0.85 };
}
