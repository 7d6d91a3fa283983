/** A server whose tool does something that can be counted, and whose definition can change. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, fromJsonSchema, inputRequired, McpServer } from "@modelcontextprotocol/server";
import { FORM } from "../gateway/script.ts";

export interface CountingUpstream {
  readonly url: string;
  /** What `save` was called with, in order. */
  readonly saved: string[];
  /** The tool's description from now on. */
  describe(text: string): void;
  close(): Promise<void>;
}

/** An argument that only a person may set. */
const CONFIRMED = fromJsonSchema<{ folder: string; confirmed: boolean }>({
  type: "object",
  properties: { folder: { type: "string" }, confirmed: { type: "boolean", description: "Set it once you are sure" } },
  required: ["folder", "confirmed"],
  additionalProperties: false,
});

/** Starts it on loopback: `save` does something, `ask` asks for a city first, `wipe` wants to be confirmed, `look` only reads. */
export async function startCountingUpstream(): Promise<CountingUpstream> {
  const saved: string[] = [];
  let description = "Saves a text in a folder";
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  const inputSchema = fromJsonSchema<{ folder?: string; text?: string }>({
    type: "object",
    properties: { folder: { type: "string" }, text: { type: "string" }, token: { type: "string" } },
    additionalProperties: false,
  });
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: "counting", version: "1.0.0" }, { capabilities: { tools: {} } });
      for (const name of ["save", "erase"])
        server.registerTool(name, { title: "Save", description, inputSchema }, (args) => {
          saved.push(`${name} ${args.folder ?? ""} ${args.text ?? ""}`.trim());
          return text(`saved ${args.text ?? ""}`);
        });
      server.registerTool("wipe", { description: "Wipes a folder", inputSchema: CONFIRMED }, (args) => {
        saved.push(`wipe ${JSON.stringify(args)}`);
        return text(`wiped ${args.folder}`);
      });
      server.registerTool("look", { description: "Looks", inputSchema }, () => text("nothing"));
      server.registerTool("ask", { description: "Asks for a city, then saves", inputSchema }, (args, ctx) => {
        const answer = ctx.mcpReq.inputResponses?.["city"] as { content?: { city?: string } } | undefined;
        if (answer === undefined)
          return inputRequired({
            inputRequests: { city: inputRequired.elicit({ message: "Which city?", requestedSchema: FORM }) },
          });
        saved.push(`ask ${args.text ?? ""} ${answer.content?.city ?? "-"}`);
        return text(`asked ${answer.content?.city ?? "-"}`);
      });
      return server;
    },
    { legacy: "reject" },
  );
  const http = createServer(toNodeHandler(handler));
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    saved,
    describe(text) {
      description = text;
      handler.notify.toolsChanged();
    },
    async close() {
      await handler.close();
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}
