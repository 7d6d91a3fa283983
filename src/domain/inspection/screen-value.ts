import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { textOfBlob } from "./blob.ts";
import { embedded, written } from "./embedded.ts";
import type { Finding, Surface, Tier } from "./finding.ts";
import { plain } from "./normalise.ts";
import { isQuiet } from "./quiet.ts";
import { actionOf, type ScreenedText, screenLoud, screenText, STRICTNESS, type TextScreen } from "./screen-text.ts";
import { findSecrets } from "./secrets/index.ts";

/** A value that stands no more where it stood. */
export interface Masked {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly kind: string;
}

/** What became of a value. */
export interface ScreenedValue {
  /** The same value where nothing changed. */
  readonly value: Json;
  readonly verdict: ScreenedText["verdict"];
  /** What made the verdict, and where. */
  readonly why?: { readonly path: string; readonly kind: string; readonly tier?: Tier; readonly why: string };
  readonly masked: readonly Masked[];
  /** Findings by kind. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Numbers from here on are long enough for a card or an account. */
const LONG_NUMBER = 1e11;
/** Places that are named; more are counted alone. */
const MOST_MASKED = 50;
/** A value behind a name that calls it secret is no longer. */
const LONGEST_NAMED = 512;
/** Names of members that were looked at, so that they are not looked at again. */
const MOST_NAMES = 10_000;

const UNREAD = "Not everything of it could be looked at.";

/** Most values hold nothing: they share these, which nobody writes to. */
const NOTHING_MASKED: Masked[] = [];
const NOTHING_COUNTED: Record<string, number> = Object.freeze({});
Object.freeze(NOTHING_MASKED);

/** Screens every string of JSON values, names of members and long numbers included. One use for one result. */
export class Walk {
  readonly #screen: TextScreen;
  readonly #path: (string | number)[] = [];
  #masked: Masked[] = NOTHING_MASKED;
  #counts: Record<string, number> = NOTHING_COUNTED;
  #verdict: ScreenedText["verdict"] = "pass";
  #why: ScreenedValue["why"];

  constructor(screen: TextScreen) {
    this.#screen = screen;
  }

  /** What was found so far, with the value that goes on. */
  done<T extends Json>(value: T): ScreenedValue & { readonly value: T } {
    const said = { value, verdict: this.#verdict, masked: this.#masked, counts: this.#counts };
    return this.#why === undefined ? said : { ...said, why: this.#why };
  }

  /** What is read from here on stands one step further down, until `leave`. */
  enter(step: string | number): void {
    this.#path.push(step);
  }

  leave(): void {
    this.#path.pop();
  }

  /**
   * @param name what the value is called where it stands: a password behind its name is found by it
   * @param nested whether a text that is JSON is walked as JSON
   */
  value(value: Json, name = "", nested = true): Json {
    if (typeof value === "string") return this.text(value, name, nested);
    if (typeof value === "number") return this.#number(value, name);
    if (Array.isArray(value)) return this.#list(value, name, nested);
    return isObject(value) ? this.#object(value, nested) : value;
  }

  text(text: string, name = "", nested = true): string {
    if (text === "") return text;
    if (nested && mayBeJson(text)) {
      const inner = embedded(text);
      if (inner !== undefined) return this.#inner(text, inner);
    }
    if (isQuiet(text)) return name === "" ? text : this.#named(text, name);
    const said = screenLoud(text, this.#screen);
    this.#note(said);
    return said.masked.length > 0 || name === "" ? said.text : this.#named(said.text, name);
  }

  /** Base64 that decodes to text is screened as that text. */
  bytes(base64: string, mimeType?: Json): string {
    const blob = textOfBlob(base64, mimeType);
    if (blob === undefined) return base64;
    const said = this.text(blob.text);
    return said === blob.text ? base64 : blob.encode(said);
  }

  #list(list: Json[], name: string, nested: boolean): Json[] {
    let changed: Json[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const item = list[i] as Json;
      if (item === null || typeof item === "boolean") continue;
      this.#path.push(i);
      const said = this.value(item, name, nested);
      this.#path.pop();
      if (said !== item) (changed ??= [...list])[i] = said;
    }
    return changed ?? list;
  }

  #object(object: JsonObject, nested: boolean): JsonObject {
    let free: FreeNames | undefined;
    let changed: [string, Json][] | undefined;
    const names = Object.keys(object);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = object[name] as Json;
      this.#path.push(name);
      const said = this.value(value, name, nested);
      const renamed = this.#name(name);
      const called = renamed === name ? name : (free ??= new FreeNames(object)).of(renamed);
      this.#path.pop();
      if (said !== value || called !== name)
        changed ??= names.slice(0, i).map((before) => [before, object[before] as Json]);
      changed?.push([called, said]);
    }
    return changed === undefined ? object : Object.fromEntries(changed);
  }

