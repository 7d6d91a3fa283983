/** Where a sign-in may lead: consent, the page of one's own, approvals, withheld results, administration. */
const INSIDE = /^\/(?:interaction|me|approvals|quarantine|api)(?:[/?]|$)/;

/**
 * Where the browser goes after a sign-in: a path of this gateway that begins with /interaction/, /me, /approvals, /quarantine or /api,
 * else /me.
 * Anything that a browser could read as another place is none (open redirect, RFC 9700, 4.11).
 */
export function destination(text: string | undefined): string {
  if (text === undefined || text.length > 2000 || !/^\/[\x21-\x7e]*$/.test(text) || text.includes("\\")) return "/me";
  // Read as a browser reads it: `/me/../…` and `//…` are other places.
  const base = "https://here.invalid";
  if (!URL.canParse(text, base)) return "/me";
  const url = new URL(text, base);
  const path = `${url.pathname}${url.search}`;
  return url.origin === base && INSIDE.test(text) && INSIDE.test(path) && !path.startsWith("//") ? path : "/me";
}
