import { Pool } from "undici";
import type { Attempt, Who } from "./attempts.ts";

/** What the gateway said. */
export interface Said {
  readonly status: number;
  readonly body: string;
}

const META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{},"url":{}}},"io.modelcontextprotocol/clientInfo":{"name":"attacker","version":"1"}}';

/** Puts attempts into bytes and sends them. One connection pool; sessions of the legacy era are opened once for each caller. */
export class Sender {
  readonly #pool: Pool;
  readonly #keys: Readonly<Record<Who, string>>;
  readonly #sessions = new Map<string, string>();
  #id = 0;

  constructor(origin: string, keys: Readonly<Record<Who, string>>) {
    this.#pool = new Pool(origin, { connections: 8, pipelining: 1, headersTimeout: 20_000, bodyTimeout: 20_000 });
    this.#keys = keys;
  }

  /** Sends one attempt; of an event stream the first second is read. */
  async send(attempt: Attempt): Promise<Said> {
    const { era, method, path, who } = attempt;
    const headers = new Map<string, string>([
      ["content-type", "application/json"],
      ["accept", "application/json, text/event-stream"],
      ["authorization", `Bearer ${this.#keys[who]}`],
      ["mcp-protocol-version", era === "modern" ? "2026-07-28" : "2025-11-25"],
    ]);
    if (era === "modern") {
      headers.set("mcp-method", method);
      const named = /^\{[^{]*?"(?:name|uri)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(attempt.params)?.[1];
      if (named !== undefined && ["tools/call", "prompts/get", "resources/read"].includes(method))
        headers.set("mcp-name", headerText(named));
    } else {
      const session = await this.#session(attempt);
      if (session !== undefined) headers.set("mcp-session-id", session);
    }
    for (const [name, value] of attempt.headers) headers.set(name, value);
    return this.#post(path, headers, wrapped(attempt, ++this.#id));
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #session(attempt: Attempt): Promise<string | undefined> {
    switch (attempt.session) {
      case "none":
        return undefined;
      case "made up":
        return "m".repeat(43);
      case "another's":
        return this.#open(attempt.who === "broad" ? "narrow" : "broad", attempt.path);
      default:
        return this.#open(attempt.who, attempt.path);
    }
  }

  async #open(who: Who, path: string): Promise<string | undefined> {
    const at = `${who} ${path}`;
    const known = this.#sessions.get(at);
    if (known !== undefined) return known;
    const answer = await this.#pool.request({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${this.#keys[who]}`,
      },
      body: '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"attacker","version":"1"}}}',
    });
    await answer.body.dump();
    const session = answer.headers["mcp-session-id"]?.toString();
    if (session !== undefined) this.#sessions.set(at, session);
    return session;
  }

  async #post(path: string, headers: Map<string, string>, body: string): Promise<Said> {
    const gone = AbortSignal.timeout(15_000);
    const answer = await this.#pool.request({
      method: "POST",
      path,
      headers: Object.fromEntries(headers),
      body,
      signal: gone,
    });
    const stream = answer.headers["content-type"]?.toString().startsWith("text/event-stream") === true;
    let text = "";
    const late = stream ? setTimeout(() => answer.body.destroy(), 300) : undefined;
    try {
      for await (const piece of answer.body) {
        text += String(piece);
        if (text.length > 1_000_000) break;
      }
    } catch {
      // A stream that stays open is left after a moment.
    } finally {
      clearTimeout(late);
    }
    return { status: answer.statusCode, body: text };
  }
}

/** A header's text for a name as it stands in JSON; what no header can hold goes as base64 (2026-07-28). */
function headerText(json: string): string {
  let name: string;
  try {
    name = JSON.parse(`"${json}"`) as string;
  } catch {
    name = "x";
  }
  return /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(name) ? name : `=?base64?${Buffer.from(name).toString("base64")}?=`;
}

function wrapped({ era, method, params, wrap }: Attempt, id: number): string {
  const inner = era === "modern" && !params.includes('"_meta"') ? params.replace(/\}\s*$/, `,${META}}`) : params;
  const message = (own: string): string =>
    `{"jsonrpc":"2.0",${own}"method":${JSON.stringify(method)},"params":${inner}}`;
  switch (wrap) {
    case "batch":
      return `[${message('"id":1,')},${message('"id":2,')}]`;
    case "notification":
      return message("");
    case "twice":
      return message(`"id":${id},"method":"ping",`);
    case "string id":
      return message(`"id":"${id}",`);
    default:
      return message(`"id":${id},`);
  }
}
