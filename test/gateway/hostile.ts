/** Requests that must be refused: what they are, the refusal, what its message says, and how they are made. */
import { gzipSync } from "node:zlib";
import { modern } from "./raw-client.ts";

type Json = Record<string, unknown>;
type Headers = Record<string, string>;

/** What a request is made of. */
export interface Given {
  readonly key: string;
  /** A key of another owner. */
  readonly other: string;
  /** Host and port of the gateway. */
  readonly host: string;
  /** A legacy session of `key`. */
  readonly session: string;
}

/** One request over undici, or its bytes. */
export type Sent = string | { headers: Headers; body?: string | Uint8Array; method?: string };

/** Title, reason in the record, what the message says, and the request. */
export type Row = readonly [what: string, reason: keyof typeof ANSWERS, says: RegExp, make: (given: Given) => Sent];

/** HTTP status and JSON-RPC code by reason. */
export const ANSWERS = {
  invalid_request: [400, -32600],
  parse_error: [400, -32700],
  invalid_params: [400, -32602],
  header_mismatch: [400, -32020],
  unsupported_version: [400, -32022],
  unknown_method: [404, -32601],
  unauthenticated: [401, 40100],
  forbidden_host: [403, 40302],
  forbidden_origin: [403, 40301],
  unknown_path: [404, 40400],
  unknown_session: [404, 40401],
  wrong_http_method: [405, 40500],
  not_acceptable: [406, 40600],
  request_timeout: [408, 40800],
  body_too_large: [413, 41300],
  wrong_content_type: [415, 41500],
  headers_too_large: [431, 43100],
} as const;

