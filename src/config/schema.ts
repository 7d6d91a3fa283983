import { z } from "zod";
import { approvals } from "./approvals-schema.ts";
import { access, declared } from "./access-schema.ts";
import { flow, serverFlow } from "./flow-schema.ts";
import { identity } from "./identity-schema.ts";
import { screen } from "./screen-schema.ts";
import { duration, flag, list, mapping, named, oneOf, size, text, whole } from "./leaves.ts";
import { plainRules, tools } from "./tools-schema.ts";

/** Server names: they become URL paths and prefixes of tool names. */
export const SERVER_NAME = "^[a-z][a-z0-9-]{0,31}$";

const path = () => text("a path; relative ones start at the folder of this file", "./workspace");
const range = () => text("an address range such as 10.0.0.0/8", "10.0.0.0/8");
const glob = "server.glob, server.tool:glob, server.prompt:glob or server.resource:glob";

const listen = mapping(
  {
    host: text("an IP address or host name to listen on", "127.0.0.1").default("127.0.0.1"),
    port: whole(0, 65535, 7332).default(7332),
    publicUrl: text("the https URL that clients use", "https://mcp.example.com").optional(),
    tls: mapping(
      {
        cert: text("the absolute path of a PEM file", "/etc/cardea/cert.pem"),
        key: text("the absolute path of a PEM file", "/etc/cardea/key.pem"),
        clientCa: text(
          "the absolute path of a PEM file with the authorities of client certificates, which are then needed",
          "/etc/cardea/clients.pem",
        ).optional(),
      },
      "a mapping with cert and key, and with clientCa where clients need certificates",
    ).optional(),
    trustedProxies: list(range(), "a list of address ranges of proxies that end TLS", ["10.0.0.0/8"]).default([]),
    clients: list(range(), "a list of address ranges of clients; empty: clients may have any address", [
      "10.0.0.0/8",
    ]).default([]),
    insecureHttp: flag().default(false),
    hosts: list(text("a host name, with or without port", "mcp.example.com"), "a list of further Host names", [
      "mcp.example.com",
    ]).default([]),
    origins: list(text("an origin such as https://app.example.com", "https://app.example.com"), "a list of origins", [
      "https://app.example.com",
    ]).default([]),
  },
  "a mapping with host, port and how the endpoint is reached",
);

const calls = () => whole(1, 1_000_000_000, 60);
const per = () => duration("1s", "31d", "1m");

/** The plan of keys that name none, where the configuration does not write it. */
export const DEFAULT_PLAN = { minute: 120, day: 10_000 };

const limits = mapping(
  {
    perCredential: mapping({ calls: calls(), per: per() }, "a mapping with calls and per").prefault({
      calls: 60,
      per: "1m",
    }),
    plans: named(
      mapping({ minute: calls(), day: calls() }, "a mapping with minute and day"),
      "a mapping of plan names to their limits; `default` is there even where it is not written",
      "^[a-z][a-z0-9-]{0,31}$",
    ).default({ default: DEFAULT_PLAN }),
    tools: list(
      mapping({ match: text(glob, "files.*"), calls: calls(), per: per() }, "a mapping with match, calls and per"),
      "a list of limits of tools",
      [{ match: "files.*", calls: 100, per: "1h" }],
    ).default([]),
    perAddress: whole(1, 1_000_000, 240).default(240),
    concurrency: whole(1, 10_000, 32).default(32),
    body: size("1KiB", "64MiB", "1MiB").default("1MiB"),
    headers: size("1KiB", "256KiB", "16KiB").default("16KiB"),
    jsonDepth: whole(8, 512, 64).default(64),
    requestTimeout: duration("100ms", "24h", "60s").default("60s"),
    resultSize: size("1KiB", "256MiB", "1MiB").default("1MiB"),
  },
  "a mapping of limits",
);

const sandbox = mapping(
  {
    read: list(path(), "a list of paths that may be read", ["./workspace"]).default([]),
    write: list(path(), "a list of paths that may be written", ["./workspace"]).default([]),
    network: oneOf(["none", "host"]).default("none"),
    memory: size("16MiB", "512GiB", "512MiB").default("512MiB"),
    cpuSeconds: whole(1, 1_000_000_000, 3600).optional(),
  },
  "a mapping of what a local program may use",
);

