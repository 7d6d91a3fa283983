import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPins } from "../../src/cli/check-pins.ts";
import { loadConfig } from "../../src/config/load.ts";
import { digestOf, type Lock } from "../../src/domain/pins/index.ts";

const definition = {
  name: "find",
  inputSchema: {
    type: "object",
    properties: { flag: { type: "boolean" }, tenant: { type: "string" }, word: { type: "string", maxLength: 9 } },
    required: ["tenant"],
  },
};
const pin = (of: object) => [{ digest: digestOf(of as never), by: "a", at: "2026-01-01", definition: of }];
const prompt = { name: "greet", arguments: [{ name: "who" }] };
const template = { uriTemplate: "crm://{tenant}/{id}", name: "x" };
const lock = {
  version: 1,
  servers: {
    crm: {
      source: { url: "https://crm.example/mcp" },
      definitions: {
        "tool:find": pin(definition),
        "prompt:greet": pin(prompt),
        "template:crm://{tenant}/{id}": pin(template),
      },
    },
  },
} as unknown as Lock;

const faults = (rules: string): string[] => {
  const text = `servers:\n  crm:\n    url: https://crm.example/mcp\n${rules.replace(/^/gm, "    ")}\n`;
  const loaded = loadConfig(text, "cardea.yaml");
  const found = "faults" in loaded ? loaded.faults : checkPins(loaded, lock, "cardea.yaml");
  for (const { remedy, line } of found) assert.ok(remedy && Number(line) > 3, rules);
  return found.map(({ message, nearest }) => `${message}${nearest === undefined ? "" : ` → ${nearest}`}`);
};

test("V2 P4: rules that fit the pinned definition are no faults", () => {
  assert.deepEqual(
    faults("tools: { find: { bind: { tenant: principal.tenant }, arguments: { word: { maxLength: 5 } } } }"),
    [],
  );
  assert.deepEqual(
    faults(
      'prompts: { greet: { bind: { who: principal.login } } }\ntemplates: { "crm://{tenant}/{id}": { bind: { tenant: principal.tenant } } }',
    ),
    [],
  );
});

test("V2 P4 P6: rules that mean nothing, contradict or loosen are faults with place, nearest name and remedy", () => {
  for (const [rules, said] of [
    [
      "tools: { find: { bind: { tenent: principal.tenant } } }",
      /tools\.find\.bind\.tenent names no argument.*→ tenant/,
    ],
    [
      "tools: { find: { arguments: { word: { maxLength: 50 } } } }",
      /word\.maxLength loosens the server's own maxLength of 9/,
    ],
    ['tools: { find: { arguments: { word: { pattern: "(" } } } }', /cannot be enforced/],
    ["tools: { find: { bind: { tenant: principal.tennant } } }", /bind\.tenant/],
    [
      "tools: { find: { bind: { tenant: principal.tenant }, arguments: { tenant: { maxLength: 3 } } } }",
      /tightens an argument that .* sets/,
    ],
    [
      "tools: { find: { bind: { tenant: principal.tenant, /tenant: principal.login } } }",
      /sets an argument that .* sets already/,
    ],
    ["tools: { find: { arguments: { word: { guard: { kind: path } } } } }", /names no roots/],
    ["tools: { find: { arguments: { word: { guard: { kind: url, roots: [x] } } } } }", /means nothing for "url"/],
    ["tools: { find: { arguments: { word: { guard: { kind: pth } } } } }", /unknown value → path/],
    ["tools: { find: { arguments: { word: { guard: { kind: url, hosts: [] } } } } }", /hosts lists nothing/],
    ["tools: { find: { arguments: { word: { guard: { kind: email, domains: [] } } } } }", /domains lists nothing/],
    ["tools: { find: { arguments: { flag: { guard: { kind: path, roots: [/srv] } } } } }", /would judge nothing/],
    ['tools: { find: { arguments: { word: { accept: " " } } } }', /word\.accept/],
    ["tools: { find: { arguments: { word: { accept: x } } } }", /word\.accept/],
    ["tools: { find: { publish: {} } }", /names no part/],
    ["tools: { find: { alias: x, publish: { one: { effect: read, description: d } } } }", /alias means nothing/],
    ["tools: { find: { publish: { one: { effect: read, description: d, fixed: { word: 7 } } } } }", /refuses/],
    ["tools: { find: { publish: { one: { effect: read, description: d } } }, other: { alias: one } }", /same name/],
    ["tools: { find: { arguments: { word: { remove: true, required: true } } } }", /contradicts remove/],
    ["tools: { fnd: { effect: read } }", /not pinned → find/],
    ["prompts: { greet: { bind: { whom: principal.login } } }", /names nothing.*→ who/],
    ["prompts: { great: { bind: {} } }", /not pinned → greet/],
    ['templates: { "crm://{tenant}/{id}": { bind: { tenent: principal.tenant } } }', /names nothing.*→ tenant/],
  ] as [string, RegExp][]) {
    const found = faults(rules);
    assert.ok(
      found.some((fault) => said.test(fault)),
      `${rules}\n${found.join("\n")}`,
    );
  }
});
