/**
 * Too much of everything: hostile servers and clients against a running gateway, while other callers make small calls
 * at a steady pace. Each attack has to be capped or refused in time and recorded, the gateway's memory has to stay
 * below 300 MB, and the other calls' p99 below twice that of the windows without it, which lie between.
 *
 *     npm run attack:size -- [--json] [--quick] [--only pattern of a name] [--flags "--max-semi-space-size=16"]
 *
 * Upstreams, sink, callers and gateway share the machine's processors. What the upstream costs by itself is measured in
 * windows in which a bare process asks it for the same; it is printed beside, and not taken off.
 */
import { parseArgs, styleText } from "node:util";
import { command } from "../gateway.ts";
import { progress } from "../children.ts";
import { median, places } from "../measure.ts";
import { ATTACKS, type Attack, TOOLS } from "./attacks.ts";
import { type Answer, Client } from "./client.ts";
import { DEADLINE_MS, startWorld } from "./world.ts";
import { openSink, openSteady, openWatch } from "./windows.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    only: { type: "string" },
    flags: { type: "string", default: "" },
  },
});
const ROUNDS = options.quick ? 1 : 3;
const WINDOW_MS = options.quick ? 1_000 : 1_500;
/** Calls before anything is measured: what has not run before runs slowly. */
const WARM_MS = 5_000;
/** An attack begins so long after the one before it, or as soon as that one was answered. */
const EVERY_MS = 250;
const MOST_MB = 300;
const MOST_RATIO = 2;
/** What the gateway itself needs when a deadline is over. */
const SPARE_MS = 1_000;
const only = new RegExp(options.only ?? "");
const attacks = ATTACKS.filter(({ what, over, era }) => only.test(`${what} ${over} ${era}`));

const world = await startWorld(TOOLS, options.flags.split(" ").filter(Boolean));
const client = new Client(world.endpoint, world.key);
await client.open();
const steady = await openSteady({
  endpoints: { modern: `${world.endpoint}/calm-modern`, legacy: `${world.endpoint}/calm-legacy` },
  key: world.calmKey,
  clients: 4,
  everyMs: 20,
});
const sink = openSink();
const watch = openWatch(world.gateway.pid);

/** Does something again and again while the window lasts, at least once. */
async function during(act: () => Promise<void>) {
  await steady.take();
  const until = performance.now() + WINDOW_MS;
  for (let next = performance.now(); performance.now() < until; ) {
    const wait = next - performance.now();
    if (wait > 0) await new Promise((go) => setTimeout(go, wait));
    next = performance.now() + EVERY_MS;
    await act();
  }
  return steady.take();
}

const idle = async () => {
  await steady.take();
  await new Promise((go) => setTimeout(go, WINDOW_MS));
  return steady.take();
};

interface Seen {
  readonly attack: Attack;
  readonly answers: Answer[];
  readonly p99: number[];
  readonly base: number[];
  readonly control: number[];
  peakMb: number;
}

const seen: Seen[] = attacks.map((attack) => ({
  attack,
  ...{ answers: [], p99: [], base: [], control: [], peakMb: 0 },
}));

const drain = (own: string, attack: Attack) => async (): Promise<void> =>
  sink.ask({ endpoint: world.hostile[attack.era], tool: own, most: 2 ** 20, ms: DEADLINE_MS });

await during(async () => void (await client.call("modern", "calm-modern__echo", '{"text":"warm"}')));
await new Promise((go) => setTimeout(go, WARM_MS));
const startMb = watch.nowMb();
for (let at = 0; at < ROUNDS; at++) {
  progress(`round ${at + 1} of ${ROUNDS}`);
  let before = await idle();
  for (const one of seen) {
    const { attack } = one;
    watch.reset();
    const within = await during(
      async () => void one.answers.push(await client.call(attack.era, attack.tool, attack.args())),
    );
    one.peakMb = Math.max(one.peakMb, watch.peakMb());
    progress(
      `${attack.what} (${attack.era}, ${attack.over}): p99 ${within.p99Ms.toFixed(1)} ms, ${one.peakMb} MB, ${outcomeOf(one.answers)}`,
    );
    if (attack.own !== undefined && at === 0) one.control.push((await during(drain(attack.own, attack))).p99Ms);
    const behind = await idle();
    one.p99.push(within.p99Ms);
    one.base.push((before.p99Ms + behind.p99Ms) / 2);
    before = behind;
  }
}
const peakMb = watch.end();
await client.close();
steady.end();
sink.end();

