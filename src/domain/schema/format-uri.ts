import { isIpv6 } from "./format-host.ts";

/** Characters that a part of a URI may hold, as flags by code. */
function table(chars: string): Uint8Array {
  const flags = new Uint8Array(128);
  for (const char of chars) flags[char.charCodeAt(0)] = 1;
  return flags;
}

const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX = table("0123456789ABCDEFabcdef");
const UNRESERVED = `${ALNUM}-._~`;
const SUB_DELIMS = "!$&'()*+,;=";
const NAME = table(UNRESERVED + SUB_DELIMS);
const USER = table(`${UNRESERVED + SUB_DELIMS}:`);
const PATH = table(`${UNRESERVED + SUB_DELIMS}:@/`);
const QUERY = table(`${UNRESERVED + SUB_DELIMS}:@/?`);

const isHex = (code: number) => code < 128 && HEX[code] === 1;

/** Whether `text` holds nothing but the given characters, percent-encoded bytes, and where `iri` characters of RFC 3987. */
function holdsOnly(text: string, allowed: Uint8Array, iri: boolean, isQuery = false): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x25) {
      if (!isHex(text.charCodeAt(index + 1)) || !isHex(text.charCodeAt(index + 2))) return false;
      index += 2;
    } else if (code < 128) {
      if (allowed[code] !== 1) return false;
    } else {
      const point = text.codePointAt(index) as number;
      if (!iri || !isUcs(point, isQuery)) return false;
      if (point > 0xffff) index++;
    }
  }
  return true;
}

/** `ucschar`, and in a query `iprivate`, of RFC 3987, section 2.2. */
function isUcs(point: number, isQuery: boolean): boolean {
  if (point >= 0xe000 && point <= 0xf8ff) return isQuery;
  if (point >= 0xf0000) return isQuery && (point & 0xffff) <= 0xfffd;
  if (point < 0x10000)
    return (
      point >= 0xa0 && (point < 0xd800 || (point >= 0xf900 && point <= 0xffef)) && !(point >= 0xfdd0 && point <= 0xfdef)
    );
  return (point & 0xffff) <= 0xfffd && point >= 0x10000 && !(point >= 0xe0000 && point < 0xe1000);
}

/** `URI` of RFC 3986, appendix A, or `IRI` of RFC 3987. */
export function isUri(text: string, iri: boolean): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && isUriReference(text, iri);
}

/** `URI-reference` of RFC 3986, appendix A, or `IRI-reference` of RFC 3987. */
export function isUriReference(text: string, iri: boolean): boolean {
  let rest = text;
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    if (!holdsOnly(rest.slice(hash + 1), QUERY, iri)) return false;
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf("?");
  if (question >= 0) {
    if (!holdsOnly(rest.slice(question + 1), QUERY, iri, true)) return false;
    rest = rest.slice(0, question);
  }
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(rest);
  if (scheme !== null) rest = rest.slice(scheme[0].length);
  if (rest.startsWith("//")) {
    const end = rest.indexOf("/", 2);
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
    return isAuthority(authority, iri) && (end < 0 || holdsOnly(rest.slice(end), PATH, iri));
  }
  // A relative path whose first segment holds a colon would read as a scheme.
  const slash = rest.indexOf("/");
  const first = slash < 0 ? rest : rest.slice(0, slash);
  if (scheme === null && first.includes(":")) return false;
  return holdsOnly(rest, PATH, iri);
}

function isAuthority(text: string, iri: boolean): boolean {
  const at = text.indexOf("@");
  if (at >= 0 && !holdsOnly(text.slice(0, at), USER, iri)) return false;
  const host = text.slice(at + 1);
  if (host.startsWith("[")) {
    const end = host.indexOf("]");
    if (end < 0 || !/^(?::[0-9]*)?$/.test(host.slice(end + 1))) return false;
    const literal = host.slice(1, end);
    return isIpv6(literal) || (/^[Vv][0-9A-Fa-f]+\./.test(literal) && /\.[\w.~!$&'()*+,;=:-]+$/.test(literal));
  }
  const colon = host.indexOf(":");
  const name = colon < 0 ? host : host.slice(0, colon);
  return holdsOnly(name, NAME, iri) && (colon < 0 || /^[0-9]*$/.test(host.slice(colon + 1)));
}

const LITERAL = table(`${UNRESERVED + SUB_DELIMS}:/?#[]@`);
const VARIABLE = table(`${ALNUM}_.`);

/** `URI-Template` of RFC 6570, section 2. */
export function isUriTemplate(text: string): boolean {
  let from = 0;
  for (;;) {
    const open = text.indexOf("{", from);
    const literal = open < 0 ? text.slice(from) : text.slice(from, open);
    if (!holdsOnly(literal, LITERAL, true, true)) return false;
    if (open < 0) return true;
    const close = text.indexOf("}", open);
    if (close < 0) return false;
    const expression = text.slice(open + 1, close);
    const list = /^[+#./;?&=,!@|]/.test(expression) ? expression.slice(1) : expression;
    if (!list.split(",").every(isVariable)) return false;
    from = close + 1;
  }
}

function isVariable(text: string): boolean {
  const name = text.replace(/(?:\*|:[1-9][0-9]{0,3})$/, "");
  return (
    name !== "" &&
    !name.startsWith(".") &&
    !name.endsWith(".") &&
    !name.includes("..") &&
    holdsOnly(name, VARIABLE, false)
  );
}
