import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  approve,
  artifactFault,
  commandChanges,
  type ConfiguredServer,
  diffDefinition,
  digestOf,
  EMPTY_LOCK,
  judge,
  type Lock,
  narrows,
  outline,
  parseLock,
  pinServer,
  removeDefinition,
  removeServer,
  serializeLock,
  sourceFault,
  sourceNow,
  visible,
} from "../../src/domain/pins/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";

const ada = { by: "ada@example.com", at: "2026-09-01" };
const readFile = { name: "read_file", description: "Reads a file.", inputSchema: { type: "object" } };
const source = { run: ["/usr/bin/server"] };
const empty = pinServer(EMPTY_LOCK, "files", source, ada);
const lock = approve(empty, "files", "tool", readFile, ada);

function read(text: string): Lock {
  const parsed = parseLock(text);
  if ("faults" in parsed) assert.fail(JSON.stringify(parsed.faults));
  return parsed.lock;
}

/** Parsed JSON, to be edited freely. */
type Loose = ReturnType<typeof JSON.parse>;

/** Every fault of a lock after one edit of its JSON. */
function faultsAfter(edit: (raw: Loose) => void): string[] {
  const raw = JSON.parse(serializeLock(lock));
  edit(raw);
  const parsed = parseLock(JSON.stringify(raw));
  return "faults" in parsed ? parsed.faults.map((fault) => `${fault.entry} ${fault.message}`.trim()) : [];
}

test("T1: a digest is SHA-256 over the canonical JSON of the definition", () => {
  const expected = createHash("sha256").update('{"a":[1,{"b":null}],"z":"é"}').digest("hex");
  assert.equal(digestOf({ z: "é", a: [1, { b: null }] }), `sha256:${expected}`);
  assert.equal(digestOf({ a: [1, { b: null }], z: "é" }), `sha256:${expected}`);
});

test("T3: only what was approved is pinned, whatever the order of its members", () => {
  const digest = digestOf(readFile);
  const { name, ...rest } = readFile;
  assert.deepEqual(judge(lock, "files", "tool", "read_file", { ...rest, name }), { pinned: true, digest });
  const changed = { ...readFile, description: "Reads a file. " };
  const judged = judge(lock, "files", "tool", "read_file", changed);
  assert.deepEqual(judged, { pinned: false, reason: "changed", digest: digestOf(changed), approved: [digest] });
  for (const [server, kind, asked, reason] of [
    ["files", "tool", "write_file", "unpinned"],
    ["files", "prompt", "read_file", "unpinned"],
    ["files", "tool", "constructor", "unpinned"],
    ["other", "tool", "read_file", "server-unpinned"],
    ["constructor", "tool", "read_file", "server-unpinned"],
  ] as const) {
    const answer = judge(lock, server, kind, asked, readFile);
    assert.ok(!answer.pinned && answer.reason === reason, `${server} ${kind} ${asked}`);
  }
});

test("T3: any change of any member changes the judgement", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (extra, key, value) => {
      const one = JSON.parse(JSON.stringify({ ...extra, name: "t" })) as JsonObject;
      const other = JSON.parse(JSON.stringify({ ...extra, [key]: value, name: "t" })) as JsonObject;
      const pinned = judge(approve(empty, "files", "tool", one, ada), "files", "tool", "t", other).pinned;
      assert.equal(pinned, diffDefinition(one, other).length === 0);
    }),
  );
});

test("T3: approving replaces; several variants only by explicit word; removing ends it", () => {
  const second = { ...readFile, title: "Second" };
  const replaced = approve(lock, "files", "tool", second, ada);
  assert.equal(judge(replaced, "files", "tool", "read_file", readFile).pinned, false);
  const both = approve(lock, "files", "tool", second, ada, "add");
  for (const one of [readFile, second]) assert.equal(judge(both, "files", "tool", "read_file", one).pinned, true);
  assert.equal(
    approve(both, "files", "tool", second, ada, "add").servers["files"]?.definitions["tool:read_file"]?.length,
    2,
  );
  const removed = removeDefinition(both, "files", "tool", "read_file");
  assert.equal(judge(removed, "files", "tool", "read_file", second).pinned, false);
  assert.equal(judge(lock, "files", "tool", "read_file", readFile).pinned, true, "the lock itself is not changed");
});

test("T1: a first pin is an explicit act: nothing is approved on a server that is not pinned", () => {
  assert.throws(() => approve(EMPTY_LOCK, "files", "tool", readFile, ada), RangeError);
  assert.throws(() => approve(lock, "files", "tool", { title: "no name" }, ada), RangeError);
});

