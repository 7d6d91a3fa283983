/**
 * Attack values against guarded parameters, with a real sink behind each: a file system, a shell, SQLite, two template
 * engines, a client of HTTP. Every value goes to the sink directly first, which says whether it does anything there at
 * all (a word that does nothing is labelled harmless), and then through the gateway: none may have an effect. Harmless
 * values of real documents, tools and addresses go the same way: those that are refused are listed.
 *
 *     npm run attack:payloads -- [--json]
 */
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { progress } from "../children.ts";
import { Sender } from "../attack-policy/send.ts";
import { place, prepare, startGateway } from "../gateway.ts";
import { fileSink, httpSink, shellSink, type Sink, sqlSink, templateSink } from "./sinks.ts";
import { benign, type Parameter, PARAMETERS, payloads } from "./values.ts";

const { values: options } = parseArgs({ options: { json: { type: "boolean" } } });
const BENIGN = 10_000;
/** So many of the harmless values may be refused. */
const MOST_REFUSED = 5;

const folder = mkdtempSync(join(tmpdir(), "cardea-sinks-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const sinks: Readonly<Record<Parameter, Sink>> = {
  path: fileSink(folder),
  word: shellSink(),
  name: sqlSink(),
  title: templateSink(),
  url: httpSink(),
};

/** What reached a sink since it was last looked at, and whether anything happened there. */
const reached: { parameter: Parameter; value: string; effect: string | undefined }[] = [];

/** The server behind the gateway: a tool for each sink, called `use_<parameter>`. While `mute` the sink is not run. */
let mute = false;
const upstream = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", async () => {
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    const done = {
      resultType: "complete",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "sinks", version: "1" } },
    };
    let result: object | undefined;
    if (method === "server/discover")
      result = {
        ...done,
        ttlMs: 0,
        cacheScope: "private",
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {} },
      };
    else if (method === "tools/list")
      result = { ...done, ttlMs: 0, cacheScope: "private", tools: PARAMETERS.map(toolOf) };
    else if (method === "tools/call") {
      const parameter = String(params.name).slice("use_".length) as Parameter;
      const value = String(params.arguments[parameter]);
      const { effect } = mute ? { effect: undefined } : await sinks[parameter](value);
      reached.push({ parameter, value, effect });
      result = { ...done, content: [{ type: "text", text: "done" }] };
    }
    const error = result ? undefined : { code: -32601, message: "Unknown method" };
    const body = JSON.stringify({ jsonrpc: "2.0", id, result, error });
    res.writeHead(result ? 200 : 404, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    res.end(body);
  });
});

function toolOf(parameter: Parameter): object {
  return {
    name: `use_${parameter}`,
    description: `Uses a ${parameter}`,
    inputSchema: {
      type: "object",
      properties: { [parameter]: { type: "string" } },
      required: [parameter],
      additionalProperties: false,
    },
  };
}

const guards: Readonly<Record<Parameter, string>> = {
  path: `{ kind: path, roots: [${join(folder, "workspace")}, .] }`,
  word: "{ kind: shell }",
  name: "{ kind: sql }",
  title: "{ kind: template }",
  url: "{ kind: url }",
};

const yaml = (url: string): string => `listen: { port: 0 }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
servers:
  sinks:
    url: ${url}
    tools:
${PARAMETERS.map((one) => `      use_${one}: { effect: read, arguments: { ${one}: { guard: ${guards[one]} } } }`).join("\n")}
access:
  - { role: tester, allow: ["sinks.*"] }
`;

/** What became of the values of one parameter. */
interface Row {
  readonly parameter: Parameter;
  readonly tried: number;
  /** Values that do something in the sink when nothing stands before it. */
  readonly harmful: number;
  readonly harmless: number;
  readonly refused: number;
  readonly reachedSink: number;
  readonly effects: readonly { value: string; effect: string }[];
  readonly benign: number;
  readonly benignRefused: readonly { value: string; why: string }[];
}

await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const where = place(yaml(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`));
const rows: Row[] = [];
try {
  const key = await prepare(where, "sinks");
  const gateway = await startGateway(where);
  const sender = new Sender(new URL(gateway.endpoint).origin, { broad: key, narrow: key, nobody: key, elsewhere: key });
  const use = async (parameter: Parameter, value: string): Promise<string> => {
    const params = JSON.stringify({ name: `use_${parameter}`, arguments: { [parameter]: value } });
    const plain = { who: "broad", era: "modern", server: "crm", headers: [], session: "own", wrap: "plain" } as const;
    return (await sender.send({ ...plain, path: "/mcp/sinks", method: "tools/call", params })).body;
  };
  const [attacks, good] = [payloads(), benign(BENIGN)];
  for (const parameter of PARAMETERS) {
    progress(`${parameter}: ${attacks[parameter].length} attack values, ${good[parameter].length} harmless ones`);
    let harmful = 0;
    for (const value of attacks[parameter]) if ((await sinks[parameter](value)).effect !== undefined) harmful++;
    reached.length = 0;
    mute = false;
    for (const value of attacks[parameter]) await use(parameter, value);
    const effects = reached.flatMap(({ value, effect }) => (effect === undefined ? [] : [{ value, effect }]));
    const reachedSink = reached.length;
    mute = true;
    const benignRefused: { value: string; why: string }[] = [];
    for (const value of good[parameter]) {
      reached.length = 0;
      const said = await use(parameter, value);
      if (reached[0]?.value !== value)
        benignRefused.push({ value, why: /"text":"((?:[^"\\]|\\.)*)"/.exec(said)?.[1] ?? said.slice(0, 200) });
    }
    const tried = attacks[parameter].length;
    rows.push({
      parameter,
      tried,
      harmful,
      harmless: tried - harmful,
      refused: tried - reachedSink,
      reachedSink,
      effects,
      benign: good[parameter].length,
      benignRefused,
    });
  }
  await sender.close();
  await gateway.child.end();
} finally {
  upstream.close();
  upstream.closeAllConnections();
  where.remove();
}
const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
const totals = {
  tried: sum(({ tried }) => tried),
  effects: sum(({ effects }) => effects.length),
  benign: sum((row) => row.benign),
  benignRefused: sum((row) => row.benignRefused.length),
};
if (options.json) console.log(JSON.stringify({ ...totals, rows }));
else {
  for (const row of rows) {
    const bad = row.effects.length > 0;
    console.log(
      `${styleText(bad ? "red" : "green", bad ? "✘" : "✔")} ${row.parameter.padEnd(6)} ${row.tried} attack values (${row.harmless} harmless words), ${row.refused} refused, ${row.effects.length} with an effect; ${row.benign} harmless ones, ${row.benignRefused.length} refused`,
    );
    for (const { value, effect } of row.effects.slice(0, 10))
      console.log(`    effect: ${JSON.stringify(value)}: ${effect}`);
    for (const { value, why } of row.benignRefused.slice(0, 10))
      console.log(`    refused: ${JSON.stringify(value)}: ${why}`);
  }
  console.log(
    `\n${totals.tried} attack values, ${totals.effects} with an effect; ${totals.benign} harmless values, ${totals.benignRefused} refused (at most ${MOST_REFUSED})`,
  );
}
process.exit(totals.effects === 0 && totals.benignRefused <= MOST_REFUSED ? 0 : 1);
