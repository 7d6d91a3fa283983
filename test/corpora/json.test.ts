import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fuzzText } from "../../bench/fuzz-text.ts";
import { DEFAULT_LIMITS, decodeUtf8, JsonFault, parseJson } from "../../src/protocol/json.ts";

const corpora = process.env["CARDEA_CORPORA"] ?? join(import.meta.dirname, "../../../shared/corpora");
const rows = (part: string) => {
  const folder = join(corpora, "json_test_suite", part);
  return readdirSync(folder).map((file) => ({ file, bytes: readFileSync(join(folder, file)) }));
};

/** The code of the fault, or undefined where the bytes are accepted. */
function faultOf(bytes: Uint8Array): string | undefined {
  try {
    parseJson(decodeUtf8(bytes), DEFAULT_LIMITS);
    return undefined;
  } catch (fault) {
    assert.ok(fault instanceof JsonFault, String(fault));
    assert.ok(fault.message.length < 300, "the message stays short");
    return fault.code;
  }
}

/** Valid JSON that is refused all the same. */
const STRICTER: Readonly<Record<string, string>> = {
  // Two readers may choose different members (invariant 4).
  "y_object_duplicated_key.json": "duplicate",
  "y_object_duplicated_key_and_value.json": "duplicate",
  // PostgreSQL and C programs cut text at U+0000.
  "y_object_escaped_null_in_key.json": "nul",
  "y_string_null_escape.json": "nul",
};

test("W4: the JSON test suite: all that is valid is accepted, but for the documented stricter rules", () => {
  const valid = rows("test_parsing").filter(({ file }) => file.startsWith("y_"));
  assert.equal(valid.length, 95);
  for (const { file, bytes } of valid) assert.equal(faultOf(bytes), STRICTER[file], file);
});

test("W4: the JSON test suite: all that is invalid is refused as a fault of syntax, or of what stands before that", () => {
  const invalid = rows("test_parsing").filter(({ file }) => file.startsWith("n_"));
  assert.equal(invalid.length, 188);
  const before: Readonly<Record<string, string>> = {
    "n_structure_100000_opening_arrays.json": "depth",
    "n_structure_open_array_object.json": "depth",
    "n_number_with_alpha_char.json": "number",
  };
  for (const { file, bytes } of invalid) assert.equal(faultOf(bytes), before[file] ?? "syntax", file);
});

test("W4: the JSON test suite: of what the RFC leaves open, only what survives the round trip is accepted", () => {
  const open = rows("test_parsing").filter(({ file }) => file.startsWith("i_"));
  assert.equal(open.length, 35);
  const accepted = open.filter(({ bytes }) => faultOf(bytes) === undefined).map(({ file }) => file);
  // 100000000000000000000 is exactly a double, and is written as that.
  assert.deepEqual(accepted, ["i_number_too_big_pos_int.json"]);
});

test("invariant 4: the JSON test suite: ambiguous values are refused", () => {
  const accepted = rows("test_transform")
    .filter(({ bytes }) => faultOf(bytes) === undefined)
    .map(({ file }) => file)
    .sort();
  // Composed and decomposed letters are different names.
  assert.deepEqual(accepted, [
    "number_1.0.json",
    "number_1000000000000000.json",
    "number_1e6.json",
    "object_key_nfc_nfd.json",
    "object_key_nfd_nfc.json",
  ]);
});

test("W4: 4,000 hostile texts bring nothing but the parsers' own faults, and nothing is read wrongly", async () => {
  assert.deepEqual(await fuzzText(4_000, 42), { tried: 4_000, crashes: 0, unexpected: 0, findings: [] });
});
