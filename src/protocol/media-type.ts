/** Media types that servers commonly name: they say nothing but what the content is. */
const COMMON: ReadonlySet<string> = new Set([
  ...["text/plain", "text/html", "text/markdown", "text/csv", "text/xml", "text/css", "text/javascript"],
  ...["text/plain; charset=utf-8", "text/plain;charset=utf-8", "text/html; charset=utf-8", "text/html;charset=utf-8"],
  ...["text/uri-list", "text/calendar", "text/x-python", "text/x-rust", "text/x-diff", "text/yaml", "text/x-yaml"],
  ...["application/json", "application/json; charset=utf-8", "application/xml", "application/yaml", "application/pdf"],
  ...["application/octet-stream", "application/zip", "application/gzip", "application/javascript", "application/toml"],
  ...["application/ld+json", "application/x-ndjson", "application/jsonl", "application/sql", "application/rtf"],
  ...["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "image/bmp", "image/tiff", "image/avif"],
  ...["audio/wav", "audio/mpeg", "audio/ogg", "audio/webm", "audio/mp4", "audio/flac", "video/mp4", "video/webm"],
]);

/** `type/subtype` of RFC 6838, section 4.2, and parameters of RFC 9110, section 5.6.6. */
const MEDIA_TYPE =
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(?:[ \t]{0,8};[ \t]{0,8}[\w!#$%&'*+.^`|~-]{1,64}=(?:[\w!#$%&'*+.^`|~:/-]{1,128}|"[\x20\x21\x23-\x5b\x5d-\x7e]{0,128}")){0,8}$/i;
/** Longest media type with its parameters, in characters. */
const LONGEST = 256;

/** Whether it is one of the media types that tell nothing beside what the content is. */
export const isCommonMediaType = (value: string): boolean => COMMON.has(value);

/** Whether it has the form of a media type with parameters (RFC 6838, RFC 9110). What it says may still be anything. */
export const isMediaType = (value: string): boolean =>
  COMMON.has(value) || (value.length <= LONGEST && MEDIA_TYPE.test(value));
