import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { openKeyAdmin } from "../../src/compose/commands.ts";
import { type Child, node, progress, ready } from "../children.ts";
import { command, type Gateway, grant, place, startGateway } from "../gateway.ts";
import { arrivalsIn, documentIn } from "./documents.ts";
import { type BenchServer, definitionsOf, type Servers } from "./servers.ts";
import type { Arguments, Step, Task } from "./task.ts";

/** Protocols of clients. */
export const ERAS = ["modern", "legacy"] as const;
export type Era = (typeof ERAS)[number];

/** What became of the steps of one task. */
export interface Played {
  /** What reached a server. */
  readonly arrived: readonly { readonly tool: string; readonly args: Arguments }[];
  /** What each step was answered, as the client got it. */
  readonly got: readonly string[];
  /** The refusal that ended it; undefined: every step arrived. */
  readonly stopped?: { readonly at: number; readonly control: string; readonly message: string };
}

export interface World {
  /** @param key which credential; each name is one */
  play(key: string, era: Era, task: Task): Promise<Played>;
  /** What is listed for a credential, by published name. */
  listed(key: string): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

/** So many calls may fail without a control: with more the bench is broken, or the machine. */
const MOST_BROKEN = 10;

const NAMED = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");

function toolYaml([tool, { args, effect, flow }]: readonly [string, BenchServer["tools"][string]]): string {
  const said = [
    ...(effect === undefined ? [] : [`effect: ${effect}`]),
    ...(flow === undefined ? [] : [`flow: ${flow}`]),
    `arguments: { ${args.map((arg) => `${JSON.stringify(arg)}: { accept: "the bench lets it through" }`).join(", ")} }`,
  ];
  return `      ${JSON.stringify(tool)}: { ${said.join(", ")} }`;
}

const yaml = (servers: Servers, url: (server: string) => string): string => `environment: dev
listen: { port: 0 }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
approvals: { wait: 100ms, pending: { perCredential: 1000, perPerson: 1000, perTenant: 10000 } }
flow:
  allow:
    - { match: mail.send, arguments: { to: ["*@ourselves.example"] } }
    - { match: chat.post, arguments: { channel: ["team-*"] } }
servers:
${Object.entries(servers)
  .map(
    ([name, { own, source, tools }]) => `  ${name}:
    url: ${url(name)}
    trusted: ${own}
    shared: ${own}
${source === undefined ? "" : `    flow: { source: ${source} }\n`}    tools:
${Object.entries(tools).map(toolYaml).join("\n")}`,
  )
  .join("\n")}
access:
  - role: agent
    approval: none
    effects: [read, write, destructive, outbound, payment, access-change, execute]
    allow: [${NAMED(Object.keys(servers).map((name) => `${name}.*`))}]
`;

/** Starts the servers in processes of their own: those outside on the newer SDK, the operator's own on the older one. */
async function startServers(
  folder: string,
  servers: Servers,
): Promise<{ url: (server: string) => string; all: Child[] }> {
  const ports = new Map<string, number>();
  const all: Child[] = [];
  for (const [era, isOwn] of [
    ["modern", false],
    ["legacy", true],
  ] as const) {
    const mine = Object.entries(servers).filter(([, { own }]) => own === isOwn);
    const where = join(folder, era);
    mkdirSync(where, { recursive: true });
    const definitions = Object.fromEntries(mine.map(([name, server]) => [name, definitionsOf(name, server)]));
    writeFileSync(join(where, "definitions.json"), JSON.stringify(definitions));
    const child = node(["bench/attack-flow/server.ts", "--folder", folder, "--definitions", where, "--era", era]);
    all.push(child);
    const { port } = await ready<{ port: number }>(child);
    for (const [name] of mine) ports.set(name, port);
  }
  return { all, url: (server) => `http://127.0.0.1:${ports.get(server)}/${server}` };
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "agent", version: "1" },
};

/**
 * Starts servers and a gateway in which no rule asks for an approval, and makes the keys.
 * @param names one key for each
 */
