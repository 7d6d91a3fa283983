/**
 * One reference token of a JSON Pointer, with its slash (RFC 6901 section 3).
 * @param token a property name or an array index
 */
export function token(token: string | number): string {
  if (typeof token === "number" || !/[~/]/.test(token)) return `/${token}`;
  return `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The reference tokens of a JSON Pointer that starts with a slash or is empty. */
export function tokens(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Names and other text that a caller chose: shortened, and without control characters. */
export function shown(text: string, limit = 128): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "�");
}
