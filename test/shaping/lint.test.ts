import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { findIn } from "../../src/compose/findings.ts";
import { facesOf, lintMade } from "../../src/compose/shaping.ts";
import { loadConfig } from "../../src/config/load.ts";

type Source = "url" | "package";
const server = (source: Source, network: "none" | "host", rules: object): never =>
  ({ source: { kind: source }, sandbox: { network }, tools: rules, prompts: {}, templates: {} }) as never;
const NONE = { bind: {}, arguments: {} };

function findings(
  name: string,
  properties: object,
  more: { description?: string; rules?: object; source?: Source; network?: "none" | "host" } = {},
) {
  const definition = { name, description: more.description ?? "", inputSchema: { type: "object", properties } };
  const where = server(
    more.source ?? "url",
    more.network ?? "host",
    more.rules === undefined ? {} : { [name]: { ...NONE, ...more.rules } },
  );
  const made = facesOf(where, "tool", name, definition as never, "sha256:1");
  assert.ok(!("faults" in made), JSON.stringify(made));
  return made.flatMap((one) => lintMade(where, "tool", name, one));
}
const off = (...of: Parameters<typeof findings>) =>
  findings(...of)
    .filter(({ severity }) => severity === "off")
    .map(({ shape, pointer }) => `${shape} ${pointer}`);
const text = (description = "") => ({ type: "string", description });

test("V2 P6: raw commands, queries, paths, URLs and tenants are off", () => {
  assert.deepEqual(off("run_command", { command: text("The command to execute") }), ["shell /command"]);
  assert.deepEqual(off("execute_python", { code: text("Python code to run") }), ["shell /code"]);
  assert.deepEqual(off("query_db", { sql: text() }), ["sql /sql"]);
  assert.deepEqual(off("run", { query: text("The SQL query to execute") }), ["sql /query"]);
  assert.deepEqual(off("read_file", { path: text() }), ["path /path"]);
  assert.deepEqual(off("read_files", { paths: { type: "array", items: { type: "string" } } }), ["path /paths/*"]);
  assert.deepEqual(off("fetch", { url: text("URL to fetch") }), ["url /url"]);
  assert.deepEqual(off("find", { tenant_id: text() }), ["tenant /tenant_id"]);
  assert.deepEqual(off("find", { filter: { type: "object", properties: { accountId: { type: "integer" } } } }), [
    "tenant /filter/accountId",
  ]);
});

test("V2 P6: what only sounds like them is not", () => {
  for (const [name, properties] of [
    ["get_file_contents", { owner: text(), repo: text(), path: text("Path in the repository") }],
    ["search", { query: text("Natural language query") }],
    ["search_code", { query: text("Search terms") }],
    ["edit", { command: { type: "string", enum: ["view", "create"] } }],
    ["pick", { json_path: text("JSON path of the field") }],
    ["list", { sort_dir: text("asc or desc") }],
    ["say", { message: text() }],
    ["move", { x: { type: "number" }, path: { type: "integer" } }],
  ] as const)
    assert.deepEqual(off(name, properties), [], name);
  assert.deepEqual(
    findings("say", { message: text() }).map(({ severity, shape }) => `${severity} ${shape}`),
    ["warn text"],
  );
});

test("V2 P6: an enum, a pattern, a guard, a binding, the sandbox or a word of the operator narrows it", () => {
  const path = { path: text() };
  assert.deepEqual(
    off("read_file", path, { rules: { arguments: { path: { guard: { kind: "path", roots: ["/srv"] } } } } }),
    [],
  );
  assert.deepEqual(off("read_file", path, { rules: { arguments: { path: { pattern: "^[a-z]+\\.md$" } } } }), []);
  assert.deepEqual(off("read_file", path, { rules: { arguments: { path: { pattern: "^." } } } }), ["path /path"]);
  assert.deepEqual(off("read_file", path, { rules: { arguments: { path: { enum: ["a.md"] } } } }), []);
  assert.deepEqual(
    off("read_file", path, { rules: { arguments: { path: { accept: "the server has no files" } } } }),
    [],
  );
  assert.deepEqual(off("read_file", path, { rules: { arguments: { path: { guard: { kind: "html" } } } } }), [
    "path /path",
  ]);
  assert.deepEqual(off("read_file", path, { source: "package" }), []);
  assert.deepEqual(off("fetch", { url: text() }, { source: "package", network: "host" }), ["url /url"]);
  assert.deepEqual(off("fetch", { url: text() }, { source: "package", network: "none" }), []);
  assert.deepEqual(off("find", { tenant_id: text() }, { rules: { bind: { tenant_id: { principal: "tenant" } } } }), []);
  assert.deepEqual(off("run_command", { command: text() }, { source: "package", network: "none" }), ["shell /command"]);
});

