import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PolicyFaults } from "../../src/domain/policy/fault.ts";
import { asks, file } from "./setting.ts";

const access = [
  { role: "dev", allow: ["files.*"] },
  { role: "pub", allow: ["files.resource:doc:///public/*", "files.resource:doc://h/one"] },
];
const RULES = `forbid (principal, action == Cardea::Action::"read", resource in Cardea::Server::"files")
when { context.arguments.uri like "doc:///secret*" || context.arguments.uri like "doc:///a/b c*" };
forbid (principal, action == Cardea::Action::"read", resource == Cardea::Resource::"files.doc:///one");`;

const set = asks({ access, cedar: file(RULES) });
const caller = (role: string) => ({
  ...{ tenant: "default", owner: "person:ada@example.com", credential: "k_1", environment: "dev", plan: "default" },
  roles: [role],
});
const reads = (uri: string, role = "dev") => {
  const wanted = { server: "files", kind: "resource", name: uri } as const;
  const exact = set.policy.judge(caller(role), wanted, { arguments: { uri } }).allow;
  assert.ok(!exact || set.policy.decide(caller(role), wanted).allow, `${uri} is permitted and not listed`);
  return exact;
};

test("P2: a forbid on a resource holds in every equivalent spelling of its URI (RFC 3986 section 6.2.2)", () => {
  for (const uri of [
    ...[
      "doc:///secret/a",
      "doc:///%73ecret/a",
      "doc:///s%65cret",
      "doc:////secret/a",
      "DOC:///secret",
      "doc:///%2573ecret",
    ],
    ...[
      "doc:///one",
      "doc:///on%65",
      "doc:///%6fne",
      "doc:///one#x",
      "doc:///one?x",
      "doc:///one/",
      "doc:///one//#",
      "doc:///one%23x",
    ],
    ...["doc:///a%2Fb%20c", "doc:///a%2fb c/d", "doc:///a%5cb c", "doc:///a//b%20c"],
  ])
    assert.equal(reads(uri), false, uri);
  for (const uri of [
    "doc:///two",
    "doc:///on",
    "doc:///x?uri=1",
    "doc:///caf%C3%A9",
    "doc:///a%20b",
    "urn:x:y",
    "plain",
  ])
    assert.equal(reads(uri), true, uri);
});

test("P2: a permit on a resource has to hold for its URI as it was sent and in its normal spelling", () => {
  for (const uri of ["doc:///public/a", "doc:///public/a%20b", "doc:///public/x?y", "doc://h/one"])
    assert.equal(reads(uri, "pub"), true, uri);
  for (const uri of ["doc:///%70ublic/a", "doc:///private", "DOC:///public/a", "doc://H/one", "doc://h/on%65"])
    assert.equal(reads(uri, "pub"), false, uri);
});

test("P2: an exception of a permit holds in the normal spelling too", () => {
  const text = `permit (principal in Cardea::Role::"pub", action == Cardea::Action::"read", resource in Cardea::Server::"files")
unless { context.arguments.uri like "doc:///secret*" };`;
  const { policy } = asks({ access: [{ role: "pub", allow: [] }], cedar: file(text) });
  const may = (name: string) =>
    policy.judge(caller("pub"), { server: "files", kind: "resource", name }, { arguments: { uri: name } }).allow;
  assert.deepEqual(["doc:///a", "doc:///secret", "doc:///%73ecret", "DOC:///secret"].map(may), [
    true,
    false,
    false,
    false,
  ]);
});

test("P2: what cannot be brought to one spelling is refused", () => {
  for (const uri of [
    "doc:///%zz",
    "doc:///100%",
    "doc:///%c0%ae",
    "doc:///%ff",
    "doc:///%2525252573ecret",
    "doc:///\ud800",
  ])
    assert.equal(reads(uri), false, uri);
});

test("P2: no encoding of a forbidden URI is let through", () => {
  const encoded = (text: string, choices: readonly number[]): string =>
    [...text]
      .map((letter, at) => {
        const code = letter.charCodeAt(0).toString(16);
        return [letter, `%${code}`, `%${code.toUpperCase()}`, `%25${code}`][choices[at % choices.length] ?? 0];
      })
      .join("");
  fc.assert(
    fc.property(
      fc.constantFrom("secret", "secret/a", "one", "a/b c"),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
      fc.constantFrom("", "#f", "?q", "/"),
      (path, choices, end) => assert.equal(reads(`doc:///${encoded(path, choices)}${end}`), false),
    ),
  );
});

test("P7: a rule on a resource in a spelling that is never compared is a fault with the one that is", () => {
  const faults = (text: string, allow: string[] = []) => {
    try {
      asks({ access: [{ role: "dev", allow }], cedar: file(text) }).policy.close();
      return [];
    } catch (error) {
      return error instanceof PolicyFaults ? error.faults.map(({ nearest }) => nearest) : [];
    }
  };
  const on = (body: string) => `forbid (principal, action == Cardea::Action::"read", resource) when { ${body} };`;
  assert.deepEqual(faults(on('context.arguments.uri like "DOC:///s%65cret*"')), ["doc:///secret*"]);
  assert.deepEqual(faults(on('context.arguments.uri == "doc://H/x"')), ["doc://h/x"]);
  assert.deepEqual(faults('forbid (principal, action, resource == Cardea::Resource::"files.doc:///%6fne");'), [
    "doc:///one",
  ]);
  assert.deepEqual(faults("", ["files.resource:DOC:///x"]), ["files.resource:doc:///x"]);
  assert.deepEqual(faults(on('context.arguments.uri like "doc:///a%20b*"')), []);
});