/** A request of a legacy session; an empty `id` sends none. */
export function legacy(given: Pick<Given, "key">, id: string, method: string, params: Json = {}, more: Headers = {}) {
  return {
    headers: {
      authorization: `Bearer ${given.key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(id === "" ? {} : { "mcp-session-id": id }),
      ...more,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  };
}

/** A call that is fine. */
const good = ({ key }: Pick<Given, "key">) =>
  modern(key, "tools/call", { name: "raw__echo", arguments: { word: "hi" } });

/** The good call with other headers; null takes one away. */
export function withHeaders(given: Pick<Given, "key">, headers: Record<string, string | null>) {
  const all = Object.entries({ ...good(given).headers, ...headers }).filter(([, value]) => value !== null);
  return { headers: Object.fromEntries(all) as Headers, body: good(given).body };
}

const body = (text: string | Uint8Array) => (given: Given) => ({ headers: good(given).headers, body: text });
/** The good call with its body's text changed. */
const edited = (from: string | RegExp, to: string) => (given: Given) => ({
  headers: good(given).headers,
  body: good(given).body.replace(from, to),
});
const headers = (changed: Record<string, string | null>) => (given: Given) => withHeaders(given, changed);
const asks = (method: string, params: Json, more: Headers = {}) => ({
  modern: ({ key }: Given) => {
    const sent = modern(key, method, params);
    return { ...sent, headers: { ...sent.headers, ...more } };
  },
  legacy: (given: Given) => legacy(given, given.session, method, params, more),
});

/** The good call as bytes of HTTP/1.1; a header of `lines` stands in place of its own. */
export function bytes(given: Given, lines: string[], text = good(given).body, start = "POST /mcp HTTP/1.1"): string {
  const names = new Set(lines.map((line) => line.split(":", 1)[0]?.toLowerCase()));
  if (names.has("transfer-encoding")) names.add("content-length");
  const own = { host: given.host, ...good(given).headers, "content-length": `${text.length}`, connection: "close" };
  const kept = Object.entries(own).filter(([name]) => !names.has(name));
  return `${[start, ...kept.map(([name, value]) => `${name}: ${value}`), ...lines].join("\r\n")}\r\n\r\n${text}`;
}
const lines =
  (...changed: string[]) =>
  (given: Given) =>
    bytes(given, changed);
const path = (start: string) => (given: Given) => bytes(given, [], good(given).body, start);
const chunked = (text: string) => (given: Given) => bytes(given, ["transfer-encoding: chunked"], text);

const BAD_HTTP = /HTTP\/1\.1/;
const large = `11000\r\n${" ".repeat(0x11000)}\r\n0\r\n\r\n`;
const bomb = { body: gzipSync(Buffer.alloc(20_000_000, " ")), headers: { "content-encoding": "gzip" } };

export const HTTP: readonly Row[] = [
  ["no HTTP at all", "invalid_request", BAD_HTTP, () => "\x16\x03\x01\x02\x00garbage\r\n\r\n"],
  ["a bad request line", "invalid_request", BAD_HTTP, () => "POST  /mcp\r\n\r\n"],
  ["a header without a colon", "invalid_request", BAD_HTTP, lines("broken header")],
  ["a header name with a space", "invalid_request", BAD_HTTP, lines("x y: 1")],
  ["a folded header", "invalid_request", BAD_HTTP, lines("x-a: 1\r\n folded")],
  ["a header value with NUL", "invalid_request", BAD_HTTP, lines("x-a: a\0b")],
  ["both lengths", "invalid_request", BAD_HTTP, lines("content-length: 5", "transfer-encoding: chunked")],
  ["two encodings", "invalid_request", BAD_HTTP, lines("transfer-encoding: chunked", "transfer-encoding: identity")],
  ["an encoding in disguise", "invalid_request", BAD_HTTP, lines("transfer-encoding: xchunked")],
  ["two lengths", "invalid_request", BAD_HTTP, lines("content-length: 5", "content-length: 6")],
  ["a negative length", "invalid_request", BAD_HTTP, lines("content-length: -5")],
  ["a length with a sign", "invalid_request", BAD_HTTP, lines("content-length: +5")],
  ["a chunk without its size", "invalid_request", /HTTP\/1\.1|whole/, chunked("zz\r\n{}\r\n0\r\n\r\n")],
  ["an empty Host", "forbidden_host", /listen\.hosts/, lines("host:")],
  ["the wrong Host", "forbidden_host", /listen\.hosts/, lines("host: evil.example.com")],
  ["Host twice", "invalid_request", /once|HTTP\/1\.1/, (g) => bytes(g, [`host: ${g.host}`, "Host: evil.example.com"])],
  ["the wrong Origin", "forbidden_origin", /listen\.origins/, headers({ origin: "https://evil.example.com" })],
  ["Origin null", "forbidden_origin", /listen\.origins/, headers({ origin: "null" })],
  [
    "Authorization twice",
    "invalid_request",
    /authorization.*once/,
    (g) => bytes(g, [`authorization: Bearer ${g.key}`, `Authorization: Bearer ${g.other}`]),
  ],
  ["Mcp-Method twice", "invalid_request", /mcp-method.*once/, lines("mcp-method: tools/call", "Mcp-Method: x")],
  [
    "Content-Type twice",
    "invalid_request",
    /content-type.*once/,
    lines("content-type: application/json", "Content-Type: a/b"),
  ],
  ["headers too large", "headers_too_large", /8192 bytes/, lines(`x-large: ${"a".repeat(9000)}`)],
  ["no key", "unauthenticated", /Authorization: Bearer/, headers({ authorization: null })],
  [
    "a wrong key",
    "unauthenticated",
    /keys create/,
    headers({ authorization: `Bearer ck_dev_aaaaaaaaaaaa_${"b".repeat(43)}` }),
  ],
  [
    "another scheme",
    "unauthenticated",
    /Authorization: Bearer/,
    (g) => withHeaders(g, { authorization: `Basic ${g.key}` }),
  ],
  ["PUT", "wrong_http_method", /POST/, (g) => ({ ...good(g), method: "PUT" })],
  ["GET without a session", "wrong_http_method", /POST/, (g) => ({ headers: good(g).headers, method: "GET" })],
  [
    "an Accept for nothing here",
    "not_acceptable",
    /application\/json or text\/event-stream/,
    headers({ accept: "text/html" }),
  ],
  ["text/plain", "wrong_content_type", /application\/json/, headers({ "content-type": "text/plain" })],
  ["no content type", "wrong_content_type", /application\/json/, headers({ "content-type": null })],
  ["another charset", "wrong_content_type", /UTF-8/, headers({ "content-type": "application/json; charset=utf-16" })],
  [
    "a compressed bomb",
    "wrong_content_type",
    /Compressed/,
    (g) => ({ ...withHeaders(g, bomb.headers), body: bomb.body }),
  ],
  ["a body said to be too large", "body_too_large", /65536 bytes/, (g) => bytes(g, ["content-length: 99999999"], "{")],
  ["a chunked body that grows too large", "body_too_large", /65536 bytes/, chunked(large)],
  [
    "a body that does not arrive",
    "request_timeout",
    /in time|within 1 s/,
    (g) => bytes(g, ["content-length: 100"], "{"),
  ],
  ["headers that do not arrive", "request_timeout", /in time/, ({ host }) => `POST /mcp HTTP/1.1\r\nhost: ${host}\r\n`],
  ["a path that is not served", "unknown_path", /\/mcp/, path("POST /admin HTTP/1.1")],
  ["a server that is not there", "unknown_path", /\/mcp/, path("POST /mcp/nothere HTTP/1.1")],
  ["a path with dots", "unknown_path", /\/mcp/, path("POST /mcp/../mcp HTTP/1.1")],
];

const WORD = '"word":"hi"';
const latin1 = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\xff"}', "latin1");
const deep = `"word":${'{"a":'.repeat(40)}1${"}".repeat(40)}`;

export const JSON_RPC: readonly Row[] = [
  ["no JSON", "parse_error", /JSON/, body("{nope")],
  ["an empty body", "parse_error", /JSON/, body("")],
  ["text after the value", "parse_error", /JSON/, edited(/$/, "{}")],
  ["invalid UTF-8", "parse_error", /UTF-8/, body(latin1)],
  ["a byte order mark", "parse_error", /JSON/, edited(/^/, "\ufeff")],
  ["a key twice", "invalid_request", /twice|duplicate/i, edited(WORD, `${WORD},"word":"ho"`)],
  ["a key twice, once escaped", "invalid_request", /twice|duplicate/i, edited(WORD, `${WORD},"w\\u006frd":"ho"`)],
  ["a member that differs by case", "invalid_params", /case/, edited('"raw__echo"', '"raw__echo","NAME":"x"')],
  ["U+0000 in a string", "invalid_request", /U\+0000|NUL/i, edited("hi", "h\\u0000i")],
  ["a lone surrogate", "invalid_request", /surrogate/i, edited("hi", "h\\ud800i")],
  ["deep nesting", "invalid_request", /32/, edited(WORD, deep)],
  ["a number that no double holds", "invalid_request", /number|range|double/i, edited('"id":7', '"id":7e999')],
  ["a batch", "invalid_request", /one JSON-RPC message/, edited(/^(.*)$/, "[$1]")],
  ["a scalar", "invalid_request", /JSON object/, body('"tools/call"')],
  ["jsonrpc 1.0", "invalid_request", /"2\.0"/, edited('"2.0"', '"1.0"')],
  ["a null id", "invalid_request", /string or an integer/, edited('"id":7', '"id":null')],
  ["a fractional id", "invalid_request", /string or an integer/, edited('"id":7', '"id":7.5')],
  ["an object as id", "invalid_request", /string or an integer/, edited('"id":7', '"id":{}')],
  ["an unknown member", "invalid_request", /accepted members/, edited('"id":7', '"id":7,"extra":1')],
  ["params as an array", "invalid_request", /object/, edited(/"params":.*\}$/, '"params":[]}')],
  ["method and result", "invalid_request", /either/, edited('"id":7', '"id":7,"result":{}')],
];

const NAMED = { name: "raw__echo" };
const mirrored = { name: "raw__mirrored", arguments: { region: "eu" } };
const response = '{"jsonrpc":"2.0","id":1,"result":{}}';

export const MODERN: readonly Row[] = [
  [
    "Mcp-Method that differs",
    "header_mismatch",
    /says "x", the body says "tools\/call"/,
    headers({ "mcp-method": "x" }),
  ],
  ["no Mcp-Method", "header_mismatch", /Mcp-Method is missing/, headers({ "mcp-method": null })],
  ["Mcp-Name that differs", "header_mismatch", /Mcp-Name differs/, headers({ "mcp-name": "raw__other" })],
  ["no Mcp-Name", "header_mismatch", /Mcp-Name is missing/, headers({ "mcp-name": null })],
  ["Mcp-Name that is no base64", "header_mismatch", /base64/, headers({ "mcp-name": "=?base64?%%?=" })],
  ["a version that differs", "header_mismatch", /Version says/, headers({ "mcp-protocol-version": "2025-11-25" })],
  ["no version header", "header_mismatch", /Version is missing/, headers({ "mcp-protocol-version": null })],
  [
    "an unknown version",
    "unsupported_version",
    /2026-07-28/,
    (g) => ({
      ...withHeaders(g, { "mcp-protocol-version": "2099-01-01" }),
      body: good(g).body.replace("2026-07-28", "2099-01-01"),
    }),
  ],
  ["no envelope", "invalid_params", /_meta/, edited(/,"_meta":\{.*\}\}\}$/, "}}")],
  ["an unknown method", "unknown_method", /not known/, asks("tools/destroy", {}).modern],
  ["a method of the other era", "unknown_method", /not known/, asks("ping", {}).modern],
  ["a response from a client", "invalid_request", /inputResponses/, body(response)],
  ["a bad cursor", "invalid_params", /Start without one/, asks("tools/list", { cursor: "bm9uZQ" }).modern],
  ["arguments that are no object", "invalid_params", /object/, asks("tools/call", { ...NAMED, arguments: [] }).modern],
  ["an empty name", "invalid_params", /name/, asks("tools/call", { name: "" }).modern],
  [
    "a state from elsewhere",
    "invalid_params",
    /requestState/,
    asks("tools/call", { ...NAMED, requestState: "x" }).modern,
  ],
  [
    "an answer to nothing",
    "invalid_params",
    /must be an object/,
    asks("tools/call", { ...NAMED, inputResponses: { a: 1 } }).modern,
  ],
  [
    "Mcp-Param that differs",
    "header_mismatch",
    /region/i,
    asks("tools/call", mirrored, { "mcp-param-region": "us" }).modern,
  ],
  ["no Mcp-Param", "header_mismatch", /region/i, asks("tools/call", mirrored).modern],
];

const asOther = (g: Given) => ({ authorization: `Bearer ${g.other}` });
const last = (id: string) => (g: Given) => ({
  method: "GET",
  headers: legacy(g, g.session, "x", {}, { "last-event-id": id }).headers,
});

export const LEGACY: readonly Row[] = [
  ["no session", "invalid_request", /Mcp-Session-Id is missing/, (g) => legacy(g, "", "tools/list")],
  ["an unknown session", "unknown_session", /initialize/, (g) => legacy(g, "A".repeat(43), "tools/list")],
  ["another's session", "unknown_session", /initialize/, (g) => legacy(g, g.session, "tools/list", {}, asOther(g))],
  ["an unknown method", "unknown_method", /not known/, asks("tools/destroy", {}).legacy],
  ["a method of the other era", "unknown_method", /not known/, asks("server/discover", {}).legacy],
  ["a bad cursor", "invalid_params", /Start without one/, asks("tools/list", { cursor: "bm9uZQ" }).legacy],
  ["a bad log level", "invalid_params", /log level/, asks("logging/setLevel", { level: "loud" }).legacy],
  ["initialize without a version", "invalid_params", /protocolVersion/, (g) => legacy(g, "", "initialize")],
  [
    "a version without sessions",
    "invalid_request",
    /MCP-Protocol-Version/,
    asks("tools/list", {}, { "mcp-protocol-version": "2026-07-28" }).legacy,
  ],
  ["a Last-Event-ID of nobody", "invalid_request", /Last-Event-ID/, last("nobody_1")],
  ["a malformed Last-Event-ID", "invalid_request", /Last-Event-ID/, last("../../etc")],
  [
    "the end of another's session",
    "unknown_session",
    /initialize/,
    (g) => ({ method: "DELETE", headers: legacy(g, g.session, "x", {}, asOther(g)).headers }),
  ],
];
