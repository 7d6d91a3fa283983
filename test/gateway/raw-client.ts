/** Requests as a test wants them, right or wrong, over undici or a bare socket. */
import { connect as connectSocket } from "node:net";
import { request } from "undici";

type Json = Record<string, unknown>;

/** An answer, whole. */
export interface Said {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The JSON-RPC message; of an event stream the last one. */
  readonly body: { id?: unknown; result?: Json; error?: { code: number; message: string; data?: Json } };
  /** Correlation id. */
  readonly call: string;
}

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1.0.0" },
};

/** The headers and body of a request of 2026-07-28. */
export function modern(
  key: string,
  method: string,
  params: Json = {},
): { headers: Record<string, string>; body: string } {
  const name = params["name"] ?? params["uri"];
  return {
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta: ENVELOPE } }),
  };
}

/** Posts, or does what `more` says, and reads the answer to its end. */
export async function post(
  url: string,
  sent: { headers: Record<string, string> | string[]; body?: string | Uint8Array; method?: string },
): Promise<Said> {
  const { statusCode, headers, body } = await request(url, {
    method: (sent.method ?? "POST") as "POST",
    headers: sent.headers,
    body: sent.body,
  });
  return read(statusCode, headers, await body.text());
}

/** Calls a tool in the modern way. */
export const call = (url: string, key: string, name: string, args: Json = {}): Promise<Said> =>
  post(url, modern(key, "tools/call", { name, arguments: args }));

/** The text of a tool result. */
export const textOf = (answer: Said): string | undefined =>
  (answer.body.result?.["content"] as { text?: string }[] | undefined)?.[0]?.text;

function read(status: number, headers: Said["headers"], text: string): Said {
  const last = text.startsWith("{")
    ? text
    : (text
        .match(/^data: (\{.*)$/gm)
        ?.at(-1)
        ?.slice(6) ?? "{}");
  const body = JSON.parse(last) as Said["body"];
  const id = headers["cardea-call"] ?? body.error?.data?.["call"];
  return { status, headers, text, body, call: String(id ?? "") };
}

/** Sends bytes over a socket of their own and reads what comes until the peer ends it. @param ms waits at most so long */
export function raw(endpoint: string, bytes: string, ms = 3_000): Promise<Said> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connectSocket(Number(port), hostname, () => socket.write(bytes, "latin1"));
    let text = "";
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const [head = "", ...rest] = text.split("\r\n\r\n");
      const [first = "", ...lines] = head.split("\r\n");
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
      );
      try {
        const length = Number(headers["content-length"] ?? 0);
        resolve(read(Number(first.split(" ")[1] ?? 0), headers, rest.join("\r\n\r\n").slice(0, length)));
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(done, ms);
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
      const at = text.indexOf("\r\n\r\n");
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (at > 0 && length !== undefined && text.length >= at + 4 + Number(length)) done();
    });
    socket.on("end", done).on("error", () => text !== "" || reject(new Error("The connection broke")));
  });
}
