import { Buffer, isUtf8 } from "node:buffer";

/** A text that stands in base64. */
export interface BlobText {
  readonly text: string;
  /** Another text in the same encoding, in base64. */
  readonly encode: (text: string) => string;
}

type Utf16 = "utf-16le" | "utf-16be";

/** Bytes at the beginning that tell what the rest is. */
const LOOKED_AT = 4_096;
/** Fewer tell nothing. */
const SHORTEST = 8;

/**
 * The text that base64 holds, in the encoding that its media type names, that its byte order mark tells, or that its bytes
 * have the form of: UTF-8, UTF-16, or one that is read byte by byte. Clients read what is not quite UTF-8 as well.
 *
 * @param mimeType the media type of the bytes, with its `charset` (RFC 9110, section 8.3)
 * @returns undefined: it is no text, such as an image
 */
export function textOfBlob(base64: string, mimeType: unknown): BlobText | undefined {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length === 0) return undefined;
  const type = typeof mimeType === "string" ? mimeType.toLowerCase() : "";
  const label = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/.exec(type)?.[1];
  const isClean = isUtf8(bytes) && !bytes.includes(0);
  // Samples and pixels may have the form of anything.
  const isMedia = /^(?:image|audio|video)\/(?!svg)/.test(type);
  if (isMedia && !isClean) return undefined;
  const wide = isClean ? undefined : utf16Of(bytes, label);
  if (wide !== undefined) return inUtf16(bytes, wide);
  if (!isClean && !isNamedText(type) && !looksLikeText(bytes)) return undefined;
  return { text: decoded(bytes, isClean ? "utf-8" : label), encode: (text) => Buffer.from(text).toString("base64") };
}

const isNamedText = (type: string): boolean => /^text\/|[/+](?:json|xml|yaml|javascript)\b|charset/.test(type);

function decoded(bytes: Buffer, label = "utf-8"): string {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    // A label that nobody knows.
    return bytes.toString("utf8");
  }
}

function inUtf16(bytes: Buffer, encoding: Utf16): BlobText {
  return {
    text: new TextDecoder(encoding).decode(bytes),
    encode(text) {
      const own = Buffer.from(text, "utf16le");
      return (encoding === "utf-16be" ? own.swap16() : own).toString("base64");
    },
  };
}

/** Which order of bytes UTF-16 has: by its mark (RFC 2781, section 3.2), by its name, or by where the zeros of ASCII stand. */
function utf16Of(bytes: Buffer, label: string | undefined): Utf16 | undefined {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe) return "utf-16le";
  if (mark === 0xfeff) return "utf-16be";
  if (label === "utf-16be" || label === "utf-16le") return label;
  const end = bytes.length < SHORTEST ? 0 : Math.min(bytes.length, LOOKED_AT) & ~1;
  let [high, low] = [0, 0];
  for (let at = 0; at < end; at += 2) {
    if (bytes[at] === 0) high++;
    if (bytes[at + 1] === 0) low++;
  }
  if (low * 4 > end && high * 16 <= end) return "utf-16le";
  if (high * 4 > end && low * 16 <= end) return "utf-16be";
  return label === "utf-16" || label === "unicode" ? "utf-16le" : undefined;
}

/** Nearly all of it is what a keyboard writes. */
function looksLikeText(bytes: Buffer): boolean {
  const end = Math.min(bytes.length, LOOKED_AT);
  let others = 0;
  for (let at = 0; at < end; at++) {
    const unit = bytes[at] as number;
    if ((unit < 32 && unit !== 9 && unit !== 10 && unit !== 13) || unit > 126) others++;
  }
  return others * 5 <= end;
}
