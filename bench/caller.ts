import { Pool } from "undici";

export type Era = "modern" | "legacy";

/** What one call gave. */
export interface Answered {
  /** The gateway's correlation id, where there was one. */
  readonly call: string | undefined;
  readonly wrote: boolean;
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "cardea-bench", version: "1.0.0" },
};

/**
 * A client without an SDK: it writes each request by hand and checks that each answer is the one to its request.
 *
 * @param endpoint URL of the MCP endpoint
 * @param key API key; undefined where none is asked
 * @param connections at most this many at once
 */
export class Caller {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #era: Era;
  #next = 0;

  constructor(endpoint: string, era: Era, key: string | undefined, connections: number) {
    const url = new URL(endpoint);
    this.#pool = new Pool(url.origin, { connections, pipelining: 1 });
    this.#path = url.pathname;
    this.#era = era;
    this.#headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": era === "modern" ? "2026-07-28" : "2025-11-25",
      ...(key && { authorization: `Bearer ${key}` }),
    };
  }

  /** The handshake of the legacy era. */
  async open(): Promise<void> {
    if (this.#era === "modern") return;
    const hello = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: META["io.modelcontextprotocol/clientInfo"],
    };
    const { session } = await this.#post({ id: 0, method: "initialize", params: hello }, {});
    if (session !== undefined) this.#headers["mcp-session-id"] = session;
    await this.#post({ method: "notifications/initialized" }, {});
  }

  /** Calls a tool with arguments that no call had before; each fifth call writes. Throws for a wrong answer. */
  async call(): Promise<Answered> {
    const at = ++this.#next;
    const wrote = at % 5 === 0;
    const name = wrote ? "write_note" : "echo";
    const text = `${process.pid} says ${at} and nothing that was said before`;
    const args = wrote ? { id: `note-${process.pid}-${at}`, text } : { text };
    const { body, call } = await this.#ask(at, "tools/call", { name, arguments: args }, name);
    if (!body.includes(text) || body.includes('"isError":true')) throw new Error(`Wrong answer: ${body.slice(0, 500)}`);
    return { call, wrote };
  }

  /** Reads a page of 10 KB that no call read before. Throws for a wrong answer. */
  async page(kind: string): Promise<void> {
    const at = ++this.#next;
    const args = { kind, at };
    const { body } = await this.#ask(at, "tools/call", { name: "read_page", arguments: args }, "read_page");
    if (body.length < 10_000 || body.includes('"isError":true')) throw new Error(`Wrong answer: ${body.slice(0, 500)}`);
  }

  /** Lists all tools, page by page. */
  async list(): Promise<{ tools: number; bytes: number }> {
    let [tools, bytes] = [0, 0];
    let cursor: string | undefined;
    do {
      const { body } = await this.#ask(++this.#next, "tools/list", cursor === undefined ? {} : { cursor });
      const { result } = JSON.parse(body.slice(body.indexOf("{"))) as {
        result: { tools: unknown[]; nextCursor?: string };
      };
      tools += result.tools.length;
      bytes += body.length;
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    return { tools, bytes };
  }

  /** Closes the connections at once. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  #ask(id: number, method: string, params: object, name?: string) {
    if (this.#era === "legacy") return this.#post({ id, method, params }, {});
    const headers = { "mcp-method": method, ...(name && { "mcp-name": name }) };
    return this.#post({ id, method, params: { ...params, _meta: META } }, headers);
  }

  async #post(message: object, headers: Record<string, string>) {
    const answer = await this.#pool.request({
      method: "POST",
      path: this.#path,
      headers: { ...this.#headers, ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
    const body = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`HTTP ${answer.statusCode}: ${body.slice(0, 500)}`);
    const one = (name: string): string | undefined => answer.headers[name]?.toString();
    return { body, call: one("cardea-call"), session: one("mcp-session-id") };
  }
}
