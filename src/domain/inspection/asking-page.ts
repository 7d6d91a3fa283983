/** Longest address that a person is asked to open, in characters. */
const LONGEST = 8_192;

/** A page that a person may be asked to open, or why it is none. */
export type Page = { readonly href: string; readonly host: string } | { readonly not: string };

/**
 * The page that a server asks a person to open (MCP, elicitation, URL mode): an address by the WHATWG URL standard, https
 * (http where it is this machine's own), without a user or a password in it (S10).
 */
export function pageOf(url: unknown): Page {
  if (typeof url !== "string" || url.length > LONGEST) return { not: "has no address of a page" };
  // The parser passes over white space and control characters, in which a person sees something else.
  if (/[^\x21-\x7e]|[\\<>"]/.test(url) || !URL.canParse(url)) return { not: "has an address that is none" };
  const { protocol, hostname, username, password, href, host } = new URL(url);
  if (username !== "" || password !== "") return { not: "has an address with a user's name in it" };
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname)))
    return { not: "has an address that is not https" };
  return { href, host };
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
