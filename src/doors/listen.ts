import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Arrived } from "../kernel/call.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { Roster } from "../kernel/roster.ts";
import type { Engine } from "../pipeline/engine.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { type ClientRules, mayAsk, mayConnect } from "./clients.ts";
import { connectionOf, Request } from "./request.ts";
import { httpFault } from "./http-fault.ts";
import { sayRefusal } from "./mcp/refusals.ts";

/** After a refusal that ends the connection the client has so long to read it, in milliseconds. */
const LINGER_MS = 500;
/** So long calls that are cut at the end of the drain may take to answer, in milliseconds. */
const CUT_MS = 1_000;

/** Said to, and recorded of, who is in no list of clients. */
const STRANGER: Refusal = {
  code: "forbidden_client",
  message: "This address is none that clients may have. The operator lists them under `listen.clients`.",
  control: "W5",
};
const UNPROVED: Refusal = {
  code: "forbidden_client",
  message: "Clients need a certificate here. The operator names its authority under `listen.tls.clientCa`.",
  control: "W5",
};

/** OpenSSL's word for a client without certificate. */
const NO_CERTIFICATE = "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE";

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
  /** PEM. With `ca` every client needs a certificate of one of these authorities. */
  tls: { cert: string; key: string; ca?: string } | undefined;
  /** Which addresses may be clients; undefined: all. */
  clients?: ClientRules;
  maxHeaderBytes: number;
  requestTimeoutMs: number;
  maxConnections: number;
}) {
  const options = {
    IncomingMessage: Request,
    maxHeaderSize: parts.maxHeaderBytes,
    headersTimeout: Math.min(10_000, parts.requestTimeoutMs),
    requestTimeout: parts.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
    // `httpFault` looks for it, so that the refusal is recorded like every other.
    requireHostHeader: false,
    joinDuplicateHeaders: false,
  };
  const server: Server = parts.tls
    ? (createTlsServer({
        ...options,
        cert: parts.tls.cert,
        key: parts.tls.key,
        ...(parts.tls.ca === undefined ? {} : { ca: parts.tls.ca, requestCert: true, rejectUnauthorized: true }),
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

  function receive(req: IncomingMessage, res: ServerResponse, expectation: boolean): void {
    const connection = connectionOf(req.socket);
    if (connection.ending) return;
    connection.open.add(res);
    running++;
    res.on("close", () => {
      running--;
      connection.open.delete(res);
    });
    if (draining) res.setHeader("connection", "close");
    const failed = (error: unknown): void => {
      parts.log.error("door.failed", { fault: error instanceof Error ? error.message : String(error) });
      if (!res.headersSent) res.writeHead(500, { "content-length": "0" });
      res.end();
    };
    try {
      serve(req, res, connection, expectation).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
  server.on("connection", (socket: Socket) => {
    if (parts.clients === undefined || mayConnect(socket.remoteAddress, parts.clients)) return;
    socket.destroy();
    void record(STRANGER);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    // `authorizationError` is set where a certificate came that no named authority vouches for.
    const why = error.code === NO_CERTIFICATE ? error.code : (socket.authorizationError as unknown);
    if (why) void record({ ...UNPROVED, secretReason: String(why).slice(0, 64) });
  });
  server.on("request", (req, res) => receive(req, res, false));
  server.on("checkExpectation", (req, res) => receive(req, res, true));

  function serve(
    req: IncomingMessage,
    res: ServerResponse,
    connection: ReturnType<typeof connectionOf>,
    expectation: boolean,
  ): Promise<void> {
    const stranger = parts.clients !== undefined && !mayAsk(req, parts.clients);
    const fault = httpFault(req, expectation) ?? (stranger ? STRANGER : undefined);
    if (fault !== undefined) {
      connection.ending = true;
      res.setHeader("connection", "close");
      return say(res, fault);
    }
    for (const door of parts.doors) if (door.serves(req.url)) return door.handle(req, res);
    return say(res, {
      code: "unknown_path",
      message: "Nothing is served at this path. MCP is at /mcp and /mcp/<server>.",
    });
  }

  async function say(res: ServerResponse, refusal: Refusal): Promise<void> {
    const said = await record(refusal);
    if (said === undefined) return;
    res.writeHead(said.status, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(said.text)),
    });
    res.end(said.text);
  }

  /** Records a refusal of what no door has seen, and says it. */
  async function record(refusal: Refusal) {
    const arrived = arrive();
    const answer = await parts.engine.refuse(arrived, refusal);
    if (answer.kind !== "refusal") return undefined;
    const manner = { call: arrived.id, era: "modern", method: "", present: JSON.stringify } as const;
    return sayRefusal(null, answer.refusal, manner);
  }

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
    // Whatever follows on a broken connection breaks it again; it is answered once.
    const connection = connectionOf(socket);
    if (connection.ending) return;
    connection.ending = true;
    void refuseConnection(error, socket, connection.open);
  });

  /** Answers what is no HTTP, after the answers to the whole requests before it, and ends the connection. */
  async function refuseConnection(
    error: NodeJS.ErrnoException,
    socket: Socket,
    open: Roster<ServerResponse>,
  ): Promise<void> {
    const large = error.code === "HPE_HEADER_OVERFLOW";
    const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const said = await record(
      large
        ? {
            code: "headers_too_large",
            message: `The headers are larger than ${parts.maxHeaderBytes} bytes.`,
            control: "W4",
          }
        : slow
          ? { code: "request_timeout", message: "The request did not arrive in time.", control: "W4" }
          : { code: "invalid_request", message: "This is not valid HTTP/1.1.", control: "W4" },
    );
    const before = open.all().filter((res) => res.req.complete);
    const patience = AbortSignal.timeout(parts.requestTimeoutMs);
    await Promise.all(before.map((res) => once(res, "close", { signal: patience }))).catch(() => socket.destroy());
    if (said === undefined || !socket.writable) return void socket.destroy();
    const status =
      { 400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large" }[said.status] ?? "Error";
    socket.end(
      `HTTP/1.1 ${said.status} ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(said.text)}\r\nconnection: close\r\n\r\n${said.text}`,
    );
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

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
    /**
     * Takes no new connections and waits for running requests at most `patienceMs`; what is left is answered that the
     * gateway ends, and cut where it does not take the answer within a second.
     */
    async drain(
      patienceMs: number,
      end: { streams(): void; cut(): void; running(): number } = { streams() {}, cut() {}, running: () => 0 },
    ): Promise<void> {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      end.streams();
      const idle = async (ms: number): Promise<boolean> => {
        for (const late = parts.clock.monotonic() + ms; running > 0 || end.running() > 0; )
          if (parts.clock.monotonic() > late) return false;
          else await new Promise((resolve) => setTimeout(resolve, 20));
        return true;
      };
      if (!(await idle(patienceMs))) {
        end.cut();
        await idle(CUT_MS);
      }
      server.closeAllConnections();
      await closed;
    },
  };
}
