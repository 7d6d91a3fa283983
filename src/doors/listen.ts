import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Arrived } from "../kernel/call.ts";
import type { Engine } from "../pipeline/engine.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { sayRefusal } from "./mcp/refusals.ts";

/** One way in, by path. */
export interface Door {
  serves(url: string | undefined): boolean;
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

/**
 * The HTTP server: limits on headers, times and connections (W4), TLS from files (W5). What is not HTTP is refused and
 * recorded like everything else.
 */
export function createListener(parts: {
  doors: readonly Door[];
  engine: Engine;
  clock: Clock;
  random: Random;
  log: Log;
  tls: { cert: string; key: string } | undefined;
  maxHeaderBytes: number;
  requestTimeoutMs: number;
  maxConnections: number;
}) {
  const options = {
    maxHeaderSize: parts.maxHeaderBytes,
    headersTimeout: 10_000,
    requestTimeout: parts.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
    requireHostHeader: true,
    joinDuplicateHeaders: false,
  };
  const server: Server = parts.tls
    ? (createTlsServer({
        ...options,
        cert: parts.tls.cert,
        key: parts.tls.key,
        minVersion: "TLSv1.2",
      }) as unknown as Server)
    : createServer(options);
  server.maxConnections = parts.maxConnections;
  server.maxRequestsPerSocket = 0;
  let draining = false;
  let running = 0;

  const arrive = (): Arrived => ({
    id: parts.random.id("c_"),
    at: parts.clock.now(),
    started: parts.clock.monotonic(),
    endpoint: undefined,
    bearer: undefined,
  });

  server.on("request", (req, res) => {
    const door = parts.doors.find((candidate) => candidate.serves(req.url));
    running++;
    res.once("close", () => running--);
    if (draining) res.setHeader("connection", "close");
    const work = door === undefined ? unknownPath(res) : door.handle(req, res);
    work.catch((error: unknown) => {
      parts.log.error("door.failed", { fault: error instanceof Error ? error.message : String(error) });
      if (!res.headersSent) res.writeHead(500, { "content-length": "0" });
      res.end();
    });
  });

  async function unknownPath(res: ServerResponse): Promise<void> {
    const arrived = arrive();
    const answer = await parts.engine.refuse(arrived, {
      code: "unknown_path",
      message: "Nothing is served at this path. MCP is at /mcp and /mcp/<server>.",
    });
    if (answer.kind !== "refusal") return;
    const said = sayRefusal(null, answer.refusal, arrived.id, "modern", "", JSON.stringify);
    res.writeHead(said.status, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(said.text)),
    });
    res.end(said.text);
  }

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
    const large = error.code === "HPE_HEADER_OVERFLOW";
    const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const refusal = large
      ? ({
          code: "headers_too_large",
          message: `The headers are larger than ${parts.maxHeaderBytes} bytes.`,
          control: "W4",
        } as const)
      : slow
        ? ({ code: "request_timeout", message: "The request did not arrive in time.", control: "W4" } as const)
        : ({ code: "invalid_request", message: "This is not valid HTTP/1.1.", control: "W4" } as const);
    const arrived = arrive();
    void parts.engine.refuse(arrived, refusal).then((answer) => {
      if (answer.kind !== "refusal" || !socket.writable) return socket.destroy();
      const said = sayRefusal(null, answer.refusal, arrived.id, "modern", "", JSON.stringify);
      const status =
        { 400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large" }[said.status] ?? "Error";
      socket.end(
        `HTTP/1.1 ${said.status} ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(said.text)}\r\nconnection: close\r\n\r\n${said.text}`,
      );
    });
  });

  return {
    /** Listens; resolves with the port. Rejects when the address cannot be had. */
    listen(host: string, port: number): Promise<number> {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.removeListener("error", reject);
          resolve((server.address() as AddressInfo).port);
        });
      });
    },
    /** Takes no new connections, waits for running requests at most `patienceMs`, then cuts what is left. */
    async drain(patienceMs: number, endStreams: () => void): Promise<void> {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      endStreams();
      const late = new Promise<void>((resolve) => setTimeout(resolve, patienceMs).unref());
      const idle = (async () => {
        while (running > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      })();
      await Promise.race([idle, late]);
      server.closeAllConnections();
      await closed;
    },
  };
}
