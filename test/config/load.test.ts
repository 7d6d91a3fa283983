import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { formatFault } from "../../src/config/fault.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configJsonSchema } from "../../src/config/schema.ts";

function good(yaml: string | Uint8Array) {
  const loaded = loadConfig(yaml, "cardea.yaml");
  if ("faults" in loaded) assert.fail(loaded.faults.map(formatFault).join(""));
  return loaded.config;
}

const FULL = `
environment: staging
listen:
  host: 0.0.0.0
  port: 0
  publicUrl: https://mcp.example.com/
  tls: { cert: /etc/c.pem, key: /etc/k.pem, clientCa: /etc/ca.pem }
  clients: [192.0.2.0/24, "2001:db8::1"]
  trustedProxies: [10.0.0.0/8, "::1"]
  hosts: [MCP.example.com, "[::1]:8443"]
  origins: [https://app.example.com, "vscode-webview://x"]
limits:
  perCredential: { calls: 5, per: 10s }
  plans: { gold: { minute: 1000, day: 50000 } }
  tools: [ { match: "files.*", calls: 100, per: 1h }, { match: "crm.tool:send_*", calls: 5, per: 1d } ]
  concurrency: 8
  body: 2MiB
  headers: 8KiB
  jsonDepth: 32
  requestTimeout: 500ms
  resultSize: 64KiB
servers:
  files:
    package: "@modelcontextprotocol/server-filesystem@2026.8.31"
    args: [./workspace]
    sandbox: { read: [./workspace], write: [], network: none, memory: 1GiB, cpuSeconds: 60 }
    env: { LEVEL: { value: debug }, API_TOKEN: "env:TOKEN", OTHER: "file:./secrets/other" }
    tools: { read_file: { effect: read, alias: read }, constructor: { effect: write } }
    requests: { elicitation: true }
    shared: true
    timeout: 2m
    refresh: 1h
    processes: 2
    concurrency: 4
  local: { run: [/usr/bin/mcp-server, --stdio, ""] }
  crm:
    url: https://crm.example.com/mcp
    credential: { header: Authorization, value: "Bearer \${env:CRM}" }
    private: [10.1.0.0/16]
  near: { url: "http://127.0.0.1:9000/mcp", credential: { query: key, value: "\${file:./key}" } }
access:
  - { role: reader, allow: ["files.read_*", "crm.tool:find_*", "crm.resource:crm://contacts/*", "files.prompt:*"] }
audit: { durability: strict }
`;

test("a full configuration is read: units are in the names, defaults filled in", () => {
  const config = good(FULL);
  assert.equal(config.environment, "staging");
  assert.deepEqual(config.listen, {
    host: "0.0.0.0",
    port: 0,
    publicUrl: "https://mcp.example.com",
    tls: { cert: "/etc/c.pem", key: "/etc/k.pem", clientCa: "/etc/ca.pem" },
    trustedProxies: ["10.0.0.0/8", "::1/128"],
    clients: ["192.0.2.0/24", "2001:db8::1/128"],
    insecureHttp: false,
    hosts: ["mcp.example.com", "[::1]:8443"],
    origins: ["https://app.example.com", "vscode-webview://x"],
  });
  assert.deepEqual(config.limits.tools, [
    { match: "files.*", calls: 100, perMs: 3_600_000 },
    { match: "crm.tool:send_*", calls: 5, perMs: 86_400_000 },
  ]);
  assert.deepEqual(
    { ...config.limits.plans },
    { default: { minute: 120, day: 10_000 }, gold: { minute: 1000, day: 50_000 } },
  );
  assert.equal(config.limits.requestTimeoutMs, 500);
  assert.equal(config.limits.bodyBytes, 2 * 1024 ** 2);
  const { files, local, crm, near } = config.servers;
  assert.deepEqual(files?.source, {
    kind: "package",
    name: "@modelcontextprotocol/server-filesystem",
    version: "2026.8.31",
    args: ["./workspace"],
  });
  assert.deepEqual(files?.sandbox, {
    read: ["./workspace"],
    write: [],
    network: "none",
    memoryBytes: 1024 ** 3,
    cpuSeconds: 60,
  });
  assert.deepEqual(
    { ...files?.env },
    {
      LEVEL: { value: "debug" },
      API_TOKEN: { reference: "env:TOKEN" },
      OTHER: { reference: "file:./secrets/other" },
    },
  );
  assert.deepEqual(files?.requests, {
    elicitation: true,
    sampling: false,
    roots: false,
    systemPrompt: false,
    context: false,
    tools: false,
    maxTokens: 8192,
    most: 8,
  });
  assert.deepEqual(local?.source, { kind: "run", command: ["/usr/bin/mcp-server", "--stdio", ""] });
  assert.deepEqual(crm?.credential, { in: "header", name: "Authorization", value: "Bearer ${env:CRM}" });
  assert.deepEqual(near?.credential, { in: "query", name: "key", value: "${file:./key}" });
});

