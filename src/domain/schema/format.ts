import { isDate, isDateTime, isDuration, isTime } from "./format-time.ts";
import { isEmail, isHostname, isIdnEmail, isIdnHostname, isIpv4, isIpv6 } from "./format-host.ts";
import { isUri, isUriReference, isUriTemplate } from "./format-uri.ts";

/** The formats that are enforced (2020-12 validation, 7.3). Each takes time linear in the text. */
const FORMATS = new Map<string, (text: string) => boolean>([
  ["date-time", isDateTime],
  ["date", isDate],
  ["time", isTime],
  ["duration", isDuration],
  ["email", isEmail],
  ["idn-email", isIdnEmail],
  ["hostname", isHostname],
  ["idn-hostname", isIdnHostname],
  ["ipv4", isIpv4],
  ["ipv6", isIpv6],
  ["uri", (text) => isUri(text, false)],
  ["uri-reference", (text) => isUriReference(text, false)],
  ["iri", (text) => isUri(text, true)],
  ["iri-reference", (text) => isUriReference(text, true)],
  ["uri-template", isUriTemplate],
  ["uuid", (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)],
  ["json-pointer", isPointer],
  ["relative-json-pointer", isRelativePointer],
  ["regex", isRegex],
]);

/** The check of a format; undefined for one that is an annotation here. */
export function formatCheck(name: string): ((text: string) => boolean) | undefined {
  return FORMATS.get(name);
}

/** RFC 6901, section 3. */
function isPointer(text: string): boolean {
  return (text === "" || text.startsWith("/")) && !/~(?![01])/.test(text);
}

/** draft-bhutton-relative-json-pointer-00, section 3. */
function isRelativePointer(text: string): boolean {
  const match = /^(?:0|[1-9][0-9]*)(?=[#/]|$)/.exec(text);
  if (match === null) return false;
  const rest = text.slice(match[0].length);
  return rest === "#" || isPointer(rest);
}

/** Longer regular expressions are refused: the engine's parser is not ours to bound. */
const MAX_REGEX = 4_096;

function isRegex(text: string): boolean {
  if (text.length > MAX_REGEX) return false;
  try {
    // Parsed, never run.
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
