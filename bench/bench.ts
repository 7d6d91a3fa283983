/**
 * What the gateway costs. An echo upstream, a bare node:http + undici proxy, the gateway with every control on
 * (`bench/cardea.yaml`) and the loader are four processes; all is measured in one run, in interleaved rounds of
 * interleaved slices, and the median of the rounds is reported. A fifth of the calls write, and no two calls have the
 * same arguments. Each era is measured with an API key and with an OAuth access token of the embedded authorization
 * server.
 *
 *     npm run bench -- [--json] [--quick]
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Caller, type Era } from "./caller.ts";
import { type Child, node, progress, ready } from "./children.ts";
import { place, prepare, startGateway } from "./gateway.ts";
import { benchDetectors } from "./detectors.ts";
import { benchLarge } from "./large.ts";
import { benchPolicy } from "./policy.ts";
import { benchRecord } from "./record.ts";
import { cpuUs, Loader, median, places, rssMb } from "./measure.ts";

const { values: options } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
const ROUNDS = options.quick ? 2 : 7;
const ALONE_MS = options.quick ? 400 : 1500;
const CROWD_MS = options.quick ? 600 : 2500;
const CROWD = 32;
/** V8 still compiles for some 30 s of load (seen with --trace-opt), in the proxy as in the gateway. */
const WARM_UPS = options.quick ? 1 : 4;
/** Parts of a round's crowd, between which the ways take turns: a virtual machine's speed changes within a second. */
const SLICES = options.quick ? 6 : 25;
const ERAS: readonly Era[] = ["modern", "legacy"];
const CREDENTIALS = ["key", "token"] as const;
type Credential = (typeof CREDENTIALS)[number];

interface Reachable {
  readonly child: Child;
  readonly endpoint: string;
}

async function start(...args: string[]): Promise<Reachable> {
  const child = node(args);
  return { child, ...(await ready<{ endpoint: string }>(child)) };
}

/** A way to the echo upstream: who is asked, and with what. */
interface Way extends Reachable {
  readonly era: Era;
  readonly key?: string;
}

/**
 * One round through several ways: alone for the latency, in a crowd for throughput and CPU. The ways take turns in short
 * slices, and who begins changes, so that a slow second of the machine hits all of them.
 */
async function round<Name extends string>(loader: Loader, ways: Readonly<Record<Name, Way>>, at: number) {
  const names = Object.keys(ways) as Name[];
  const turns = (turn: number) => names.map((_, place) => names[(place + turn) % names.length] as Name);
  const found = {} as Record<Name, { p50: number; p99: number; cpu: number; calls: number; seconds: number }>;
  for (const name of turns(at)) {
    const { era, endpoint, key } = ways[name];
    const alone = await loader.run({ endpoint, era, key, concurrency: 1, ms: ALONE_MS });
    found[name] = { p50: alone.p50Ms, p99: alone.p99Ms, cpu: 0, calls: 0, seconds: 0 };
  }
  for (let slice = 0; slice < SLICES; slice++) {
    for (const name of turns(at + slice)) {
      const { child, era, endpoint, key } = ways[name];
      const before = cpuUs(child.pid);
      const crowd = await loader.run({ endpoint, era, key, concurrency: CROWD, ms: CROWD_MS / SLICES });
      found[name].cpu += cpuUs(child.pid) - before;
      found[name].calls += crowd.calls;
      found[name].seconds += crowd.seconds;
    }
  }
  const summed = ({ p50, p99, cpu, calls, seconds }: (typeof found)[Name]): Round => ({
    p50,
    p99,
    cpu: cpu / calls,
    rps: calls / seconds,
  });
  return Object.fromEntries(names.map((name) => [name, summed(found[name])])) as Record<Name, Round>;
}

/** Latency in ms, CPU in µs per call, calls per second. */
interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly rps: number;
}

/** How long a listing of the large catalogue takes: the median of some, in ms. */
async function listing(endpoint: string, key?: string) {
  const caller = new Caller(endpoint, "modern", key, 1);
  const size = await caller.list();
  const times: number[] = [];
  for (let at = 0; at < (options.quick ? 5 : 21); at++) {
    const started = performance.now();
    await caller.list();
    times.push(performance.now() - started);
  }
  await caller.close();
  return { ...size, ms: places(median(times)) };
}