export async function startWorld(servers: Servers, names: readonly string[]): Promise<World> {
  const docs = place("");
  const folder = join(docs.home, "documents");
  mkdirSync(folder, { recursive: true });
  appendFileSync(arrivalsIn(folder), "");
  const upstream = await startServers(folder, servers);
  const where = place(yaml(servers, upstream.url));
  const endAll = async (): Promise<void> => {
    await Promise.all(upstream.all.map((child) => child.end()));
    docs.remove();
    where.remove();
  };
  let gateway: Gateway;
  const keys = new Map<string, string>();
  try {
    for (const [server, { accepted }] of Object.entries(servers))
      await grant(where, "servers", "approve", server, "--all", ...(accepted ? ["--accept-findings"] : []));
    progress(`${Object.keys(servers).length} servers approved`);
    const files = resolveFiles({ home: where.home, config: where.config, cwd: tmpdir(), env: {} });
    const admin = await openKeyAdmin(files, false, () => {});
    const by = await admin.prove("keys.grant", {
      credentials: async () => ({ login: "owner", password: "a long password of tests" }),
      code: async () => undefined,
    });
    for (const name of names) {
      const asked = { owner: "person:ada", roles: ["agent"], plan: "default", expiresAt: Date.now() + 3_600_000 };
      keys.set(name, (await admin.create(asked, by)).key);
    }
    await admin.close();
    gateway = await startGateway(where);
  } catch (error) {
    await endAll();
    throw error;
  }
  const { origin } = new URL(gateway.endpoint);
  const pool = new Pool(origin, { connections: 4 });
  let id = 0;

  async function post(key: string, body: object, more: Record<string, string>) {
    const answer = await pool.request({
      method: "POST",
      path: "/mcp",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${keys.get(key)}`,
        ...more,
      },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    return { text: /^data: (\{.*)$/m.exec(text)?.[1] ?? text, session: answer.headers["mcp-session-id"] };
  }

  async function call(key: string, session: string | undefined, tool: string, args: object): Promise<string> {
    const name = tool.replace(".", "__");
    const message = { jsonrpc: "2.0", id: ++id, method: "tools/call" };
    if (session === undefined) {
      const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name };
      return (await post(key, { ...message, params: { name, arguments: args, _meta: META } }, headers)).text;
    }
    const headers = { "mcp-protocol-version": "2025-11-25", "mcp-session-id": session };
    return (await post(key, { ...message, params: { name, arguments: args } }, headers)).text;
  }

  async function open(key: string): Promise<string> {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "agent", version: "1" } };
    const { session, text } = await post(key, { jsonrpc: "2.0", id: ++id, method: "initialize", params }, {});
    if (typeof session !== "string") throw new Error(`No session was opened: ${text}`);
    return session;
  }

  /** What arrived since it was last looked at. */
  let seen = 0;
  let broken = 0;
  function arrivals(): Played["arrived"] {
    const lines = readFileSync(arrivalsIn(folder), "utf8").split("\n").slice(0, -1);
    const fresh = lines.slice(seen).map((line) => JSON.parse(line) as Played["arrived"][number]);
    seen = lines.length;
    return fresh;
  }

  async function step(key: string, era: Era, [tool, given, returns]: Step, got: readonly string[]): Promise<Said> {
    const args = typeof given === "function" ? given(got) : given;
    if (returns !== undefined) writeFileSync(documentIn(folder, tool, args), returns);
    // Each step of an older client has a session of its own: none of them resets anything.
    const session = era === "legacy" ? await open(key) : undefined;
    const { error, result } = JSON.parse(await call(key, session, tool, args)) as Answer;
    const arrived = arrivals();
    const text = (result?.content ?? []).map((block) => block.text ?? "").join("\n");
    if (error === undefined && arrived.length > 0) return { arrived, text };
    const told = error === undefined ? await recorded(tool) : error.data?.control;
    const control = told ?? "none";
    if (control === "none" && ++broken > MOST_BROKEN) throw new Error(`Too much fails: ${error?.message ?? text}`);
    return { arrived, text, refused: { control, message: (error?.message ?? text).slice(0, 2_000) } };
  }

  /** The control of a refusal that a client is told as a result: the record has it. */
  async function recorded(tool: string): Promise<string | undefined> {
    const said = await command(where, "audit", "query", "--tool", tool, "--decision", "deny", "--limit", "1", "--json");
    const line = said.split("\n").find((one) => one.startsWith("{"));
    return line === undefined ? undefined : (JSON.parse(line) as { control?: string }).control;
  }

  return {
    async play(key, era, { steps }) {
      const arrived: Played["arrived"][number][] = [];
      const got: string[] = [];
      for (const [at, one] of steps.entries()) {
        const said = await step(key, era, one, got);
        arrived.push(...said.arrived);
        if (said.refused !== undefined) return { arrived, got, stopped: { at, ...said.refused } };
        got.push(said.text);
      }
      return { arrived, got };
    },
    async listed(key) {
      const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
      const body = { jsonrpc: "2.0", id: ++id, method: "tools/list", params: { _meta: META } };
      const { text } = await post(key, body, headers);
      const { result } = JSON.parse(text) as { result: { tools: { name: string }[]; nextCursor?: string } };
      if (result.nextCursor !== undefined) throw new Error("The list of tools has more than one page");
      return new Set(result.tools.map(({ name }) => name));
    },
    async stop() {
      await pool.destroy();
      await gateway.child.end();
      await endAll();
    },
  };
}

/** What a client is answered. */
interface Answer {
  readonly error?: { readonly message: string; readonly data?: { readonly control?: string } };
  readonly result?: { readonly content?: readonly { readonly text?: string }[] };
}

interface Said {
  readonly arrived: Played["arrived"];
  readonly text: string;
  readonly refused?: { readonly control: string; readonly message: string };
}
