/** A legacy server over stdio, by hand, that misbehaves as its tools are called. */
import { createInterface } from "node:readline";

const say = (message: unknown): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const result = (id: unknown, value: unknown): void => say({ jsonrpc: "2.0", id, result: value });
const text = (value: string) => ({ content: [{ type: "text", text: value }] });
const held: Buffer[] = [];
let waiting: unknown;

if (process.argv.includes("--stubborn")) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1_000);
}
console.log("Welcome to the server!");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result: answer } = JSON.parse(line);
  if (method === "server/discover") {
    if (process.argv.includes("--dies-of-probe")) process.exit(1);
    if (process.argv.includes("--silent")) return;
    return say({ jsonrpc: "2.0", id, error: { code: -32601, message: "no" } });
  }
  if (process.argv.includes("--mute")) return;
  if (method === "initialize")
    return result(id, {
      protocolVersion: "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "bad", version: "1" },
    });
  if (answer !== undefined) return result(waiting, text(JSON.stringify(answer)));
  if (method !== "tools/call") return;
  switch (params.name) {
    case "echo":
      return result(id, text(String(params.arguments.text)));
    case "die":
      return process.exit(7);
    case "junk":
      console.error("a secret on stderr");
      process.stdout.write("not json\n");
      return result(id, text("after the junk"));
    case "broken":
      return void process.stdout.write('{"jsonrpc":"2.0","id":\n');
    case "long":
      return void process.stdout.write("x".repeat(2_000_000));
    case "flood":
      for (let i = 0; i < 20_000; i++) say({ jsonrpc: "2.0", method: "notifications/x" });
      return;
    case "wrong":
      result(424_242, text("not yours"));
      return result(id, text("yours"));
    case "log":
      say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "whose?" } });
      return void setTimeout(() => result(id, text("logged")), 50);
    case "ask":
      waiting = id;
      return say({ jsonrpc: "2.0", id: "q", method: "roots/list" });
    case "hold":
      waiting = id;
      return;
    case "pounce": {
      const question = { jsonrpc: "2.0", id: "q", method: "roots/list" };
      const answer = { jsonrpc: "2.0", id, result: text("pounced") };
      return void process.stdout.write(`${JSON.stringify(question)}\n${JSON.stringify(answer)}\n`);
    }
    case "late":
      return void setTimeout(() => result(id, text("late")), 60);
    case "env":
      return result(id, text(JSON.stringify(process.env)));
    case "memory":
      for (let i = 0; i < 40; i++) held.push(Buffer.alloc(10_000_000, 1));
      return;
  }
});
