import { gzipSync } from "node:zlib";
import { doubled, drop, ODD, set, type Twist, values, without } from "./fuzz-twist.ts";

export const KEYS: readonly Twist[] = [
  without("Authorization", "refuse", { statuses: [401] }),
  doubled("Authorization"),
  values(
    "Authorization",
    "refuse",
    [
      "Bearer",
      "Bearer ",
      "Basic YTpi",
      "Bearer ck_aaaaaaaa",
      "Bearer a b",
      `Bearer ${"a".repeat(9000)}`,
      ...ODD.map((odd) => `Bearer ${odd}`),
    ],
    { statuses: [401], weight: 2 },
  ),
  {
    name: "a key with a wrong character",
    weight: 2,
    on: "Authorization",
    verdict: "refuse",
    statuses: [401],
    apply(draft, dice) {
      const key = draft.person.key;
      const at = 3 + dice.below(key.length - 3);
      set(draft, "Authorization", `Bearer ${key.slice(0, at)}${key[at] === "x" ? "y" : "x"}${key.slice(at + 1)}`);
    },
  },
  {
    name: "a revoked key",
    weight: 2,
    on: "Authorization",
    verdict: "refuse",
    statuses: [401],
    apply: (draft, _, world) => set(draft, "Authorization", `Bearer ${world.revokedKey}`),
  },
  {
    name: "a key elsewhere",
    weight: 1,
    on: "Authorization",
    verdict: "refuse",
    statuses: [401],
    apply(draft, dice) {
      drop(draft, "Authorization");
      const { key } = draft.person;
      const name = dice.pick(["X-Api-Key", "Cookie", "Proxy-Authorization"]);
      set(draft, name, name === "Cookie" ? `token=${key}` : `Bearer ${key}`);
    },
  },
  {
    name: "a credential in the query",
    weight: 1,
    on: "path",
    verdict: "refuse",
    statuses: [400],
    apply(draft, dice) {
      if (dice.below(2) === 0) drop(draft, "Authorization");
      const name = dice.pick(["access_token", "key", "session=1&key"]);
      draft.path += `?${name}=${dice.pick([draft.person.key, "2"])}`;
    },
  },
  {
    name: "scheme in lower case",
    weight: 1,
    on: "Authorization",
    verdict: "accept",
    apply: (draft) => set(draft, "Authorization", `bearer  ${draft.person.key}`),
  },
];

export const PLACES: readonly Twist[] = [
  without("Host", "refuse", { statuses: [400] }),
  doubled("Host"),
  values(
    "Host",
    "refuse",
    ["evil.example", "127.0.0.1", "localhost.", "127.0.0.1:1", "127.0.0.1:80@evil.example", "[::1]", "0.0.0.0", ...ODD],
    { weight: 2 },
  ),
  {
    name: "another name of this host",
    weight: 1,
    on: "Host",
    verdict: "accept",
    apply: (draft, dice, world) => set(draft, "Host", dice.pick(["localhost", "LOCALHOST"]) + `:${world.port}`),
  },
  values(
    "Origin",
    "refuse",
    ["https://evil.example", "null", "file://", "http://127.0.0.1", "http://localhost.evil.example", ...ODD],
    { statuses: [403], weight: 2 },
  ),
  {
    name: "own origin",
    weight: 1,
    on: "Origin",
    verdict: "accept",
    apply: (draft, _, world) => set(draft, "Origin", `http://127.0.0.1:${world.port}`),
  },
  doubled("Origin"),
  {
    name: "another path",
    weight: 3,
    on: "path",
    verdict: "refuse",
    statuses: [404],
    apply(draft, dice) {
      draft.path = dice.pick([
        "/",
        "/MCP",
        "//mcp",
        "/mcp/",
        "/mcp//modern",
        "/mcp/modern/",
        "/mcp/nowhere",
        "/mcp/../mcp",
        "/mcp/%6dodern",
        "/mcp/MODERN",
        "/mcp;a=b",
        "/mcp#a",
        "/.env",
        "/admin",
        "/mcp/modern%00",
        "/mcp/__proto__",
        `/mcp/${"a".repeat(4000)}`,
        "/mcp\\modern",
        "/healthz/",
        "/mcp/modern/tools/call",
      ]);
    },
  },
  {
    name: "a query",
    weight: 1,
    on: "path",
    verdict: "accept",
    apply: (draft, dice) => void (draft.path += `?${dice.pick(["", "a=b", "/mcp/legacy", "session=1&page=2"])}`),
  },
  {
    name: "another HTTP method",
    weight: 2,
    on: "method",
    verdict: "refuse",
    apply(draft, dice) {
      draft.method = dice.pick(["PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "M-SEARCH", "QUERY"]);
    },
  },
  {
    name: "GET without a session",
    weight: 1,
    on: "method",
    verdict: "refuse",
    statuses: [405],
    era: "modern",
    apply: (draft) => void (draft.method = "GET"),
  },
  {
    name: "DELETE without a session",
    weight: 1,
    on: "method",
    verdict: "refuse",
    statuses: [405],
    era: "modern",
    apply: (draft) => void (draft.method = "DELETE"),
  },
];

export const CONTENT: readonly Twist[] = [
  without("Content-Type", "refuse", { statuses: [415] }),
  doubled("Content-Type"),
  values(
    "Content-Type",
    "refuse",
    [
      "text/plain",
      "application/json-rpc",
      "application/json; charset=utf-16",
      "application/json, text/plain",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      ...ODD,
    ],
    { statuses: [415] },
  ),
  values("Content-Type", "accept", [
    "APPLICATION/JSON",
    "application/json;charset=UTF-8",
    'application/json; charset="utf-8"',
  ]),
  values("Content-Encoding", "refuse", ["br", "deflate", "gzip, gzip", "zstd", "aes128gcm"], { statuses: [415] }),
  values("Content-Encoding", "accept", ["identity"]),
  {
    name: "a compressed bomb",
    weight: 1,
    on: "Content-Encoding",
    verdict: "refuse",
    statuses: [415],
    apply(draft) {
      set(draft, "Content-Encoding", "gzip");
      draft.body = BOMB;
    },
  },
  values("Accept", "refuse", ["text/html", "image/*", "application/xml", "text/plain;q=0.5"], { statuses: [406] }),
  values("Accept", "accept", [
    "*/*",
    "application/json",
    "text/event-stream",
    "application/*, text/*",
    "text/event-stream, application/json",
  ]),
  without("Accept", "accept"),
  doubled("Accept"),
];
/** 10 MB of brackets in 10 KB. */
const BOMB = gzipSync(Buffer.alloc(10_000_000, "["));
