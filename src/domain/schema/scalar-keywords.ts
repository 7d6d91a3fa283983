import type { Json } from "../../kernel/json.ts";
import { booleanOf, type Build, countOf, listOf, numberOf, own, refuse, textOf } from "./build.ts";
import { canonical } from "./canonical.ts";
import { type Check, TYPE_BITS } from "./evaluate.ts";
import { formatOf } from "./format.ts";
import { count, describe, listed } from "./message.ts";

/** Compiles `type`, `enum`, `const` and the keywords for numbers and strings (2020-12 validation, 6.1 to 6.3, and 7). */
export function scalarKeywords(build: Build): void {
  type(build);
  enumeration(build);
  numbers(build);
  strings(build);
}

function type(build: Build): void {
  const value = own(build, "type");
  if (value === undefined) return;
  const names = Array.isArray(value) ? value : [value];
  let bits = 0;
  for (const name of names) {
    if (typeof name !== "string" || !Object.hasOwn(TYPE_BITS, name)) {
      refuse(build, "type", `type must be of ${Object.keys(TYPE_BITS).join(", ")}, or an array of these`);
    }
    bits |= TYPE_BITS[name as string] as number;
  }
  if (bits === 0) refuse(build, "type", "type must name at least one type");
  build.node.types = bits;
  build.node.typeRule = `type ${names.join(" or ")}`;
  build.node.asksObject = (bits & 64) !== 0;
}

function enumeration(build: Build): void {
  const accepted = listOf(build, "enum");
  if (accepted !== undefined) oneOfValues(build, "enum", accepted);
  const constant = build.draft >= 6 ? own(build, "const") : undefined;
  if (constant !== undefined) oneOfValues(build, "const", [constant]);
}

function oneOfValues(build: Build, keyword: string, accepted: readonly Json[]): void {
  const at = `${build.place.pointer}/${keyword}`;
  const plain = new Set<Json>();
  const deep = new Set<string>();
  for (const value of accepted) {
    if (typeof value === "object" && value !== null) deep.add(canonical(value));
    else plain.add(value);
  }
  const rule = keyword === "const" ? `const ${listed(accepted)}` : "enum";
  build.node.add("forAll", (value, run) => {
    const matches =
      typeof value !== "object" || value === null ? plain.has(value) : deep.size > 0 && deep.has(canonical(value, run));
    if (matches) return true;
    return run.fail(at, rule, () => `found ${describe(value)} that is not accepted; accepted: ${listed(accepted)}`);
  });
}

function numbers(build: Build): void {
  let minimum = numberOf(build, "minimum");
  let maximum = numberOf(build, "maximum");
  let above: number | undefined;
  let under: number | undefined;
  if (build.draft === 4) {
    if (booleanOf(build, "exclusiveMinimum") === true) [above, minimum] = [minimum, undefined];
    if (booleanOf(build, "exclusiveMaximum") === true) [under, maximum] = [maximum, undefined];
  } else {
    above = numberOf(build, "exclusiveMinimum");
    under = numberOf(build, "exclusiveMaximum");
  }
  bound(build, "minimum", minimum, "at least", (value, limit) => value >= limit);
  bound(build, "maximum", maximum, "at most", (value, limit) => value <= limit);
  bound(build, "exclusiveMinimum", above, "more than", (value, limit) => value > limit);
  bound(build, "exclusiveMaximum", under, "less than", (value, limit) => value < limit);
  const step = numberOf(build, "multipleOf");
  if (step === undefined) return;
  if (step <= 0) refuse(build, "multipleOf", "multipleOf must be more than 0");
  const at = `${build.place.pointer}/multipleOf`;
  build.node.add("forNumber", (value, run) => {
    if (isMultiple(value as number, step, run)) return true;
    return run.fail(at, `multipleOf ${step}`, () => `found a number that is no multiple of ${step}`);
  });
}

