import { gzipSync } from "node:zlib";
import type { Era } from "./caller.ts";
import type { Dice } from "./fuzz-dice.ts";
import type { Draft, World } from "./fuzz-draft.ts";
import type { Verdict } from "./fuzz-oracle.ts";

/** One thing that is done to a good request, and what must become of it then. */
export interface Twist {
  readonly name: string;
  readonly weight: number;
  /** What it touches; a request gets at most one twist of each. */
  readonly on: string;
  readonly verdict: Verdict;
  /** Statuses of the refusal where it is the only twist. */
  readonly statuses?: readonly number[];
  readonly era?: Era;
  /** Only for calls of tools. */
  readonly calls?: true;
  apply(draft: Draft, dice: Dice, world: World): void;
}

/** Values that have passed, or broken, readers of headers before. */
const ODD = [
  "",
  "*",
  "null",
  "%0d%0aSet-Cookie: a=b",
  "\\r\\nX: y",
  "../../etc/passwd",
  "{{7*7}}",
  "${jndi:ldap://x}",
  "A".repeat(3000),
  "é\xff",
];

const set = (draft: Draft, name: string, value: string): void => {
  const at = draft.headers.findIndex(([known]) => known.toLowerCase() === name.toLowerCase());
  if (at < 0) draft.headers.push([name, value]);
  else draft.headers[at] = [draft.headers[at]?.[0] ?? name, value];
};
const drop = (draft: Draft, name: string): void => {
  draft.headers = draft.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
};
const valueOf = (draft: Draft, name: string): string =>
  draft.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1] ?? "";
/** A header once more; both of it where the draft has none. */
const twice = (draft: Draft, name: string, second: string): void => {
  if (!draft.headers.some(([known]) => known.toLowerCase() === name.toLowerCase())) draft.headers.push([name, second]);
  draft.headers.push([name, second]);
};
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A twist that sets a header to one of some values. */
function values(
  header: string,
  verdict: Verdict,
  from: readonly string[],
  more: Partial<Omit<Twist, "apply" | "verdict">> = {},
): Twist {
  const apply = (draft: Draft, dice: Dice): void => set(draft, header, dice.pick(from));
  return { name: `${header} ${verdict}`, weight: 1, on: header, verdict, ...more, apply };
}

function without(header: string, verdict: Verdict, more: Partial<Omit<Twist, "apply" | "verdict">> = {}): Twist {
  return { name: `no ${header}`, weight: 1, on: header, verdict, ...more, apply: (draft) => drop(draft, header) };
}

function doubled(header: string, more: Partial<Omit<Twist, "apply" | "verdict">> = {}): Twist {
  const apply = (draft: Draft, dice: Dice): void =>
    twice(draft, header, dice.chance(0.5) ? valueOf(draft, header) : dice.pick(ODD));
  return { name: `${header} twice`, weight: 1, on: header, verdict: "refuse", statuses: [400], ...more, apply };
}

