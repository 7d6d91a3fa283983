import { dirname } from "node:path";
import type { Config } from "../config/config.ts";
import { capResult } from "../controls/cap-result.ts";
import { classifyResult } from "../controls/classify-result.ts";
import { inspectArguments } from "../controls/inspect-arguments.ts";
import { inspectResult, type InspectResultParts, type ScreenedOrCut } from "../controls/inspect-result.ts";
import { boundBy } from "../controls/validate-result.ts";
import { frameOf } from "../domain/inspection/frame.ts";
import { screenResult } from "../domain/inspection/screen-result.ts";
import { type ScreenedValue, screenValue } from "../domain/inspection/screen-value.ts";
import { sizeOf } from "../domain/inspection/size.ts";
import type { Treatments } from "../domain/inspection/screen-text.ts";
import { type TreatmentsOf, treatmentsBy } from "../domain/inspection/treatments.ts";
import { readPattern } from "../kernel/pattern.ts";
import { createHear } from "../pipeline/hear.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { createThread } from "../adapters/threads/worker.ts";
import type { MasterKey } from "../adapters/vault/master-key.ts";
import { openClassifying } from "./classifying.ts";
import type { Definitions } from "./definitions.ts";
import type { Identity } from "./identity.ts";
import { createRemainders } from "./remainders.ts";
import type { Long, Said } from "./screening-thread.ts";

/** What has more text than this, in UTF-16 units, is screened in a thread of their own: others go on meanwhile. */
const LONG = 65_536;
/** A thread that has not answered after so long is ended, milliseconds. */
const PATIENCE_MS = 20_000;
const MOST_WAITING = 64;
/** Heap of the thread: what the detectors are, and what a text of 1 MiB full of findings takes while it is read, MB. */
const [OWN_MB, MB_PER_MIB, MOST_MB] = [64, 32, 2_048];

/** @param parts what the rows of the screen stand on; what is opened here ends with `opening` */
export function openScreening(
  parts: {
    readonly config: Config;
    readonly home: string;
    readonly master: MasterKey;
    readonly definitions: Definitions;
    readonly artifacts: Artifacts;
    readonly clock: Clock;
    readonly random: Random;
    /** Keeps results that wait for a person. */
    readonly quarantine: InspectResultParts["quarantine"];
    readonly files: Pick<ProjectFiles, "configFile">;
    readonly log: Log;
    readonly identity: Pick<Identity, "record">;
  },
  opening: AsyncDisposableStack,
) {
  const { config, definitions } = parts;
  const { cap } = config.screen;
  const hashKey = parts.master.derive("hashes of screened values");
  const treatments = treatmentsOf(config);
  const remainders = createRemainders({
    ...{ ...parts, record: parts.identity.record, pieceSize: cap.size, keepMs: cap.keepMs },
    room: { items: cap.results, bytes: cap.kept },
  });
  const thread = createThread<Long, Said>(new URL("./screening-thread.ts", import.meta.url), {
    patienceMs: PATIENCE_MS,
    most: MOST_WAITING,
    memoryMb: Math.min(MOST_MB, OWN_MB + MB_PER_MIB * Math.ceil(config.limits.resultBytes / 2 ** 20)),
  });
  opening.defer(() => thread.close());
  const elsewhere = async (long: Long): Promise<ScreenedValue & { readonly whole?: Uint8Array }> => {
    const said = await thread.ask(long);
    return { ...said, value: said.value ?? long.value };
  };
  const secrets = createSecrets(dirname(parts.files.configFile));
  const classifying = openClassifying({ ...parts, secrets }, opening);
  return {
    hear: createHear(treatments, hashKey),
    remainders,
    rows: {
      "inspect-arguments": inspectArguments({
        treatments,
        screen(value, treated) {
          const screen = { surface: "argument", treatments: treated, hashKey } as const;
          return sizeOf(value, LONG) > LONG ? elsewhere({ value, screen }) : screenValue(value, screen);
        },
        validate: definitions.input,
      }),
      "inspect-result": inspectResult({
        treatments,
        quarantine: parts.quarantine,
        frame: framesOf(config),
        screen(value, treated, call) {
          const screen = { surface: "result", treatments: treated, hashKey } as const;
          if (sizeOf(value, LONG) <= LONG) return screenResult(value, screen);
          // A classifier reads all of it, and a schema binds all of it.
          const whole = classifying?.asks(call.target.server) === true || boundBy(call).definition?.["outputSchema"];
          return elsewhere({ value, screen, caps: whole ? undefined : cap }).then((said) => said as ScreenedOrCut);
        },
        validate: definitions.output,
      }),
      "classify-result": classifyResult(classifying),
      "cap-result": capResult({ caps: cap, keep: remainders.keep, validate: definitions.output }),
    },
  };
}

/** What results of each server say of whose they are, made once. */
function framesOf({ screen, servers }: Config): InspectResultParts["frame"] {
  if (!screen.frame) return () => undefined;
  const made = new Map<string, string | undefined>();
  for (const [server, { trusted }] of Object.entries(servers)) made.set(server, trusted ? undefined : frameOf(server));
  return (server) => (made.has(server) ? made.get(server) : frameOf(server));
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
