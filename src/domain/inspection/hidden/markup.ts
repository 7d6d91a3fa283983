import { type Span, spanOf } from "./span.ts";

/** Places of each kind that are looked at. */
const MOST = 200;
/** Longest comment, tag and link that is read whole, in units. */
const LONGEST_COMMENT = 16_384;
const LONGEST_TAG = 512;
const LONGEST_LABEL = 300;

/** Every place of a literal, at most `MOST`. */
function* places(text: string, literal: string): Generator<number> {
  let at = text.indexOf(literal);
  for (let i = 0; i < MOST && at >= 0; i++) {
    yield at;
    at = text.indexOf(literal, at + literal.length);
  }
}

/** The last place of a character before another place, at most so far away; -1 where it does not stand there. */
function lastBefore(text: string, char: string, place: number, reach: number): number {
  const from = Math.max(0, place - reach);
  const at = text.slice(from, place + 1).lastIndexOf(char);
  return at < 0 ? -1 : from + at;
}

/** Four words in a row. It is tried at the beginning of a word alone, or long words would take time with their square. */
const SENTENCE = /(?<!\p{L})(?:\p{L}{2,}[ ,]+){3}\p{L}{2,}/u;

/** Comments that hold a sentence; those of tools (`prettier-ignore`, `#region`) hold none. */
function* comments(text: string): Generator<Span> {
  let past = 0;
  for (const start of places(text, "<!--")) {
    if (start < past) continue;
    const close = text.slice(start + 4, start + LONGEST_COMMENT).indexOf("-->");
    const end = close < 0 ? Math.min(text.length, start + LONGEST_COMMENT) : start + 4 + close + 3;
    past = end;
    if (SENTENCE.test(text.slice(start, Math.min(end, start + 400)))) yield spanOf("html-comment", start, end, 0.3);
  }
}

