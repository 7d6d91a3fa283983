import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lintPolicy } from "../../src/domain/policy/lint.ts";
import type { Caller } from "../../src/domain/policy/question.ts";
import { asks } from "./setting.ts";

const support = {
  role: "support",
  allow: ["crm.find_contact", "files.read_*", "files.prompt:sum*", "files.resource:file:///docs/*"],
};

test("P1: what no rule names is denied, whatever the role", () => {
  const { ask, may } = asks({ access: [support] });
  assert.ok(may(["support"], "crm", "tool", "find_contact"));
  assert.ok(!may(["support"], "crm", "tool", "find_contacts"));
  assert.ok(!may(["support"], "crm", "tool", "Find_contact"));
  assert.ok(!may([], "crm", "tool", "find_contact"));
  assert.ok(!may(["engineer"], "crm", "tool", "find_contact"));
  assert.deepEqual(ask(["support"], "crm", "tool", "delete_contact"), {
    allow: false,
    policies: [],
    reason: "no policy permits it",
  });
  assert.equal(ask(["support"], "nowhere", "tool", "x").reason, "unknown server");
});

test("P2: rules name tools, prompts, resources and templates of one server", () => {
  const { ask, may } = asks({ access: [support, { role: "engineer", allow: ["files.*"] }] });
  assert.ok(may(["support"], "files", "tool", "read_file"));
  assert.ok(!may(["support"], "files", "tool", "write_file"));
  assert.ok(!may(["support"], "files", "prompt", "read_file"));
  assert.ok(may(["support"], "files", "prompt", "summary"));
  assert.ok(may(["support"], "files", "resource", "file:///docs/a"));
  assert.ok(!may(["support"], "files", "resource", "file:///etc/passwd"));
  assert.ok(may(["support"], "files", "template", "file:///docs/{name}"));
  for (const kind of ["tool", "prompt", "resource", "template", "instructions"] as const) {
    assert.ok(may(["engineer"], "files", kind, "anything"));
    assert.ok(!may(["engineer"], "crm", kind, "anything"));
  }
  assert.deepEqual(ask(["support"], "files", "tool", "read_file").policies, ["access/support/files.read_*"]);
});

test("P8: a server's instructions are for whoever may use something on it", () => {
  const { may } = asks({ access: [{ role: "a", allow: ["crm.find_contact"] }] });
  assert.ok(may(["a"], "crm", "instructions", ""));
  assert.ok(!may(["a"], "files", "instructions", ""));
  assert.ok(!may([], "crm", "instructions", ""));
});

test("P2: the scope of a key narrows and never widens", () => {
  const { ask, may } = asks({ access: [support] });
  assert.ok(may(["support"], "files", "tool", "read_file", { scope: ["files.read_*"] }));
  assert.equal(
    ask(["support"], "crm", "tool", "find_contact", { scope: ["files.*"] }).reason,
    "outside the scope of the key",
  );
  assert.ok(!may(["support"], "files", "tool", "write_file", { scope: ["files.*"] }));
  assert.ok(!may(["support"], "files", "tool", "read_file", { scope: [] }));
  assert.ok(!may(["support"], "files", "tool", "read_file", { scope: ["files.*", "broken"] }));
  assert.ok(!may(["support"], "files", "tool", "read_file", { scope: ["files.read_file\nfiles.x"] }));
  assert.ok(!may(["support"], "files", "tool", "read_file", { scope: ["crm.*", "*.read_file"] }));
  assert.ok(may(["support"], "files", "tool", "read_file"));
});

test("P5: a principal of another environment is denied", () => {
  const { ask } = asks({ access: [support] });
  assert.equal(ask(["support"], "crm", "tool", "find_contact", { environment: "prod" }).reason, "another environment");
});

test("P1: Cedar files join the set, and forbid wins over the short form", () => {
  const cedar = [
    {
      file: "policies/a.cedar",
      text: `@id("no-writes")
forbid (principal, action == Cardea::Action::"call", resource) when { resource.name like "write_*" };
permit (principal in Cardea::Role::"guest", action, resource == Cardea::Tool::"crm.ping");`,
    },
  ];
  const { ask, may, policy } = asks({
    access: [
      { role: "engineer", allow: ["files.*"] },
      { role: "guest", allow: [] },
    ],
    cedar,
  });
  assert.ok(may(["engineer"], "files", "tool", "read_file"));
  assert.deepEqual(ask(["engineer"], "files", "tool", "write_file"), {
    allow: false,
    policies: ["policies/a.cedar#no-writes"],
    reason: "forbidden by policies/a.cedar#no-writes",
  });
  assert.deepEqual(ask(["guest"], "crm", "tool", "ping").policies, ["policies/a.cedar#2"]);
  assert.deepEqual(policy.roles, ["engineer", "guest"]);
  assert.match(
    policy.text(),
    /@id\("access\/engineer\/files\.\*"\)\npermit\(principal in Cardea::Role::"engineer", action, resource in Cardea::Server::"files"\)/,
  );
  assert.match(policy.text(), /@id\("no-writes"\)/);
});