const reference = () => text("a reference env:NAME or file:path", "env:CRM_TOKEN");

const server = mapping(
  {
    package: text("an npm package with its exact version, name@1.2.3", "@example/mcp-server@1.2.3").optional(),
    run: list(text("a word of a command line", "/usr/bin/mcp-server", /^[^\n\0]{0,4096}$/), "a command as a list", [
      "/usr/bin/mcp-server",
      "--stdio",
    ]).optional(),
    url: text("an https URL", "https://crm.example.com/mcp").optional(),
    args: list(text("an argument as text", "./workspace", /^[^\n\0]{0,4096}$/), "a list of arguments", [
      "./workspace",
    ]).optional(),
    sandbox: sandbox.prefault({}),
    env: named(
      z
        .union([
          reference(),
          mapping({ value: text("text that is no secret", "debug", /^[^\0]{0,4096}$/) }, "a mapping with value"),
        ])
        .meta({ description: "env:NAME, file:path or {value: plain text}", examples: ["env:CRM_TOKEN"] }),
      "a mapping of variable names to env:NAME, file:path or {value: plain text}",
      "^[A-Za-z_][A-Za-z0-9_]{0,127}$",
    ).default({}),
    credential: mapping(
      {
        header: text("a header name", "Authorization", /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/).optional(),
        query: text("the name of a query parameter", "key", /^[A-Za-z0-9_.~-]{1,64}$/).optional(),
        value: text("text with ${env:NAME} or ${file:path} for the secret", "Bearer ${env:TOKEN}"),
      },
      "a mapping with header or query, and value",
    ).optional(),
    private: list(range(), "a list of address ranges", ["10.0.0.0/8"]).default([]),
    declared: declared(),
    flow: serverFlow(),
    tools: tools(),
    prompts: plainRules("prompts", "^[\\x21-\\x7e]{1,128}$"),
    templates: plainRules("URI templates", "^[^\\n]{1,1024}$"),
    requests: mapping(
      {
        elicitation: flag().default(false),
        sampling: flag().default(false),
        roots: flag().default(false),
        systemPrompt: flag().default(false),
        context: flag().default(false),
        tools: flag().default(false),
        maxTokens: whole(1, 1_000_000, 8192).default(8192),
        most: whole(1, 64, 8).default(8),
      },
      "a mapping of what the server may ask of the client",
    ).prefault({}),
    shared: flag().default(false),
    trusted: flag().default(false),
    timeout: duration("100ms", "24h", "60s").default("60s"),
    refresh: duration("1s", "24h", "1m").default("1m"),
    processes: whole(1, 1000, 32).default(32),
    concurrency: whole(1, 10_000, 16).default(16),
  },
  "a mapping with package, run or url",
);

/** The schema of `cardea.yaml`. What keys mean together is checked in `check-*.ts`. */
export const SCHEMA = z
  .strictObject({
    environment: oneOf(["dev", "staging", "prod"]).default("dev"),
    listen: listen.prefault({}),
    limits: limits.prefault({}),
    servers: named(server, "a mapping of server names to servers", SERVER_NAME).default({}),
    access: access(glob),
    identity: identity.prefault({}),
    approvals: approvals.prefault({}),
    screen: screen(glob).prefault({}),
    flow: flow().prefault({}),
    audit: mapping(
      {
        durability: oneOf(["group", "strict"]).default("group"),
        policyFields: flag().default(false),
      },
      "a mapping with durability and policyFields",
    ).prefault({}),
  })
  .meta({ description: "a mapping with servers, access, listen and so on", title: "Cardea configuration" });

/** What the schema gives back: defaults filled in, durations and sizes as they are written. */
export type Parsed = z.output<typeof SCHEMA>;

/** JSON Schema (draft 2020-12) of `cardea.yaml`, for editors. `cardea check --schema` prints it. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(SCHEMA, { io: "input" });
}
