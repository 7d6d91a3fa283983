/** The ways in which the URI of a resource may be written. */
export interface Spellings {
  /** As it was sent, and with scheme and host in lower case and nothing encoded that needs no encoding (RFC 3986 section 6.2.2). */
  readonly same: readonly string[];
  /** What a server may take it for: decoded, without fragment or query, without empty segments, with other slashes. */
  readonly near: readonly string[];
}

/** So written a URI has one spelling. */
const PLAIN = /^[a-z][a-z0-9+.-]*:(?:\/\/[a-z0-9.:-]*)?(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*$/;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;
/** Encodings inside each other that are undone; what has more is refused. */
const MOST_ENCODINGS = 3;

/**
 * Every spelling of a URI that rules are held against.
 * @returns undefined: it cannot be brought to one spelling (malformed or too often encoded, RFC 3986 section 2.1)
 */
export function spellingsOf(uri: string): Spellings | undefined {
  if (PLAIN.test(uri)) return { same: [uri], near: [] };
  if (/%(?![0-9A-Fa-f]{2})/.test(uri) || !uri.isWellFormed()) return undefined;
  const same = [...new Set([uri, normalUri(uri)])];
  const found = new Set(same);
  const upper = normalUri(uri).replaceAll(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase());
  found.add(upper).add(upper.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent));
  let decoded = normalUri(uri);
  for (let n = 0; /%[0-9A-Fa-f]{2}/.test(decoded); n++) {
    const next = n < MOST_ENCODINGS ? decode(decoded) : undefined;
    if (next === undefined) return undefined;
    found.add((decoded = next));
  }
  found.add(decoded.normalize("NFC"));
  for (const change of CHANGES) for (const one of [...found]) found.add(change(one));
  for (const one of same) found.delete(one);
  return { same, near: [...found] };
}

const CHANGES: readonly ((uri: string) => string)[] = [
  normalUri,
  (uri) => uri.replaceAll("\\", "/"),
  (uri) => uri.replace(/#[^]*$/, ""),
  (uri) => uri.replace(/[?#][^]*$/, ""),
  (uri) => inPath(uri, (path) => path.replaceAll(/\/{2,}/g, "/")),
  (uri) => inPath(uri, (path) => path.replace(/(?<=[^/])\/+(?=[?#]|$)/, "")),
];

/** Scheme and host in lower case, and unreserved characters as themselves: of a whole URI, or of the begin of one. */
export function normalUri(uri: string): string {
  const plain = uri.replaceAll(/%[0-9A-Fa-f]{2}/g, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return UNRESERVED.test(character) ? character : code;
  });
  return plain.replace(
    /^([A-Za-z][A-Za-z0-9+.-]*:)(\/\/(?:[^/?#@]*@)?)?([^/?#]*)/,
    (_, scheme: string, slashes: string | undefined, host: string) =>
      scheme.toLowerCase() + (slashes === undefined ? host : slashes + host.toLowerCase()),
  );
}

/** Undefined where the bytes are no UTF-8, or no character. */
function decode(text: string): string | undefined {
  try {
    return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Changes what follows scheme and host. */
function inPath(uri: string, change: (path: string) => string): string {
  const head = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/[^/?#]*)?/.exec(uri)?.[0] ?? "";
  const [path = ""] = /^[^?#]*/.exec(uri.slice(head.length)) ?? [];
  return head + change(path) + uri.slice(head.length + path.length);
}
