/**
 * Decodes Base64 in the one spelling that encoding gives (RFC 4648, section 3.5): the last character may have bits that mean
 * nothing, and a text in which they were changed is another text of the same bytes.
 *
 * @returns undefined for every other spelling
 */
export function decodeExactly(text: string, encoding: "base64" | "base64url"): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