test("T1: prompts, templates and instructions are pinned like tools", () => {
  let all = approve(lock, "files", "prompt", { name: "sum", description: "Sums up." }, ada);
  all = approve(all, "files", "template", { uriTemplate: "file:///{path}", name: "File" }, ada);
  all = approve(all, "files", "instructions", { instructions: "Read before you write." }, ada);
  assert.deepEqual(Object.keys(read(serializeLock(all)).servers["files"]?.definitions ?? {}).sort(), [
    "instructions",
    "prompt:sum",
    "template:file:///{path}",
    "tool:read_file",
  ]);
  assert.equal(judge(all, "files", "instructions", "", { instructions: "Read before you write!" }).pinned, false);
});

test("a lock survives the round trip, byte for byte", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const definition = fc.tuple(fc.string({ minLength: 1 }), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })));
  fc.assert(
    fc.property(fc.dictionary(name, fc.array(definition, { maxLength: 4 }), { maxKeys: 3 }), (servers) => {
      let made = EMPTY_LOCK;
      for (const [server, tools] of Object.entries(servers)) {
        made = pinServer(made, server, { url: "https://a.example/mcp" }, ada);
        for (const [tool, members] of tools) {
          const whole = JSON.parse(JSON.stringify({ ...members, name: tool })) as JsonObject;
          if (JSON.stringify(whole).includes("\\u0000")) return;
          made = approve(made, server, "tool", whole, ada, "add");
        }
      }
      const text = serializeLock(made);
      assert.equal(serializeLock(read(text)), text);
    }),
  );
});

test("the text is stable: sorted members, two spaces, a line end", () => {
  const text = serializeLock(lock);
  assert.ok(text.startsWith('{\n  "servers": {\n    "files": {\n      "definitions": {\n        "tool:read_file": ['));
  assert.ok(text.endsWith('  "version": 1\n}\n'));
});

test("a lockfile that does not match is refused, and each fault names its entry", () => {
  const pin = 'servers.files.definitions["tool:read_file"][0]';
  const cases: [edit: (raw: Loose) => void, ...faults: (string | RegExp)[]][] = [
    [(raw) => (raw.version = 2), /^version must be 1/],
    [(raw) => delete raw.version, "version is missing"],
    [(raw) => (raw.sevrers = {}), "sevrers is unknown (accepted: version, servers), did you mean servers?"],
    [(raw) => (raw.servers = []), "servers must be an object"],
    [(raw) => (raw.servers.Files = raw.servers.files), "servers.Files is no name of a server"],
    [(raw) => delete raw.servers.files.source, "servers.files.source is missing"],
    [(raw) => (raw.servers.files.source = {}), "servers.files.source must have package, run or url"],
    [(raw) => (raw.servers.files.source = { run: [] }), /^servers\.files\.source\.run must be a list/],
    [(raw) => (raw.servers.files.source.url = "x"), /^servers\.files\.source\.url is unknown/],
    [
      (raw) => (raw.servers.files.source = { package: "a@1", integrity: "sha1-x", tree: "x" }),
      "servers.files.source.package must be name@1.2.3",
      "servers.files.source.integrity must be sha512-…",
      "servers.files.source.tree must be sha256:… in hex",
    ],
    [(raw) => (raw.servers.files.reviewedAt = "yesterday"), /^servers\.files\.reviewedAt must be a date/],
    [(raw) => (raw.servers.files.reviewedBy = ""), "servers.files.reviewedBy must be a name"],
    [
      (raw) => (raw.servers.files.definitions.resource = []),
      /^servers\.files\.definitions\.resource must be tool:/,
      /must be a list/,
    ],
    [(raw) => (raw.servers.files.definitions["tool:read_file"] = []), /must be a list of at least one/],
    [
      (raw) => (raw.servers.files.definitions["tool:read_file"][0].definition.description = "Deletes."),
      new RegExp(`^${escaped(pin)}\\.digest does not match the definition, whose digest is sha256:`),
    ],
    [
      (raw) => (raw.servers.files.definitions["tool:read_file"][0].digest = "sha256:00"),
      `${pin}.digest must be sha256:… in hex`,
    ],
    [
      (raw) => (raw.servers.files.definitions["tool:read_file"][0].note = "x"),
      `${pin}.note is unknown (accepted: digest, by, at, definition, findings)`,
    ],
    [
      (raw) => raw.servers.files.definitions["tool:read_file"].push(raw.servers.files.definitions["tool:read_file"][0]),
      /\[1\] is approved twice$/,
    ],
    [
      (raw) => {
        raw.servers.files.definitions["tool:other"] = raw.servers.files.definitions["tool:read_file"];
      },
      'servers.files.definitions["tool:other"][0].definition does not carry the name of its entry',
    ],
  ];
  for (const [edit, ...expected] of cases) {
    const found = faultsAfter(edit);
    assert.equal(found.length, expected.length, JSON.stringify(found));
    expected.forEach((one, at) => {
      if (typeof one === "string") assert.equal(found[at], one);
      else assert.match(found[at] ?? "", one);
    });
  }
});

