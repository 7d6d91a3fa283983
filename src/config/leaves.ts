import { z } from "zod";
import { bytes, DURATION, milliseconds, SIZE } from "./units.ts";

/** A leaf of the schema with what it accepts in words, and an example. Both appear in faults and in the JSON Schema. */
function leaf<T extends z.ZodType>(type: T, description: string, example: unknown): T {
  return type.meta({ description, examples: [example] });
}

/** Text that fits a pattern. */
export function text(description: string, example: string, pattern: RegExp = /^[^\n]{1,1000}$/) {
  return leaf(z.string().regex(pattern), description, example);
}

/** A whole number. */
export function whole(least: number, most: number, example: number) {
  return leaf(z.int().min(least).max(most), `a whole number from ${least} to ${most}`, example);
}

/** True or false. The example is the closed one: it is what a fault suggests where it is not clear what was meant. */
export const flag = () => leaf(z.boolean(), "true or false", false);

/** One of the given words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  leaf(z.enum(names), `one of ${names.join(", ")}`, names[0]);

/** A duration as it is written. Timeouts end at a day: timers hold less than 2^31 ms. */
export function duration(least: string, most: string, example: string) {
  const [from, to] = [milliseconds(least), milliseconds(most)];
  const type = z
    .string()
    .regex(DURATION)
    .refine((written) => !DURATION.test(written) || (milliseconds(written) >= from && milliseconds(written) <= to));
  const shown = ["500ms", "30s", "1m", "2h", "7d"].filter(
    (one) => milliseconds(one) >= from && milliseconds(one) <= to,
  );
  return leaf(type, `a duration from ${least} to ${most}, such as ${either(shown)}`, example);
}

/** A size as it is written. */
export function size(least: string, most: string, example: string) {
  const [from, to] = [bytes(least), bytes(most)];
  const type = z
    .string()
    .regex(SIZE)
    .refine((written) => !SIZE.test(written) || (bytes(written) >= from && bytes(written) <= to));
  const shown = ["64KiB", "4MiB", "256MiB", "1GiB"].filter((one) => bytes(one) >= from && bytes(one) <= to);
  return leaf(type, `a size from ${least} to ${most}, such as ${either(shown)}`, example);
}

/** `a, b or c` */
function either(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" or ");
}

/** A list. */
export function list<T extends z.ZodType>(item: T, description: string, example: unknown[]) {
  return leaf(z.array(item), description, example);
}

/** A mapping whose keys are names. */
export function named<T extends z.ZodType>(value: T, description: string, pattern: string) {
  return z.record(z.string(), value).meta({ description, propertyNames: { pattern } });
}

/** A mapping with a fixed set of keys; any other key is a fault. */
export function mapping<T extends z.ZodRawShape>(shape: T, description: string) {
  return z.strictObject(shape).meta({ description });
}