const COMMAND = text("shell command to run");
const runs = (schema: object): string[] => {
  const definition = {
    name: "run_it",
    description: "Runs a shell command",
    inputSchema: { type: "object", ...schema },
  };
  const where = server("url", "host", { run_it: NONE });
  const made = facesOf(where, "tool", "run_it", definition as never, "sha256:1");
  assert.ok(!("faults" in made));
  return made
    .flatMap((one) => lintMade(where, "tool", "run_it", one))
    .filter(({ severity }) => severity === "off")
    .map(({ shape }) => shape);
};

test("V2 P6: what cannot be looked through whole is off, and nothing ends the look silently", () => {
  const deep = (levels: number): object =>
    levels === 0 ? { command: COMMAND } : { a: { type: "object", properties: deep(levels - 1) } };
  const many = Object.fromEntries(Array.from({ length: 505 }, (_, at) => [`p${at}`, { type: "integer" }]));
  for (const [schema, shapes] of [
    [{ properties: { a: { $ref: "#foo" }, command: COMMAND }, $defs: { x: { $anchor: "foo" } } }, ["unreadable"]],
    [{ properties: { a: { $ref: "urn:x:b" } }, $defs: { x: { $id: "urn:x:b" } } }, ["unreadable"]],
    [{ properties: { a: { $dynamicRef: "#foo" } }, $defs: { x: { $dynamicAnchor: "foo" } } }, ["unreadable"]],
    [{ properties: deep(70) }, ["unreadable"]],
    [{ properties: { ...many, command: COMMAND } }, ["shell"]],
    [{ properties: deep(7) }, ["shell"]],
    [{ properties: { command: true } }, ["shell"]],
    [{ properties: { command: { anyOf: [{ enum: ["a"] }, COMMAND] } } }, ["shell"]],
    [{ anyOf: [{ properties: { command: { enum: ["a"] } } }, { properties: { command: COMMAND } }] }, ["shell"]],
    [{ dependencies: { x: { properties: { command: COMMAND } } } }, ["shell"]],
    [{ patternProperties: { "^command$": COMMAND }, additionalProperties: false }, ["shell"]],
    [{ additionalProperties: { type: "string" } }, ["shell"]],
    [
      {
        properties: {
          args: { type: "array", items: { type: "string" }, description: "command line, program first" },
        },
      },
      ["shell"],
    ],
  ] as [object, string[]][])
    assert.deepEqual(runs(schema), shapes, JSON.stringify(schema).slice(0, 200));
});

test("V2 P6: a schema that holds itself is looked through, and a rule for one level narrows no deeper one", () => {
  const node = { type: "object", properties: { command: COMMAND, child: { $ref: "#/$defs/node" } } };
  assert.ok(runs({ properties: { top: { $ref: "#/$defs/node" } }, $defs: { node } }).length > 1);
  const harmless = { type: "object", properties: { n: { type: "integer" }, child: { $ref: "#/$defs/node" } } };
  assert.deepEqual(runs({ properties: { top: { $ref: "#/$defs/node" } }, $defs: { node: harmless } }), []);
});

test("V2 P6: a pattern narrows what it can be proved to narrow, and no tenant", () => {
  assert.deepEqual(off("find", { tenant_id: { type: "string", pattern: "^org_[a-z]+$" } }), ["tenant /tenant_id"]);
  const with_ = (rule: object) => runs({ properties: { command: { ...COMMAND, ...rule } } });
  for (const rule of [
    { minLength: 45 },
    { pattern: "^.+ .+ .+ .+ .+$" },
    { pattern: "^git" },
    { pattern: "^git .*$" },
    { pattern: "^[a-z]+$" },
    { pattern: "^(?!rm).*$" },
    { pattern: "^a$|x" },
  ])
    assert.deepEqual(with_(rule), ["shell"], JSON.stringify(rule));
  for (const rule of [{ pattern: "^git (?:status|log)$" }, { pattern: "^deploy [a-z0-9-]+$" }, { enum: ["ls"] }])
    assert.deepEqual(with_(rule), [], JSON.stringify(rule));
  for (const [pattern, many] of [
    ["^https://api\\.example\\.com/", 0],
    ["^https://", 1],
    ["^https://api\\.example\\.com", 1],
  ] as const)
    assert.equal(off("fetch", { url: { type: "string", pattern } }).length, many, pattern);
  for (const [pattern, many] of [
    ["^/srv/data/[a-z0-9_]+\\.md$", 0],
    ["^/srv/data/.*$", 1],
    ["^[\\w.]+$", 1],
  ] as const)
    assert.equal(off("read_file", { path: { type: "string", pattern } }).length, many, pattern);
});