const KEYS: readonly Twist[] = [
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
      const where = dice.below(4);
      if (where === 0) draft.path += `?access_token=${key}`;
      else
        set(
          draft,
          ["X-Api-Key", "Cookie", "Proxy-Authorization"][where - 1] ?? "",
          where === 2 ? `token=${key}` : `Bearer ${key}`,
        );
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

const PLACES: readonly Twist[] = [
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
    apply: (draft, dice) => void (draft.path += `?${dice.pick(["", "a=b", "/mcp/legacy", "session=1&key=2"])}`),
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

const CONTENT: readonly Twist[] = [
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

const VERSIONS: readonly Twist[] = [
  without("MCP-Protocol-Version", "refuse", { statuses: [400], era: "modern" }),
  without("MCP-Protocol-Version", "accept", { era: "legacy" }),
  values(
    "MCP-Protocol-Version",
    "refuse",
    ["2025-11-25", "2099-01-01", "2026-07-28, 2026-07-28", "2026-7-28", ...ODD],
    { statuses: [400], era: "modern" },
  ),
  values("MCP-Protocol-Version", "refuse", ["2026-07-28", "1.0", "2024-11-05", ...ODD], { era: "legacy" }),
  values("MCP-Protocol-Version", "accept", ["  2026-07-28\t "], { era: "modern" }),
  doubled("MCP-Protocol-Version"),
];

const MIRRORS: readonly Twist[] = [
  without("Mcp-Method", "refuse", { statuses: [400], era: "modern" }),
  values("Mcp-Method", "refuse", ["tools/Call", "tools/callx", "initialize", "tools/call, tools/call", ...ODD], {
    statuses: [400],
    era: "modern",
    weight: 2,
  }),
  values("Mcp-Method", "accept", ["tools/list", "x", ""], { era: "legacy" }),
  doubled("Mcp-Method"),
  without("Mcp-Name", "refuse", { statuses: [400], era: "modern", calls: true }),
  values(
    "Mcp-Name",
    "refuse",
    ["Echo", "nothing", `=?base64?${base64("nothing")}?=`, "=?base64?!!!?=", "=?base64?/w==?=", "=?base64??=", ...ODD],
    { statuses: [400], era: "modern", calls: true, weight: 2 },
  ),
  {
    name: "Mcp-Name in base64",
    weight: 2,
    on: "Mcp-Name",
    verdict: "accept",
    era: "modern",
    calls: true,
    apply: (draft) => set(draft, "Mcp-Name", `=?base64?${base64(draft.rpc.tool ?? "")}?=`),
  },
  {
    name: "Mcp-Name in base64 that is not canonical",
    weight: 1,
    on: "Mcp-Name",
    verdict: "refuse",
    statuses: [400],
    era: "modern",
    calls: true,
    apply(draft, dice) {
      const coded = base64(draft.rpc.tool ?? "");
      set(
        draft,
        "Mcp-Name",
        dice.pick([
          `=?base64?${coded}=?=`,
          `=?base64? ${coded}?=`,
          `=?BASE64?${coded}?=`,
          `=?base64?${coded}\t?=`,
          `=?base64?${coded}`,
        ]),
      );
    },
  },
  doubled("Mcp-Name"),
  {
    name: "Mcp-Param-* that nobody knows",
    weight: 2,
    on: "Mcp-Param",
    verdict: "accept",
    apply(draft, dice) {
      for (const name of ["Tenant", "Text", "X-1", "__proto__"])
        if (dice.chance(0.5))
          draft.headers.push([`Mcp-Param-${name}`, dice.pick(["a", "=?base64?YQ==?=", "=?base64?!?=", "", "1.0"])]);
    },
  },
  doubled("Mcp-Param-Tenant"),
];

const SESSIONS: readonly Twist[] = [
  without("Mcp-Session-Id", "refuse", { statuses: [400], era: "legacy" }),
  values("Mcp-Session-Id", "refuse", ["1", "A".repeat(43), "__proto__", "constructor", ...ODD], {
    era: "legacy",
    statuses: [404],
    weight: 2,
  }),
  doubled("Mcp-Session-Id", { era: "legacy" }),
  values("Mcp-Session-Id", "accept", ["1", "A".repeat(43)], { era: "modern" }),
  {
    name: "the session of somebody else",
    weight: 2,
    on: "Mcp-Session-Id",
    verdict: "refuse",
    statuses: [404],
    era: "legacy",
    apply(draft, _, world) {
      const other = world.people.find((person) => person !== draft.person);
      set(draft, "Mcp-Session-Id", other?.sessions.get(draft.path.split("?")[0] ?? "") ?? "");
    },
  },
  {
    name: "the session of another path",
    weight: 1,
    on: "path",
    verdict: "refuse",
    statuses: [404],
    era: "legacy",
    apply: (draft) => void (draft.path = draft.path === "/mcp" ? "/mcp/modern" : "/mcp"),
  },
];

const NEUTRAL: readonly Twist[] = [
  {
    name: "headers that must not matter",
    weight: 3,
    on: "more",
    verdict: "accept",
    apply(draft, dice) {
      const more: [string, string][] = [
        ["X-Forwarded-For", "1.2.3.4"],
        ["X-Forwarded-Host", "evil.example"],
        ["X-Forwarded-Proto", "https"],
        ["Forwarded", "for=1.2.3.4;host=evil.example"],
        ["X-HTTP-Method-Override", "DELETE"],
        ["X-Original-URL", "/admin"],
        ["Cookie", "a=b"],
        ["Cookie", "c=d"],
        ["Upgrade", "h2c"],
        ["TE", "trailers"],
        ["Range", "bytes=0-1"],
        ["If-None-Match", "*"],
        ["Last-Event-ID", "n1_1"],
        ["Expect", "100-continue"],
        ["traceparent", "00-x"],
        ["X", "é\xff"],
      ];
      for (const header of more) if (dice.chance(0.2)) draft.headers.push(header);
    },
  },
  {
    name: "many headers",
    weight: 0.2,
    on: "more",
    verdict: "accept",
    apply(draft) {
      for (let at = 0; at < 300; at++) draft.headers.push([`h${at}`, ""]);
    },
  },
  {
    name: "the last request",
    weight: 0.3,
    on: "Connection",
    verdict: "accept",
    apply: (draft) => set(draft, "Connection", "close"),
  },
  { name: "in chunks", weight: 2, on: "framing", verdict: "accept", apply: (draft) => void (draft.chunked = true) },
  {
    name: "an expectation that nobody knows",
    weight: 0.5,
    on: "more",
    verdict: "either",
    apply: (draft) => set(draft, "Expect", "the-unexpected"),
  },
];

const ALL = [...KEYS, ...PLACES, ...CONTENT, ...VERSIONS, ...MIRRORS, ...SESSIONS, ...NEUTRAL];

/** Twists a draft one to three times. Returns what was done. */
export function twist(draft: Draft, dice: Dice, world: World): Twist[] {
  const done: Twist[] = [];
  const most = 1 + Math.floor(dice.next() * dice.next() * 4);
  const fits = (one: Twist): boolean =>
    (one.era ?? draft.era) === draft.era &&
    (one.calls === undefined || draft.rpc.tool !== undefined) &&
    !done.some(({ on }) => on === one.on || (on === "method" && one.on === "framing"));
  while (done.length < most) {
    const next = dice.weighted(ALL.filter(fits));
    next.apply(draft, dice, world);
    done.push(next);
  }
  return done;
}