/** An access token of the client `bench` for one endpoint (client credentials, RFC 6749, 4.4; RFC 8707). */
async function tokenFor(endpoint: string, secret: string): Promise<string> {
  const server = endpoint.slice(endpoint.lastIndexOf("/") + 1);
  const answer = await fetch(new URL("/oauth/token", endpoint), {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`bench:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", resource: endpoint, scope: `${server}:write` }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`No access token for ${endpoint}: HTTP ${answer.status}`);
  return token;
}

const upstream = {
  modern: await start("bench/echo.ts", "--era", "modern"),
  legacy: await start("bench/echo.ts", "--era", "legacy"),
  catalogue: await start("bench/echo.ts", "--era", "modern", "--tools", "998"),
};
const bare = {
  modern: await start("bench/proxy.ts", upstream.modern.endpoint),
  legacy: await start("bench/proxy.ts", upstream.legacy.endpoint),
  catalogue: await start("bench/proxy.ts", upstream.catalogue.endpoint),
};

progress("pinning, starting the gateway");
const yaml = readFileSync(new URL("cardea.yaml", import.meta.url), "utf8");
const secret = randomBytes(32).toString("base64url");
process.env["CARDEA_BENCH_SECRET"] = secret;
const where = place(yaml.replace(/\$\{(modern|legacy|catalogue)\}/g, (_, name: Era) => `"${upstream[name].endpoint}"`));
process.once("exit", () => where.remove());
const key = await prepare(where, "modern", "legacy", "catalogue");
const gateway = await startGateway(where);
const via = (server: string): Reachable => ({ child: gateway.child, endpoint: `${gateway.endpoint}/${server}` });

const loader = new Loader();
const bearer: Record<Era, Record<Credential, string>> = {
  modern: { key, token: await tokenFor(via("modern").endpoint, secret) },
  legacy: { key, token: await tokenFor(via("legacy").endpoint, secret) },
};
const rounds: Record<Era, Record<Credential | "bare", Round>[]> = { modern: [], legacy: [] };
for (let at = 0; at < WARM_UPS; at++) {
  for (const era of ERAS) {
    progress(`warming up, ${at + 1} of ${WARM_UPS}, ${era}`);
    const warm = { era, concurrency: CROWD, ms: CROWD_MS };
    await loader.run({ ...warm, endpoint: bare[era].endpoint });
    for (const credential of CREDENTIALS)
      await loader.run({ ...warm, endpoint: via(era).endpoint, key: bearer[era][credential] });
  }
}
for (let at = 0; at < ROUNDS; at++) {
  for (const era of ERAS) {
    progress(`round ${at + 1} of ${ROUNDS}, ${era}`);
    const through = (credential: Credential): Way => ({ ...via(era), era, key: bearer[era][credential] });
    const ways = { bare: { ...bare[era], era }, key: through("key"), token: through("token") };
    rounds[era].push(await round(loader, ways, at));
  }
}

const legs = ERAS.flatMap((era) => CREDENTIALS.map((credential) => leg(era, credential)));

function leg(era: Era, credential: Credential) {
  const over = (pick: (bare: Round, gateway: Round) => number): number =>
    places(median(rounds[era].map((ways) => pick(ways.bare, ways[credential]))));
  return {
    era,
    credential,
    controls: "all",
    addedP50Ms: over((a, b) => b.p50 - a.p50),
    addedP99Ms: over((a, b) => b.p99 - a.p99),
    cpuUsPerCall: over((_, b) => b.cpu),
    cpuRatioToBareProxy: over((a, b) => b.cpu / a.cpu),
    rps: Math.round(over((_, b) => b.rps)),
    rssMb: rssMb(gateway.child.pid),
    bareCpuUsPerCall: over((a) => a.cpu),
  };
}

progress("results of 10 KB");
const large = await benchLarge(
  loader,
  {
    modern: { bare: bare.modern.endpoint, through: via("modern").endpoint, key },
    legacy: { bare: bare.legacy.endpoint, through: via("legacy").endpoint, key },
  },
  options.quick ? 1 : 5,
  options.quick ? 200 : 350,
);

progress("a catalogue of 1,000 tools");
const through = await listing(via("catalogue").endpoint, key);
const direct = await listing(bare.catalogue.endpoint);

loader.end();
await gateway.child.end();
const stopped = /^\{.*"event":"gateway\.stopped".*$/m.exec(gateway.child.said())?.[0];
const { decisions } = JSON.parse(stopped ?? "{}") as { decisions?: { remembered: number; evaluated: number } };
for (const { child } of [...Object.values(bare), ...Object.values(upstream)]) await child.end();

progress("policy decisions, the record, the detectors");
const sections = {
  caches: { policyHitRate: decisions && decisions.remembered / (decisions.remembered + decisions.evaluated) },
  catalogue: { tools: through.tools, bytes: through.bytes, listMs: through.ms, bareListMs: direct.ms },
  large,
  policy: benchPolicy(),
  record: await benchRecord(),
  detectors: benchDetectors(),
};

const report = {
  machine: `${cpus()[0]?.model.trim() ?? "unknown"} x ${cpus().length}`,
  node: process.version,
  legs,
  sections,
};
if (options.json) {
  console.log(JSON.stringify(report));
} else {
  console.log(`${report.machine}, Node ${report.node}`);
  console.table(Object.fromEntries(legs.map(({ era, credential, ...rest }) => [`${era}, ${credential}`, rest])));
  for (const [name, section] of Object.entries(sections)) console.log(`${name}: ${JSON.stringify(section)}`);
}
process.exit(0);
