import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { IDENTIFIERS } from "../../src/domain/inspection/personal/shapes.ts";
import { RULES } from "../../src/domain/inspection/secrets/index.ts";
import { FINDING_KINDS } from "../../src/kernel/finding-kinds.ts";

const load = (screen: string) =>
  loadConfig(`servers: { crm: { url: "https://crm.example.com/mcp" } }\nscreen:\n  ${screen}\n`, "cardea.yaml");

test("S1 S2 S3 S4: the defaults mask secrets and cards, pass other personal data, show what is hidden, quarantine T1, mark T2", () => {
  const loaded = loadConfig('servers: { crm: { url: "https://crm.example.com/mcp" } }\n', "cardea.yaml");
  assert.ok("config" in loaded);
  const { kinds, rules, cap, quarantine, ...defaults } = loaded.config.screen;
  assert.deepEqual(defaults, {
    ...{ secret: "mask", card: "mask", personal: "pass", hidden: "show", T1: "quarantine", T2: "mark", frame: true },
  });
  assert.deepEqual([Object.keys(kinds), rules], [[], []]);
  assert.deepEqual(cap, { size: 262_144, items: 20_000, depth: 40, results: 1_000, kept: 2 ** 30, keepMs: 3_600_000 });
  assert.deepEqual(quarantine, { keepMs: 7 * 86_400_000, items: 200, bytes: 64 * 1024 ** 2 });
  assert.equal(loaded.config.servers["crm"]?.trusted, false);
});

test("S1: what a tool may be given stands before the rules, for arguments alone", () => {
  const loaded = load(`rules: [{ match: "crm.*", kinds: [secret], action: block }]
  allow: [{ match: crm.store, kinds: [secret] }]`);
  assert.ok("config" in loaded);
  assert.deepEqual(loaded.config.screen.rules, [
    { match: "crm.store", kinds: ["secret"], direction: "argument", action: "pass" },
    { match: "crm.*", kinds: ["secret"], action: "block" },
  ]);
});

test("S2: a rule names a server that is configured, and gives each kind what can become of it", () => {
  for (const [screen, message] of [
    ['allow: [{ match: "crn.*", kinds: [secret] }]', /screen\.allow\[0\]\.match names a server that is not configured/],
    [
      'rules: [{ match: "crm.*", kinds: [T1], action: mask }]',
      /screen\.rules\[0\]\.action is none that can become of T1/,
    ],
    ['rules: [{ match: "crm.*", kinds: [email, hidden], action: hash }]', /is none that can become of hidden/],
    ["kinds: { iban: show }", /screen\.kinds\.iban/],
    ["T1: mask", /screen\.T1/],
  ] as const) {
    const loaded = load(screen);
    assert.ok("faults" in loaded, screen);
    assert.match(loaded.faults.map((fault) => fault.message).join("\n"), message);
  }
});

test("S1 S2 C8: what screen says of unknown kinds, roles, empty lists, addresses and secrets is a fault, with the nearest name", () => {
  const faultsOf = (screen: string) => {
    const loaded = loadConfig(
      `servers: { raw: { url: "https://raw.example.com" } }\naccess: [{ role: tester, allow: ["raw.*"] }]\nscreen: ${screen}\n`,
      "cardea.yaml",
    );
    return "faults" in loaded ? loaded.faults.map((one) => `${one.message} | ${one.nearest ?? ""}`) : [];
  };
  const rule = (more: string) => `{ rules: [{ match: "raw.*", ${more} }] }`;
  for (const [screen, said] of [
    ["{ kinds: { overide: quarantine } }", /screen\.kinds\.overide is no kind of finding \| override/],
    [rule("kinds: [emial], action: mask"), /kinds\[0\] is no kind of finding: "emial" \| email/],
    [rule("kinds: [], action: mask"), /kinds is out of range/],
    [rule("kinds: [T1], action: block, roles: [tseter]"), /names a role .*"tseter" \| tester/],
    [rule("kinds: [T1], action: quarantine, direction: argument"), /keeps nothing of arguments: .* refused/],
    ["{ classifier: { url: 'https://169.254.169.254/' } }", /private or link-local address/],
    ["{ classifier: { url: 'https://[fd00::1]/' } }", /private or link-local address/],
    [
      `{ classifier: { url: 'https://c.example.com/?api_key=${"abcdefghijklmnop".repeat(2)}' } }`,
      /screen\.classifier\.url holds what looks like a literal secret/,
    ],
  ] as const)
    assert.match(faultsOf(screen).join("\n"), said, screen);
  for (const screen of [
    "{ kinds: { override: quarantine, 1password-token: mask } }",
    rule("kinds: [secret, T1, iban], action: block, roles: [tester]"),
    "{ classifier: { url: 'https://10.1.1.1/', private: [10.0.0.0/8] } }",
    "{ classifier: { url: 'http://127.0.0.1:9/' } }",
  ])
    assert.deepEqual(faultsOf(screen), [], screen);
});

test("S9: a rule that keeps all of a result, or leaves nothing of it, is a fault", () => {
  for (const [result, said] of [
    ["{ keep: ['/*'] }", /all of the result would be kept/],
    ["{ drop: ['$.*'] }", /nothing of the result would be left/],
  ] as const) {
    const loaded = loadConfig(
      `servers: { raw: { url: "https://raw.example.com", tools: { get: { effect: read, result: ${result} } } } }\n`,
      "cardea.yaml",
    );
    assert.match("faults" in loaded ? loaded.faults.map((one) => one.message).join("\n") : "", said);
  }
});

test("S1 S2: every kind that a detector can name is known to the configuration", () => {
  const named = [...RULES, ...IDENTIFIERS].map(({ kind }) => kind);
  const room = join(import.meta.dirname, "../../src/domain/inspection");
  for (const file of readdirSync(room, { recursive: true, encoding: "utf8" }))
    if (file.endsWith(".ts") && !file.startsWith("definition"))
      for (const [, kind = ""] of readFileSync(join(room, file), "utf8").matchAll(
        /(?:kind: |spanReader\()"([a-z0-9-]+)"/g,
      ))
        named.push(kind);
  assert.ok(named.length > 250);
  assert.deepEqual(
    named.filter((kind) => kind !== "unread" && !FINDING_KINDS.has(kind)),
    [],
  );
});
