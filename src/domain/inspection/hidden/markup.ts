import type { Span } from "./span.ts";

/** Places of each kind that are looked at. */
const MOST = 200;
/** Longest comment, tag and link that is read whole, in units. */
const LONGEST_COMMENT = 16_384;
const LONGEST_TAG = 512;

/** Every place of a literal, at most `MOST`. */
function* places(text: string, literal: string): Generator<number> {
  let at = text.indexOf(literal);
  for (let i = 0; i < MOST && at >= 0; i++) {
    yield at;
    at = text.indexOf(literal, at + literal.length);
  }
}

/** Comments that hold a sentence; those of tools (`prettier-ignore`, `#region`) hold none. */
function* comments(text: string): Generator<Span> {
  let past = 0;
  for (const start of places(text, "<!--")) {
    if (start < past) continue;
    const close = text.slice(start + 4, start + LONGEST_COMMENT).indexOf("-->");
    const end = close < 0 ? Math.min(text.length, start + LONGEST_COMMENT) : start + 4 + close + 3;
    past = end;
    if (/(?:\p{L}{2,}[ ,]+){3}\p{L}{2,}/u.test(text.slice(start, Math.min(end, start + 400))))
      yield { kind: "html-comment", start, end, confidence: 0.3 };
  }
}

const UNSEEN =
  /display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|opacity\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|text-indent\s{0,3}:\s{0,3}-\d{3}|(?:left|top)\s{0,3}:\s{0,3}-\d{3,5}px|color\s{0,3}:\s{0,3}(?:transparent|white|#fff(?:fff)?\b)/i;

/** Prose inside an element whose own style makes it invisible. */
function* unseen(text: string): Generator<Span> {
  for (const place of places(text, "style=")) {
    const open = text.lastIndexOf("<", place);
    if (open < 0 || place - open > LONGEST_TAG) continue;
    const close = text.slice(place, place + LONGEST_TAG).indexOf(">");
    if (close < 0 || !UNSEEN.test(text.slice(place, place + close))) continue;
    const from = place + close + 1;
    const inside = text.slice(from, from + 2_000);
    const end = inside.indexOf("<");
    const said = end < 0 ? inside : inside.slice(0, end);
    if (/(?:\p{L}{2,}[ ,]+){3}\p{L}{2,}/u.test(said))
      yield { kind: "css-hidden", start: open, end: from + said.length, confidence: 0.4 };
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
    const open = text.lastIndexOf("[", middle);
    if (open < 0 || middle - open > 300) continue;
    const label = text.slice(open + 1, middle);
    const image = text[open - 1] === "!";
    const end = Math.min(text.length, middle + 2 + target.length + 1);
    yield* judgedLink(label, target, image, image ? open - 1 : open, end);
  }
}

function* judgedLink(label: string, target: string, image: boolean, start: number, end: number): Generator<Span> {
  const host = hostOf(target);
  const query = target.indexOf("?") < 0 ? "" : target.slice(target.indexOf("?"), target.indexOf("?") + 300);
  if (image && (CARRIES.test(query) || NAMED.test(query))) yield { kind: "exfil-image", start, end, confidence: 0.6 };
  else if (CARRIES.test(query)) yield { kind: "exfil-link", start, end, confidence: 0.4 };
  const shown = DOMAIN.exec(label.trim())?.[1]?.toLowerCase();
  // `[app.ts](https://…)` names a file, not a site.
  if (
    shown === undefined ||
    host === undefined ||
    image ||
    !/\.(?:com|org|net|gov|edu|io|bank|info|biz|co|de|fr|uk|eu|us|app|dev|ru|cn|jp)$/.test(shown)
  )
    return;
  if (!related(shown, host)) yield { kind: "link-mismatch", start, end, confidence: 0.6 };
}

/** HTML links and images. */
function* anchors(text: string): Generator<Span> {
  for (const start of places(text, "<a ")) {
    const match = /^<a\s[^<>]{0,400}?href\s?=\s?["']?([^"'\s>]{1,400})[^>]{0,200}>([^<]{1,200})<\/a>/i.exec(
      text.slice(start, start + 1_300),
    );
    if (match !== null)
      yield* judgedLink(match[2] as string, match[1] as string, false, start, start + match[0].length);
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
