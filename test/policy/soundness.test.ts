import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../src/kernel/json.ts";
import { parametersOf } from "../../src/domain/policy/input-type.ts";
import { project, Unfit } from "../../src/domain/policy/project.ts";
import { asks, file, NOW, tool } from "./setting.ts";

const properties = {
  "path!": { type: "string" },
  count: { type: "integer" },
  deep: { type: "boolean" },
  tags: { type: "array", items: { type: "string" } },
};
const things = [tool("files", "a", "read", properties), tool("files", "b", "write", properties)];

/** Conditions of every kind that policies have, well typed for these tools. */
const atoms = [
  'context.arguments.path like "/w*"',
  'context.arguments.path == "/x"',
  "context.arguments has count && context.arguments.count > 3",
  "context.arguments has deep && context.arguments.deep",
  'context.arguments has tags && context.arguments.tags.contains("t")',
  'resource.name == "a"',
  'resource.name like "*b"',
  'resource.effect == "read"',
  'principal.tenant == "default"',
  'principal in Cardea::Role::"r1"',
  'principal == Cardea::User::"person:ada@example.com"',
  'action == Cardea::Action::"files.a"',
  'action in [Cardea::Action::"files.a", Cardea::Action::"call"]',
  'context.environment == "dev"',
  'context.scopes.contains("files:read")',
  "context.labels.isEmpty()",
  'context.time < datetime("2026-11-21T13:00:00Z")',
  'context.time.toTime() >= duration("13h")',
  'context.client.id == ""',
  'resource.server.location == "cloud"',
  'resource is Cardea::Tool in Cardea::Server::"files"',
  "true",
  "false",
];
const condition = fc.letrec<{ one: string }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...atoms),
    fc.tuple(tie("one"), tie("one")).map(([a, b]) => `(${a}) && (${b})`),
    fc.tuple(tie("one"), tie("one")).map(([a, b]) => `(${a}) || (${b})`),
    tie("one").map((a) => `!(${a})`),
    fc.tuple(tie("one"), tie("one"), tie("one")).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
  ),
})).one;
const rule = fc.record({
  effect: fc.constantFrom("permit", "permit", "forbid"),
  role: fc.constantFrom("principal", 'principal in Cardea::Role::"r1"', 'principal in Cardea::Role::"r2"'),
  action: fc.constantFrom("action", 'action in Cardea::Action::"call"', 'action == Cardea::Action::"files.a"'),
  kind: fc.constantFrom("when", "unless"),
  condition,
});
const args = fc.record(
  {
    path: fc.constantFrom("/x", "/w/1", "/etc"),
    count: fc.integer({ min: 0, max: 6 }),
    deep: fc.boolean(),
    tags: fc.subarray(["t", "u"]),
  },
  { requiredKeys: ["path"] },
);

/** Cedar's own answer over the whole set, without slices, listing or memory. */
function makes(rules: readonly { effect: string; role: string; action: string; kind: string; condition: string }[]) {
  const text = rules
    .map(
      ({ effect, role, action, kind, condition: body }) =>
        `${effect} (${role}, ${action === "action" ? 'action in Cardea::Action::"call"' : action}, resource) ${kind} { ${body} };`,
    )
    .join("\n");
  const access = ["r1", "r2"].map((role) => ({ role, allow: [] }));
  try {
    return asks({ access, cedar: file(text), things });
  } catch {
    // A policy that can never apply is refused at load.
    return undefined;
  }
}

