import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matches, type Pattern, readPattern } from "../../src/kernel/pattern.ts";

const pattern = (text: string): Pattern => {
  const read = readPattern(text);
  return typeof read === "string" ? assert.fail(read) : read;
};

test("P2: a pattern names a server, a kind and a glob", () => {
  assert.deepEqual(pattern("files.read_*"), { text: "files.read_*", server: "files", kind: "tool", glob: "read_*" });
  assert.equal(pattern("files.a.b").glob, "a.b");
  assert.equal(pattern("files.*").kind, "all");
  assert.equal(pattern("files.tool:*").kind, "tool");
  assert.equal(pattern("files.prompt:x").kind, "prompt");
  assert.equal(pattern("files.resource:file:///a:b/*").glob, "file:///a:b/*");
  assert.equal(pattern("files.tool:db:query").glob, "db:query");
});

test("P2: a pattern that cannot be meant is refused with what would be accepted", () => {
  assert.match(String(readPattern("files")), /names no server/);
  assert.match(String(readPattern("*.read")), /begin with the name of one server/);
  assert.match(String(readPattern("*")), /names no server/);
  assert.match(String(readPattern("files.prmpt:x")), /did you mean "prompt:"\?/);
  assert.match(String(readPattern("files.")), /ends without a name/);
  assert.match(String(readPattern("files.resource:")), /ends without a name/);
  assert.match(String(readPattern("files.a\u200bb")), /invisible/);
  assert.match(String(readPattern("files.a\nb")), /invisible/);
  assert.match(String(readPattern(`files.${"a".repeat(600)}`)), /at most 512/);
});

test("L4: only a limit may name every server", () => {
  const every = readPattern("*.send_*", true);
  assert.ok(typeof every !== "string" && matches(every, "anywhere", "tool", "send_mail"));
  assert.equal(typeof readPattern("a*.send", true), "string");
});

test("P2: each kind is matched by its own patterns alone", () => {
  const things = [
    ["tool", "x"],
    ["prompt", "x"],
    ["resource", "x"],
    ["template", "x"],
  ] as const;
  const hit = (text: string) =>
    things.filter(([kind, name]) => matches(pattern(text), "s", kind, name)).map(([kind]) => kind);
  assert.deepEqual(hit("s.*"), ["tool", "prompt", "resource", "template"]);
  assert.deepEqual(hit("s.x"), ["tool"]);
  assert.deepEqual(hit("s.tool:*"), ["tool"]);
  assert.deepEqual(hit("s.prompt:*"), ["prompt"]);
  assert.deepEqual(hit("s.resource:x"), ["resource", "template"]);
  assert.deepEqual(hit("t.*"), []);
  assert.ok(matches(pattern("s.x"), "s", "instructions", ""));
});

test("P2: a glob matches as the plain regular expression would", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
  fc.assert(
    fc.property(text, fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 }), (glob, name) => {
      fc.pre(glob !== "");
      const source = glob.replaceAll(/[.]/g, "\\.").replaceAll("*", ".*");
      assert.equal(matches(pattern(`s.tool:${glob}`), "s", "tool", name), new RegExp(`^${source}$`).test(name));
    }),
  );
});

test("P2: a glob with many stars does not stall", () => {
  const start = performance.now();
  assert.equal(matches(pattern(`s.${"*a".repeat(200)}b`), "s", "tool", "a".repeat(5000)), false);
  assert.ok(performance.now() - start < 200);
});
