import { Pool } from "undici";
import type { Era } from "../caller.ts";

/** What the gateway answered. */
export interface Answer {
  readonly status: number;
  /** The message, as far as it is JSON; of a stream the last one. */
  readonly message: {
    readonly result?: { readonly content?: readonly { readonly text?: string }[]; readonly isError?: boolean };
    readonly error?: {
      readonly message: string;
      readonly data?: { readonly reason?: string; readonly control?: string; readonly call?: string };
    };
  };
  /** Correlation id; undefined: nobody could say. */
  readonly call: string | undefined;
  readonly bytes: number;
  readonly ms: number;
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "greedy", version: "1" },
  "io.modelcontextprotocol/logLevel": "debug",
};

/** A client that wants progress and every log message, and sends what it is told to. */
export class Client {
  readonly #pool: Pool;
  readonly #key: string;
  #session: string | undefined;
  #next = 0;

  constructor(endpoint: string, key: string) {
    this.#pool = new Pool(new URL(endpoint).origin, { connections: 4, pipelining: 1 });
    this.#key = key;
  }

  /** Opens the legacy session. */
  async open(): Promise<void> {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "greedy", version: "1" } };
    const { session } = await this.#post(this.#message("initialize", JSON.stringify(params)), {});
    this.#session = session;
    await this.#post(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }), {});
    await this.#post(this.#message("logging/setLevel", '{"level":"debug"}'), {});
  }

  /** @param args arguments as JSON text, which need not be valid */
  async call(era: Era, tool: string, args: string): Promise<Answer> {
    const began = performance.now();
    const own = { progressToken: `p${this.#next}`, ...(era === "modern" ? META : {}) };
    const params = `{"name":${JSON.stringify(tool)},"arguments":${args},"_meta":${JSON.stringify(own)}}`;
    const headers: Record<string, string> =
      era === "modern"
        ? { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": tool }
        : { "mcp-protocol-version": "2025-11-25", "mcp-session-id": this.#session ?? "" };
    const { status, text, call } = await this.#post(this.#message("tools/call", params), headers);
    const last = text.startsWith("{") ? text : text.slice(text.lastIndexOf("\ndata: {") + 7, text.lastIndexOf("}") + 1);
    let message: Answer["message"] = {};
    try {
      message = JSON.parse(last) as Answer["message"];
    } catch {
      // No answer; the status says what there is.
    }
    const ms = performance.now() - began;
    return { status, message, call: call ?? message.error?.data?.call, bytes: text.length, ms };
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  #message(method: string, params: string): string {
    return `{"jsonrpc":"2.0","id":${++this.#next},"method":"${method}","params":${params}}`;
  }

  async #post(body: string, headers: Record<string, string>) {
    const {
      statusCode,
      headers: said,
      body: answer,
    } = await this.#pool.request({
      method: "POST",
      path: "/mcp",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${this.#key}`,
        ...headers,
      },
      body,
    });
    const one = (name: string): string | undefined => said[name]?.toString();
    return { status: statusCode, text: await answer.text(), call: one("cardea-call"), session: one("mcp-session-id") };
  }
}
