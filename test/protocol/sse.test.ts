import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sseComment, sseEvent, SseFault, SseReader } from "../../src/protocol/sse.ts";
import type { SseEvent } from "../../src/protocol/sse.ts";

const LIMITS = { maxEventBytes: 100_000, maxLineBytes: 100_000 };

function readAll(chunks: readonly (Uint8Array | string)[], limits = LIMITS): SseEvent[] {
  const reader = new SseReader(limits);
  const events = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)));
  reader.end();
  return events;
}

/** All ways to cut bytes in two, and one by one. */
function cuts(bytes: Buffer): Buffer[][] {
  const ones = Array.from(bytes, (byte) => Buffer.from([byte]));
  return [ones, ...Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)])];
}

test("W1: events are read as the standard says, at every place where a chunk may end", () => {
  const cases: [string, SseEvent[]][] = [
    ["data: a\n\n", [{ event: "message", data: "a" }]],
    ["\ufeffdata: a\r\n\r\ndata:b\r\rdata:  c\n\r\n", ["a", "b", " c"].map((data) => ({ event: "message", data }))],
    ["data: a\ndata\ndata: b\n\n", [{ event: "message", data: "a\n\nb" }]],
    ["event: x\r\ndata: 1\r\ndata: 2\r\n\r\n", [{ event: "x", data: "1\n2" }]],
    ["data\n\n", [{ event: "message", data: "" }]],
    [": ping\n:\n\nevent: x\n\ndata: 1\n\n", [{ event: "message", data: "1" }]],
    [
      "event: x\nevent: y\ndata: 1\n\ndata: 2\n\n",
      [
        { event: "y", data: "1" },
        { event: "message", data: "2" },
      ],
    ],
    [
      "id: 7\nretry: 50\ndata:\n\ndata: {}\n\nid\ndata: 1\n\n",
      [
        { id: "7", event: "message", data: "", retry: 50 },
        { id: "7", event: "message", data: "{}" },
        { event: "message", data: "1" },
      ],
    ],
    [
      "id: 7\nid: a\0b\nretry: 5x\nretry: -1\nretry:\nDATA: x\n data: x\nfoo: x\ndata: 1\n\n",
      [{ id: "7", event: "message", data: "1" }],
    ],
    ["data: héllo 😀 \u2028 \u0085\n\n", [{ event: "message", data: "héllo 😀 \u2028 \u0085" }]],
    ["data: a\n\n\ufeffdata: b\n\n", [{ event: "message", data: "a" }]],
    ["data: a\n\ndata: cut off", [{ event: "message", data: "a" }]],
    ["data: a\n\ndata: cut off\n", [{ event: "message", data: "a" }]],
  ];
  for (const [text, events] of cases) {
    const bytes = Buffer.from(text);
    assert.deepEqual(readAll([bytes]), events, JSON.stringify(text));
    for (const chunks of cuts(bytes)) assert.deepEqual(readAll(chunks), events, JSON.stringify(text));
  }
});

test("W1: what is encoded is read back, wherever the stream is cut", () => {
  const line = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
  const event = fc.record(
    {
      data: fc.jsonValue({ stringUnit: "binary" }).map((value) => JSON.stringify(value)),
      event: line.filter((type) => type !== ""),
      id: line.filter((id) => id !== "" && !id.includes("\0")),
      retry: fc.nat(),
    },
    { requiredKeys: ["data"] },
  );
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (sent, sizes) => {
        let id: string | undefined;
        const expected = sent.map((one) => {
          id = one.id ?? id;
          return { event: "message", ...one, ...(id !== undefined && { id }) };
        });
        const bytes = Buffer.from(sent.map((one) => sseComment() + sseEvent(one)).join(""));
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(readAll(chunks), expected);
      },
    ),
    { numRuns: 200 },
  );
  const bytes = Buffer.from(sseEvent({ id: "é", event: "x", data: '{"a":"😀"}', retry: 3 }));
  for (const chunks of cuts(bytes)) {
    assert.deepEqual(readAll(chunks), [{ id: "é", event: "x", data: '{"a":"😀"}', retry: 3 }]);
  }
});

test("W7: nothing can be injected into a stream", () => {
  for (const event of [
    { data: "a\nevent: x" },
    { data: "a\rb" },
    { data: "1", id: "a\n\ndata: x" },
    { data: "1", id: "a\r" },
    { data: "1", id: "a\0" },
    { data: "1", event: "a\ndata: x" },
    { data: "1", event: "\r" },
    { data: "1", retry: 1.5 },
    { data: "1", retry: -1 },
    { data: "1", retry: Number.NaN },
  ]) {
    assert.throws(() => sseEvent(event), SseFault, JSON.stringify(event));
  }
});

test("W4: oversize lines and events end the stream, in whatever pieces they come", () => {
  const limits = { maxEventBytes: 20, maxLineBytes: 12 };
  const floods = [
    "data: 1234567",
    `:${"x".repeat(12)}`,
    "data: 1\ndata: 2\ndata: 3\n",
    "event: x\n".repeat(9),
    "x".repeat(13),
  ];
  for (const text of floods) {
    for (const chunks of [[Buffer.from(text)], ...cuts(Buffer.from(text))]) {
      assert.throws(() => readAll(chunks, limits), SseFault, text);
    }
  }
  // A thousand small events and comments are no flood.
  assert.equal(readAll(["data: 123456\n\n: ping\n".repeat(1_000)], limits).length, 1_000);
  const reader = new SseReader(limits);
  assert.throws(() => reader.push(Buffer.from("x".repeat(13))), SseFault);
  assert.throws(() => reader.push(Buffer.from("data: 1\n\n")), SseFault);
  assert.throws(() => reader.end(), SseFault);
});

test("W4: a stream that is no UTF-8 is refused, in events, comments and at its end", () => {
  for (const bytes of [
    [...Buffer.from("data: "), 0xff, 10, 10],
    [...Buffer.from("data: "), 0xc3, 10, 0xa9, 10, 10],
    [0x3a, 0xed, 0xa0, 0x80, 10],
    [...Buffer.from("data: "), 0xe2, 0x82],
  ]) {
    for (const chunks of cuts(Buffer.from(bytes))) assert.throws(() => readAll(chunks), SseFault);
  }
});

test("W2: a priming event and reconnection time are seen without data (SEP-1699)", () => {
  const reader = new SseReader(LIMITS);
  assert.deepEqual(reader.push(Buffer.from("id: s-1\nretry: 500\n\n")), []);
  assert.deepEqual([reader.lastEventId, reader.retry], ["s-1", 500]);
});

test("W4: a chunk may be reused once it was pushed", () => {
  const reader = new SseReader(LIMITS);
  const chunk = Buffer.from("data: ab");
  reader.push(chunk);
  chunk.fill(120);
  assert.deepEqual(reader.push(Buffer.from("c\n\n")), [{ event: "message", data: "abc" }]);
});
