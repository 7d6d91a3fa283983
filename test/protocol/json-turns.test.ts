import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS, JsonFault, type JsonLimits, parseJson, parseJsonInTurns } from "../../src/protocol/json.ts";

const LIMITS: JsonLimits = { ...DEFAULT_LIMITS, maxNodes: 40_000, maxNames: 8_000 };
const rows = (last = ""): string =>
  `[${Array.from({ length: 3_000 }, (_, at) => `{"id":${at},"a":[],"b":{},"c":"x","d":-1.5}`).join(",")}${last}]`;

const said = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof JsonFault);
    return `${error.code} ${error.offset} ${error.message}`;
  }
};

test("W4: a text that is read in turns says the same as one that is read at once, value or fault", async () => {
  const texts = [
    rows(),
    rows(',{"a":1,"a":2}'),
    rows(',{"\\u0061":1}'),
    rows(',{"\\u0061":1,"a":2}'),
    rows(',{"a\\n":-0}'),
    rows(',{"a":1e999}'),
    rows(',{"a":"\\ud800"}'),
    rows(",nope"),
    rows(`,${"[".repeat(100)}${"]".repeat(100)}`),
    rows().slice(0, -1),
    `[${"0,".repeat(50_000)}0]`,
    `{${Array.from({ length: 9_000 }, (_, at) => `"m${at}":1`).join(",")}}`,
    '{"a":1,"a":2}',
    '"a"',
    "7",
    "",
  ];
  for (const text of texts) {
    const turns = parseJsonInTurns(text, LIMITS, async () => {});
    const inTurns = await turns.then(
      (value) => value,
      (error: unknown) =>
        said(() => {
          throw error;
        }),
    );
    assert.deepEqual(
      inTurns,
      said(() => parseJson(text, LIMITS)),
      text.slice(-60),
    );
  }
});

test("W4: others get their turn while many members are read strictly", async () => {
  let turns = 0;
  await parseJsonInTurns(rows(',{"a\\n":1}'), LIMITS, async () => void turns++);
  assert.ok(turns > 10, String(turns));
  turns = 0;
  await parseJsonInTurns(`[${"0,".repeat(30_000)}-0]`, LIMITS, async () => void turns++);
  assert.ok(turns > 25, `in one flat list as well: ${turns}`);
});

test("W4: empty objects and lists take no member's place", () => {
  const text = `[${"{},[],".repeat(4)}0]`;
  assert.deepEqual(parseJson(text, { ...LIMITS, maxNodes: 9 }), JSON.parse(text));
  assert.throws(() => parseJson(text, { ...LIMITS, maxNodes: 8 }), /at most 8/);
});
