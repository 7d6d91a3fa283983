/** Where a field of a value stands: names of members, and `*` for every member of an object and every item of a list. */
export type FieldPath = readonly string[];

const LONGEST = 512;
const FORMS = "a member's name, a JSON Pointer such as /rows/*/id, or a path such as $.rows[*].id";

/**
 * Reads one field: a name, a JSON Pointer (RFC 6901) in which `*` stands for every member or item, or of JSONPath
 * (RFC 9535) what names members or takes all of them: `$.a`, `$['a']`, `$.*`, `$[*]`.
 * @returns the path, or one sentence that says what is wrong and what would be accepted
 */
export function readField(text: string): FieldPath | string {
  const written = JSON.stringify(text);
  if (text === "" || text.length > LONGEST) return `A field is ${FORMS}, of at most ${LONGEST} characters`;
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return `The field ${written} holds an invisible character`;
  if (text.startsWith("$")) return readPath(text);
  if (!text.startsWith("/"))
    return /[.[\]*,~"'\s]/.test(text) ? `The field ${written} is no plain name; write ${FORMS}` : [text];
  if (/~(?![01])/.test(text)) return `The field ${written} has a ~ that is neither ~0 nor ~1 (RFC 6901, section 3)`;
  return text
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** One segment of the accepted part of JSONPath: a name, a quoted name, or a wildcard (RFC 9535, section 2.5.1). */
const SEGMENT =
  /\.([A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)|\.(\*)|\[(\*)\]|\[("(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*")\]|\['((?:[^'\\]|\\['\\/bfnrt]|\\u[0-9A-Fa-f]{4})*)'\]/uy;

function readPath(text: string): FieldPath | string {
  const written = JSON.stringify(text);
  const path: string[] = [];
  SEGMENT.lastIndex = 1;
  while (SEGMENT.lastIndex < text.length) {
    const found = SEGMENT.exec(text);
    if (found === null)
      return `The path ${written} is more than names and wildcards ($.rows[*].id); a member whose name begins with $ is written /${text}`;
    const [, plain, star, all, double, single] = found;
    // In single quotes only \' differs from a JSON string.
    const quoted =
      double ??
      (single === undefined ? undefined : `"${single.replaceAll("\\'", "'").replaceAll(/(?<!\\)"/g, '\\"')}"`);
    path.push(plain ?? star ?? all ?? (JSON.parse(quoted ?? '""') as string));
  }
  return path.length === 0 ? `The path ${written} names the whole result; name fields of it` : path;
}
