import { RE2JS } from "re2js";
import { type CompileBudget, SchemaFault } from "./fault.ts";
import { shown } from "./json-pointer.ts";
import { Translation } from "./pattern-syntax.ts";

/** A regular expression that takes linear time. */
export interface Pattern {
  /** Instructions of its program. */
  readonly size: number;
  /** Whether it matches somewhere in `text`; the run pays by the length. */
  test(text: string, run: { spend(amount: number): void }): boolean;
}

/**
 * Compiles a regular expression of ECMA-262 (with the `u` flag, as 2020-12 core 6.4 asks) for a matcher that takes linear time.
 * @param path where it stands in the schema
 * @throws SchemaFault where it is no regular expression, too large, or needs lookaround or backreferences
 */
export function compilePattern(source: string, budget: CompileBudget, path: string): Pattern {
  if (source.length > budget.patternLength) {
    throw new SchemaFault(
      path,
      `is a pattern of ${source.length} characters; accepted are at most ${budget.patternLength}`,
    );
  }
  const part = new Translation(source, budget.patternSize, path, true).run();
  let matcher: RE2JS;
  try {
    matcher = RE2JS.compile(part.text);
  } catch (error) {
    const reason = error instanceof Error ? shown(error.message, 80) : "unknown";
    throw new SchemaFault(path, `is a pattern that cannot be matched in linear time (${reason})`);
  }
  const { size } = part;
  // Searching anywhere is a loop around the whole.
  const loop = part.anchored ? part.loop : size;
  const perState = 20 + (part.anchored ? part.width : size);
  const states = size + 2 ** Math.min(loop, 20);
  return {
    size,
    test(text, run) {
      // Measured: about 50 ns for a character that leads to a known state, and 1 µs and more where the state is new.
      run.spend(10 + text.length + Math.min(text.length, states) * perState);
      return matcher.test(text);
    },
  };
}
