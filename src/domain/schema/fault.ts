/** A schema that is refused: `path` is a JSON Pointer (RFC 6901) into the schema, the message says what is wrong and what is accepted. */
export class SchemaFault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.name = "SchemaFault";
    this.path = path;
  }
}

/** What a schema may cost before it is used. */
export interface CompileBudget {
  /** Subschemas, counted once each. */
  readonly subschemas: number;
  /** Levels of subschema inside subschema. */
  readonly depth: number;
  /** JSON values of any kind in the document. */
  readonly values: number;
  /** Characters of all strings and property names together. */
  readonly chars: number;
  /** Different regular expressions. */
  readonly patterns: number;
  /** Characters of one regular expression. */
  readonly patternLength: number;
  /** Instructions of one regular expression after its counted repetitions are unrolled. */
  readonly patternSize: number;
  /** Instructions of all regular expressions together. */
  readonly patternTotal: number;
  /** How often one value is judged through `$ref`, allOf, anyOf and the like before a deeper value is reached. */
  readonly fanOut: number;
}

/** Compiling within these stays below 20 ms on the reference machine; the largest tools in use need a tenth of it. */
export const DEFAULT_BUDGET: CompileBudget = {
  subschemas: 5_000,
  depth: 64,
  values: 50_000,
  chars: 1_000_000,
  patterns: 64,
  patternLength: 1_024,
  patternSize: 2_100,
  patternTotal: 4_096,
  fanOut: 10_000,
};
