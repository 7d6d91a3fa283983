import { AT, BRACKET, COLON, DOT, SLASH } from "./units.ts";

const DOMAIN =
  /^(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|ai|co|app|info|xyz|ru|cn|me|sh|site|online|example|test|cloud)$/;
const LOCAL = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)\b/;
export const PATH_OF_SECRETS =
  /^\/etc\/(?:passwd|shadow|sudoers|ssh)$|\.(?:pem|key|p12|pfx|keystore|ppk)$|^\/proc\/self|^\/root\//;

/** URLs, hexadecimal addresses, domains, mail addresses and telephone numbers. */
export const isAddress = (word: string, kinds: number): boolean =>
  ((kinds & COLON) !== 0 && word.includes("://")) ||
  ((kinds & DOT) !== 0 && DOMAIN.test((kinds & SLASH) === 0 ? word : word.slice(0, word.indexOf("/")))) ||
  ((kinds & AT) !== 0 && /^[^@\s]+@[^@\s]+\.[a-z]+$/.test(word)) ||
  /^(?:0x[0-9a-f]{6,}|\+\d{1,14}$)/.test(word);

/** Addresses of the machine itself lead nowhere. */
export const isLocal = (word: string): boolean => LOCAL.test(word);

/** Whether a word can be an address, or a link, by its first unit and the kinds of all. */
export const mayBeAddress = (first: number, kinds: number): boolean =>
  (kinds & (COLON | DOT | AT | BRACKET)) !== 0 || BEGINS_ADDRESS.has(first);
/** Of numbers, and of addresses of the machine itself. */
const BEGINS_ADDRESS: ReadonlySet<number> = new Set(Array.from("hl[01+", (char) => char.charCodeAt(0)));
