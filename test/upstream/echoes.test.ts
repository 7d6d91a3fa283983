import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openHttpUpstream } from "../../src/adapters/upstream-http/upstream.ts";
import { Echoes } from "../../src/adapters/upstream-link/echoes.ts";
import { openStdioUpstream } from "../../src/adapters/upstream-stdio/upstream.ts";
import { ada, callOf, settings, textOf } from "./support.ts";
import type { Seen } from "./support.ts";

const TOKEN = 'tok/en+"7f3\\9>a';
const VALUE = `Bearer ${TOKEN}`;
const inJson = (text: string): string => JSON.stringify({ text });
const escaped = (text: string): string =>
  [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

describe("C1, invariant 5: a server that repeats the gateway's secret hands it on to nobody", () => {
  const FORMS: [string, string][] = [
    ["the token", inJson(TOKEN)],
    ["the whole value", inJson(`authorization: ${VALUE}!`)],
    ["escaped slashes", inJson(TOKEN).replaceAll("/", "\\/")],
    ["every character escaped", `{"text":"${escaped(VALUE)}"}`],
    ["capital hexadecimal digits", `{"text":"${escaped(TOKEN).replace(/[a-f]/g, (hex) => hex.toUpperCase())}"}`],
    ["percent-encoded", inJson(`https://x.example/?key=${encodeURIComponent(TOKEN)}&b=1`)],
    ["percent-encoded in lower case", inJson(encodeURIComponent(TOKEN).replace(/%../g, (code) => code.toLowerCase()))],
    ["as a form", inJson(new URLSearchParams({ auth: VALUE }).toString())],
    ["base64", inJson(Buffer.from(TOKEN).toString("base64"))],
    ["base64 of the whole", inJson(Buffer.from(VALUE).toString("base64url"))],
    ["twice", inJson(`${TOKEN} ${VALUE}`)],
  ];
  for (const [name, text] of FORMS)
    test(name, () => {
      const events: string[] = [];
      const echoes = new Echoes((type) => void events.push(type));
      echoes.learn([VALUE, TOKEN]);
      const clean = echoes.clean(text);
      const { text: left } = JSON.parse(clean) as { text: string };
      assert.match(left, /\[credential removed\]/);
      assert.doesNotMatch(left, /7f3|dG9rL2Vu/);
      assert.deepEqual(events, ["upstream.credential.echoed"]);
    });

  test("the name and password of HTTP Basic, decoded", () => {
    const echoes = new Echoes(() => {});
    echoes.learn([`Basic ${Buffer.from("robot:pass-word-1").toString("base64")}`]);
    assert.equal(
      echoes.clean('{"a":"robot:pass-word-1 or pass-word-1"}'),
      '{"a":"[credential removed] or [credential removed]"}',
    );
  });

  test("a secret is known after its rotation, a short one is not searched, and other text stays as it is", () => {
    const events: string[] = [];
    const echoes = new Echoes((type) => void events.push(type));
    const other = '{"a":"\\u0041 \\/ short1 plain"}';
    assert.equal(echoes.clean(other), other);
    echoes.learn(["old-secret"]);
    echoes.learn(["new-secret", "short1"]);
    assert.equal(echoes.clean(other), other);
    assert.deepEqual(events, []);
    assert.equal(echoes.clean("old-secret new-secret"), "[credential removed] [credential removed]");
  });

  test("over HTTP: in a result, an error, progress, a log message, a list and the standing of the server", async () => {
    const server = createServer((req, res) => {
      let body = "";
      req.on("data", (chunk: Buffer) => void (body += chunk.toString()));
      req.on("end", () => {
        const { id, method, params } = JSON.parse(body) as {
          id: number;
          method: string;
          params: { name?: string; _meta?: { progressToken?: unknown } };
        };
        const echo = `you sent ${req.headers.authorization}`;
        const say = (message: object): string => `data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`;
        const result = (value: object): string => say({ id, result: { resultType: "complete", ...value } });
        res.writeHead(200, { "content-type": "text/event-stream" });
        if (method === "server/discover")
          return res.end(
            result({
              supportedVersions: ["2026-07-28"],
              capabilities: { tools: {} },
              instructions: echo,
              ttlMs: 0,
              cacheScope: "private",
            }),
          );
        if (method === "tools/list")
          return res.end(
            result({
              tools: [{ name: "t", description: echo, inputSchema: { type: "object" } }],
              ttlMs: 0,
              cacheScope: "private",
            }),
          );
        if (params.name === "fail") return res.end(say({ id, error: { code: -32602, message: echo } }));
        res.write(
          say({
            method: "notifications/progress",
            params: { progressToken: params._meta?.progressToken, progress: 1, message: echo },
          }),
        );
        res.write(say({ method: "notifications/message", params: { level: "error", data: { headers: [echo] } } }));
        res.end(result({ content: [{ type: "text", text: echo }], structuredContent: { [echo]: echo } }));
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const seen: Seen[] = [];
    const upstream = openHttpUpstream({
      ...settings("crm", seen),
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
      private: [],
      credential: { in: "header", name: "Authorization", value: () => VALUE, parts: () => [TOKEN] },
    });
    try {
      const link = await upstream.link(ada);
      const listing = await link.list(new AbortController().signal);
      const call = callOf("echo", {}, { progress: true, logLevel: "info" });
      const result = await link.send(call.permit);
      const fault = await link.send(callOf("fail").permit);
      const all = [listing, result, fault, call.heard.progress, call.heard.logs];
      assert.doesNotMatch(JSON.stringify([...all, seen, upstream.state()]), /7f3/);
      for (const each of all.filter((each) => each !== fault))
        assert.match(JSON.stringify(each), /you sent \[credential removed\]/);
      assert.ok(seen.some(({ type, detail }) => type === "upstream.credential.echoed" && detail.server === "crm"));
    } finally {
      await upstream.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  test("over stdio: the secrets of the environment, and no other variable", async () => {
    const root = join(import.meta.dirname, "../..");
    const seen: Seen[] = [];
    const upstream = openStdioUpstream({
      ...settings("crm", seen),
      command: ["node", join(import.meta.dirname, "bad-stdio-server.ts")],
      cwd: root,
      env: () => ({ TOKEN, REGION: "north-west-1" }),
      secretEnv: ["TOKEN"],
      sandbox: { read: [join(root, "test")], write: [], network: "none" },
    });
    try {
      const env = JSON.parse(textOf(await (await upstream.link(ada)).send(callOf("env").permit))) as object;
      assert.deepEqual(
        { ...env, HOME: 0, LANG: 0, PATH: 0, PWD: 0, TMPDIR: 0 },
        { TOKEN: "[credential removed]", REGION: "north-west-1", HOME: 0, LANG: 0, PATH: 0, PWD: 0, TMPDIR: 0 },
      );
      assert.equal(seen.filter(({ type }) => type === "upstream.credential.echoed").length, 1);
    } finally {
      await upstream.close();
    }
  });
});
