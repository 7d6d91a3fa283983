/**
 * A server that answers with too much: each of its tools in another way (`shapes.ts`). Over HTTP in one era, or on
 * standard output in the legacy one. A tool's name that ends with `_event` answers as an event of a stream.
 *
 *     node bench/attack-size/hostile.ts --era modern|legacy [--stdio]
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { SHAPES, type Shape, type ShapeName } from "./shapes.ts";

const { values } = parseArgs({ options: { era: { type: "string" }, stdio: { type: "boolean" } } });
const modern = values.era === "modern";
const EVENT = "_event";

const info = { name: "cardea-bench-hostile", version: "1.0.0" };
const inputSchema = { type: "object", properties: {}, additionalProperties: true };
const names = Object.entries(SHAPES).flatMap(([name, { form }]) =>
  form === "message" ? [name, name + EVENT] : [name],
);
const tools = names.map((name) => ({ name, description: `Answers ${name.replaceAll("_", " ")}`, inputSchema }));

function answer(method: string): object | undefined {
  const cached = modern ? { resultType: "complete", ttlMs: 300_000, cacheScope: "private" } : {};
  const capabilities = { tools: {}, logging: {} };
  if (method === "tools/list") return { ...cached, tools };
  if (modern && method === "server/discover") return { ...cached, supportedVersions: ["2026-07-28"], capabilities };
  if (!modern && method === "initialize") return { protocolVersion: "2025-11-25", capabilities, serverInfo: info };
  return !modern && (method === "ping" || method === "logging/setLevel") ? {} : undefined;
}

interface Asked {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly _meta?: { readonly progressToken?: unknown } };
}

const plain = ({ id, method }: Asked): string => {
  const result = answer(method);
  return JSON.stringify({ jsonrpc: "2.0", id, ...(result ? { result } : { error: { code: -32601, message: "no" } }) });
};

function shapeOf({ method, params }: Asked): { shape: Shape; asEvent: boolean } | undefined {
  const name = params?.name ?? "";
  const asEvent = name.endsWith(EVENT);
  const own = asEvent ? name.slice(0, -EVENT.length) : name;
  return method === "tools/call" && own in SHAPES ? { shape: SHAPES[own as ShapeName], asEvent } : undefined;
}

/** Writes pieces as fast as they are taken, until there are no more or nobody reads. */
async function pour(pieces: Iterable<string | Buffer>, out: Writable): Promise<void> {
  for (const piece of pieces) {
    if (out.destroyed) return;
    if (out.write(piece)) continue;
    await new Promise<void>((go) => {
      const done = (): void => {
        out.off("drain", done).off("close", done);
        go();
      };
      out.on("drain", done).on("close", done);
    });
  }
}

function* around(pieces: Iterable<string | Buffer>, before: string, after: string) {
  yield before;
  yield* pieces;
  yield after;
}

const event = (message: string): string => `data: ${message}\n\n`;
const line = (message: string): string => `${message}\n`;

const tokenOf = ({ params }: Asked): string => JSON.stringify(params?._meta?.progressToken ?? 0);

async function overwhelm(asked: Asked, res: ServerResponse): Promise<void> {
  const found = shapeOf(asked);
  if (found === undefined) return;
  const { shape, asEvent } = found;
  const pieces = shape.pieces(String(asked.id), tokenOf(asked), event);
  if (shape.form === "head") {
    if (res.socket !== null) await pour(pieces, res.socket);
    return;
  }
  const stream = asEvent || shape.form === "messages";
  res.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
  await pour(asEvent ? around(pieces, "data: ", "\n\n") : pieces, res);
  res.end();
}

function serveHttp(): void {
  // It stands for another machine: what it takes of this one's processors is nothing that the gateway could help.
  setPriority(constants.priority.PRIORITY_LOW);
  const server = createServer((req, res) => {
    if (req.method !== "POST") return void res.writeHead(405).end();
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      if (asked.id === undefined) return void res.writeHead(202).end();
      if (shapeOf(asked) !== undefined) return void overwhelm(asked, res).catch(() => res.destroy());
      const status = answer(asked.method) !== undefined ? 200 : modern ? 404 : 400;
      res.writeHead(status, { "content-type": "application/json" }).end(plain(asked));
    });
  });
  server.on("connection", (socket) => socket.on("error", () => {}));
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    console.log(JSON.stringify({ event: "ready", endpoint: `http://127.0.0.1:${port}/mcp` }));
  });
}

function serveStdio(): void {
  process.stdout.on("error", () => process.exit(0));
  createInterface({ input: process.stdin }).on("line", (text) => {
    const asked = JSON.parse(text) as Asked;
    if (asked.id === undefined) return;
    const found = shapeOf(asked);
    if (found === undefined) return void process.stdout.write(`${plain(asked)}\n`);
    void pour(around(found.shape.pieces(String(asked.id), tokenOf(asked), line), "", "\n"), process.stdout);
  });
}

if (values.stdio) serveStdio();
else serveHttp();
