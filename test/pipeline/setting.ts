import type { Asked, Effect, Located } from "../../src/kernel/call.ts";
import { type Control, pass } from "../../src/kernel/control.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { Permit, type Permitted } from "../../src/kernel/permit.ts";
import type { Controls } from "../../src/pipeline/controls.ts";
import { createEngine } from "../../src/pipeline/engine.ts";
import { ORDER } from "../../src/pipeline/order.ts";
import type { RecordFields } from "../../src/ports/records.ts";
import type { Reply, UpstreamLink } from "../../src/ports/upstream.ts";

/** A call to one tool, as a door hands it over. */
export const CALL: Asked = {
  id: "c_1",
  at: 1_000,
  started: 0,
  endpoint: undefined,
  bearer: undefined,
  principal: {
    tenant: "default",
    subject: "s_1",
    owner: "service:test",
    credential: "k_1",
    roles: [],
    environment: "dev",
    plan: "default",
  },
  era: "modern",
  method: "tools/call",
  params: { name: "s__t", arguments: { a: 1 } },
  profile: { elicitationForm: false, elicitationUrl: false, sampling: false, samplingTools: false, roots: false },
  clientName: "test",
  trace: "0".repeat(32),
  bytesIn: 10,
  headers: undefined,
  talk: {
    signal: new AbortController().signal,
    wantsProgress: false,
    logLevel: undefined,
    progress() {},
    log() {},
    poll() {},
  },
};

/** What happened, in order: `run <control>`, `record <kind>`, `send`. */
export interface Stage {
  readonly engine: ReturnType<typeof createEngine>;
  readonly steps: string[];
  readonly records: RecordFields[];
  readonly sent: Permitted[];
}

/** An engine whose controls all pass, but for what a test puts in their place. */
export function stage(
  changed: {
    controls?: Partial<Record<keyof Controls, Control<never>["judge"]>>;
    effect?: Effect;
    reply?: Reply;
    /** Rejects for these kinds of record. */
    broken?: readonly RecordFields["kind"][];
    fingerprint?: () => string;
    signal?: AbortSignal;
    /** Rejects where no link can be had. */
    link?: () => never;
  } = {},
): Stage {
  const [steps, records, sent]: [string[], RecordFields[], Permitted[]] = [[], [], []];
  const definition = { name: "t", inputSchema: { type: "object" } };
  const target = {
    server: "s",
    kind: "tool",
    name: "t",
    sentName: "t",
    digest: "sha256:1",
    definition,
    published: { definition, digest: "sha256:1" },
    quarantine: undefined,
    effect: changed.effect ?? "write",
  } as const;
  const controls = Object.fromEntries(
    ORDER.map(({ control: name }) => {
      const judge = changed.controls?.[name] as Control<Asked>["judge"] | undefined;
      const control: Control<Asked> = {
        name,
        ids: ["X1"],
        judge(call) {
          steps.push(`run ${name}`);
          if (judge) return judge(call);
          if (name === "locate-target") {
            const located: Located = { ...call, target, sent: { name: "t", arguments: { a: 1 } } };
            return pass(located);
          }
          return pass(call);
        },
      };
      return [name, control];
    }),
  ) as unknown as Controls;
  const link: UpstreamLink = {
    era: "modern",
    list: () => Promise.reject(new Error("not here")),
    watch: () => Promise.reject(new Error("not here")),
    async send(permit) {
      steps.push("send");
      sent.push(Permit.open(permit));
      return changed.reply ?? { kind: "result", result: { resultType: "complete", content: [] } };
    },
  };
  const engine = createEngine({
    controls,
    records: {
      async append(fields) {
        steps.push(`record ${fields.kind}`);
        if (changed.broken?.includes(fields.kind)) throw new Error("the disk is full at /var/lib/secret");
        records.push(fields);
      },
      close: async () => {},
    },
    clock: { now: () => 1_000, monotonic: () => 5 },
    log: { info() {}, warn() {}, error() {} },
    fingerprints: { args: (): JsonObject => ({}), text: changed.fingerprint ?? (() => "fp") },
    timeoutMs: () => 1_000,
    link: changed.link ?? (() => link),
    enter: () => () => void steps.push("leave"),
    hear: { error: (_call, refusal) => refusal, talk: ({ talk }) => talk },
    distrust: () => void steps.push("distrust"),
  });
  return { engine, steps, records, sent };
}