test("P1: a rule about a person or a tenant is not remembered for another", () => {
  const text = `forbid (principal == Cardea::User::"person:eve", action, resource in Cardea::Server::"files");
forbid (principal, action, resource) when { principal.tenant == "other" };`;
  const { may } = asks({ access: [{ role: "engineer", allow: ["files.*"] }], cedar: [{ file: "p.cedar", text }] });
  const of = (more: Partial<Caller>) => may(["engineer"], "files", "tool", "x", more);
  for (const _ of [1, 2]) {
    assert.ok(of({}));
    assert.ok(!of({ owner: "person:eve" }));
    assert.ok(!of({ tenant: "other" }));
    assert.ok(of({ owner: "person:bob" }));
  }
});

test("P1: an evaluation error is a denial (invariant 3)", () => {
  // Cedar alone would skip a forbid whose arithmetic overflows, and allow.
  const text = "forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };";
  const { judge } = asks({ access: [{ role: "engineer", allow: ["files.*"] }], cedar: [{ file: "p.cedar", text }] });
  for (const _ of [1, 2]) {
    const answer = judge(["engineer"], "files.read");
    assert.equal(answer.allow, false);
    assert.match(answer.reason, /^policy evaluation failed: .*p\.cedar#1/);
  }
});

test("P1: a closed policy denies, and its parsed sets do not reach the next one", () => {
  const first = asks({ access: [{ role: "engineer", allow: ["files.*"] }] });
  assert.ok(first.may(["engineer"], "files", "tool", "x"));
  first.policy.close();
  assert.ok(!first.may(["engineer"], "files", "tool", "x"));
  const second = asks({ access: [{ role: "engineer", allow: [] }] });
  assert.ok(!second.may(["engineer"], "files", "tool", "x"));
  assert.notEqual(first.policy.version, second.policy.version);
});

test("P1: two policies in force at once do not mix", () => {
  const wide = asks({ access: [{ role: "a", allow: ["files.*"] }] });
  const tight = asks({ access: [{ role: "a", allow: [] }] });
  assert.ok(wide.may(["a"], "files", "tool", "x"));
  assert.ok(!tight.may(["a"], "files", "tool", "x"));
  assert.ok(wide.may(["a"], "files", "tool", "y"));
});

test("P8: a decision does not depend on the order of roles or on what was asked before", () => {
  const { ask } = asks({ access: [support, { role: "engineer", allow: ["files.*"] }] });
  const one = ask(["support", "engineer"], "files", "tool", "read_file");
  assert.equal(ask(["engineer", "support", "unknown"], "files", "tool", "read_file"), one);
  assert.deepEqual([...one.policies].sort(), ["access/engineer/files.*", "access/support/files.read_*"]);
});

const roleNames = ["r1", "r2", "r3"];
const nasty = fc.string({
  unit: fc.constantFrom("a", "_", "*", '"', "\\", "'", "(", ";", "é", "}", "/", "\n", "{"),
  maxLength: 12,
});
const globs = nasty.filter((text) => text !== "" && !text.includes("\n"));
const accesses = fc.array(
  fc.record({
    role: fc.constantFrom(...roleNames),
    allow: fc.array(
      globs.map((glob) => `files.tool:${glob}`),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 4 },
);

test("P1: without a role nothing is allowed; a further role never takes away; nothing widens by quoting", () => {
  fc.assert(
    fc.property(accesses, nasty, fc.subarray(roleNames), fc.constantFrom(...roleNames), (access, name, roles, more) => {
      const { may, policy } = asks({ access });
      try {
        assert.equal(may([], "files", "tool", name), false);
        const before = may(roles, "files", "tool", name);
        const after = may([...roles, more], "files", "tool", name);
        assert.ok(!before || after);
        const expected = access.some(({ role, allow }) => {
          const sources = allow.map((one) =>
            one
              .slice("files.tool:".length)
              .replaceAll(/[\\^$.()[\]{}|+?/]/g, "\\$&")
              .replaceAll("*", "[^]*"),
          );
          return roles.includes(role) && sources.some((source) => new RegExp(`^${source}$`).test(name));
        });
        assert.equal(before, expected);
        assert.equal(may(roles, "crm", "tool", name), false);
        assert.equal(may(roles, "files", "prompt", name), false);
      } finally {
        policy.close();
      }
    }),
    { numRuns: 150 },
  );
});

test("P1: a tool whose name is a wildcard or Cedar text is only itself", () => {
  const { may } = asks({ access: [{ role: "a", allow: ['files.say"hi', "files.back\\slash*"] }] });
  assert.ok(may(["a"], "files", "tool", 'say"hi'));
  assert.ok(!may(["a"], "files", "tool", "*"));
  assert.ok(may(["a"], "files", "tool", "back\\slash!"));
  assert.ok(!may(["a"], "files", "tool", 'x"} || true || resource == Cardea::Tool::"files.say"hi'));
});

test("P10: lint says of a rule whose end is past that nothing of it applies", () => {
  const text = '@until("2026-01-31") @owner("a") forbid (principal, action, resource in Cardea::Server::"files");';
  const { policy } = asks({ cedar: [{ file: "p.cedar", text }] });
  assert.deepEqual(
    lintPolicy(policy, undefined).map(({ kind, rule }) => [kind, rule]),
    [["ended", "p.cedar#1"]],
  );
});
