import assert from "node:assert/strict";
import { test } from "node:test";
import { type PolicyFault, PolicyFaults } from "../../src/domain/policy/fault.ts";
import type { Thing } from "../../src/domain/policy/catalogue.ts";
import { createPolicy } from "../../src/domain/policy/policy.ts";
import { asks, file, NOW, tool } from "./setting.ts";

const things: Thing[] = [
  tool("files", "read_file", "read", { "path!": { type: "string" }, lines: { type: "integer" } }),
  tool("files", "write_file", "write", { "path!": { type: "string" }, "text!": { type: "string" } }),
  tool("files", "delete_file", "destructive", { "path!": { type: "string" } }),
  tool("crm", "find_contact", "read", {
    "filter!": { type: "object", required: ["tenant"], properties: { tenant: { type: "string" } } },
    score: { type: "number" },
    tags: { type: "array", items: { type: "string" } },
    note: { type: ["string", "null"] },
  }),
  {
    server: "crm",
    kind: "prompt",
    name: "greet",
    effect: "read",
    definition: { name: "greet", arguments: [{ name: "who", required: true }] },
  },
];
const access = [{ role: "dev", allow: [] }];
const DEV = 'principal in Cardea::Role::"dev"';
const CALL = 'Cardea::Action::"files.read_file"';

function faults(text: string): readonly PolicyFault[] {
  try {
    createPolicy({
      access,
      cedar: file(text),
      servers: ["files", "crm"],
      environment: "dev",
      things,
      now: () => NOW,
    }).close();
  } catch (error) {
    if (error instanceof PolicyFaults) return error.faults;
    throw error;
  }
  return [];
}

test("P2: a rule on argument values permits exactly those, and refuses with the argument and the rule", () => {
  const text = `@id("work") @hint("Use a path below /docs/.")
permit (${DEV}, action == ${CALL}, resource)
when { context.arguments.path like "/docs/*" && (if context.arguments has lines then context.arguments.lines <= 100 else true) };`;
  const { may, judge } = asks({ access, cedar: file(text), things });
  assert.ok(may(["dev"], "files", "tool", "read_file"));
  assert.ok(!may(["dev"], "files", "tool", "write_file"));
  for (const _ of [1, 2]) {
    assert.ok(judge(["dev"], "files.read_file", { arguments: { path: "/docs/a" } }).allow);
    assert.ok(judge(["dev"], "files.read_file", { arguments: { path: "/docs/a", lines: 100 } }).allow);
    assert.ok(!judge(["dev"], "files.read_file", { arguments: { path: "/docs/a", lines: 101 } }).allow);
    const no = judge(["dev"], "files.read_file", { arguments: { path: "/etc/passwd" } });
    assert.deepEqual(
      [no.allow, no.reason, no.refused],
      [
        false,
        "no policy permits these values",
        { rule: "policies/x.cedar#work", path: "/path", hint: "Use a path below /docs/." },
      ],
    );
  }
});

test("P2: nested fields, lists, prompts, resources, scopes, labels, clients and keys decide", () => {
  const text = `permit (${DEV}, action == Cardea::Action::"crm.find_contact", resource)
when { context.arguments.filter.tenant == principal.tenant && !(context.arguments has tags && context.arguments.tags.contains("secret")) };
forbid (principal, action, resource in Cardea::Server::"crm") when { context.labels.contains("untrusted") };
forbid (principal in Cardea::Key::"k_9", action, resource);
forbid (principal in Cardea::Client::"app", action, resource) unless { context.scopes.contains("crm:read") };
forbid (principal, action, resource) when { context.client.location == "cloud" && principal.client != "" && resource.server.training == "no" };
permit (${DEV}, action == Cardea::Action::"crm.prompt:greet", resource) when { context.arguments.who != "root" };
permit (${DEV}, action == Cardea::Action::"read", resource in Cardea::Server::"files") when { context.arguments.uri like "file:///docs/*" };`;
  const { judge, may, policy } = asks({ access, cedar: file(text), things });
  const find = (tags: string[], more = {}, labels: string[] = [], tenant = "default") =>
    judge(["dev"], "crm.find_contact", { arguments: { filter: { tenant }, tags }, labels }, more).allow;
  assert.ok(find([]) && find(["a"]));
  assert.ok(!find(["a", "secret"]) && !find([], {}, ["untrusted"]) && !find([], {}, [], "other"));
  assert.ok(!find([], { credential: "k_9" }));
  assert.ok(!find([], { client: "app", oauthScopes: new Set(["files:read"]) }));
  assert.ok(find([], { client: "app", oauthScopes: new Set(["crm:read"]) }));
  assert.ok(may(["dev"], "files", "resource", "file:///docs/a"));
  assert.ok(!may(["dev"], "files", "resource", "file:///etc/a"));
  const greet = (who: string) =>
    policy.judge(
      { tenant: "default", owner: "person:a", roles: ["dev"], environment: "dev", credential: "k_1", plan: "p" },
      { server: "crm", kind: "prompt", name: "greet" },
      { arguments: { who } },
    ).allow;
  assert.ok(greet("ada") && !greet("root"));
});

