import { Client, LOG_LEVEL_META_KEY, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

export type ClientEra = "legacy" | "modern";

/** A client with everything that it heard. */
export interface Heard {
  readonly client: Client;
  readonly progress: { readonly progress: number; readonly total?: number; readonly message?: string }[];
  readonly logs: string[];
  /** The messages of forms that it was asked to fill. */
  readonly asked: string[];
  readonly updated: string[];
  /** How often it was told that the tools changed. */
  changes: number;
  /** How it answers forms. */
  answer: { action: "accept"; content: { city: string } } | { action: "decline" } | { action: "cancel" };
  /** Calls a tool and returns its text; asks for progress and for logs from `debug` on. */
  say(tool: string, word?: string, signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** Connects the SDK's client with this key. */
export async function connect(endpoint: string, key: string, era: ClientEra): Promise<Heard> {
  const client = new Client(
    { name: `test-${era}`, version: "1.0.0" },
    {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" },
    },
  );
  const meta = era === "modern" ? { _meta: { [LOG_LEVEL_META_KEY]: "debug" } } : {};
  const heard: Heard = {
    client,
    progress: [],
    logs: [],
    asked: [],
    updated: [],
    changes: 0,
    answer: { action: "accept", content: { city: "Oslo" } },
    async say(name, word = "", signal) {
      const result = await client.callTool(
        { name, arguments: word === "" ? {} : { word }, ...meta },
        { onprogress: (step) => void heard.progress.push(step), ...(signal && { signal }) },
      );
      const [block] = result.content as { text?: string }[];
      if (result.isError === true) throw new Error(block?.text);
      return block?.text ?? "";
    },
    close: () => client.close(),
  };
  client.setRequestHandler("elicitation/create", ({ params }) => {
    heard.asked.push(params.message);
    return heard.answer;
  });
  client.setNotificationHandler("notifications/message", ({ params }) => void heard.logs.push(String(params.data)));
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.updated.push(String(params.uri)),
  );
  client.setNotificationHandler("notifications/tools/list_changed", () => void heard.changes++);
  const headers = { authorization: `Bearer ${key}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers } }));
  if (era === "legacy") await client.setLoggingLevel("debug");
  return heard;
}
