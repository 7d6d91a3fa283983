/** A server of 2026-07-28 on the SDK's second generation, over HTTP. It knows no session. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, fromJsonSchema, inputRequired, McpServer } from "@modelcontextprotocol/server";
import type { CallToolResult, InputRequiredResult, ServerContext } from "@modelcontextprotocol/server";
import { FORM, PROMPT, RESOURCE, TOOLS, type UpstreamFixture, words } from "./script.ts";

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

/** Starts it on loopback. */
export async function startModernUpstream(): Promise<UpstreamFixture> {
  const state = { note: "first", late: false, cancelled: [] as string[] };

  async function step(ctx: ServerContext, progress: number, word: string): Promise<void> {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      await ctx.mcpReq.notify({
        method: "notifications/progress",
        params: { progressToken, progress, total: 3, message: word },
      });
    await ctx.mcpReq.log("warning", `${word} ${progress}`, "steps");
  }

  async function run(name: string, word: string, ctx: ServerContext): Promise<CallToolResult | InputRequiredResult> {
    switch (name) {
      case "steps":
        for (const progress of [1, 2, 3]) {
          await step(ctx, progress, word);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return text(`done ${word}`);
      case "wait":
        await step(ctx, 1, word);
        await new Promise((resolve) => ctx.mcpReq.signal.addEventListener("abort", resolve, { once: true }));
        state.cancelled.push(word);
        return text("never seen");
      case "ask": {
        const answer = ctx.mcpReq.inputResponses?.["city"] as
          | { action: string; content?: { city?: string } }
          | undefined;
        if (answer === undefined)
          return inputRequired({
            inputRequests: { city: inputRequired.elicit({ message: `City of ${word}?`, requestedSchema: FORM }) },
          });
        return text(`${word} ${answer.action} ${answer.content?.city ?? "-"}`);
      }
      case "cancelled":
        return text(state.cancelled.join(","));
      case "grow":
        state.late = true;
        handler.notify.toolsChanged();
        return text("grown");
      case "touch":
        state.note = word;
        handler.notify.resourceUpdated(RESOURCE.uri);
        return text("touched");
      default:
        return text(word);
    }
  }

  const handler = createMcpHandler(
    () => {
      const server = new McpServer(
        { name: "modern", version: "1.0.0" },
        {
          capabilities: {
            tools: { listChanged: true },
            prompts: { listChanged: true },
            resources: { subscribe: true, listChanged: true },
            logging: {},
            completions: {},
          },
        },
      );
      for (const { name, description, inputSchema } of [
        ...TOOLS,
        ...(state.late ? [{ ...(TOOLS[0] as (typeof TOOLS)[0]), name: "late" }] : []),
      ])
        server.registerTool(
          name,
          { description, inputSchema: fromJsonSchema<{ word?: string }>(inputSchema) },
          (args, ctx) => run(name, args.word ?? "", ctx),
        );
      const argsSchema = fromJsonSchema<{ name: string }>({
        type: "object",
        properties: { name: { type: "string", description: "Who" } },
        required: ["name"],
      });
      server.registerPrompt(PROMPT.name, { description: PROMPT.description, argsSchema }, ({ name }) => ({
        messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
      }));
      server.registerResource(RESOURCE.name, RESOURCE.uri, { mimeType: RESOURCE.mimeType }, () => ({
        contents: [{ uri: RESOURCE.uri, mimeType: RESOURCE.mimeType, text: state.note }],
      }));
      server.server.setRequestHandler("completion/complete", ({ params }) => ({
        completion: { values: words(params.argument.value) },
      }));
      return server;
    },
    { legacy: "reject" },
  );
  const http = createServer(toNodeHandler(handler));
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    sessions: () => undefined,
    async close() {
      await handler.close();
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}
