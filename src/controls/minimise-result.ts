import { Buffer, isUtf8 } from "node:buffer";
import { embedded, written } from "../domain/inspection/embedded.ts";
import { withNotes } from "../domain/inspection/frame.ts";
import { Inapplicable, minimised, type Minimiser } from "../domain/shaping/minimise.ts";
import { completing, permittedSuggestions } from "../domain/shaping/suggestions.ts";
import type { Answered, Located, Published } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { canonical } from "../protocol/jcs.ts";
import { isCommonMediaType } from "../protocol/media-type.ts";
import type { ValidateOutput } from "./validate-result.ts";

/** What minimising results stands on. */
export interface MinimiseResultParts {
  /** What is left of results of this call, by the tool's own rule and by each that permitted it; none: all of it. */
  readonly rulesOf: (call: Answered) => readonly Minimiser[];
  /** The definition as this caller sees it; undefined: no schema could be made of what is left. */
  readonly seenBy: (call: Answered) => Published | undefined;
  readonly validate: ValidateOutput;
}

/** Whether a prompt could be used with these arguments, or a template with these variables, whatever the others will be. */
export type MayUse = (call: Located, values: JsonObject) => boolean;

/**
 * Of the results of a tool only the fields stay that its rules keep, in structured content, in text that says the same, and
 * in embedded JSON resources (S9). Parts that cannot be reduced go. What is left fits the output schema that the caller sees.
 * Of completions the values go that the caller could not use (P2).
 * @param parts undefined: nothing is to be minimised anywhere
 */
export function minimiseResult(parts: MinimiseResultParts | undefined, mayUse: MayUse): Control<Answered> {
  return {
    name: "minimise-result",
    ids: ["S9", "P2"],
    judge(call) {
      if (call.method === "completion/complete") return suggested(call, mayUse);
      return parts === undefined ? pass(call) : judge(parts, call);
    },
  };
}

function suggested(call: Answered, mayUse: MayUse): Verdict<Answered> {
  const result = permittedSuggestions(call.result, completing(call.sent), (values) => mayUse(call, values));
  return pass(result === call.result ? call : { ...call, result });
}

function judge(parts: MinimiseResultParts, call: Answered): Verdict<Answered> {
  const rules = parts.rulesOf(call);
  // What a server asks is no result yet.
  if (rules.length === 0 || call.result["resultType"] === "input_required") return pass(call);
  if (call.method !== "tools/call") return withheld(call, "rules that keep fields are for the results of tools");
  const published = parts.seenBy(call);
  if (published === undefined) return withheld(call, "no output schema can be made of what the rules keep");
  try {
    return minimise(parts, call, rules, published);
  } catch (error) {
    if (!(error instanceof Inapplicable)) throw error;
    return withheld(
      call,
      `the rules keep or leave out fields below ${error.pointer}, and there is neither an object nor a list of them`,
    );
  }
}

function minimise(
  { validate }: MinimiseResultParts,
  call: Answered,
  rules: readonly Minimiser[],
  published: Published,
): Verdict<Answered> {
  const { result } = call;
  const reduce = reducer(rules);
  const before = result["structuredContent"];
  const content = before === undefined ? undefined : reduce.value(before);
  const isBound =
    content !== undefined && result["isError"] !== true && published.definition["outputSchema"] !== undefined;
  const wrong = isBound ? validate(published.digest, published.definition, content)[0] : undefined;
  if (wrong !== undefined)
    return withheld(call, `what is left does not fit the published output schema: ${wrong.rule}`);
  const copies = copiesOf(before, content);
  const blocks = (Array.isArray(result["content"]) ? result["content"] : []).map((one) =>
    block(one, reduce, copies, rules),
  );
  const left = blocks.filter((one) => one !== undefined);
  const lost = blocks.length - left.length;
  // What a server means for its own client may say the same once more.
  const { _meta, ...rest } = result;
  const said = { ...rest, content: left, ...(content === undefined ? {} : { structuredContent: content }) };
  const notes = lost === 0 ? [] : [leftOut(lost, call)];
  return pass({
    ...call,
    result: withNotes(call.method, said, undefined, notes),
    minimised: { published, fields: reduce.gone(), parts: lost },
  });
}

/** Applies every rule in turn, so that only what each of them keeps is left; counts what went. */
function reducer(rules: readonly Minimiser[]) {
  let gone = 0;
  return {
    value(value: Json): Json {
      return rules.reduce((rest, { part }) => {
        const said = minimised(rest, part);
        gone += said.gone;
        return said.value;
      }, value);
    },
    gone: () => gone,
  };
}

type Reducer = ReturnType<typeof reducer>;
/** What is left of texts that say the same as structured content, by what they say. */
interface Copies {
  /** @param value what the text says as JSON; undefined: it is none */
  of(text: string, value: Json | undefined): Json | undefined;
}