test("P2: the time counts by the minute, and an answer is not kept beyond it", () => {
  let now = Date.parse("2026-11-21T16:59:30Z");
  const text = `permit (${DEV}, action == ${CALL}, resource)
when { context.time.toTime() >= duration("9h") && context.time.toTime() < duration("17h") };`;
  const { may, judge } = asks({ access, cedar: file(text), things, now: () => now });
  const both = () => [may(["dev"], "files", "tool", "read_file"), judge(["dev"], "files.read_file").allow];
  assert.deepEqual(both(), [true, true]);
  now += 29_000;
  assert.deepEqual(both(), [true, true]);
  now += 1_000;
  assert.deepEqual(both(), [false, false]);
});

test("P9: a rule with an end is over when its last day is", () => {
  let now = Date.parse("2027-01-31T23:59:59Z");
  const text = `@until("2027-01-31T12:00Z") forbid (${DEV}, action, resource == Cardea::Tool::"files.delete_file");`;
  const { may, policy } = asks({
    access: [
      { role: "dev", allow: ["files.read_file"], until: "2027-01-31" },
      { role: "dev", allow: ["files.write_file"] },
    ],
    ...{ cedar: file(text), things, now: () => now },
  });
  const { version } = policy;
  assert.ok(may(["dev"], "files", "tool", "read_file") && may(["dev"], "files", "tool", "write_file"));
  assert.deepEqual(
    policy.ended.map((rule) => rule.id),
    ["policies/x.cedar#1"],
  );
  now += 1_000;
  assert.ok(!may(["dev"], "files", "tool", "read_file") && may(["dev"], "files", "tool", "write_file"));
  assert.notEqual(policy.version, version);
});

test("P3: a wildcard grants reading, effects grant more, and a name grants whatever the thing does", () => {
  const of = (rule: object, name: string) => {
    const { may } = asks({ access: [{ role: "dev", allow: ["files.*"], ...rule }], things });
    return may(["dev"], "files", "tool", name);
  };
  const all = (rule: object) => ["read_file", "write_file", "delete_file", "not_pinned"].map((name) => of(rule, name));
  assert.deepEqual(all({}), [true, false, false, false]);
  assert.deepEqual(all({ allow: ["files.*_file"] }), [true, false, false, false]);
  assert.deepEqual(all({ effects: ["read", "write"] }), [true, true, false, true]);
  assert.deepEqual(all({ effects: ["write"] }), [false, true, false, true]);
  assert.deepEqual(all({ allow: ["files.delete_file"] }), [false, false, true, false]);
  assert.deepEqual(all({ allow: ["files.delete_file"], effects: ["read"] }), [false, false, false, false]);
});

