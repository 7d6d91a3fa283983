/**
 * A server of 2025-11-25 on the SDK's first generation, over Streamable HTTP with sessions, or as a process:
 *
 *     node test/gateway/legacy-upstream.ts
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { FORM, PROMPT, RESOURCE, TOOLS, type UpstreamFixture, words } from "./script.ts";

/** What all sessions of one server share. */
interface Shared {
  note: string;
  late: boolean;
  cancelled: string[];
  readonly sessions: Map<string, { server: Server; transport: StreamableHTTPServerTransport }>;
}

const fresh = (): Shared => ({ note: "first", late: false, cancelled: [], sessions: new Map() });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

function build(shared: Shared, all: () => Iterable<Server>): Server {
  const server = new Server(
    { name: "legacy", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
    },
  );
  const watched = new Set<string>();
  const me = randomUUID();
  const memory: string[] = [];
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...TOOLS, ...(shared.late ? [{ ...TOOLS[0], name: "late" }] : [])] as never,
  }));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [PROMPT] }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => ({
    messages: [
      { role: "user" as const, content: { type: "text" as const, text: `Greet ${params.arguments?.["name"]}` } },
    ],
  }));
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({
    completion: { values: words(params.argument.value) },
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [RESOURCE] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => ({
    contents: [{ uri: params.uri, mimeType: "text/plain", text: shared.note }],
  }));
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    watched.add(params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    watched.delete(params.uri);
    return {};
  });
  const tell = { touched: () => watched.has(RESOURCE.uri) && server.sendResourceUpdated({ uri: RESOURCE.uri }) };
  TELL.set(server, tell);
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const word = String(params.arguments?.["word"] ?? "");
    const progressToken = params._meta?.progressToken;
    const step = async (progress: number): Promise<void> => {
      if (progressToken !== undefined)
        await extra.sendNotification({
          method: "notifications/progress",
          params: { progressToken, progress, total: 3, message: word },
        });
      await extra.sendNotification({
        method: "notifications/message",
        params: { level: "warning", logger: "steps", data: `${word} ${progress}` },
      });
    };
    switch (params.name) {
      case "echo":
      case "late":
        return text(word);
      case "steps":
        for (const progress of [1, 2, 3]) {
          await step(progress);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return text(`done ${word}`);
      case "wait":
        await step(1);
        await new Promise((resolve) => extra.signal.addEventListener("abort", resolve, { once: true }));
        shared.cancelled.push(word);
        return text("never seen");
      case "ask": {
        const answer = await extra.sendRequest(
          { method: "elicitation/create", params: { message: `City of ${word}?`, requestedSchema: FORM } },
          ElicitResultSchema,
        );
        return text(`${word} ${answer.action} ${String(answer.content?.["city"] ?? "-")}`);
      }
      case "remember":
        memory.push(word);
        return text(`${me} ${memory.join(",")}`);
      case "cancelled":
        return text(shared.cancelled.join(","));
      case "grow":
        shared.late = true;
        for (const one of all()) await one.sendToolListChanged();
        return text("grown");
      case "touch":
        shared.note = word;
        for (const one of all()) await TELL.get(one)?.touched();
        return text("touched");
    }
    throw new Error("unknown tool");
  });
  return server;
}

const TELL = new WeakMap<Server, { touched(): unknown }>();

/** Starts it on loopback. */
export async function startLegacyUpstream(): Promise<UpstreamFixture> {
  const shared = fresh();
  const all = function* () {
    for (const { server } of shared.sessions.values()) yield server;
  };
  const http = createServer(async (req, res) => {
    const id = req.headers["mcp-session-id"];
    let transport = typeof id === "string" ? shared.sessions.get(id)?.transport : undefined;
    if (typeof id === "string" && transport === undefined) return void res.writeHead(404).end();
    if (transport === undefined) {
      const server = build(shared, all);
      const made: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => void shared.sessions.set(session, { server, transport: made }),
        onsessionclosed: (session) => void shared.sessions.delete(session),
      });
      await server.connect(made);
      transport = made;
    }
    await transport.handleRequest(req, res);
  });
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    sessions: () => shared.sessions.size,
    async close() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}

if (import.meta.main) {
  const shared = fresh();
  const server: Server = build(shared, () => [server]);
  await server.connect(new StdioServerTransport());
}
