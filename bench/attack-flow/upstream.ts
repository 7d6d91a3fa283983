import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One tool of the bench, with what is configured of it. */
export interface BenchTool {
  readonly args: readonly string[];
  readonly effect: string;
  readonly flow?: string;
}

/** The servers that scenarios are played on. `trusted` are the operator's own. */
export const SERVERS: Readonly<
  Record<
    string,
    { readonly own: boolean; readonly source?: string; readonly tools: Readonly<Record<string, BenchTool>> }
  >
> = {
  web: {
    own: false,
    tools: {
      fetch: { args: ["url"], effect: "read", flow: "{ sink: outbound }" },
      search: { args: ["query"], effect: "read" },
    },
  },
  tracker: {
    own: false,
    tools: {
      get_issue: { args: ["repo", "number"], effect: "read" },
      get_file: { args: ["repo", "path"], effect: "read" },
      comment: { args: ["repo", "number", "body"], effect: "outbound" },
      create_issue: { args: ["repo", "title", "body"], effect: "write", flow: "{ sink: public }" },
      merge: { args: ["repo", "number"], effect: "destructive" },
      push_file: { args: ["repo", "path", "text"], effect: "write" },
    },
  },
  mail: {
    own: false,
    tools: {
      read_message: { args: ["message_id"], effect: "read" },
      send: { args: ["to", "subject", "body", "bcc"], effect: "outbound" },
      reply: { args: ["message_id", "body"], effect: "outbound" },
    },
  },
  chat: {
    own: false,
    tools: {
      read_thread: { args: ["thread_id"], effect: "read" },
      post: { args: ["channel", "text"], effect: "outbound" },
      answer: { args: ["thread_id", "text"], effect: "outbound" },
    },
  },
  calc: { own: false, tools: { add: { args: ["a", "b", "sidenote"], effect: "read" } } },
  files: {
    own: true,
    tools: {
      read: { args: ["path"], effect: "read" },
      list: { args: ["path"], effect: "read" },
      write: { args: ["path", "text"], effect: "write" },
      delete: { args: ["path"], effect: "destructive" },
      download: { args: ["path"], effect: "read", flow: "{ reads: [untrusted] }" },
    },
  },
  secrets: {
    own: true,
    source: "private",
    tools: { read: { args: ["path"], effect: "read" }, get_env: { args: ["variable"], effect: "read" } },
  },
  people: { own: true, source: "private", tools: { get_record: { args: ["person"], effect: "read" } } },
  shell: { own: true, tools: { run: { args: ["command"], effect: "execute" } } },
  bank: {
    own: true,
    tools: {
      statement: { args: ["account"], effect: "read", flow: "{ reads: [private] }" },
      pay: { args: ["account", "amount", "reference"], effect: "payment" },
    },
  },
  admin: { own: true, tools: { grant: { args: ["person", "role"], effect: "access-change" } } },
};

/** What reached a server: its name, the tool and its arguments. */
export interface Receipt {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Upstream {
  readonly url: (server: string) => string;
  readonly receipts: Receipt[];
  /** What the next call answers. */
  answer(text: string): void;
  close(): void;
}

/** MCP servers of the 2026-07-28 revision, all on one port, each below its own path. */
export async function startUpstream(): Promise<Upstream> {
  const receipts: Receipt[] = [];
  let next = "ok";

  function answer(server: string, method: string, params: Record<string, unknown>): object | undefined {
    const done = {
      resultType: "complete",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: server, version: "1.0.0" } },
    };
    const listed = { ...done, ttlMs: 0, cacheScope: "private" };
    switch (method) {
      case "tools/list":
        return { ...listed, tools: toolsOf(server) };
      case "server/discover":
        return { ...listed, supportedVersions: ["2026-07-28"], capabilities: { tools: {} } };
      case "tools/call":
        receipts.push({ tool: `${server}.${String(params["name"])}`, args: params["arguments"] as Receipt["args"] });
        return { ...done, content: [{ type: "text", text: next }] };
      default:
        return undefined;
    }
  }

  const http = createServer((req, res) => {
    if (req.method !== "POST") return void res.writeHead(405).end();
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const { id, method, params = {} } = JSON.parse(Buffer.concat(chunks).toString());
      if (id === undefined) return void res.writeHead(202).end();
      const result = answer(req.url?.split("/")[1] ?? "", method, params);
      const error = result ? undefined : { code: -32601, message: "Unknown method" };
      const body = JSON.stringify({ jsonrpc: "2.0", id, result, error });
      res.writeHead(error ? 404 : 200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      });
      res.end(body);
    });
  });
  http.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: (server) => `http://127.0.0.1:${port}/${server}`,
    receipts,
    answer: (text) => void (next = text),
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}

function toolsOf(server: string): object[] {
  const words: Record<string, string> = { url: "uri", amount: "number", a: "number", b: "number", number: "number" };
  return Object.entries(SERVERS[server]?.tools ?? {}).map(([name, { args }]) => ({
    name,
    description: `Works with ${server}`,
    inputSchema: {
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(
        args.map((arg) => [arg, words[arg] === "number" ? { type: "number" } : { type: "string", maxLength: 20_000 }]),
      ),
    },
  }));
}