const UNSEEN =
  /display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|opacity\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|text-indent\s{0,3}:\s{0,3}-\d{3}|(?:left|top)\s{0,3}:\s{0,3}-\d{3,5}px|color\s{0,3}:\s{0,3}(?:transparent|white|#fff(?:fff)?\b)/i;

/** Prose inside an element whose own style makes it invisible. */
function* unseen(text: string): Generator<Span> {
  for (const place of places(text, "style=")) {
    const open = lastBefore(text, "<", place, LONGEST_TAG);
    if (open < 0) continue;
    const close = text.slice(place, place + LONGEST_TAG).indexOf(">");
    if (close < 0 || !UNSEEN.test(text.slice(place, place + close))) continue;
    const from = place + close + 1;
    const inside = text.slice(from, from + 2_000);
    const end = inside.indexOf("<");
    const said = end < 0 ? inside : inside.slice(0, end);
    if (SENTENCE.test(said)) yield spanOf("css-hidden", open, from + said.length, 0.4);
  }
}

/** Data in an address: a long value, or a place that is to be filled in. */
const CARRIES =
  /[?&][^?&=\s]{0,40}=(?:[A-Za-z0-9+/_-]{48,}={0,2}|%5b|%7b|\{[\w .$]{1,40}\}|\[[\w ]{2,40}\]|<[\w ]{2,40}>|\$\{)/i;
const NAMED =
  /[?&](?:d|data|exfil|leak|payload|secret|token|key|password|history|conversation|msg|message|content|c|q|log|info)=[^&\s]{8,}/i;

const hostOf = (address: string) =>
  /^(?:https?:)?\/\/(?:[^/?#@\s]{0,80}@)?([^/?#:\s]{1,120})/i
    .exec(address)?.[1]
    ?.toLowerCase()
    .replace(/^www\./, "");
const DOMAIN = /^(?:https?:\/\/)?(?:www\.)?((?:[\p{L}\d-]{1,63}\.){1,4}\p{L}{2,18})(?:[/:?#]|$)/iu;

/** A site for people and the same site's other names are one destination. */
const related = (one: string, other: string) => one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);

/** Markdown images and links: `](` is what they have in common. */
function* links(text: string): Generator<Span> {
  for (const middle of places(text, "](")) {
    const target = /^\]\(<?((?:https?:)?\/\/[^\s)>]{1,600})/i.exec(text.slice(middle, middle + 610))?.[1];
    if (target === undefined) continue;
    const open = lastBefore(text, "[", middle, LONGEST_LABEL);
    if (open < 0) continue;
    const label = text.slice(open + 1, middle);
    const image = text[open - 1] === "!";
    const end = Math.min(text.length, middle + 2 + target.length + 1);
    yield* judgedLink(label, target, image, image ? open - 1 : open, end);
  }
}

function* judgedLink(label: string, target: string, image: boolean, start: number, end: number): Generator<Span> {
  const host = hostOf(target);
  const query = target.indexOf("?") < 0 ? "" : target.slice(target.indexOf("?"), target.indexOf("?") + 300);
  if (image && (CARRIES.test(query) || NAMED.test(query))) yield spanOf("exfil-image", start, end, 0.6);
  else if (CARRIES.test(query)) yield spanOf("exfil-link", start, end, 0.4);
  const shown = DOMAIN.exec(label.trim())?.[1]?.toLowerCase();
  // `[app.ts](https://…)` names a file, not a site.
  if (
    shown === undefined ||
    host === undefined ||
    image ||
    !/\.(?:com|org|net|gov|edu|io|bank|info|biz|co|de|fr|uk|eu|us|app|dev|ru|cn|jp)$/.test(shown)
  )
    return;
  if (!related(shown, host)) yield spanOf("link-mismatch", start, end, 0.6);
}

/** A whole link with its label, and its parts, in units. */
const LONGEST_LINK = 1_300;
const LONGEST_ATTRIBUTES = { before: 400, after: 200 };
const LONGEST_SHOWN = 200;
const HREF = /href\s?=\s?["']?([^"'\s>]{1,400})/gi;
/** Attributes of one tag that may be its address; `data-href` is taken for one. */
const MOST_ADDRESSES = 4;

/** The link that a text begins with: `<a … href=target …>label</a>`. Each part is looked for once. */
function linkAt(text: string): { target: string; label: string; length: number } | undefined {
  const close = text.indexOf(">");
  const end = close < 0 ? -1 : text.indexOf("<", close);
  if (end <= close + 1 || end - close > LONGEST_SHOWN + 1) return undefined;
  if (text.slice(end, end + 4).toLowerCase() !== "</a>") return undefined;
  const target = addressIn(text.slice(0, close));
  return target === undefined ? undefined : { target, label: text.slice(close + 1, end), length: end + 4 };
}

function addressIn(tag: string): string | undefined {
  HREF.lastIndex = 0;
  for (let tries = 0; tries < MOST_ADDRESSES; tries++) {
    const match = HREF.exec(tag);
    if (match === null || match.index > LONGEST_ATTRIBUTES.before + 3) return undefined;
    if (tag.indexOf("<", 1) < match.index && tag.indexOf("<", 1) > 0) return undefined;
    if (tag.length - HREF.lastIndex <= LONGEST_ATTRIBUTES.after) return match[1];
  }
  return undefined;
}

/** HTML links and images. */
function* anchors(text: string): Generator<Span> {
  for (const start of places(text, "<a ")) {
    const link = linkAt(text.slice(start, start + LONGEST_LINK));
    if (link !== undefined) yield* judgedLink(link.label, link.target, false, start, start + link.length);
  }
  for (const start of places(text, "<img")) {
    const match = /^<img\s[^<>]{0,400}?src\s?=\s?["']?((?:https?:)?\/\/[^"'\s>]{1,800})/i.exec(
      text.slice(start, start + 1_300),
    );
    if (match !== null) yield* judgedLink("", match[1] as string, true, start, start + match[0].length);
  }
}

/** What HTML and Markdown hide from a person who sees them rendered. */
export function markup(text: string): Span[] {
  const spans: Span[] = [];
  if (text.includes("<")) spans.push(...comments(text), ...unseen(text), ...anchors(text));
  if (text.includes("](")) spans.push(...links(text));
  return spans;
}
