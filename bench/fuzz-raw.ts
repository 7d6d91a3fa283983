import type { Dice } from "./fuzz-dice.ts";
import { around, type Attempt, bytesOf, cut, mark, plainCall, type World } from "./fuzz-draft.ts";
import { type Expected, expect } from "./fuzz-oracle.ts";
import { CHUNKS, SMUGGLING } from "./fuzz-raw-framing.ts";
import { type Parts, type Raw, raw, withChunks, withLength } from "./fuzz-raw-parts.ts";

/** RFC 9112 5 and 2.2. */
const FIELDS: readonly Raw[] = [
  raw(
    "a bad header",
    "refuse",
    (p) =>
      withLength(
        p,
        `${p.dice.pick(["no colon", ": x", "A B: c", "A(: c", "A: \x00", "A\x00: b", "A: b\rC: d", "A: \x01", "A: \x7f", "é: b", "A: b\r\n folded", "A: b\n\tfolded", "\x0bA: b"])}\r\n`,
      ),
    { weight: 5 },
  ),
  raw(
    "white space in front of the headers",
    "refuse",
    (p) => `${p.line} ${p.fields}Content-Length: ${p.body.length}\r\n\r\n${p.body}`,
  ),
  raw("line feeds alone", "refuse", (p) => withLength(p).replaceAll("\r\n", "\n")),
  raw("carriage returns alone", "refuse", (p) => withLength(p).replaceAll("\r\n", "\r"), { then: "half-close" }),
  raw("a large header", "refuse", (p) => withLength(p, `X: ${"x".repeat(20_000 + p.dice.below(100_000))}\r\n`), {
    weight: 0.5,
  }),
  raw("too many headers", "refuse", (p) => withLength(p, "a:b\r\n".repeat(4000)), { weight: 0.5 }),
  raw("as many headers as fit", "either", (p) => withLength(p, "a:\r\n".repeat(2500)), { weight: 0.5 }),
  raw("no host", "refuse", (p) => withLength(p).replace(p.host, "")),
  raw("two hosts", "refuse", (p) => withLength(p, "Host: evil.example\r\n")),
  raw("an empty host", "refuse", (p) => withLength(p).replace(p.host, "Host:\r\n")),
];

