/** A bare HTTP server of 2026-07-28 whose definitions a test changes, and whose answers it can spoil. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

/** A request as it arrived. */
export interface Received {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly name?: string; readonly uri?: string; readonly arguments?: Json };
  readonly headers: IncomingMessage["headers"];
}

/** What a test can change while the server runs. */
export interface RawUpstream {
  readonly url: string;
  tools: Json[];
  prompts: Json[];
  /** Resources and templates; none of both: the capability is not declared. */
  resources: Json[];
  templates: Json[];
  instructions: string | undefined;
  /** Answers this list with an error. */
  broken: string | undefined;
  /** Every request, oldest first. */
  readonly received: Received[];
  /** Methods that `spoil` may answer. */
  spoilt: ReadonlySet<string>;
  /** Answers a call in place of the server. Returns false to leave it to the server. */
  spoil: ((message: Received, res: ServerResponse, req: IncomingMessage) => boolean) | undefined;
  close(): Promise<void>;
}

/** A tool that takes one word, or what `schema` says. */
export const tool = (name: string, more: Json = {}): Json => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object", properties: { word: { type: "string", maxLength: 50 } }, additionalProperties: false },
  ...more,
});

/** The JSON text of an answer. */
export const answerText = (id: unknown, result: Json): string =>
  JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", ...result } });

/** A text result. */
export const said = (text: string): Json => ({ content: [{ type: "text", text }] });

/** Starts it on loopback with one tool, `echo`. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const cached = { ttlMs: 0, cacheScope: "private" };
  const answer = ({ method, params }: Received): Json | undefined => {
    switch (method) {
      case "server/discover":
        return {
          ...cached,
          supportedVersions: ["2026-07-28"],
          capabilities: {
            tools: {},
            prompts: {},
            ...(upstream.templates.length + upstream.resources.length > 0 ? { resources: {} } : {}),
          },
          ...(upstream.instructions === undefined ? {} : { instructions: upstream.instructions }),
        };
      case "tools/list":
        return { ...cached, tools: upstream.tools };
      case "prompts/list":
        return { ...cached, prompts: upstream.prompts };
      case "resources/list":
        return { ...cached, resources: upstream.resources };
      case "resources/templates/list":
        return { ...cached, resourceTemplates: upstream.templates };
      case "resources/read":
        return { ...cached, contents: [{ uri: params.uri, text: `read ${params.uri}` }] };
      case "prompts/get":
        return { messages: [{ role: "user", content: { type: "text", text: String(params.name) } }] };
      case "tools/call":
        return said(`${params.name} ${String(params.arguments?.["word"] ?? "")}`);
      default:
        return undefined;
    }
  };
  const http = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      if (req.method !== "POST") return void res.writeHead(405).end();
      const { id, method, params = {} } = JSON.parse(Buffer.concat(chunks).toString()) as Received;
      const message = { id, method, params, headers: req.headers };
      upstream.received.push(message);
      if (upstream.spoilt.has(method) && upstream.spoil?.(message, res, req)) return;
      const result = upstream.broken === method ? undefined : answer(message);
      const text = result
        ? answerText(id, result)
        : JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "Unknown method" } });
      res.writeHead(result ? 200 : 404, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      });
      res.end(text);
    });
  });
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  const upstream: RawUpstream = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    tools: [tool("echo")],
    prompts: [],
    resources: [],
    templates: [],
    broken: undefined,
    instructions: undefined,
    received: [],
    spoilt: new Set(["tools/call"]),
    spoil: undefined,
    async close() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
  return upstream;
}