function bound(
  build: Build,
  keyword: string,
  limit: number | undefined,
  words: string,
  holds: (value: number, limit: number) => boolean,
): void {
  if (limit === undefined) return;
  const at = `${build.place.pointer}/${keyword}`;
  build.node.add("forNumber", (value, run) => {
    if (holds(value as number, limit)) return true;
    return run.fail(at, `${keyword} ${limit}`, () => `found a number out of range, accepted is ${words} ${limit}`);
  });
}

/** Whether a number is a multiple of another as decimals are written, not as they are rounded. */
function isMultiple(value: number, step: number, run: { spend(amount: number): void }): boolean {
  if (Number.isInteger(value) && Number.isInteger(step)) return value % step === 0;
  // Exponents reach 308, so the integers below stay under 700 digits.
  run.spend(20);
  const [a, scaleA] = decimal(value);
  const [b, scaleB] = decimal(step);
  const scale = Math.max(scaleA, scaleB);
  return (a * 10n ** BigInt(scale - scaleA)) % (b * 10n ** BigInt(scale - scaleB)) === 0n;
}

/** A number as an integer and the count of its decimal places. */
function decimal(value: number): [bigint, number] {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const digits = BigInt(whole + fraction);
  const places = fraction.length - Number(exponent);
  return places >= 0 ? [digits, places] : [digits * 10n ** BigInt(-places), 0];
}

function strings(build: Build): void {
  const { node, place } = build;
  const longest = countOf(build, "maxLength");
  if (longest !== undefined) {
    const at = `${place.pointer}/maxLength`;
    node.add("forString", (value, run) => {
      const length = lengthUpTo(value as string, longest, run);
      if (length > longest) {
        return run.fail(at, `maxLength ${longest}`, () => `found ${describe(value)}, accepted are at most ${longest}`);
      }
      run.allow("maxLength");
      return true;
    });
  }
  const shortest = countOf(build, "minLength");
  if (shortest !== undefined) {
    const at = `${place.pointer}/minLength`;
    node.add("forString", (value, run) => {
      const text = value as string;
      if (
        text.length >= shortest &&
        (text.length >= 2 * shortest || lengthUpTo(text, text.length - 1, run) >= shortest)
      ) {
        return true;
      }
      const wanted = count(shortest, "character");
      return run.fail(at, `minLength ${shortest}`, () => `found ${describe(value)}, accepted are at least ${wanted}`);
    });
  }
  const source = textOf(build, "pattern");
  if (source !== undefined) {
    const pattern = build.pattern("/pattern", source);
    const at = `${place.pointer}/pattern`;
    const rule = `pattern ${source.length > 200 ? `${source.slice(0, 200)}…` : source}`;
    node.add(
      "forString",
      (value, run) =>
        pattern.test(value as string, run) ||
        run.fail(at, rule, () => `found ${describe(value)} that does not match the pattern`),
    );
  }
  format(build);
}

function format(build: Build): void {
  const name = textOf(build, "format");
  if (name === undefined || !build.assertFormat) return;
  const known = formatOf(name);
  if (known === undefined) return;
  const at = `${build.place.pointer}/format`;
  const check: Check = (value, run) => {
    const text = value as string;
    run.spend(4 + text.length * known.perChar);
    return (
      known.accepts(text) ||
      run.fail(at, `format ${name}`, () => `found ${describe(value)} that is not of format ${name}`)
    );
  };
  build.node.add("forString", check);
}

/** Characters as code points (2020-12 validation, 6.3.1); any length above `enough` where that is certain without counting. */
function lengthUpTo(text: string, enough: number, run: { spend(amount: number): void }): number {
  const units = text.length;
  if (units <= enough || units > 2 * enough) return units;
  run.spend(units >> 4);
  let length = units;
  for (let index = 0; index < units - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) !== 0xd800 || (text.charCodeAt(index + 1) & 0xfc00) !== 0xdc00) continue;
    length--;
    index++;
  }
  return length;
}
