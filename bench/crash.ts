/**
 * Invariant 6: an answered call is in the record, and survives `kill -9`. Rounds of load against a gateway on one home,
 * each ended by SIGKILL at a random moment; afterwards each call that got an answer must be found in the record by its
 * correlation id, a write with its intent and its outcome, and the chain must verify. A write that the upstream saw
 * without an intent in the record counts as lost, too.
 *
 *     npm run crash -- [--json] [--rounds 20]
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { request } from "undici";
import { type Answered, Caller } from "./caller.ts";
import { finish, node, progress, ready } from "./children.ts";
import { command, place, prepare, startGateway } from "./gateway.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "20" } },
});
const rounds = Number(options.rounds);
const CONCURRENCY = 16;
/** The kill comes this many ms after the load began, at least and at most. */
const [SOONEST, LATEST] = [100, 1200];

const echo = node(["bench/echo.ts", "--era", "modern"]);
const upstream = await ready<{ endpoint: string }>(echo);
const yaml = readFileSync(new URL("cardea.yaml", import.meta.url), "utf8");
// All three names stand for the same upstream here; one of them is called.
const where = place(yaml.replace(/\$\{\w+\}/g, JSON.stringify(upstream.endpoint)));
process.once("exit", () => where.remove());
const key = await prepare(where, "modern");

const answered: Answered[] = [];

for (let at = 1; at <= rounds; at++) {
  const gateway = await startGateway(where);
  const caller = new Caller(`${gateway.endpoint}/modern`, "modern", key, CONCURRENCY);
  const before = answered.length;
  let killed = false;
  const worker = async (): Promise<void> => {
    while (!killed) {
      try {
        answered.push(await caller.call());
      } catch (error) {
        // What was under way when the process died has no answer, and nothing is claimed of it.
        if (!killed) throw error;
      }
    }
  };
  const load = Promise.all(Array.from({ length: CONCURRENCY }, worker));
  await Promise.race([load, new Promise((now) => setTimeout(now, SOONEST + Math.random() * (LATEST - SOONEST)))]);
  killed = true;
  gateway.child.process.kill("SIGKILL");
  await once(gateway.child.process, "close");
  await load;
  await caller.close();
  progress(`round ${at} of ${rounds}: ${answered.length - before} answered`);
}

const recorded = new Map<string, Set<string>>();
let intents = 0;
for (const line of (await command(where, "audit", "export", "--format", "jsonl")).split("\n")) {
  if (line === "") continue;
  const { call, kind, type } = JSON.parse(line) as { call: string; kind: string; type: string };
  if (kind === "intent" && type === "tools/call") intents++;
  recorded.set(call, (recorded.get(call) ?? new Set()).add(kind));
}
const kept = ({ call, wrote }: Answered): boolean => {
  const kinds = recorded.get(call ?? "");
  return wrote ? kinds?.has("intent") === true && kinds.has("outcome") : kinds?.has("call") === true;
};
const missing = answered.filter((one) => !kept(one));
for (const one of missing.slice(0, 5)) progress(`answered, but not in the record: ${JSON.stringify(one)}`);

const writes = Number(await (await request(new URL("/writes", upstream.endpoint))).body.text());
const unannounced = Math.max(0, writes - intents);
if (unannounced > 0) progress(`${writes} writes reached the upstream, ${intents} intents are in the record`);
await echo.end();

const { code, stdout } = await finish([
  "src/main.ts",
  "audit",
  "verify",
  "--json",
  "--home",
  where.home,
  "--config",
  where.config,
]);
if (code !== 0) progress(`audit verify: ${stdout}`);

const report = {
  rounds,
  answered: answered.length,
  lost: missing.length + unannounced,
  verified: code === 0 && (JSON.parse(stdout) as { ok?: boolean }).ok === true,
};
if (options.json) console.log(JSON.stringify(report));
else
  console.log(
    `${rounds} rounds, ${report.answered} answered, ${report.lost} lost, record verified: ${report.verified}`,
  );
process.exit(report.lost === 0 && report.verified && report.answered > 0 ? 0 : 1);
