import { chunked, hex, type Raw, raw, withChunks } from "./fuzz-raw-parts.ts";

/** Two readers that disagree on where a body ends: RFC 9112 6 and 11.2. */
export const SMUGGLING: readonly Raw[] = [
  raw(
    "length and chunks",
    "refuse",
    (p) =>
      `${p.line}${p.fields}Content-Length: ${p.body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${p.inner}`,
    { weight: 3 },
  ),
  raw(
    "chunks and length",
    "refuse",
    (p) => `${p.line}${p.fields}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked(p.body)}${p.inner}`,
    { weight: 3 },
  ),
  raw(
    "two lengths",
    "refuse",
    (p) =>
      `${p.line}${p.fields}Content-Length: ${p.body.length}\r\nContent-Length: ${p.dice.pick([0, 5, p.body.length])}\r\n\r\n${p.body}${p.inner}`,
    { weight: 3 },
  ),
  raw(
    "an odd length",
    "refuse",
    (p) => {
      const n = p.body.length;
      const length = p.dice.pick([
        `+${n}`,
        `-${n}`,
        `0x${hex(n)}`,
        `${n} ${n}`,
        `${n},${n}`,
        `${n}.0`,
        `${n};`,
        "99999999999999999999999",
        "",
        "\xb2",
        `${n}e0`,
        "_1",
      ]);
      return `${p.line}${p.fields}Content-Length: ${length}\r\n\r\n${p.body}${p.inner}`;
    },
    { weight: 3 },
  ),
  raw(
    "an odd coding",
    "refuse",
    (p) => {
      const te = p.dice.pick([
        "xchunked",
        "chunked, identity",
        "identity",
        "\x0bchunked",
        '"chunked"',
        "chunked, chunked",
        "chunked\x00",
        "gzip, chunked",
        "gzip",
        "chunked;q=1",
        "",
        "chunk",
        "identity, chunked",
      ]);
      return withChunks(p, `Transfer-Encoding: ${te}`, chunked(p.body) + p.inner);
    },
    { weight: 4 },
  ),
  raw(
    "an odd name of the coding",
    "refuse",
    (p) =>
      withChunks(
        p,
        `${p.dice.pick(["Transfer-Encoding ", "Transfer-Encoding\t", "Transfer_Encoding\x00", " Transfer-Encoding", "Transfer-\r\n Encoding", "\x00Transfer-Encoding"])}: chunked`,
      ),
    { weight: 2 },
  ),
  raw(
    "two codings",
    "refuse",
    (p) =>
      withChunks(
        p,
        `Transfer-Encoding: chunked\r\nTransfer-Encoding: ${p.dice.pick(["identity", "x", "chunked"])}`,
        chunked(p.body) + p.inner,
      ),
    { weight: 2 },
  ),
  raw("coding in capitals", "accept", (p) => withChunks(p, "Transfer-encoding: CHUNKED")),
  raw(
    "a body of a GET",
    "either",
    (p) => `GET /healthz HTTP/1.1\r\n${p.host}Content-Length: ${p.inner.length}\r\n\r\n${p.inner}`,
    { weight: 2 },
  ),
  raw(
    "chunks of a GET",
    "either",
    (p) => `GET /healthz HTTP/1.1\r\n${p.host}Transfer-Encoding: chunked\r\n\r\n${chunked(p.inner)}`,
  ),
  raw(
    "a body that nobody reads",
    "refuse",
    (p) =>
      `POST ${p.dice.pick(["/mcp", "/nowhere", "/mcp/modern"])} HTTP/1.1\r\n${p.host}Content-Length: ${p.inner.length}\r\n\r\n${p.inner}`,
    { weight: 3 },
  ),
  raw(
    "chunks that nobody reads",
    "refuse",
    (p) =>
      `POST /mcp HTTP/1.1\r\n${p.host}Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(p.inner)}`,
    { weight: 2 },
  ),
  raw(
    "a preflight with a body",
    "either",
    (p) =>
      `OPTIONS /mcp HTTP/1.1\r\n${p.host}Origin: http://${p.host.slice(6, -2)}\r\nContent-Length: ${p.inner.length}\r\n\r\n${p.inner}`,
  ),
];

export const CHUNKS: readonly Raw[] = [
  raw(
    "a bad chunk size",
    "refuse",
    (p) =>
      withChunks(
        p,
        "Transfer-Encoding: chunked",
        `${p.dice.pick(["ffffffffffffffffff", "-1", "0x10", "+5", " 5", "g", "", "5,", "１"])}\r\n${p.body}\r\n0\r\n\r\n`,
      ),
    { weight: 3 },
  ),
  raw("a chunk without its end", "refuse", (p) =>
    withChunks(p, "Transfer-Encoding: chunked", `${hex(p.body.length)}\r\n${p.body}0\r\n\r\n${p.inner}`),
  ),
  raw("a chunk that is longer", "refuse", (p) =>
    withChunks(p, "Transfer-Encoding: chunked", `${hex(p.body.length - 5)}\r\n${p.body}\r\n0\r\n\r\n`),
  ),
  raw(
    "line feeds alone in chunks",
    "either",
    (p) => withChunks(p, "Transfer-Encoding: chunked", `${hex(p.body.length)}\n${p.body}\n0\n\n`),
    { then: "half-close" },
  ),
  raw(
    "chunk extensions",
    "either",
    (p) =>
      withChunks(
        p,
        "Transfer-Encoding: chunked",
        `${hex(p.body.length)};a=${p.dice.pick(["b", '"b"', '"\r\n', "\x00", "x".repeat(20_000)])}\r\n${p.body}\r\n0\r\n\r\n`,
      ),
    { then: "half-close", weight: 2 },
  ),
  raw(
    "trailers",
    "either",
    (p) =>
      withChunks(
        p,
        "Transfer-Encoding: chunked",
        `${hex(p.body.length)}\r\n${p.body}\r\n0\r\n${p.dice.pick([`Authorization: Bearer x`, "Content-Length: 5", "Transfer-Encoding: chunked", "Host: evil", "Mcp-Name: x", "a\x00: b", "Mcp-Session-Id: x"])}\r\n\r\n`,
      ),
    { weight: 2 },
  ),
];
