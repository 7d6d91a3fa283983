import { layersOf } from "./layers.ts";
import type { Objection } from "./path.ts";
import { plainValue } from "./sql.ts";

type Sink = "shell" | "sql" | "html" | "template" | "ldap";

/** What a harmless value of each sink looks like, and what to say of others. */
const SINKS: Readonly<Record<Sink, { harmless(text: string): boolean; message: string }>> = {
  shell: {
    harmless: plainWords,
    message: "may hold letters, digits, spaces and `_ . , : @ % + = / -`, and no word may begin with `-`",
  },
  sql: {
    harmless: plainValue,
    message: "must be a plain value without quotes, comments, operators and words of SQL",
  },
  html: { harmless: plainText, message: "must be plain text without tags, entities, handlers and scripts" },
  template: { harmless: noTemplate, message: "must be text without braces and other marks of templates" },
  ldap: {
    harmless: (text) => /^(?:[\p{L}\p{N}\p{M} ._@-]|(?<=\p{L})'(?=\p{L}))*$/u.test(text),
    message: "may hold letters, digits, spaces and `. _ @ -`",
  },
};

/** A text that ends in a shell, a query, a page, a template or a directory filter is harmless however it is decoded (V3). */
export function guardSink(text: string, sink: Sink): Objection | undefined {
  const { harmless, message } = SINKS[sink];
  const layers = layersOf(text);
  if (layers !== undefined && layers.every((layer) => !hasControl(layer, sink) && harmless(layer))) return undefined;
  return { rule: `${sink}: characters`, message };
}

/** Line ends split commands and headers; pages and templates may have them. */
function hasControl(text: string, sink: Sink): boolean {
  const lines = sink === "html" || sink === "template";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  return lines
    ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)
    : /[\u0000-\u001f\u007f\u2028\u2029]/.test(text);
}

/** `%NAME%` and `%1` are variables of other shells. */
function plainWords(text: string): boolean {
  return (
    /^[\p{L}\p{N}\p{M} _.,:@%+=/-]*$/u.test(text) &&
    // A variable that is set for the command behind it.
    !/^\s*[A-Z_][A-Z0-9_]+=/.test(text) &&
    !/(?:^|[\s=,])-/.test(text) &&
    !/%(?=[\p{L}\p{N}_])/u.test(text)
  );
}

const ENTITY = /&(?:#|(?:lt|gt|quot|apos|colon|semi|lpar|rpar|tab|newline|lcub|rcub|sol|bsol|equals|grave|nbsp)\b)/i;

function plainText(text: string): boolean {
  if (/<(?![\s\d=-]|$)/.test(text) || /<\s*[-/!?%]/.test(text) || ENTITY.test(text)) return false;
  if (/(?:^|[^\p{L}\p{N}])on\p{L}{3,30}\s*=/iu.test(text)) return false;
  // A quote that ends an attribute or a text of a script, and what would follow it.
  if (/["'`]\s*(?:[>;+*|&=]|[-,)}\]]+\s*(?:["'`\w]+\s*)?[(=])/.test(text) || /["'`][^"'`]*\p{L}\s*=/u.test(text))
    return false;
  if (/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|u\{|[0-7]{2,3}|["'`])/i.test(text) || isUtf7(text)) return false;
  // An attribute that runs or loads something, whatever stands around it.
  if (/(?:^|[\s"'`/])(?:style|srcdoc|formaction|xlink:href|href|src|action|background|poster|ping)\s*=/i.test(text))
    return false;
  if (
    /\b(?:alert|eval|prompt|confirm|expression|function|settimeout|setinterval|fetch|import|write|writeln)\s*(?:\(|`)/i.test(
      text,
    )
  )
    return false;
  const squeezed = text.replace(/[\s\u200b-\u200d\ufeff]+/g, "").toLowerCase();
  return !/(?:javascript|vbscript|livescript|mocha|jscript):|data:(?:text\/|image\/svg|application\/)|@import|expression\(|behaviou?r:|-moz-binding/.test(
    squeezed,
  );
}

/** Markup that is written in UTF-7 (RFC 2152): `+ADw-`. */
function isUtf7(text: string): boolean {
  return (text.match(/[A-Za-z0-9+/]+-?/g) ?? []).some((run) => run.endsWith("-") && /\+A.{2}/.test(run));
}

function noTemplate(text: string): boolean {
  if (
    /[{}]|<[%#?@]|[%#?]>|\[[#=]|\[\[(?!\d+\]\])|\$[A-Za-z_!(]|#(?:set|if|foreach|macro|include|parse|evaluate|define|stop|end|else)\b/i.test(
      text,
    )
  )
    return false;
  return !/(?:^|[^\w])@(?:\(|\w+[.(])/.test(text) && !/^[ \t]*(?:=[ \t]*\w+[.(]|%[ \t]*\w)/m.test(text);
}
