import assert from "node:assert/strict";
import { test } from "node:test";
import { type Caps, cutResult, exceeds } from "../../src/domain/inspection/cap.ts";
import type { Json, JsonObject } from "../../src/kernel/json.ts";

const CAPS: Caps = { size: 1_000, items: 50, depth: 6 };
const text = (said: string): JsonObject => ({ resultType: "complete", content: [{ type: "text", text: said }] });
const textOf = (result: JsonObject) => (result["content"] as [{ text: string }])[0].text;
const nested = (depth: number): Json => (depth === 0 ? "x" : [nested(depth - 1)]);

test("S6: what is within the caps is not touched; size, items and depth each count", () => {
  assert.equal(exceeds(text("x".repeat(900)), CAPS), false);
  assert.equal(exceeds(text("x".repeat(1_001)), CAPS), true);
  assert.equal(exceeds({ structuredContent: Array.from({ length: 60 }, () => 1) }, CAPS), true);
  assert.equal(exceeds({ structuredContent: nested(5) }, CAPS), false);
  assert.equal(exceeds({ structuredContent: nested(7) }, CAPS), true);
});

test("S6: a text is cut between characters, at the end of a line where one is near", () => {
  assert.ok(textOf(cutResult(text("\u{1f600}".repeat(2_000)), CAPS)).isWellFormed());
  const lines = textOf(cutResult(text("a line of a log file\n".repeat(500)), CAPS));
  assert.match(lines, /a line of a log file\u2026$/);
  assert.ok(lines.length <= 1_001);
});

test("S6: JSON stays JSON, in a text and in structured content", () => {
  const value = { rows: Array.from({ length: 200 }, (_, at) => ({ at, name: `row ${at}` })), total: 200 };
  for (const written of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
    const { rows } = JSON.parse(textOf(cutResult(text(written), CAPS))) as typeof value;
    assert.ok(rows.length > 5 && rows.length < 60);
    assert.deepEqual(rows.slice(0, -1), value.rows.slice(0, rows.length - 1));
  }
  const { structuredContent } = cutResult({ ...text("fine"), structuredContent: value }, CAPS);
  assert.ok(JSON.stringify(structuredContent).length < 2_000);
  assert.ok(!exceeds(cutResult({ structuredContent: nested(40) }, CAPS), { ...CAPS, depth: 9 }));
});

test("S6: a picture that is too large goes as a whole, and what stands before it stays", () => {
  const image = { type: "image", mimeType: "image/png", data: "A".repeat(5_000) };
  const said = cutResult({ content: [{ type: "text", text: "before" }, image, { type: "text", text: "after" }] }, CAPS);
  assert.deepEqual(said["content"], [{ type: "text", text: "before" }]);
});

test("S6: depth is of structured content; JSON in a text is a text, which keeps to the depth where it is too long", () => {
  const levels = (value: Json): number => (Array.isArray(value) ? 1 + Math.max(0, ...value.map(levels)) : 0);
  assert.equal(exceeds(text(JSON.stringify(nested(60))), CAPS), false);
  const long = JSON.parse(textOf(cutResult(text(JSON.stringify([nested(60), "x".repeat(2_000)])), CAPS))) as Json;
  assert.equal(levels(long), CAPS.depth);
});

test("S6: a text that is JSON of more names than a result may have is cut as any text", () => {
  const named = (names: number): string =>
    textOf(
      cutResult(
        text(JSON.stringify(Object.fromEntries(Array.from({ length: names }, (_, at) => [`m${at}`, 1])))),
        CAPS,
      ),
    );
  assert.ok(Object.keys(JSON.parse(named(8_000)) as object).length > 10);
  assert.throws(() => JSON.parse(named(8_001)), SyntaxError);
});
