// A small MCP server on the official SDK: notes in memory, behind a bearer token. Run: node server.ts --port 7401
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const token = process.env.NOTES_TOKEN;
if (!token) {
  console.error("Set NOTES_TOKEN to any text of your own; the gateway sends it.");
  process.exit(2);
}
const notes: string[] = [];

/** The SDK asks for a server per request; what is kept lives outside. */
function build(): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  server.registerTool(
    "list_notes",
    {
      description: "Returns all notes, oldest first.",
      inputSchema: z.strictObject({}),
      annotations: { readOnlyHint: true },
    },
    () => ({ content: [{ type: "text", text: notes.join("\n") || "There are no notes." }] }),
  );
  server.registerTool(
    "add_note",
    { description: "Keeps one note.", inputSchema: z.strictObject({ text: z.string().min(1).max(500) }) },
    ({ text }) => {
      notes.push(text);
      return { content: [{ type: "text", text: `Kept as note ${notes.length}.` }] };
    },
  );
  return server;
}

const handle = toNodeHandler(createMcpHandler(build));
const http = createServer((request, response) => {
  if (request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(401).end();
    return;
  }
  void handle(request, response);
});
const { values } = parseArgs({ options: { port: { type: "string", default: "7401" } } });
http.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`notes: http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
});