test("V2 P6: the shell guard makes a whole command no harmless one", () => {
  const rules = { arguments: { command: { guard: { kind: "shell" } } } };
  assert.deepEqual(off("run_command", { command: COMMAND }, { rules }), ["shell /command"]);
});

test("V2 P6: every type of a union is looked at, and a guard on the items holds for the text in their place", () => {
  assert.deepEqual(off("read_file", { path: { type: ["string", "object"], properties: { n: { type: "integer" } } } }), [
    "path /path",
  ]);
  const either = {
    anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
    description: "file path",
  };
  assert.deepEqual(off("read_files", { paths: either }), ["path /paths/*", "path /paths"]);
  const rules = { arguments: { "/paths/*": { guard: { kind: "path", roots: ["/srv"] } } } };
  assert.deepEqual(off("read_files", { paths: either }, { rules }), []);
  const both = { type: ["string", "array"], items: { type: "string" }, description: "file path" };
  assert.deepEqual(off("read_files", { paths: both }, { rules: { arguments: { "/paths/*": { enum: ["a"] } } } }), []);
});

test("V2: every finding comes with an overlay that can be pasted, and that the configuration takes", () => {
  const found = [
    ...findings("run_command", { command: text() }),
    ...findings("read_files", {
      "odd name": { type: "object", properties: { paths: { type: "array", items: { type: "string" } } } },
    }),
    ...findings("find", {
      tenant_id: text(),
      message: text(),
      url: text("to fetch"),
      body_html: text(),
      any: { type: "object" },
    }),
  ];
  assert.ok(found.length >= 6);
  for (const { overlay, pointer } of found) {
    const yaml = `servers:\n  x:\n    url: https://x.example/mcp\n${overlay.replace(/^/gm, "    ")}\n`;
    const loaded = loadConfig(yaml, "cardea.yaml");
    assert.ok("config" in loaded, `${pointer}\n${yaml}\n${JSON.stringify(loaded)}`);
    assert.ok(parse(overlay));
  }
});

test("V2: what no rule can open says so in place of an overlay that would be refused", () => {
  const shown = (inputSchema: object) => {
    const definition = { name: "t", description: "", inputSchema: { type: "object", ...inputSchema } };
    const entry = { kind: "tool", sentName: "t", definition, digest: "sha256:1" };
    return findIn(server("url", "host", {}), entry as never, []).filter(({ id }) => id.startsWith("lint:"));
  };
  const [unreadable, ...more] = shown({ properties: { a: { $ref: "urn:x" } } });
  assert.deepEqual(
    [unreadable?.id, unreadable?.off, unreadable?.overlay, more],
    ["lint:unreadable", true, undefined, []],
  );
  assert.match(
    unreadable?.why ?? "",
    /no rule opens it: ask its author for a smaller one, whose references begin with #\//,
  );
  for (const inputSchema of [{ additionalProperties: true }, { additionalProperties: { type: "string" } }])
    assert.deepEqual(
      shown(inputSchema).map(({ overlay }) => overlay),
      shown(inputSchema).map(() => undefined),
    );
  const overlays = [
    ...shown({ properties: { command: COMMAND, any: { type: "object" }, tenant_id: text() } }),
    ...shown({ properties: { paths: { type: "array", items: text() } } }),
  ].map(({ overlay }) => overlay);
  assert.ok(overlays.length >= 4 && !overlays.includes(undefined));
});

const CORPUS = join(import.meta.dirname, "../../../shared/corpora/benign_tools/tools.jsonl");

test("V2 P6: of 2,220 real tools fewer than a tenth is off, and each finding points at a word of its argument", {
  skip: !existsSync(CORPUS),
}, () => {
  const rows = readFileSync(CORPUS, "utf8")
    .split("\n")
    .filter(Boolean)
    .map(
      (line) =>
        JSON.parse(line) as { tool: { name: string; description: string; inputSchema: { properties?: object } } },
    );
  let many = 0;
  for (const { tool } of rows) {
    const where = server("url", "host", {});
    const made = facesOf(where, "tool", tool.name, tool as never, "sha256:1");
    assert.ok(!("faults" in made));
    if (made.flatMap((one) => lintMade(where, "tool", tool.name, one)).some(({ severity }) => severity === "off"))
      many++;
  }
  assert.ok(rows.length > 2_000 && many > 100 && many < rows.length / 10, `${many} of ${rows.length}`);
});
