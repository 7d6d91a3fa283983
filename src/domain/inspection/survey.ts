import { anchorsOf, type Found } from "./anchors.ts";
import { eachCandidate, tableOf } from "./candidates.ts";
import type { PlainText } from "./finding.ts";
import { unitsOf } from "./letters.ts";
import { MARKS } from "./injection/index.ts";
import { cueParts } from "./personal/cues.ts";
import { LITERALS } from "./secrets/index.ts";

/** Where the literals stand that detectors look for, found in one pass for all of them. */
export interface Survey {
  /** The units of the text without accents. */
  readonly units: Uint16Array;
  readonly secrets: Found;
  readonly cues: Found;
  /** In the text without accents. */
  readonly marks: Found;
}

const parts = cueParts();
const literals = [...LITERALS, ...parts, ...MARKS];
const table = tableOf(anchorsOf(literals));
/** Where the literals of cues and marks begin among all. */
const CUES = LITERALS.length;
const MARKS_FROM = CUES + parts.length;

/** Looks at a text. */
export function surveyOf({ lower, bare, units = unitsOf(bare) }: PlainText): Survey {
  const [secrets, cues, marks]: [number[], number[], number[]] = [[], [], []];
  const same = lower === bare;
  eachCandidate(units, units.length, table, (start, literal) => {
    // Where nothing has accents it stands in both.
    if (literal >= MARKS_FROM) marks.push(start, literal - MARKS_FROM);
    else if ((same && table.ascii[literal] === 1) || lower.startsWith(literals[literal] as string, start)) {
      if (literal < CUES) secrets.push(start, literal);
      else cues.push(start, literal - CUES);
    }
  });
  return { units, secrets, cues, marks };
}