test("P3: what does more than read needs an approval unless every rule says none, and the strictest rule wins", () => {
  const asked = (name: string, ...rules: object[]) => {
    const { judge } = asks({
      access: rules.map((rule) => ({ role: "dev", allow: [`files.${name}`], ...rule })),
      things,
    });
    return judge(["dev"], `files.${name}`, { arguments: { path: "a", text: "" } }).obligations?.approval;
  };
  const self = { by: "self", expiresMs: 300_000, always: true };
  assert.equal(asked("read_file", {}), undefined);
  assert.deepEqual(asked("write_file", {}), self);
  assert.equal(asked("write_file", { approval: "none" }), undefined);
  assert.deepEqual(asked("write_file", { approval: "none" }, {}), self);
  assert.deepEqual(asked("write_file", { approval: "self" }, { approval: "other" }), { ...self, by: "other" });
  assert.deepEqual(asked("delete_file", {}), { ...self, always: false });
  assert.deepEqual(asked("read_file", { approval: "self" }), { ...self, always: false });
  const text = `@approval("other") @expires("90s") permit (${DEV}, action == ${CALL}, resource) when { context.arguments.path == "x" };
permit (${DEV}, action == ${CALL}, resource);`;
  const { judge } = asks({ access, cedar: file(text), things });
  const path = (value: string) =>
    judge(["dev"], "files.read_file", { arguments: { path: value } }).obligations?.approval;
  assert.deepEqual(path("x"), { by: "other", expiresMs: 90_000, always: false });
  assert.equal(path("y"), undefined);
});

test("P7: a tool, parameter or type that does not exist is a fault with its line and the nearest name", () => {
  const one = (text: string) =>
    faults(`\n${text}`).map(({ line, nearest, message }) => [line, nearest, message] as const);
  const [tool1] = one(`permit (${DEV}, action == Cardea::Action::"files.read_fle", resource);`);
  assert.deepEqual(tool1?.slice(0, 2), [2, "files.read_file"]);
  const [tool2] = one(`permit (${DEV}, action, resource == Cardea::Tool::"files.raed_file");`);
  assert.deepEqual(tool2?.slice(0, 2), [2, "files.read_file"]);
  const [parameter] = one(`permit (${DEV}, action == ${CALL}, resource)\nwhen { context.arguments.pth == "x" };`);
  assert.deepEqual(parameter?.slice(0, 2), [3, "path"]);
  const [type] = one(`permit (${DEV}, action == ${CALL}, resource) when { context.arguments.path == 3 };`);
  assert.match(type?.[2] ?? "", /types String and Long are not compatible|type/);
  const [optional] = one(`permit (${DEV}, action == ${CALL}, resource) when { context.arguments.lines == 3 };`);
  assert.match(optional?.[2] ?? "", /optional attribute/);
  const [asked] = one(`permit (${DEV}, action == ${CALL}, resource) when { context.arguments has linse };`);
  assert.deepEqual(asked?.slice(0, 2), [2, "lines"]);
  const [never] = one(`permit (${DEV}, action == ${CALL}, resource) when { resource.effect == "write" && false };`);
  assert.match(never?.[2] ?? "", /impossible/);
  const [other] = one(`permit (${DEV}, action == ${CALL}, resource == Cardea::Tool::"crm.find_contact");`);
  assert.match(other?.[2] ?? "", /never apply/);
});

test("P7: what Cedar cannot read cannot be named: fractions, null, several types", () => {
  for (const [name, why] of [
    ["score", /cannot be named in a policy: it may be a fraction/],
    ["note", /cannot be named in a policy: it may be null/],
  ] as const)
    for (const use of [`context.arguments.${name} == "x"`, `context.arguments has ${name}`]) {
      const found = faults(`permit (${DEV}, action == Cardea::Action::"crm.find_contact", resource) when { ${use} };`);
      assert.match(found.map((fault) => fault.message).join("\n"), why);
    }
});

test("P7: a rule for many tools has to fit each, and a rule that names a group with == means all of it", () => {
  const message = (text: string) =>
    faults(text)
      .map((fault) => fault.message)
      .join("\n");
  assert.match(
    message(`forbid (principal, action == Cardea::Action::"call", resource) when { context.arguments.path == "x" };`),
    /crm\.find_contact/,
  );
  assert.equal(
    message(
      `forbid (principal, action == Cardea::Action::"call", resource in Cardea::Server::"files") when { context.arguments.path == "x" };`,
    ),
    "",
  );
  assert.equal(
    message(
      `forbid (principal, action==Cardea::Action::"call", resource) when { context.arguments has path && context.arguments.path == "x" };`,
    ),
    "",
  );
  assert.match(
    message(
      `forbid (principal, action == Cardea::Action::"call", resource in Cardea::Server::"files") when { context.arguments.text == "x" };`,
    ),
    /text/,
  );
});

