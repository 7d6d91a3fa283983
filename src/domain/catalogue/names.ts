import { createHash } from "node:crypto";

/** Clients of several model vendors refuse longer tool names. */
const LONGEST = 64;

/**
 * The name of a tool or prompt on the aggregate endpoint: `server__name`. Server names hold no underscore, so two
 * servers cannot produce the same name. What would exceed 64 characters is cut and ends in 8 hex digits of SHA-256.
 * @param server configured server name
 * @param name the upstream's own name, or its alias
 */
export function aggregateName(server: string, name: string): string {
  const full = `${server}__${name}`;
  if (full.length <= LONGEST) return full;
  const tail = createHash("sha256").update(full).digest("hex").slice(0, 8);
  return `${full.slice(0, LONGEST - 9)}_${tail}`;
}

/** The URI (or URI template) of a resource on the aggregate endpoint: `server+uri`; the scheme names the server. */
export function aggregateUri(server: string, uri: string): string {
  return `${server}+${uri}`;
}

/** Takes an aggregate URI apart; undefined where it names no server. */
export function splitUri(uri: string): { server: string; uri: string } | undefined {
  const plus = uri.indexOf("+");
  if (plus < 1) return undefined;
  return { server: uri.slice(0, plus), uri: uri.slice(plus + 1) };
}

/** Longest URI that is looked at, in characters. */
export const LONGEST_URI = 8_192;

/** Encodings of encodings are taken off so often; what hides deeper is refused. */
const MOST_DECODED = 3;

/**
 * Whether a reader of this URI could leave the place that a rule names by its beginning: a segment `.` or `..`, plain
 * or percent-encoded, also behind `\`, a query, a matrix parameter or an invisible character; or an encoding that does
 * not end. RFC 3986, section 5.2.4, removes dot segments; rules compare text.
 */
export function leavesItsPlace(uri: string): boolean {
  let text = uri;
  for (let times = 0; ; times++) {
    const decoded = text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (decoded === text) break;
    if (times === MOST_DECODED) return true;
    text = decoded;
  }
  // Overlong UTF-8, which some decoders take for ASCII (RFC 3629, section 10).
  if (/%(c[01]|e0%[89]|f0%8)/i.test(text)) return true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what some readers of URIs leave out.
  const visible = text.replace(/[\u0000-\u0020\u007f]/g, "").replace(/^[a-z][a-z0-9+.-]*:/i, "");
  return /(^|[/\\?#])\.{1,2}($|[/\\?#;])/.test(visible);
}

/**
 * Whether a URI can come from a URI template (RFC 6570). `{x}` stands for one or more characters without `/`,
 * `{+x}` and `{#x}` for any, `{?x,y}` and `{&x}` for an optional query. The URI's length times the template's parts.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const end = template.indexOf("{");
  if (end < 0) return template === uri;
  if (!uri.startsWith(template.slice(0, end))) return false;
  const size = uri.length + 1;
  // The offsets that the parts so far can end at, as marks.
  let reach = new Uint8Array(size);
  let next = new Uint8Array(size);
  let first = end;
  reach[end] = 1;
  const parts = template
    .slice(end)
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    next.fill(0);
    if (part.startsWith("{") && part.endsWith("}")) spread(part[1] ?? "", uri, reach, next, first);
    else step(part, uri, reach, next, first, /^\{[+#]/.test(parts[index + 1] ?? ""));
    first = next.indexOf(1);
    if (first < 0) return false;
    [reach, next] = [next, reach];
  }
  return reach[uri.length] === 1;
}

/** Marks in `next` where a literal ends that begins at a mark of `reach`. @param once what follows needs the first alone */
function step(literal: string, uri: string, reach: Uint8Array, next: Uint8Array, first: number, once: boolean): void {
  const begin = literal.charCodeAt(0);
  const { length } = literal;
  for (let at = first; at + length <= uri.length; at++)
    if (reach[at] === 1 && uri.charCodeAt(at) === begin && (length === 1 || uri.startsWith(literal, at))) {
      next[at + length] = 1;
      if (once) return;
    }
}

/** Marks in `next` where an expression can end that begins at a mark of `reach`; the first of them is at `first`. */
function spread(operator: string, uri: string, reach: Uint8Array, next: Uint8Array, first: number): void {
  const anything = "+#".includes(operator);
  const optional = "?&;./".includes(operator);
  if (anything) return void next.fill(1, first + 1);
  let open = false;
  for (let at = first; at < next.length; at++) {
    const mark = reach[at] === 1;
    if (open || (optional && mark)) next[at] = 1;
    if (mark) open = true;
    if (open && operator !== "/" && uri.charCodeAt(at) === SLASH) open = false;
  }
}

const SLASH = 47;
