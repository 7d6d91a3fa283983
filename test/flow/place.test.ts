import { strict as assert } from "node:assert";
import { test } from "node:test";
import { saidIn, saysNothing } from "../../src/domain/flow/place.ts";
import { frameOf } from "../../src/domain/inspection/frame.ts";

test("S8: a text of four words that acknowledge, or of numbers and ids, says nothing; a fifth word says something", () => {
  for (const text of [
    "",
    "ok",
    "Message sent successfully.",
    "issue 12 was created",
    "done -- ok, ok - ok",
    "ok - ok",
    "id: 0f8fad5b-d9cb-469f-a165-70867728950e",
    "PR-1234 closed",
    "gespeichert",
  ])
    assert.ok(saysNothing(text), text);
  for (const text of [
    "issue 12 was created now",
    "ok ok ok ok ok",
    "ok, ok, ok, ok, _",
    "send it",
    "ok ok\u00a0ok ok ok",
    "ok \u304f\u3060\u3055\u3044",
    "\u00e9 ok ok ok ok",
    "ok ".repeat(40),
  ])
    assert.ok(!saysNothing(text), text);
});

test("S8: what the server says is told part by part, without the notes of the gateway; structured content comes last", () => {
  const note = frameOf("one");
  const block = (text: string) => ({ type: "text", text });
  const said = (result: Parameters<typeof saidIn>[0]) => saidIn(result, [note], 100);
  assert.deepEqual(said({ content: [block("a"), block(note), block("b")] }), { text: "a\nb", whole: true });
  const all = { structuredContent: { x: 1 }, messages: ["m"], contents: ["c"], completion: "p", content: [block("a")] };
  assert.equal(said(all).text, "a\nc\nm\np\nx\n1");
  assert.equal(said({ resultType: "complete", content: [block(note)] }).text, "");
  // A result of a form that nobody knows is read as a whole.
  assert.equal(said({ other: "text", content: [], contents: [] }).text, "other\ntext\ncontent\ncontents");
  assert.equal(said({ content: null, other: "text" }).text, "content\nother\ntext");
  assert.equal(said({ resultType: "complete", other: "text" }).text, "");
});