test("P7: dates and approvals that cannot be meant are faults", () => {
  const said = (annotation: string, effect = "permit") =>
    faults(`${annotation} ${effect} (${DEV}, action == ${CALL}, resource);`)
      .map((fault) => fault.message)
      .join();
  assert.match(said('@until("2027-02-30")'), /@until/);
  assert.match(said('@review("soon")'), /@review/);
  assert.match(said('@approval("boss")'), /@approval/);
  assert.match(said('@approval("none")', "forbid"), /@approval/);
  assert.match(said('@expires("2d")'), /@expires/);
  assert.equal(said('@until("2027-02-28") @review("2027-01-01") @owner("ada") @approval("none") @expires("5m")'), "");
});

test("P1: a rule that no longer fits the pinned definition denies its own actions, and nothing else", () => {
  const text = `permit (${DEV}, action in [Cardea::Action::"files.read_file", Cardea::Action::"files.write_file"], resource) when { context.arguments.path like "/docs/*" };
permit (${DEV}, action == Cardea::Action::"crm.find_contact", resource);`;
  const { policy, may, judge } = asks({
    access: [{ role: "dev", allow: ["files.read_file"] }],
    cedar: file(text),
    things,
  });
  assert.ok(judge(["dev"], "files.write_file", { arguments: { path: "/docs/a", text: "" } }).allow);
  const changed = things.map((one) =>
    one.name === "read_file" ? tool("files", "read_file", "read", { "file!": { type: "string" } }) : one,
  );
  const stale = policy.follow(changed);
  assert.deepEqual(
    stale.map(({ file: name, line }) => [name, line]),
    [["policies/x.cedar", 1]],
  );
  assert.ok(!may(["dev"], "files", "tool", "read_file"));
  assert.ok(may(["dev"], "crm", "tool", "find_contact"));
  assert.ok(judge(["dev"], "files.write_file", { arguments: { path: "/docs/a", text: "" } }).allow);
  assert.deepEqual(policy.follow(things), []);
  assert.ok(may(["dev"], "files", "tool", "read_file"));
});

test("P2: what may be with some arguments: no forbid that holds already, and a permit that may still hold", () => {
  const { policy } = asks({
    access: [{ role: "dev", allow: [] }],
    things: [tool("crm", "find", "read", { who: { type: "string" }, "city!": { type: "string" } })],
    cedar: file(`
permit (principal in Cardea::Role::"dev", action == Cardea::Action::"crm.find", resource) when { context.arguments.city like "B*" };
forbid (principal, action == Cardea::Action::"crm.find", resource)
when { context.arguments has who && context.arguments.who == "eve" && !context.labels.contains("untrusted") };
forbid (principal, action == Cardea::Action::"crm.find", resource)
when { context.arguments has who && context.arguments.who == "mal" && context.arguments.city == "Bonn" };`),
  });
  const caller = {
    tenant: "default",
    owner: "person:a",
    credential: "k_1",
    environment: "dev",
    plan: "p",
    roles: ["dev"],
  };
  const may = (args: Record<string, string>, roles = ["dev"], labels: string[] = []) =>
    policy.mayBe({ ...caller, roles }, { server: "crm", kind: "tool", name: "find" }, { arguments: args, labels });
  assert.deepEqual(
    [may({}), may({ who: "ada" }), may({ who: "eve" }), may({ city: "Rome" })],
    [true, true, false, false],
  );
  assert.equal(may({ who: "eve" }, ["dev"], ["untrusted"]), true);
  assert.deepEqual([may({ who: "mal" }), may({ who: "mal", city: "Bonn" })], [true, false]);
  assert.equal(may({}, ["other"]), false);
});