/** RFC 9112 3. */
const LINES: readonly Raw[] = [
  raw(
    "a bad request line",
    "refuse",
    (p) => {
      const path = p.line.split(" ")[1] ?? "";
      const line = p.dice.pick([
        `POST\t${path}\tHTTP/1.1`,
        `POST ${path}`,
        `POST ${path} HTTP/1.2`,
        `POST ${path} HTTP/9.9`,
        `POST ${path} HTTP/2.0`,
        `POST ${path} http/1.1`,
        `POST ${path} HTTP/1.1 x`,
        `post ${path} HTTP/1.1`,
        `POST${path} HTTP/1.1`,
        `POST ${path}\x00 HTTP/1.1`,
        `POST ${path} x HTTP/1.1`,
        `FOO ${path} HTTP/1.1`,
        ` POST ${path} HTTP/1.1`,
        `POST ${path} HTTP/1.10`,
        `POST ${path} ICE/1.1`,
      ]);
      return withLength(p).replace(p.line, `${line}\r\n`);
    },
    { weight: 5 },
  ),
  raw(
    "a target in another form",
    "either",
    (p) => {
      const path = p.line.split(" ")[1] ?? "";
      const target = p.dice.pick([
        `http://${p.host.slice(6, -2)}${path}`,
        `http://evil.example${path}`,
        "*",
        "127.0.0.1:80",
        `//evil.example${path}`,
        `https:${path}`,
        `${path}é`,
        "file:///etc/passwd",
        `http://a@b${path}`,
      ]);
      return withLength(p).replace(` ${path} `, ` ${target} `);
    },
    { weight: 3 },
  ),
  raw("a long target", "refuse", (p) => withLength(p).replace(" HTTP", `?${"x".repeat(30_000)} HTTP`), { weight: 0.5 }),
  // Its reader takes white space as one (RFC 9112 3 allows it).
  raw("two spaces in the request line", "either", (p) => withLength(p).replace("POST ", "POST  ")),
  raw("empty lines in front", "either", (p) => `${p.dice.pick(["\r\n", "\r\n\r\n", "\n"])}${withLength(p)}`),
  raw(
    "a tunnel",
    "refuse",
    (p) => `CONNECT ${p.dice.pick(["127.0.0.1:80", "evil.example:443", "/mcp"])} HTTP/1.1\r\n${p.host}\r\n`,
  ),
  raw(
    "an upgrade",
    "refuse",
    (p) =>
      `GET /mcp HTTP/1.1\r\n${p.host}Connection: Upgrade\r\nUpgrade: ${p.dice.pick(["websocket", "h2c", "TLS/1.0"])}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ),
];

/** Other versions and other protocols. */
const OTHERS: readonly Raw[] = [
  raw("HTTP/1.0", "either", (p) => withLength(p).replace("HTTP/1.1", "HTTP/1.0")),
  raw("chunks in HTTP/1.0", "either", (p) =>
    withChunks(p, "Transfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0"),
  ),
  raw("HTTP/0.9", "refuse", (p) => p.dice.pick(["GET /mcp\r\n", "GET /healthz\r\n\r\n", "GET /\n"]), {
    then: "half-close",
  }),
  raw(
    "HTTP/2",
    "refuse",
    () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\xa0\0\0\0\x02\0\0\0\0",
  ),
  raw("TLS", "refuse", (p) => Buffer.concat([Buffer.from("16030100f8010000f40303", "hex"), p.dice.bytes(200)])),
  raw("noise", "refuse", (p) => p.dice.bytes(1 + p.dice.below(300)), { then: "half-close", weight: 2 }),
  raw(
    "another protocol",
    "refuse",
    (p) =>
      p.dice.pick([
        "SSH-2.0-x\r\n",
        "EHLO x\r\n",
        "\x05\x01\x00",
        "*1\r\n$4\r\nPING\r\n",
        '{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
        "\0".repeat(64),
      ]),
    { then: "half-close" },
  ),
  raw("nothing", "refuse", (p) => p.dice.pick(["\r\n", "\r\n\r\n\r\n", ""]), { replies: 0, then: "half-close" }),
  raw(
    "a cut request",
    "refuse",
    (p) => {
      const whole = withLength(p);
      return whole.slice(0, 1 + p.dice.below(whole.length - 1));
    },
    { then: "half-close", weight: 5 },
  ),
  raw("a request that is reset", "either", (p) => withLength(p), { then: "reset", weight: 3 }),
  raw(
    "a request with less body than said",
    "refuse",
    (p) => withLength(p).replace(/Content-Length: \d+/, `Content-Length: ${p.body.length + 1 + p.dice.below(1000)}`),
    { then: "half-close", weight: 2 },
  ),
];

const ALL = [...SMUGGLING, ...CHUNKS, ...FIELDS, ...LINES, ...OTHERS];
/** Calls that stand around a case have marks of their own. */
const FRONT = 1_000_000_000;
const INNER = 2_000_000_000;

/** The mark of the plain request that comes after a raw case. */
export const PROBE = 3_000_000_000;

/** Bytes that are no good HTTP/1.1, on a connection of their own, at times right after a good call. */
export function rawCase(world: World, dice: Dice, n: number): Attempt & { readonly forbidden: readonly string[] } {
  const kind = dice.weighted(ALL);
  const from = plainCall(world, dice, n);
  const text = (call: typeof from): string => Buffer.concat(bytesOf(call)).toString("latin1");
  const whole = text(from);
  const [head = "", body = ""] = split(whole, "\r\n\r\n");
  const [line = "", fields = ""] = split(head, "\r\n");
  const parts: Parts = {
    dice,
    line: `${line}\r\n`,
    fields: `${fields.replace(/Content-Length: \d+$/, "")}`,
    body,
    inner: text(plainCall(world, dice, n + INNER)),
    host: `Host: 127.0.0.1:${world.port}\r\n`,
  };
  const made = kind.make(parts);
  const bytes = typeof made === "string" ? Buffer.from(made, "latin1") : made;
  const front = kind.then !== "reset" && dice.chance(0.15) ? plainCall(world, dice, n + FRONT) : undefined;
  const all = front === undefined ? bytes : Buffer.concat([...bytesOf(front), bytes]);
  const good = expect(from.body, around(from));
  const expected: Expected = kind.verdict === "accept" ? good : { ...good, verdict: kind.verdict };
  return {
    made: `${kind.name}${front === undefined ? "" : " after a call"} (raw)`,
    pieces: all.length > 1 && dice.chance(0.1) ? cut(all, dice) : [all],
    expected,
    alone: {
      replies: kind.replies ?? 1,
      then: kind.then ?? "probe",
      ...(front && { front: expect(front.body, around(front)) }),
    },
    forbidden: [mark(n + INNER), ...(kind.verdict === "refuse" ? [mark(n)] : [])],
  };
}

function split(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + by.length)];
}
