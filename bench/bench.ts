/**
 * What the gateway costs. An echo upstream, a bare node:http + undici proxy, the gateway with every control on
 * (`bench/cardea.yaml`) and the loader are four processes; all is measured in one run, in interleaved rounds, and the
 * median of the rounds is reported. A fifth of the calls write, and no two calls have the same arguments. Each era is
 * measured with an API key and with an OAuth access token of the embedded authorization server.
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
import type { Measured } from "./load.ts";
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

/** One round through one way: alone for the latency, in a crowd for throughput and CPU. */
async function round(loader: Loader, era: Era, { child, endpoint }: Reachable, key?: string) {
  const alone = await loader.run({ endpoint, era, key, concurrency: 1, ms: ALONE_MS });
  const before = cpuUs(child.pid);
  const crowd: Measured = await loader.run({ endpoint, era, key, concurrency: CROWD, ms: CROWD_MS });
  return {
    p50: alone.p50Ms,
    p99: alone.p99Ms,
    cpu: (cpuUs(child.pid) - before) / crowd.calls,
    rps: crowd.calls / crowd.seconds,
  };
}

type Round = Awaited<ReturnType<typeof round>>;

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
interface Rounds {
  readonly bare: Round;
  readonly through: Record<Credential, Round>;
}
const rounds: Record<Era, Rounds[]> = { modern: [], legacy: [] };
for (const era of ERAS) {
  progress(`${era}: warming up`);
  const warm = { era, concurrency: CROWD, ms: CROWD_MS };
  await loader.run({ ...warm, endpoint: bare[era].endpoint });
  for (const credential of CREDENTIALS)
    await loader.run({ ...warm, endpoint: via(era).endpoint, key: bearer[era][credential] });
}
for (let at = 0; at < ROUNDS; at++) {
  for (const era of ERAS) {
    progress(`round ${at + 1} of ${ROUNDS}, ${era}`);
    // Who goes first changes from round to round, so that a slow minute of the machine hits both.
    const first = at % 2 === 0;
    const early = first ? await round(loader, era, bare[era]) : undefined;
    const one = first ? "key" : "token";
    const other = first ? "token" : "key";
    const through = { [one]: await round(loader, era, via(era), bearer[era][one]) } as Record<Credential, Round>;
    const middle = early ?? (await round(loader, era, bare[era]));
    through[other] = await round(loader, era, via(era), bearer[era][other]);
    rounds[era].push({ bare: middle, through });
  }
}

const legs = ERAS.flatMap((era) => CREDENTIALS.map((credential) => leg(era, credential)));

function leg(era: Era, credential: Credential) {
  const over = (pick: (bare: Round, gateway: Round) => number): number =>
    places(median(rounds[era].map(({ bare: alone, through }) => pick(alone, through[credential]))));
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
