import { parseArgs } from "node:util";
import { nearest } from "../kernel/nearest.ts";

/** One flag of a command. A `string` flag takes one value, or several when `multiple`. */
export type FlagSpec =
  | { readonly type: "boolean"; readonly short?: string }
  | { readonly type: "string"; readonly short?: string; readonly multiple?: true };

/** The flags of a command by their long name, without dashes. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** What was given: booleans are false when absent, strings undefined, `multiple` ones an empty list. */
export type Flags<S extends FlagSpecs> = { readonly [K in keyof S]: Value<S[K]> };

type Value<F extends FlagSpec> = F extends { type: "boolean" }
  ? boolean
  : F extends { multiple: true }
    ? readonly string[]
    : F extends { type: "string"; multiple?: undefined }
      ? string | undefined
      : string | readonly string[] | undefined;

/** A command line that cannot be run. The message is one sentence for a person; the command exits with 2. */
export class UsageFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageFault";
  }
}

/**
 * Reads the arguments of one command strictly: an unknown flag, a flag without its value, a flag given twice and a
 * word too many or too few are faults.
 * @param argv arguments after the command's name
 * @param spec the flags that are accepted; what follows `--` is never a flag
 * @param words names of the expected words in order, e.g. `["server", "tool?"]`; `?` marks one that may be left out,
 *   `...` a last one that takes the rest
 * @throws UsageFault with the nearest known name
 * @example readFlags(["--role", "dev", "k1"], { role: { type: "string", multiple: true } }, ["id"])
 *   // { flags: { role: ["dev"] }, positionals: ["k1"] }
 */
export function readFlags<const S extends FlagSpecs>(
  argv: readonly string[],
  spec: S,
  words: readonly string[] = [],
): { flags: Flags<S>; positionals: string[] } {
  const { tokens } = parseArgs({ args: [...argv], options: spec, strict: false, allowPositionals: true, tokens: true });
  const flags = new Map<string, boolean | string | string[] | undefined>();
  for (const [name, one] of Object.entries(spec)) {
    flags.set(name, one.type === "boolean" ? false : one.multiple ? [] : undefined);
  }
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const one = Object.hasOwn(spec, token.name) ? spec[token.name] : undefined;
    if (one === undefined) throw new UsageFault(unknownFlag(token.rawName, spec));
    if (one.type === "boolean") {
      if (token.value !== undefined) throw new UsageFault(`${token.rawName} takes no value`);
      flags.set(token.name, true);
      continue;
    }
    const value = token.value;
    if (value === undefined || value === "" || (!token.inlineValue && value !== "-" && value.startsWith("-"))) {
      throw new UsageFault(`${token.rawName} needs a value (${token.rawName} VALUE or ${token.rawName}=VALUE)`);
    }
    const held = flags.get(token.name);
    if (Array.isArray(held)) held.push(value);
    else if (held !== undefined) throw new UsageFault(`${token.rawName} is given twice; it takes one value`);
    else flags.set(token.name, value);
  }
  checkWords(positionals, words);
  return { flags: Object.fromEntries(flags) as Flags<S>, positionals };
}

function unknownFlag(written: string, spec: FlagSpecs): string {
  const known = Object.keys(spec).map((name) => `--${name}`);
  const near = nearest(written, known);
  const accepted = known.length === 0 ? "this command takes no flags" : `accepted: ${known.join(", ")}`;
  return `Unknown flag ${JSON.stringify(written)}${near === undefined ? "" : `, did you mean ${near}?`} (${accepted})`;
}

function checkWords(given: readonly string[], words: readonly string[]): void {
  const needed = words.filter((word) => !word.endsWith("?") && !word.endsWith("..."));
  const missing = needed[given.length];
  if (missing !== undefined) throw new UsageFault(`${missing.toUpperCase()} is missing`);
  if (given.length > words.length && !words.at(-1)?.endsWith("...")) {
    const expected = words.length === 0 ? "no words beside flags are expected" : `expected: ${words.join(" ")}`;
    throw new UsageFault(`Unexpected ${JSON.stringify(given[words.length])} (${expected})`);
  }
}

/**
 * The word that says what a command with several of them does.
 * @throws UsageFault with what would be accepted, and the nearest of it
 */
export function readWord<Word extends string>(given: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  const near = nearest(given, words);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  throw new UsageFault(`${JSON.stringify(given)} is none of ${words.join(", ")}${hint}`);
}
