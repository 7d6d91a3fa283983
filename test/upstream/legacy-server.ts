/** A server on the SDK's first generation: 2025-11-25 with a session, over HTTP or stdio. It knows nothing of 2026-07-28. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  CreateMessageResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const tool = (name: string) => ({ name, description: name, inputSchema: { type: "object" as const } });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
const TOOLS = [
  "echo",
  "progress",
  "log",
  "elicit",
  "elicit-url",
  "sample",
  "roots",
  "slow",
  "change",
  "touch",
  "whoami",
  "crash",
  "twice",
];

/** What the test sees of the server. */
export interface Observed {
  cancelled: number;
  /** Questions that the client refused to answer. */
  refused: number;
  subscribed: string[];
  accepted: boolean;
  sessions: number;
  /** Asks the client of the newest session outside any call, on the GET stream. */
  unrelated?: () => Promise<unknown>;
}

function build(observed: Observed): Server {
  const server = new Server(
    { name: "legacy", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: {},
        resources: { subscribe: true, listChanged: true },
        logging: {},
      },
      instructions: "Be kind.",
    },
  );
  const me = randomUUID();
  observed.unrelated = () => server.elicitInput({ message: "?", requestedSchema: { type: "object", properties: {} } });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) =>
    params?.cursor === "2"
      ? { tools: TOOLS.slice(7).map(tool) }
      : { tools: TOOLS.slice(0, 7).map(tool), nextCursor: "2" },
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [{ name: "hello" }] }));
  server.setRequestHandler(GetPromptRequestSchema, () => ({
    messages: [{ role: "user" as const, content: { type: "text" as const, text: "hi" } }],
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [{ uri: "note://1", name: "one" }] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ uriTemplate: "note://{id}", name: "note" }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => {
    if (params.uri !== "note://1") throw new McpError(-32002, "Resource not found", { uri: params.uri });
    return { contents: [{ uri: params.uri, text: "a note" }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    observed.subscribed.push(params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    observed.subscribed.splice(observed.subscribed.indexOf(params.uri), 1);
    return {};
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const args = params.arguments ?? {};
    const elicit = (message: string) =>
      extra.sendRequest(
        {
          method: "elicitation/create",
          params: { message, requestedSchema: { type: "object", properties: { city: { type: "string" } } } },
        },
        ElicitResultSchema,
      );
    switch (params.name) {
      case "echo":
        return { ...text(String(args.text)), structuredContent: { args } };
      case "progress": {
        const token = params._meta?.progressToken ?? "none";
        for (const progress of [1, 2])
          await extra.sendNotification({
            method: "notifications/progress",
            params: { progressToken: token, progress, total: 2 },
          });
        return text(`token ${typeof token}`);
      }
      case "log":
        for (const level of ["debug", "warning"] as const)
          await extra.sendNotification({ method: "notifications/message", params: { level, data: `at ${level}` } });
        return text("logged");
      case "elicit": {
        const answer = await elicit("Which city?").catch((error: Error) => {
          observed.refused++;
          throw error;
        });
        return text(`${answer.action} ${String(answer.content?.city)}`);
      }
      case "twice": {
        const first = await elicit("First?");
        const second = await elicit("Second?");
        return text(`${String(first.content?.city)} then ${String(second.content?.city)}`);
      }
      case "elicit-url":
        if (observed.accepted) return text("connected");
        observed.accepted = true;
        throw new McpError(-32042, "Please connect", {
          elicitations: [
            { mode: "url", elicitationId: "e1", url: "https://example.com/connect", message: "Connect your account" },
          ],
        });
      case "sample": {
        const answer = await extra.sendRequest(
          {
            method: "sampling/createMessage",
            params: { messages: [{ role: "user", content: { type: "text", text: "Capital?" } }], maxTokens: 5 },
          },
          CreateMessageResultSchema,
        );
        return text(JSON.stringify(answer.content));
      }
      case "roots": {
        const answer = await extra.sendRequest({ method: "roots/list" }, ListRootsResultSchema);
        return text(answer.roots.map((root) => root.uri).join());
      }
      case "slow":
        await new Promise((resolve) => extra.signal.addEventListener("abort", resolve));
        observed.cancelled++;
        return text("cancelled");
      case "change":
        await server.sendToolListChanged();
        return text("changed");
      case "touch":
        await server.sendResourceUpdated({ uri: String(args.uri) });
        return text("touched");
      case "whoami":
        return text(me);
      case "crash":
        process.exit(3);
    }
    throw new McpError(-32602, "Unknown tool at /srv/app/tools.js:12");
  });
  return server;
}

/** Starts it on loopback. `forget` makes the server forget all sessions. */
export async function startLegacy(
  observed: Observed,
): Promise<{ url: string; forget(): void; close(): Promise<void> }> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer(async (req, res) => {
    const id = req.headers["mcp-session-id"];
    let transport = typeof id === "string" ? sessions.get(id) : undefined;
    if (typeof id === "string" && transport === undefined) return void res.writeHead(404).end();
    if (transport === undefined) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => {
          observed.sessions++;
          sessions.set(session, made);
        },
        onsessionclosed: (session) => {
          sessions.delete(session);
          observed.sessions--;
        },
      });
      await build(observed).connect(made);
      transport = made;
    }
    await transport.handleRequest(req, res);
  });
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    forget: () => sessions.clear(),
    async close() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}

export const observed = (): Observed => ({ cancelled: 0, refused: 0, subscribed: [], accepted: false, sessions: 0 });

if (import.meta.main) await build(observed()).connect(new StdioServerTransport());
