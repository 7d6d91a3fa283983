import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";

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