  #name(name: string): string {
    const known = KNOWN[this.#screen.surface];
    if (known.has(name)) return name;
    const said = screenText(name, this.#screen);
    if (said.found.size === 0 && !said.unread && name.length <= 64) {
      if (known.size >= MOST_NAMES) known.clear();
      known.add(name);
    }
    this.#note(said);
    return said.text;
  }

  #number(value: number, name: string): Json {
    if (Math.abs(value) < LONG_NUMBER || !Number.isInteger(value)) return value;
    const text = String(value);
    const said = this.text(text, name, false);
    return said === text ? value : said;
  }

  #inner(text: string, inner: Json): string {
    const said = this.value(inner, "", false);
    return said === inner ? text : written(said, text);
  }

  /** A value that is a secret for its name alone. */
  #named(text: string, name: string): string {
    if (text.length > LONGEST_NAMED || !callsSecret(name)) return text;
    const [found] = behind(name, text);
    if (found === undefined) return text;
    const finding: Finding = { ...found, start: 0, end: text.length };
    const action = actionOf(finding, this.#screen.treatments);
    const withheld = action === "block" || action === "quarantine";
    const masks = action === "mask" || action === "hash" || action === "drop" || action === "quarantine";
    const said = action === "drop" ? "" : `\u27e6${found.kind}\u27e7`;
    this.#note({
      ...{ text: said, found: new Map([[found.kind, 1]]), unread: false, masked: masks ? [found.kind] : [] },
      ...(withheld ? { verdict: action, why: finding } : { verdict: action === "mark" ? "mark" : "pass" }),
    });
    return masks ? said : text;
  }

  #note({ found, masked, verdict, why, unread }: ScreenedText): void {
    if (found.size > 0) {
      if (this.#counts === NOTHING_COUNTED) this.#counts = Object.create(null);
      for (const [kind, count] of found) this.#counts[kind] = (this.#counts[kind] ?? 0) + count;
    }
    if (masked.length > 0 && this.#masked.length < MOST_MASKED) {
      if (this.#masked === NOTHING_MASKED) this.#masked = [];
      for (const kind of masked) this.#masked.push({ path: this.#pointer(), kind });
    }
    if (STRICTNESS[verdict] <= STRICTNESS[this.#verdict]) return;
    this.#verdict = verdict;
    if (unread) this.#why = { path: this.#pointer(), kind: "unread", why: UNREAD };
    else if (why !== undefined) {
      const { kind, tier } = why;
      this.#why = { path: this.#pointer(), kind, ...(tier === undefined ? {} : { tier }), why: why.why };
    }
  }

  #pointer(): string {
    return this.#path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  }
}

const KNOWN: Readonly<Record<Surface, Set<string>>> = { argument: new Set(), result: new Set(), definition: new Set() };

/** Whether a text begins like a JSON object or list. */
function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === 123 || first === 91 || ((first < 33 || first > 127) && /^\s*[[{]/.test(text));
}

const behind = (name: string, text: string) => findSecrets(plain(`${JSON.stringify(name)}: ${JSON.stringify(text)}`));

/** What is taken for a secret behind every name that calls its value one. */
const RANDOM = "k8Jq2LrV9x4TbN7w";
const CALLING = new Map<string, boolean>();

/** Whether a value can be a secret for this name alone. */
function callsSecret(name: string): boolean {
  let calls = CALLING.get(name);
  if (calls === undefined) {
    calls = behind(name, RANDOM).length > 0;
    if (CALLING.size >= MOST_NAMES) CALLING.clear();
    if (name.length <= 64) CALLING.set(name, calls);
  }
  return calls;
}

/** Screens a whole value. */
export function screenValue(value: Json, screen: TextScreen): ScreenedValue {
  const walk = new Walk(screen);
  return walk.done(walk.value(value));
}

/** Changed names, numbered where another member has one already: none takes the place of another. */
class FreeNames {
  readonly #object: JsonObject;
  /** The last number by changed name. */
  readonly #last = new Map<string, number>();

  constructor(object: JsonObject) {
    this.#object = object;
  }

  of(name: string): string {
    const numbered = (number: number): string => (number === 1 ? name : `${name} (${number})`);
    let number = (this.#last.get(name) ?? 0) + 1;
    while (Object.hasOwn(this.#object, numbered(number)) || (number > 1 && this.#last.has(numbered(number)))) number++;
    this.#last.set(name, number);
    if (number > 1) this.#last.set(numbered(number), 1);
    return numbered(number);
  }
}
