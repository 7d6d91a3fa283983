/**
 * The servers behind the gateway, on the official SDK: each below its own path, with the tools that `definitions.json` names. What a tool answers is the document of that call, or `ok`; each call that arrives is a line of `arrivals.jsonl`.
 *
 *     node bench/attack-flow/server.ts --folder DIR --definitions DIR --era modern|legacy
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, Server as ModernServer } from "@modelcontextprotocol/server";
import { Server as LegacyServer } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { arrivalsIn, documentIn } from "./documents.ts";

const TEXT = { type: "string", default: "" } as const;
const { values } = parseArgs({ options: { folder: TEXT, definitions: TEXT, era: TEXT } });
const { folder } = values;

/** By server, as `tools/list` answers. */
type Definitions = Readonly<Record<string, readonly { name: string; inputSchema: { type: "object" } }[]>>;
const definitions = JSON.parse(readFileSync(join(values.definitions, "definitions.json"), "utf8")) as Definitions;

function run(server: string, name: string, args: Readonly<Record<string, unknown>> = {}) {
  const tool = `${server}.${name}`;
  appendFileSync(arrivalsIn(folder), `${JSON.stringify({ tool, args })}\n`);
  const path = documentIn(folder, tool, args);
  return { content: [{ type: "text" as const, text: existsSync(path) ? readFileSync(path, "utf8") : "ok" }] };
}

const capabilities = { tools: {} };
const toolsOf = (server: string) => ({ tools: definitions[server] ?? [] }) as never;
const handlers = new Map<string, (req: IncomingMessage, res: ServerResponse) => unknown>();

function modern(name: string): void {
  const handler = createMcpHandler(
    () => {
      const server = new ModernServer({ name, version: "1.0.0" }, { capabilities });
      server.setRequestHandler("tools/list", () => toolsOf(name));
      server.setRequestHandler("tools/call", ({ params }) => run(name, params.name, params.arguments));
      return server as never;
    },
    { legacy: "reject" },
  );
  handlers.set(name, toNodeHandler(handler));
}

function legacy(name: string): void {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  handlers.set(name, async (req, res) => {
    const id = req.headers["mcp-session-id"];
    const known = typeof id === "string" ? sessions.get(id) : undefined;
    if (typeof id === "string" && known === undefined) return void res.writeHead(404).end();
    if (known !== undefined) return known.handleRequest(req, res);
    const server = new LegacyServer({ name, version: "1.0.0" }, { capabilities });
    server.setRequestHandler(ListToolsRequestSchema, () => toolsOf(name));
    server.setRequestHandler(CallToolRequestSchema, ({ params }) => run(name, params.name, params.arguments));
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => void sessions.delete(session),
    });
    await server.connect(transport);
    await transport.handleRequest(req, res);
  });
}

for (const name of Object.keys(definitions)) (values.era === "modern" ? modern : legacy)(name);
const http = createServer((req, res) => {
  const handler = handlers.get(req.url?.split("/")[1] ?? "");
  if (handler === undefined) return void res.writeHead(404).end();
  return void handler(req, res);
});
http.keepAliveTimeout = 60_000;
http.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ event: "ready", port: (http.address() as AddressInfo).port }));
});
