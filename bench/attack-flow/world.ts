import { tmpdir } from "node:os";
import { Pool } from "undici";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { openKeyAdmin } from "../../src/compose/commands.ts";
import { type Gateway, grant, place, startGateway } from "../gateway.ts";
import { SERVERS, startUpstream, type Upstream } from "./upstream.ts";

/** One call: `server.tool`, its arguments, and what comes back. */
export type Step = readonly [tool: string, args: Readonly<Record<string, unknown>>, returns?: string];

/** What became of the steps of one task. */
export interface Played {
  /** Steps that reached their server. */
  readonly arrived: number;
  /** The refusal that ended it; undefined: every step arrived. */
  readonly stopped?: { readonly at: number; readonly control: string; readonly message: string };
}

export interface World {
  /** @param key which credential; each name is one @param era the protocol of the client */
  play(key: string, era: "modern" | "legacy", steps: readonly Step[]): Promise<Played>;
  stop(): Promise<void>;
}

const yaml = (upstream: Upstream): string => `environment: dev
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
${Object.entries(SERVERS)
  .map(
    ([name, { own, source, tools }]) => `  ${name}:
    url: ${upstream.url(name)}
    trusted: ${own}
${source === undefined ? "" : `    flow: { source: ${source} }\n`}    tools:
${Object.entries(tools)
  .map(
    ([tool, { args, effect, flow }]) =>
      `      ${tool}: { effect: ${effect}${flow === undefined ? "" : `, flow: ${flow}`}, arguments: { ${args
        .map((arg) => `${arg}: { accept: "the bench lets it through" }`)
        .join(", ")} } }`,
  )
  .join("\n")}`,
  )
  .join("\n")}
access:
  - role: agent
    approval: none
    effects: [read, write, destructive, outbound, payment, access-change, execute]
    allow: [${Object.keys(SERVERS)
      .map((name) => `"${name}.*"`)
      .join(", ")}]
`;

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "agent", version: "1" },
};

/** Starts servers and a gateway in which no rule asks for an approval, and makes the keys. */
export async function startWorld(names: readonly string[]): Promise<World> {
  const upstream = await startUpstream();
  const where = place(yaml(upstream));
  let gateway: Gateway;
  const keys = new Map<string, string>();
  try {
    for (const server of Object.keys(SERVERS)) await grant(where, "servers", "approve", server, "--all");
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
    upstream.close();
    where.remove();
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

  return {
    async play(key, era, steps) {
      let arrived = 0;
      for (const [at, [tool, args, returns = "ok"]] of steps.entries()) {
        // Each step of an older client has a session of its own: none of them resets anything.
        const session = era === "legacy" ? await open(key) : undefined;
        upstream.answer(returns);
        const before = upstream.receipts.length;
        const text = await call(key, session, tool, args);
        if (upstream.receipts.length > before) arrived++;
        const error = (JSON.parse(text) as { error?: { message: string; data?: { control?: string } } }).error;
        if (error !== undefined || upstream.receipts.length === before) {
          const message = error?.message ?? text.slice(0, 500);
          return { arrived, stopped: { at, control: error?.data?.control ?? "none", message } };
        }
      }
      return { arrived };
    },
    async stop() {
      await pool.destroy();
      await gateway.child.end();
      upstream.close();
      where.remove();
    },
  };
}