test("the smallest configuration denies and listens on loopback; a BOM and CRLF are fine", () => {
  for (const yaml of ["servers: {}\n", "\ufeffservers: {}\r\n", Buffer.from("\ufeffservers: {}\r\n")]) {
    const config = good(yaml);
    assert.equal(config.listen.host, "127.0.0.1");
    assert.equal(config.limits.perCredential.calls, 60);
    assert.deepEqual(config.access, []);
  }
});

test("records have no prototype: a name such as `constructor` finds only what is configured", () => {
  const config = good(FULL);
  assert.equal(config.servers["constructor"], undefined);
  assert.equal(config.servers["__proto__"], undefined);
  assert.equal(config.servers["files"]?.tools["toString"], undefined);
  assert.equal(config.servers["files"]?.tools["constructor"]?.effect, "write");
});

test("the JSON Schema for editors accepts what is read and refuses unknown keys", () => {
  const schema = configJsonSchema();
  const again = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  assert.equal(again.safeParse({ servers: { files: { run: ["x"] } }, listen: { port: 1 } }).success, true);
  assert.equal(again.safeParse({ servers: { files: { run: ["x"] } }, listen: { prot: 1 } }).success, false);
  assert.equal(again.safeParse({ limits: { requestTimeout: "1 h" } }).success, false);
});

test("no text crashes the loader, and every fault has its place", () => {
  const word = fc.constantFrom(
    ..."servers files run url package env credential value access role allow listen limits tools per calls &a *a !!map ? - : | > [ ] { } , ' \" # --- ... << 1 true null env:A ${env:B}".split(
      " ",
    ),
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "\t",
    "\u0000",
    "é",
    "\u{1f600}",
  );
  const soup = fc.array(word, { maxLength: 60 }).map((words) => words.join(""));
  const nested = fc.json({ maxDepth: 6 });
  const shaped = fc
    .record(
      Object.fromEntries(
        ["environment", "listen", "limits", "servers", "access", "audit"].map((key) => [
          key,
          fc.jsonValue({ maxDepth: 5 }),
        ]),
      ),
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value));
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(soup, nested, shaped, fc.string({ unit: "binary" }), bytes), (source) => {
      const loaded = loadConfig(source, "cardea.yaml");
      if ("config" in loaded) return;
      assert.ok(loaded.faults.length > 0);
      const lines = (typeof source === "string" ? source : new TextDecoder().decode(source)).split("\n").length;
      for (const fault of loaded.faults) {
        assert.ok(fault.line >= 1 && fault.line <= lines && fault.column >= 1, JSON.stringify(fault));
        assert.ok(!/[^\P{C}\n]/u.test(formatFault(fault)), JSON.stringify(fault));
      }
    }),
    { numRuns: 600 },
  );
});