test("a lockfile that is no JSON, or has a key twice, is refused with its place", () => {
  for (const [text, line] of [
    ["", 1],
    ['{\n  "version": 1,,\n}', 2],
    ['{\n  "version": 1,\n  "version": 1, "servers": {}}', 3],
    ["<<<<<<< ours", 1],
  ] as const) {
    const parsed = parseLock(text);
    assert.ok("faults" in parsed, text);
    assert.equal(parsed.faults[0]?.line, line, JSON.stringify(parsed.faults));
    assert.ok((parsed.faults[0]?.column ?? 0) >= 1);
  }
});

test("no text crashes the reader", () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => void parseLock(text)));
  const values = fc.jsonValue();
  fc.assert(
    fc.property(values, values, values, (source, definitions, pin) => {
      parseLock(JSON.stringify({ version: 1, servers: { a: { source, definitions } } }));
      parseLock(
        JSON.stringify({ version: 1, servers: { a: { definitions: { "tool:x": [pin, { definition: pin }] } } } }),
      );
    }),
  );
});

test("T3: a difference is shown field by field, with what is invisible made visible", () => {
  const before = {
    name: "t",
    description: "Reads.",
    inputSchema: { required: ["a"], properties: { "a/b": { type: "string" } } },
  };
  const after = {
    name: "t",
    description: "Reads.\u202e\u{e0041}\n\u200b\u00a0",
    inputSchema: { required: ["a", "b"], properties: { "a/b": { type: ["string"] } } },
    title: "T",
  };
  assert.deepEqual(diffDefinition(before, after), [
    { path: "/description", before: '"Reads."', after: '"Reads.\\u{202e}\\u{e0041}\\n\\u{200b}\\u{a0}"' },
    { path: "/inputSchema/required/1", before: undefined, after: '"b"' },
    { path: "/inputSchema/properties/a~1b/type", before: '"string"', after: '["string"]' },
    { path: "/title", before: undefined, after: '"T"' },
  ]);
  assert.deepEqual(diffDefinition(before, structuredClone(before)), []);
  assert.equal(visible("plain é 漢 🙂"), "plain é 漢 🙂");
  assert.equal(
    visible("\u001b[2J\u0007\ufeff\u115f\u{e0100}\u2800"),
    "\\u{1b}[2J\\u{7}\\u{feff}\\u{115f}\\u{e0100}\\u{2800}",
  );
});

const SANDBOX = { read: ["./a"], write: [], network: "none", memoryBytes: 1024 } as const;
const configured = (source: ConfiguredServer["source"], more: Partial<ConfiguredServer> = {}): ConfiguredServer => ({
  source,
  env: { TOKEN: { reference: "env:T" }, MODE: { value: "quiet" } },
  sandbox: SANDBOX,
  ...more,
});

test("T1 and H6: the configuration has to name what was reviewed, and the disk has to hold it", () => {
  const tree = `sha256:${"0".repeat(64)}`;
  const p = { kind: "package", name: "@a/b", version: "1.2.3", args: ["./a"] } as const;
  const found = { integrity: "sha512-x", tree };
  const pinned = pinServer(EMPTY_LOCK, "p", sourceNow(configured(p), found), ada);
  assert.equal(sourceFault(pinned, "p", configured(p)), undefined);
  assert.equal(
    sourceFault(pinned, "p", configured({ ...p, version: "1.2.4" })),
    "The server p is configured as @a/b@1.2.4, and @a/b@1.2.3 was reviewed",
  );
  const url = configured({ kind: "url", url: "https://a.example" });
  assert.match(sourceFault(pinned, "p", url) ?? "", /URL of the server p/);
  assert.match(sourceFault(pinned, "q", configured(p)) ?? "", /not in the lockfile/);
  assert.equal(artifactFault(pinned, "p", found), undefined);
  assert.match(artifactFault(pinned, "p", { integrity: "sha512-y", tree }) ?? "", /integrity/);
  assert.match(artifactFault(pinned, "p", { integrity: "sha512-x", tree: "sha256:1" }) ?? "", /installed files/);
  const x = configured({ kind: "run", command: ["/x"] });
  const program = pinServer(EMPTY_LOCK, "r", sourceNow(x, { sha256: tree }), ada);
  assert.equal(sourceFault(program, "r", x), undefined);
  const more = configured({ kind: "run", command: ["/x", "--all"] });
  assert.match(sourceFault(program, "r", more) ?? "", /command of the server r/);
  assert.equal(artifactFault(program, "r", { sha256: tree }), undefined);
  assert.match(artifactFault(program, "r", {}) ?? "", /program of the server r/);
});

