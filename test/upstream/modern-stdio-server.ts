/** A dual-era server on the SDK's second generation, over stdio. */
import { fromJsonSchema, inputRequired, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
const anything = fromJsonSchema<Record<string, unknown>>({ type: "object" });

serveStdio(() => {
  const server = new McpServer(
    { name: "modern", version: "1.0.0" },
    { capabilities: { tools: { listChanged: true }, logging: {} } },
  );
  server.registerTool("echo", { description: "echo", inputSchema: anything }, (args) => text(String(args.text)));
  server.registerTool("slow", { description: "slow", inputSchema: anything }, async (_args, ctx) => {
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener("abort", resolve));
    return text("late");
  });
  server.registerTool("progress", { description: "progress", inputSchema: anything }, async (_args, ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      await ctx.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: 1 } });
    await ctx.mcpReq.log("info", "one line");
    return text("done");
  });
  server.registerTool("ask", { description: "ask", inputSchema: anything }, (_args, ctx) => {
    const answer = ctx.mcpReq.inputResponses?.city;
    if (answer !== undefined) return text(JSON.stringify(answer));
    const schema = { type: "object", properties: { city: { type: "string" } } };
    return inputRequired({
      inputRequests: { city: inputRequired.elicit({ message: "Which city?", requestedSchema: schema as never }) },
    });
  });
  server.registerTool("change", { description: "change", inputSchema: anything }, () => {
    server.sendToolListChanged();
    return text("changed");
  });
  return server;
});