test("hostile nesting and width take less than a second of CPU time each", () => {
  const size = 100_000;
  const texts = ["{".repeat(size), `a: ${"[".repeat(size)}`, "- ".repeat(size / 2), `{${"a: 1, ".repeat(size / 6)}}`];
  for (const text of texts) {
    const before = process.cpuUsage();
    assert.ok("faults" in loadConfig(text, "cardea.yaml"));
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 1_000_000, text.slice(0, 10));
  }
});

test("C8: a literal secret is refused in every place and never appears in a fault", () => {
  // Drawn by a hash: fast-check's own characters lean towards simple ones, which no secret does.
  const random = fc
    .nat()
    .map((seed) => createHash("sha256").update(String(seed)).digest("base64").replace(/\W/g, "").slice(0, 40))
    .filter((text) => /[0-9].*[0-9]/.test(text));
  const prefixed = fc
    .tuple(fc.constantFrom("ghp_", "sk-", "glpat-", "npm_", "xoxb-"), random)
    .map((parts) => parts.join(""));
  const places: ((secret: string) => string)[] = [
    (s) => `servers: { s: { run: [x, --token, "${s}"] } }`,
    (s) => `servers: { s: { run: [x, "--api-key=${s}"] } }`,
    (s) => `servers: { s: { package: a@1.2.3, args: ["${s}"] } }`,
    (s) => `servers: { s: { run: [x], env: { API_KEY: "${s}" } } }`,
    (s) => `servers: { s: { run: [x], env: { PLAIN: { value: "${s}" } } } }`,
    (s) => `servers: { s: { url: "https://a.example", credential: { header: A, value: "Bearer ${s}" } } }`,
    (s) => `servers: { s: { url: "https://a.example", credential: { header: A, value: "\${env:A}${s}" } } }`,
    (s) => `servers: { s: { url: "https://a.example/?k=${s}" } }`,
    (s) => `servers: { s: { url: "https://a.example/${s}/mcp" } }`,
    (s) => `servers: { s: { url: "https://u:${s}@a.example/mcp" } }`,
    (s) => `servers: { s: { run: [x], env: { ${s}: 1 } } }`,
    (s) => `servers: { ${s}: { run: [x], url: "https://a.example" } }\naccess: [{role: r, allow: ["x.*"]}]`,
    (s) => `listen: { host: "${s}\n`,
    (s) => `listen: *${s}\n`,
    (s) => `listen: !${s} {}\n`,
    (s) => `access: [{ role: r, allow: ["${s}.*"] }]`,
    (s) => `${s}: 1\n${s}: 2\n`,
  ];
  fc.assert(
    fc.property(fc.oneof(random, prefixed), fc.constantFrom(...places), (secret, place) => {
      const loaded = loadConfig(place(secret), "cardea.yaml");
      assert.ok("faults" in loaded, `accepted ${place(secret)}`);
      assert.ok(!JSON.stringify(loaded.faults).includes(secret), JSON.stringify(loaded.faults));
    }),
    { numRuns: 1000 },
  );
});

test("C8: ordinary commands and URLs are no secrets", () => {
  for (const words of [
    ["npx", "-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/ada/projects"],
    ["docker", "run", "-i", "--rm", `ghcr.io/acme/server@sha256:${"0a1b2c3d".repeat(8)}`],
    ["uvx", "--from", "git+https://github.com/acme/server@0123456789abcdef0123456789abcdef01234567", "server"],
    [
      "node",
      "dist/index.js",
      "--max-tokens",
      "4096",
      "--token-file",
      "./token",
      "--tenant=8c4f7c1e-0d3b-4c37-9f0e-6f5f8f0f1c2d",
    ],
    ["/usr/bin/server-everything-2026-07-28", "--key", "/etc/key.pem", "--sort-key", "name"],
  ]) {
    good(`servers: { s: { run: ${JSON.stringify(words)} } }`);
  }
  good('servers: { s: { url: "https://mcp.example.com/v1/2026-07-28/server-everything?profile=default" } }');
});
