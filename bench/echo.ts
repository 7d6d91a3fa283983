/**
 * The upstream of the benchmarks: a bare node:http server that speaks one era of the protocol and has three tools, `echo`
 * and `read_page` (read) and `write_note` (writes), and on request many more that are only listed.
 *
 *     node bench/echo.ts --era modern|legacy [--tools 1000]
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { PAGE_KINDS, type PageKind, pageOf } from "./pages.ts";

const { values } = parseArgs({ options: { era: { type: "string" }, tools: { type: "string", default: "0" } } });
const modern = values.era === "modern";

const TEXT = { type: "string", maxLength: 1000 };
const schema = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const tools = [
  {
    name: "echo",
    description: "Returns its text",
    inputSchema: schema({ text: TEXT }),
    annotations: { readOnlyHint: true },
  },
  {
    name: "read_page",
    description: "Reads a page",
    inputSchema: schema({ kind: { type: "string", enum: PAGE_KINDS }, at: { type: "integer" } }),
    annotations: { readOnlyHint: true },
  },
  { name: "write_note", description: "Writes a note", inputSchema: schema({ id: TEXT, text: TEXT }) },
  ...Array.from({ length: Number(values.tools) }, (_, at) => ({
    name: `tool_${at}`,
    description: `Tool number ${at} of a large catalogue, with a description of the usual length and two arguments`,
    inputSchema: schema({ query: TEXT, limit: { type: "integer", minimum: 1, maximum: 100 } }),
  })),
];

const info = { name: "cardea-bench-echo", version: "1.0.0" };
const CACHED = modern ? { ttlMs: 300_000, cacheScope: "private" } : {};

/** Results by method; a member of the era alone is left out for the other. */
function answer(
  method: string,
  params: { name?: string; arguments?: { text?: string; kind?: PageKind; at?: number } } = {},
): object | undefined {
  const done = modern ? { resultType: "complete", _meta: { "io.modelcontextprotocol/serverInfo": info } } : {};
  if (method === "tools/call") {
    const { text, kind, at = 0 } = params.arguments ?? {};
    return { ...done, content: [{ type: "text", text: kind === undefined ? String(text) : pageOf(kind, at) }] };
  }
  if (method === "tools/list") return { ...done, ...CACHED, tools };
  if (modern && method === "server/discover") {
    return { ...done, ...CACHED, supportedVersions: ["2026-07-28"], capabilities: { tools: {} } };
  }
  if (!modern && method === "initialize") {
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: info };
  }
  if (!modern && method === "ping") return {};
  return undefined;
}

/** How many writes came in, which is asked at `GET /writes`. */
let writes = 0;

const server = createServer((req, res) => {
  if (req.method !== "POST") {
    const asked = req.url === "/writes";
    res.writeHead(asked ? 200 : 405).end(asked ? String(writes) : undefined);
    return;
  }
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    if (id === undefined) {
      res.writeHead(202).end();
      return;
    }
    if (params?.name === "write_note") writes++;
    const result = answer(method, params);
    const error = result ? undefined : { code: -32601, message: "Unknown method" };
    const body = JSON.stringify({ jsonrpc: "2.0", id, result, error });
    // HTTP 404 is how 2026-07-28 says it; for the older revision it would mean a lost session.
    res.writeHead(error && modern ? 404 : error ? 400 : 200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    res.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: "ready", endpoint: `http://127.0.0.1:${port}/mcp` }));
});