function copiesOf(before: Json | undefined, after: Json | undefined): Copies {
  let parts: ReadonlyMap<string, Json> | undefined;
  return {
    of(text, value) {
      if (before === undefined || after === undefined) return undefined;
      if (value !== undefined && isSame(value, before)) return after;
      parts ??= partsOf(before, after);
      return parts.get(value === undefined ? `=${text}` : keyOf(value));
    },
  };
}

/** Whether two values are the same JSON; members may stand in any order. */
function isSame(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, at) => isSame(one, b[at] as Json))
    );
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name] as Json, b[name] as Json));
}

/**
 * Structured content is repeated as one text, or, where it is a list or one list in an object, as a text for each item. All
 * items are reduced alike, so that equal ones stay equal.
 */
function partsOf(before: Json, after: Json): ReadonlyMap<string, Json> {
  const copies = new Map<string, Json>();
  const add = (was: Json, is: Json): void => {
    if (typeof was === "object" || was === is) copies.set(keyOf(was), is);
  };
  const each = (was: Json, is: Json): void => {
    if (Array.isArray(was) && Array.isArray(is) && was.length === is.length)
      for (const [at, item] of was.entries()) add(item, is[at] as Json);
  };
  each(before, after);
  if (typeof before !== "object") add(before, after);
  const [only = "", ...more] = isObject(before) ? Object.keys(before) : [];
  if (isObject(before) && more.length === 0 && isObject(after) && Object.hasOwn(after, only)) {
    const [was, is] = [before[only] as Json, after[only] as Json];
    add(was, is);
    each(was, is);
  }
  return copies;
}

/** Objects and lists by what they say; other values as they stand in a text of their own. */
const keyOf = (value: Json): string => (typeof value === "object" && value !== null ? canonical(value) : `=${value}`);

/** A block with what is left of it; undefined: it cannot be reduced. */
function block(value: Json, reduce: Reducer, copies: Copies, rules: readonly Minimiser[]): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  // What stands beside the content may say the same: `lastModified` is a field of a file.
  const { _meta, annotations: _notes, ...rest } = value;
  if (rest["type"] === "text" && typeof rest["text"] === "string") {
    const text = textOf(rest["text"], reduce, copies, rules);
    return text === undefined ? undefined : { ...rest, text };
  }
  const { resource } = rest;
  if (rest["type"] !== "resource" || !isObject(resource)) return undefined;
  const { _meta: _, mimeType, ...own } = resource;
  if (typeof mimeType === "string" && isCommonMediaType(mimeType)) own["mimeType"] = mimeType;
  const kept = contents(own, (text) => textOf(text, reduce, copies, rules));
  return kept && { ...rest, resource: kept };
}

/** The contents of an embedded resource; its text may stand in base64. */
function contents(resource: JsonObject, read: (text: string) => string | undefined): JsonObject | undefined {
  if (typeof resource["text"] === "string") {
    const text = read(resource["text"]);
    return text === undefined ? undefined : { ...resource, text };
  }
  if (typeof resource["blob"] !== "string") return undefined;
  const bytes = Buffer.from(resource["blob"], "base64");
  const text = isUtf8(bytes) ? read(bytes.toString("utf8")) : undefined;
  return text === undefined ? undefined : { ...resource, blob: Buffer.from(text).toString("base64") };
}

/**
 * A text with what is left of it. Rules that keep fields can be applied to any JSON object or list; one that leaves fields out
 * knows where they stand in the structured content, and in what says the same, alone.
 */
function textOf(text: string, reduce: Reducer, copies: Copies, rules: readonly Minimiser[]): string | undefined {
  const value = embedded(text);
  const copy = copies.of(text, value);
  if (value === undefined) return copy === undefined ? undefined : text;
  if (copy !== undefined) return written(copy, text);
  if (!rules.every(({ keeps }) => keeps)) return undefined;
  try {
    return written(reduce.value(value), text);
  } catch (error) {
    if (error instanceof Inapplicable) return undefined;
    throw error;
  }
}

function leftOut(lost: number, { result }: Answered): string {
  const what = lost === 1 ? "One part" : `${lost} parts`;
  const whose = result["isError"] === true ? "this answer, which is an error of the server," : "this answer";
  return `${what} of ${whose} could not be reduced to the fields that may be seen, and the gateway left it out.`;
}

function withheld({ target }: Answered, why: string): Verdict<Answered> {
  return deny({
    code: "withheld",
    message: `The gateway withheld the answer of the server ${target.server}: ${why}. The call was carried out.`,
    control: "S9",
    rule: "result",
    executed: "yes",
  });
}