test("P8: whatever is permitted for some values is listed, and a forbid is lost in no slice", () => {
  let judged = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.subarray(["r1", "r2"]),
      fc.constantFrom("a", "b"),
      fc.array(args, { minLength: 1, maxLength: 4 }),
      fc.subarray(["files:read", "x"]),
      (rules, roles, name, values, scopes) => {
        const all: ReturnType<typeof makes> = makes(rules);
        if (all === undefined) return;
        // One rule at a time: what each forbid and permit says by itself.
        const alone = rules.map((one) => ({ effect: one.effect, set: makes([{ ...one, effect: "permit" }]) }));
        try {
          const more = { oauthScopes: new Set(scopes), client: "app" };
          for (const value of values) {
            const permitted: boolean = all.judge(
              roles,
              `files.${name}`,
              { arguments: value as JsonObject },
              more,
            ).allow;
            const says = (effect: string) =>
              alone.some(
                (one) =>
                  one.effect === effect &&
                  one.set?.policy.judge(
                    { ...caller(roles), ...more },
                    { server: "files", kind: "tool", name },
                    { arguments: value as JsonObject },
                  ).allow === true,
              );
            assert.equal(permitted, says("permit") && !says("forbid"));
            if (permitted) assert.ok(all.may(roles, "files", "tool", name, more));
            judged++;
          }
        } finally {
          all.policy.close();
          for (const { set } of alone) set?.policy.close();
        }
      },
    ),
    { numRuns: 250 },
  );
  assert.ok(judged > 100);
});

const caller = (roles: readonly string[]) => ({
  ...{ tenant: "default", owner: "person:ada@example.com", credential: "k_1", environment: "dev", plan: "default" },
  roles,
});

test("P8: what no arguments could make permitted is not listed", () => {
  const hidden = [
    'context.arguments.path == "/x" && resource.name == "b"',
    'context.arguments.path == "/x" && principal.tenant == "other"',
    '(context.scopes.contains("a") || context.labels.isEmpty()) && context.environment == "prod"',
    'context.time > datetime("2027-01-01")',
    'if resource.effect == "read" then false else context.arguments.path == "/x"',
  ];
  for (const body of hidden) {
    const all = makes([{ effect: "permit", role: "principal", action: "action", kind: "when", condition: body }]);
    assert.ok(all !== undefined && !all.may(["r1"], "files", "tool", "a"), body);
  }
  const forbidden = makes([
    { effect: "permit", role: "principal", action: "action", kind: "when", condition: "true" },
    {
      effect: "forbid",
      role: "principal",
      action: "action",
      kind: "when",
      condition: 'resource.name == "a" || context.arguments.path == "/x"',
    },
  ]);
  assert.ok(
    forbidden !== undefined && !forbidden.may([], "files", "tool", "a") && forbidden.may([], "files", "tool", "b"),
  );
});

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<never>;
const reserved = fc.constantFrom<object>(
  { __entity: { type: "Cardea::Role", id: "admin" } },
  { __extn: { fn: "datetime", arg: "2020-01-01" } },
  { __expr: "true" },
);

test("P2: no argument becomes anything but data: reserved members, other types and long integers", () => {
  const parameters = parametersOf(things[0]?.definition ?? {});
  const reads = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    (Object.keys(value).some((key) => key.startsWith("__")) || Object.values(value).some(reads));
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom("path", "count", "deep", "tags", "__entity", "__proto__", "other"),
        fc.oneof(json, reserved),
      ),
      (given) => {
        let made: Record<string, unknown>;
        try {
          made = project(
            [["path"], ["count"], ["deep"], ["tags"], ["__entity"], ["other"]],
            parameters,
            given as JsonObject,
          );
        } catch (error) {
          assert.ok(error instanceof Unfit);
          return;
        }
        assert.ok(!reads(made));
        assert.deepEqual(
          Object.keys(made).filter((key) => !["path", "count", "deep", "tags"].includes(key)),
          [],
        );
      },
    ),
    { numRuns: 500 },
  );
  for (const count of [2 ** 63, -(2 ** 63) - 2048, 1e300, 1.5])
    assert.throws(() => project([["count"]], parameters, { count }), Unfit);
  for (const count of [2 ** 53 - 1, 2 ** 53 + 2, 2 ** 62, -(2 ** 62)]) {
    const text =
      'permit (principal, action == Cardea::Action::"files.a", resource) when { context.arguments has count && context.arguments.count == ' +
      `${JSON.stringify(count)} };`;
    const { judge } = asks({ access: [], cedar: file(text), things, now: () => NOW });
    assert.ok(judge([], "files.a", { arguments: { path: "", count } }).allow, String(count));
    assert.ok(!judge([], "files.a", { arguments: { path: "", count: count / 2 } }).allow);
  }
});