/** The record, asked as an operator would. */
async function recordedCalls(): Promise<Set<string>> {
  const found = new Set<string>();
  // What was refused at the door names no server; the calm callers are not denied anything.
  const filters = [
    ...["modern", "legacy", "stdio"].map((name) => ["--server", `hostile-${name}`]),
    ["--decision", "deny"],
  ];
  for (const filter of filters) {
    const lines = await command(world.where, "audit", "query", ...filter, "--limit", "10000", "--json");
    for (const line of lines.split("\n")) if (line !== "") found.add((JSON.parse(line) as { call: string }).call);
  }
  return found;
}

function outcomeOf(answers: readonly Answer[]): string {
  const said = answers.map(({ status, message: { result, error } }) => {
    if (error !== undefined) return `refused: ${error.data?.reason ?? status}`;
    if (result === undefined) return `no answer: HTTP ${status}`;
    if (result.isError === true) return "refused: told to the model";
    const cut = result.content?.some(({ text }) => text?.startsWith("The gateway cut this answer") === true);
    return cut === true ? "capped" : "passed";
  });
  return [...new Set(said)].join(", ");
}

const recorded = await recordedCalls();
const rows = seen.map(({ attack, answers, p99, base, control, peakMb }) => {
  const answeredMs = Math.round(Math.max(...answers.map(({ ms }) => ms)));
  return {
    what: attack.what,
    era: attack.era,
    over: attack.over,
    times: answers.length,
    outcome: outcomeOf(answers),
    answeredMs,
    recorded: answers.every(({ call }) => call !== undefined && recorded.has(call)),
    peakRssMb: peakMb,
    p99Ms: places(median(p99)),
    p99BaseMs: places(median(base)),
    ratio: places(median(p99) / median(base)),
    ...(control.length === 0 ? {} : { p99ControlMs: places(median(control)) }),
  };
});
const failed = rows.flatMap(({ what, era, over, outcome, answeredMs, recorded: kept, peakRssMb, ratio }) => {
  const why = [
    ...(/passed|no answer/.test(outcome) ? [outcome] : []),
    ...(answeredMs > DEADLINE_MS + SPARE_MS ? [`answered after ${answeredMs} ms`] : []),
    ...(kept ? [] : ["not in the record"]),
    ...(peakRssMb < MOST_MB ? [] : [`${peakRssMb} MB`]),
    ...(ratio < MOST_RATIO ? [] : [`p99 ${ratio} times as long`]),
  ];
  return why.length === 0 ? [] : [{ what, era, over, why: why.join("; ") }];
});
await world.stop();

const report = { startMb, peakMb, rows, failed };
if (options.json) console.log(JSON.stringify(report));
else {
  console.table(
    rows.map(
      ({ what, over, era, outcome, answeredMs, recorded: kept, peakRssMb, p99Ms, p99BaseMs, ratio, ...rest }) => ({
        what: `${what} (${era}${over === "stdio" ? ", stdio" : ""})`,
        ...{ outcome, ms: answeredMs, recorded: kept, MB: peakRssMb },
        ...{ p99: p99Ms, base: p99BaseMs, control: rest.p99ControlMs ?? "-", ratio },
      }),
    ),
  );
  for (const { what, era, over, why } of failed)
    console.log(`${styleText("red", "✘")} ${what} (${era}, ${over}): ${why}`);
  console.log(
    `${rows.length - failed.length} of ${rows.length} attacks held; ${startMb} MB before them, ${peakMb} MB at most`,
  );
}
process.exit(failed.length === 0 ? 0 : 1);
