import { SchemaFault } from "./fault.ts";
import { Translation } from "./pattern-syntax.ts";
import { isDate, isDateTime, isDuration, isTime } from "./format-time.ts";
import { isEmail, isHostname, isIdnEmail, isIdnHostname, isIpv4, isIpv6 } from "./format-host.ts";
import { isUri, isUriReference, isUriTemplate } from "./format-uri.ts";

/** A check that takes time linear in the text. */
export interface Format {
  accepts(text: string): boolean;
  /** Fuel for each character, measured. */
  readonly perChar: number;
}

/** The formats that are enforced (2020-12 validation, 7.3). */
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
export function formatOf(name: string): Format | undefined {
  const accepts = FORMATS.get(name);
  return accepts === undefined ? undefined : { accepts, perChar: COSTLY.get(name) ?? 1 };
}

const COSTLY = new Map([
  ["regex", 10],
  ["idn-hostname", 8],
  ["idn-email", 8],
  ["hostname", 6],
  ["email", 6],
]);

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

function isRegex(text: string): boolean {
  try {
    // Read here, not by the engine: it takes seconds for expressions such as many \p{…}.
    new Translation(text, Number.POSITIVE_INFINITY, "", false).run();
    return true;
  } catch (fault) {
    if (fault instanceof SchemaFault) return false;
    throw fault;
  }
}
