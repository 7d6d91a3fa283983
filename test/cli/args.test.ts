import assert from "node:assert/strict";
import { test } from "node:test";
import { readFlags, UsageFault } from "../../src/cli/args.ts";

const SPEC = {
  role: { type: "string", multiple: true },
  owner: { type: "string", short: "o" },
  json: { type: "boolean" },
} as const;

const fault = (argv: string[], words: string[] = []): string => {
  try {
    readFlags(argv, SPEC, words);
  } catch (error) {
    assert.ok(error instanceof UsageFault);
    return error.message;
  }
  return assert.fail(`no fault for ${argv.join(" ")}`);
};

test("flags: values, repeated values, booleans, short names and words are read", () => {
  const { flags, positionals } = readFlags(["--role", "a", "x", "--role=b", "-o", "person:ada", "--json"], SPEC, [
    "id",
  ]);
  assert.deepEqual(flags, { role: ["a", "b"], owner: "person:ada", json: true });
  assert.deepEqual(positionals, ["x"]);
});

test("flags: what is absent has its empty value", () => {
  assert.deepEqual(readFlags([], SPEC).flags, { role: [], owner: undefined, json: false });
});

test("flags: an unknown flag names the nearest one", () => {
  assert.match(fault(["--rloe", "x"]), /Unknown flag "--rloe", did you mean --role\?/);
  assert.match(fault(["--__proto__=x"]), /Unknown flag/);
  assert.match(fault(["--no-json"]), /Unknown flag/);
});

test("flags: a missing value, a doubled flag and a value on a boolean are faults", () => {
  assert.match(fault(["--owner"]), /--owner needs a value/);
  assert.match(fault(["--owner", "--json"]), /--owner needs a value/);
  assert.match(fault(["--owner="]), /--owner needs a value/);
  assert.match(fault(["--owner", "a", "--owner", "b"]), /given twice/);
  assert.match(fault(["--json=yes"]), /takes no value/);
});

test("flags: words too many or too few are faults, and -- ends the flags", () => {
  assert.match(fault([], ["id"]), /ID is missing/);
  assert.match(fault(["a", "b"], ["id"]), /Unexpected "b" \(expected: id\)/);
  assert.deepEqual(readFlags(["--", "--role"], SPEC, ["rest..."]).positionals, ["--role"]);
  assert.deepEqual(readFlags([], SPEC, ["id?"]).positionals, []);
});
