import type { Config } from "../config/config.ts";
import type { InspectArgumentsParts } from "../controls/inspect-arguments.ts";
import type { InspectResultParts } from "../controls/inspect-result.ts";
import { type ScreenedResult, screenResult } from "../domain/inspection/screen-result.ts";
import { type ScreenedValue, screenValue } from "../domain/inspection/screen-value.ts";
import { sizeOf } from "../domain/inspection/size.ts";
import type { Treatments } from "../domain/inspection/screen-text.ts";
import { type TreatmentsOf, treatmentsBy } from "../domain/inspection/treatments.ts";
import { readPattern } from "../kernel/pattern.ts";
import { createHear, type Hear } from "../pipeline/hear.ts";
import { createThread } from "../adapters/threads/worker.ts";
import type { Long } from "./screening-thread.ts";

/** What has more text than this, in UTF-16 units, is screened in a thread of their own: others go on meanwhile. */
const LONG = 65_536;
/** A thread that has not answered after so long is ended, milliseconds. */
const PATIENCE_MS = 20_000;
const MOST_WAITING = 64;
const MEMORY_MB = 1_024;

/** What the rows of the screen and of arguments are made of. What is opened here ends with `opening`. */
export interface Screening {
  readonly arguments: Omit<InspectArgumentsParts, "validate">;
  readonly result: Omit<InspectResultParts, "validate">;
  readonly hear: Hear;
}

/** @param hashKey of the hashes that stand for values */
export function openScreening(config: Config, hashKey: Uint8Array, opening: AsyncDisposableStack): Screening {
  const treatments = treatmentsOf(config);
  const thread = createThread<Long, ScreenedValue>(new URL("./screening-thread.ts", import.meta.url), {
    patienceMs: PATIENCE_MS,
    most: MOST_WAITING,
    memoryMb: MEMORY_MB,
  });
  opening.defer(() => thread.close());
  return {
    hear: createHear(treatments, hashKey),
    arguments: {
      treatments,
      screen(value, how) {
        const screen = { ...how, hashKey };
        return sizeOf(value, LONG) > LONG ? thread.ask({ value, screen }) : screenValue(value, screen);
      },
    },
    result: {
      treatments,
      framed: (server) => config.screen.frame && config.servers[server]?.trusted !== true,
      screen(value, how) {
        const screen = { ...how, hashKey };
        if (sizeOf(value, LONG) <= LONG) return screenResult(value, screen);
        return thread.ask({ value, screen }).then((said) => said as ScreenedResult);
      },
    },
  };
}

function treatmentsOf({ screen }: Config): TreatmentsOf {
  const { secret, card, personal, hidden, T1, T2, kinds, rules } = screen;
  const defaults: Treatments = { ...kinds, secret, card, personal, hidden, T1, T2 };
  return treatmentsBy(
    defaults,
    rules.flatMap(({ match, direction, roles, ...rule }) => {
      const pattern = readPattern(match);
      return typeof pattern === "string" ? [] : [{ ...rule, pattern, direction, roles }];
    }),
  );
}
