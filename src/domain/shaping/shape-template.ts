import type { Principal } from "../../kernel/principal.ts";
import { missingPart, partOf } from "./plan.ts";
import type { RuleFault, Rules, Source } from "./rules.ts";
import { unknown } from "./shape-prompt.ts";

/** One piece of a URI template (RFC 6570): text, or an expression. */
export type Piece =
  | string
  | { readonly operator: string; readonly names: readonly { name: string; modifier: string }[] };

/** Takes a URI template apart. */
function piecesOf(template: string): Piece[] {
  return template
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== "")
    .map((part) => {
      const inside = /^\{([+#./;?&]?)([^{}]*)\}$/.exec(part);
      if (inside === null) return part;
      const names = (inside[2] ?? "").split(",").map((spec) => {
        const [, name = spec, modifier = ""] = /^(.*?)(\*|:\d{1,4})?$/.exec(spec) ?? [];
        return { name, modifier };
      });
      return { operator: inside[1] ?? "", names };
    });
}

/** The variables of a template. */
function variablesOf(template: string): string[] {
  return piecesOf(template).flatMap((piece) => (typeof piece === "string" ? [] : piece.names.map(({ name }) => name)));
}

/** What is wrong with the rules of a template. */
export function templateFaults(template: string, rules: Pick<Rules, "bind" | "arguments">): RuleFault[] {
  const known = variablesOf(template);
  const odd = piecesOf(template).flatMap((piece) =>
    typeof piece === "string" ? [] : piece.names.filter(({ modifier }) => modifier !== "").map(({ name }) => name),
  );
  return [
    ...unknown("bind", Object.keys(rules.bind), known),
    ...unknown("arguments", Object.keys(rules.arguments), known),
    ...Object.keys(rules.bind)
      .filter((name) => odd.includes(name))
      .map((name) => ({
        path: ["bind", name],
        message: "binds a variable that is cut or exploded in the template",
        expected: "a variable without `:` and `*`",
        remedy: "Guard it, or leave the template unapproved.",
      })),
  ];
}

/**
 * The URI that a template gives with these values (RFC 6570, texts alone).
 * @returns undefined where a variable has none, or is cut or exploded
 */
export function filledTemplate(template: string, values: Readonly<Record<string, unknown>>): string | undefined {
  let whole = true;
  const uri = piecesOf(template).map((piece) => {
    if (typeof piece === "string") return piece;
    const given = (name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
    whole &&= piece.names.every(({ name, modifier }) => modifier === "" && typeof given(name) === "string");
    return whole ? expand(piece, (name) => encoded(String(given(name)), piece.operator)) : "";
  });
  return whole ? uri.join("") : undefined;
}

const UNRESERVED = /[A-Za-z0-9._~-]/;
const RESERVED = /[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]/;

/** Percent-encodes a value for an expression (RFC 6570, section 3.2.1). */
function encoded(value: string, operator: string): string {
  const plain = operator === "+" || operator === "#" ? RESERVED : UNRESERVED;
  let out = "";
  for (const char of value) out += plain.test(char) ? char : [...new TextEncoder().encode(char)].map(hex).join("");
  return out;
}

const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/**
 * The template as one principal sees it: what is bound is filled in, the rest stays to be filled.
 * @returns undefined where the principal lacks a value, or has one that would leave its place in the URI
 */
export function ownTemplate(
  template: string,
  bind: Readonly<Record<string, Source>>,
  principal: Principal,
): string | undefined {
  const sources = Object.values(bind).map((source) => ({ source }));
  if (missingPart(sources, principal) !== undefined) return undefined;
  let fits = true;
  const value = (name: string, operator: string): string | undefined => {
    const source = Object.hasOwn(bind, name) ? bind[name] : undefined;
    if (source === undefined) return undefined;
    const text = "value" in source ? String(source.value) : (partOf(principal, source.principal) ?? "");
    if (/^\.*$/.test(text) || (operator === "+" && /[/\\?#]/.test(text))) fits = false;
    return encoded(text, operator);
  };
  const own = piecesOf(template)
    .map((piece) => (typeof piece === "string" ? piece : expand(piece, (name) => value(name, piece.operator))))
    .join("");
  return fits ? own : undefined;
}

function expand({ operator, names }: Exclude<Piece, string>, value: (name: string) => string | undefined): string {
  const form = "?&;".includes(operator) && operator !== "";
  const spelled = ({ name, modifier }: { name: string; modifier: string }): string => name + modifier;
  if (form) {
    const bound = names.flatMap(({ name }) => {
      const text = value(name);
      return text === undefined ? [] : [`${name}=${text}`];
    });
    if (bound.length === 0) return `{${operator}${names.map(spelled).join(",")}}`;
    const open = names.filter(({ name }) => value(name) === undefined).map(spelled);
    const after = operator === ";" ? ";" : "&";
    return `${operator}${bound.join(after)}${open.length === 0 ? "" : `{${after}${open.join(",")}}`}`;
  }
  const between = operator === "." || operator === "/" ? operator : ",";
  const inner = operator === "#" ? "+" : operator === "." || operator === "/" ? "" : operator;
  const first = operator === "+" ? "" : operator;
  if (names.every(({ name }) => value(name) === undefined)) return `{${operator}${names.map(spelled).join(",")}}`;
  return first + names.map((one) => value(one.name) ?? `{${inner}${spelled(one)}}`).join(between);
}

/** Whether the query of a URI names a bound variable more than once, or with another value than its own. */
export function repeatsBound(uri: string, bind: Readonly<Record<string, Source>>, own: string): boolean {
  return Object.keys(bind).some((name) => countOf(uri, name) !== countOf(own, name));
}

/** How often a parameter of this name stands in a URI, whatever its case and encoding, also as a list (`name[]`, `name.0`). */
function countOf(uri: string, name: string): number {
  return lenient(uri)
    .split(/[?&;#]/)
    .slice(1)
    .filter((part) => (part.split("=")[0] ?? "").replace(/[[.].*$/s, "").trim() === name.toLowerCase()).length;
}

function lenient(text: string): string {
  let out = text;
  for (let times = 0; times < 3; times++)
    out = out.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return out.toLowerCase().trim();
}

/**
 * What a URI could give a variable of its template: taken once as short and once as long as the text between the expressions
 * allows, decoded. A reader that splits differently still finds each part judged by one of the two.
 */
export function valuesOf(template: string, uri: string, name: string): string[] {
  const found = new Set<string>();
  for (const greedy of [false, true]) for (const value of parsed(template, uri, name, greedy)) found.add(value);
  return [...found];
}

function parsed(template: string, uri: string, wanted: string, greedy: boolean): string[] {
  const pieces = piecesOf(template);
  const values: string[] = [];
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === "string") {
      if (uri.startsWith(piece, at)) at += piece.length;
      continue;
    }
    const next = pieces[index + 1];
    let end = uri.length;
    if (typeof next === "string") {
      const where = greedy ? uri.lastIndexOf(next) : uri.indexOf(next, at + 1);
      if (where >= at) end = where;
    }
    if (piece.names.some(({ name }) => name === wanted)) {
      const text = uri.slice(at, end);
      values.push(...(piece.names.length > 1 || "?&;".includes(piece.operator || " ") ? split(text, wanted) : [text]));
    }
    at = end;
  }
  return values.map(decode);
}

/** The value after `name=`, or every part where there is none. */
function split(text: string, wanted: string): string[] {
  const parts = text.split(/[?&;,./#]/);
  const named = text.split(/[?&;#]/).filter((part) => part.startsWith(`${wanted}=`));
  if (named.length > 0) return named.map((part) => part.slice(wanted.length + 1));
  return text.includes("=") ? [] : [text, ...parts.filter((part) => part !== "")];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