test("H6: another argument, variable or wall than was consented to is another command, and what changed is said", () => {
  const p = { kind: "package", name: "a", version: "1.0.0", args: ["./a"] } as const;
  const now = configured(p);
  const consented = pinServer(EMPTY_LOCK, "p", sourceNow(now, {}), ada);
  const changes: [Partial<ConfiguredServer>, string][] = [
    [{ source: { ...p, args: ["./a", "--root"] } }, 'arguments "./a" "--root" (were "./a")'],
    [{ source: { ...p, args: [] } }, 'arguments none (were "./a")'],
    [{ env: { ...now.env, NODE_OPTIONS: { value: "--import=x" } } }, "the variable NODE_OPTIONS is new"],
    [{ env: { ...now.env, TOKEN: { reference: "env:OTHER" } } }, "the variable TOKEN comes from elsewhere"],
    [{ env: { ...now.env, MODE: { value: "loud" } } }, "the variable MODE comes from elsewhere"],
    [{ env: { TOKEN: { reference: "env:T" } } }, "the variable MODE is gone"],
    [{ sandbox: { ...SANDBOX, read: ["./a", "/home/ada"] } }, "sandbox read ./a, /home/ada (was ./a)"],
    [{ sandbox: { ...SANDBOX, write: ["./a"] } }, "sandbox write ./a (was none)"],
    [{ sandbox: { ...SANDBOX, network: "host" } }, "sandbox network host (was none)"],
    [{ sandbox: { ...SANDBOX, memoryBytes: 4096 } }, "sandbox memoryBytes 4096 (was 1024)"],
    [{ sandbox: { ...SANDBOX, cpuSeconds: 5 } }, "sandbox cpuSeconds 5 (was none)"],
  ];
  for (const [change, said] of changes) {
    const other = configured(p, change);
    const why = sourceFault(consented, "p", other);
    assert.equal(why, `The server p would be started otherwise than was consented to: ${said}`);
    assert.deepEqual(commandChanges(sourceNow(now, {}), sourceNow(other, {})), [said]);
  }
  const unasked = pinServer(EMPTY_LOCK, "p", { package: "a@1.0.0", integrity: "", tree: "" }, ada);
  assert.match(sourceFault(unasked, "p", now) ?? "", /^Nobody consented to the environment and the sandbox/);
});

test("H6: consent and accepted findings survive the lockfile, and more of either is no narrowing", () => {
  const from = sourceNow(configured({ kind: "package", name: "a", version: "1.0.0", args: ["x"] }), {
    integrity: `sha512-${"A".repeat(86)}==`,
    tree: `sha256:${"0".repeat(64)}`,
  });
  const bare = approve(pinServer(EMPTY_LOCK, "p", from, ada), "p", "tool", { name: "t" }, ada);
  const accepted = approve(bare, "p", "tool", { name: "t" }, ada, "replace", ["poisoning:b", "poisoning:a"]);
  const read = parseLock(serializeLock(accepted));
  assert.ok("lock" in read, JSON.stringify(read));
  assert.deepEqual(read.lock, accepted);
  assert.deepEqual(read.lock.servers["p"]?.definitions["tool:t"]?.[0]?.findings, ["poisoning:a", "poisoning:b"]);
  assert.equal(narrows(outline(accepted), outline(bare)), false);
  assert.equal(narrows(outline(removeServer(accepted, "p")), outline(accepted)), true);
  const odd = serializeLock(accepted).replace('"network": "none"', '"network": "all"');
  const faults = parseLock(odd);
  assert.ok("faults" in faults);
  assert.deepEqual(faults.faults, [
    { entry: "servers.p.source.launch.sandbox.network", message: "must be none or host" },
  ]);
});

function escaped(text: string): string {
  return text.replace(/[[\].$]/g, "\\$&");
}
