/** The SDK's clients of both generations and eras, as approvals see them. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

export type Generation = "v2 modern" | "v2 legacy" | "v1 legacy";
export const GENERATIONS: readonly Generation[] = ["v2 modern", "v2 legacy", "v1 legacy"];

/** What a client was asked. */
export interface Asked {
  readonly mode: string;
  readonly message: string;
  readonly url?: string;
}

export interface Working {
  readonly asked: Asked[];
  /** The text of a tool's result; rejects with an Error that has the text of a refusal. */
  say(tool: string, args?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

type Answer = { action: "accept" | "decline" | "cancel"; content?: Record<string, string> };

/**
 * Connects.
 * @param ways how it declares that it can be asked; none: not at all
 * @param answer what it answers, for each question
 */
export async function connectAs(
  generation: Generation,
  endpoint: string,
  key: string,
  ways: readonly ("url" | "form")[] = [],
  answer: (asked: Asked) => Answer | Promise<Answer> = () => ({ action: "accept" }),
): Promise<Working> {
  const capabilities = ways.length === 0 ? {} : { elicitation: Object.fromEntries(ways.map((way) => [way, {}])) };
  const info = { name: `test ${generation}`, version: "1.0.0" };
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  const asked: Asked[] = [];
  const reply = async (params: { mode?: string; message: string; url?: string }): Promise<Answer> => {
    const { mode = "form", message, url } = params;
    const one = { mode, message, ...(url === undefined ? {} : { url }) };
    asked.push(one);
    return answer(one);
  };
  let call: (name: string, args: Record<string, string>) => Promise<unknown>;
  let close: () => Promise<void>;
  if (generation === "v1 legacy") {
    const client = new OlderClient(info, { capabilities });
    if (ways.length > 0)
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => reply(params as Parameters<typeof reply>[0]));
    await client.connect(
      new OlderTransport(new URL(endpoint), { requestInit }) as Parameters<typeof client.connect>[0],
    );
    call = (name, args) => client.callTool({ name, arguments: args });
    close = () => client.close();
  } else {
    const mode = generation === "v2 modern" ? { pin: "2026-07-28" } : "legacy";
    const client = new Client(info, { capabilities, versionNegotiation: { mode } as { mode: "legacy" } });
    if (ways.length > 0)
      client.setRequestHandler("elicitation/create", ({ params }) => reply(params as Parameters<typeof reply>[0]));
    await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit }));
    call = (name, args) => client.callTool({ name, arguments: args });
    close = () => client.close();
  }
  return {
    asked,
    async say(name, args = {}) {
      const result = (await call(name, args)) as { content: { text?: string }[]; isError?: boolean };
      const text = result.content[0]?.text ?? "";
      if (result.isError === true) throw new Error(text);
      return text;
    },
    close,
  };
}
