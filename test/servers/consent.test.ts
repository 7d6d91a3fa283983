import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { place, start } from "../gateway/setting.ts";
import { PROGRAM, type Stage, stage } from "./stage.ts";

const MARK = ["--write", "./out", "--env", "MARK=out/started"];
const add = (...more: string[]) => ["add", "notes", "--run", "node", "--arg", "server.mjs", ...MARK, ...more];

/** The entry that `add` writes, with something else in it. */
function change(one: Stage, from: string | RegExp, to: string): void {
  const before = one.read("cardea.yaml");
  const after = before.replace(from, to);
  assert.notEqual(after, before);
  one.write("cardea.yaml", after);
}

test("H6: without an administrator's proof nothing is started, written or kept", async (t) => {
  const one = await stage(t);
  const { code, err } = await one.runAs("owner\nnot the password\n", ...add());
  assert.equal(code, 2, err);
  assert.match(err, /server\.mjs/, "the command is shown before the proof is asked for");
  assert.equal(one.starts(), 0);
  assert.equal(one.read("cardea.yaml"), "servers: {}\n");
  assert.equal(existsSync(join(one.cwd, "cardea.lock")), false);
  assert.deepEqual(await one.events("command.consented"), []);
});

test("H6: the exact command is shown, consented to by the proof, recorded, and only then started", async (t) => {
  const one = await stage(t);
  const { code, out, err } = await one.run(
    ...add("--arg=--quiet", "--env", "TOKEN=env:NOTES_TOKEN", "--network", "none"),
  );
  // The secret is not set here: it was started with nothing, or not at all; either way nothing more was.
  assert.match(err, new RegExp(`node(?:-linux[^ ]*/bin/node)?\\s+server\\.mjs --quiet`));
  assert.match(err, /may write {2}.*\/out\n/);
  assert.match(err, /no network · 512 MiB of memory · variables MARK="out\/started" TOKEN=env:NOTES_TOKEN/);
  assert.match(err, /program {4}sha256:[0-9a-f]{64}\n/);
  assert.match(err, /The proof of an administrator consents to exactly this/);
  assert.equal(code, 1, out);
  assert.match(out, /env:NOTES_TOKEN is not set/);
  const { source } = one.lock().servers["notes"] ?? assert.fail();
  assert.ok("run" in source && source.launch !== undefined);
  assert.deepEqual(source.run, ["node", "server.mjs", "--quiet"]);
  assert.deepEqual({ ...source.launch.env }, { MARK: { value: "out/started" }, TOKEN: "env:NOTES_TOKEN" });
  assert.deepEqual(source.launch.sandbox.write, ["./out"]);
  const [event] = await one.events("command.consented");
  assert.match(JSON.stringify(event?.detail), /"command":"[0-9a-f]{64}"/);
});

test("H6: a command that changed does not start before it is consented to again, and what changed is said", async (t) => {
  const one = await stage(t);
  assert.equal((await one.run(...add())).code, 0);
  const begun = one.starts();
  assert.ok(begun > 0);
  const untouched = one.read("cardea.yaml");
  const changes: [string | RegExp, string, RegExp][] = [
    ["server.mjs ]", "server.mjs, --more ]", /command of the server notes is not the one/],
    ["MARK: { value: out/started }", "MARK: { value: out/started }, MORE: { value: x }", /the variable MORE is new/],
    ["value: out/started", "value: out/other", /the variable MARK comes from elsewhere/],
    ["sandbox: { write: [ ./out ] }", "sandbox: { write: [ . ] }", /sandbox write \. \(was \.\/out\)/],
    [
      "sandbox: { write: [ ./out ] }",
      "sandbox: { write: [ ./out ], network: host }",
      /sandbox network host \(was none\)/,
    ],
    ["sandbox: { write: [ ./out ] }", "sandbox: { write: [ ./out ], memory: 1GiB }", /sandbox memoryBytes/],
  ];
  for (const [from, to, said] of changes) {
    one.write("cardea.yaml", untouched);
    change(one, from, to);
    for (const command of ["diff", "show"]) {
      const { code, out, err } = await one.run(command, "notes");
      assert.ok(code > 0);
      assert.match(out + err, said);
      assert.match(out + err, /cardea servers consent notes/);
    }
    assert.equal(one.starts(), begun, to);
  }
  one.write("cardea.yaml", untouched);
  one.write("server.mjs", `${one.read("server.mjs")}\n`);
  const file = await one.run("show", "notes");
  assert.match(file.out, /The program of the server notes is not the one that was reviewed/);
  assert.match(file.out, /program sha256:[0-9a-f]{64} \(was/);
  assert.equal(one.starts(), begun);
  const again = await one.run("consent", "notes");
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /changed: program/);
  assert.ok(one.starts() > begun);
  assert.match((await one.run("consent", "notes")).out, /consented to already/);
});

test("H6: approving what nobody consented to shows the command first, and a lockfile that nobody accepted is no consent", async (t) => {
  const one = await stage(
    t,
    "servers: { notes: { run: [node, server.mjs], sandbox: { write: [./out] }, env: { MARK: { value: out/started } } } }\n",
  );
  const approved = await one.run("approve", "notes", "--all");
  assert.equal(approved.code, 0, approved.err);
  assert.match(approved.err, /will run this command here, with your consent/);
  const begun = one.starts();
  const lock = one.read("cardea.lock");
  // Somebody who can write the files takes the consent for another sandbox into them.
  change(one, "[./out]", "[./more]");
  one.write("cardea.lock", lock.replace('"./out"', '"./more"'));
  const { code, err } = await one.run("diff", "notes");
  assert.equal(code, 2);
  assert.match(err, /cardea\.lock changed since an administrator accepted it/);
  assert.equal(one.starts(), begun);
});

test("H6: a gateway does not start a command that changed after its consent", async () => {
  const where = place("servers: {}\n");
  mkdirSync(join(where.folder, "out"));
  writeFileSync(join(where.folder, "server.mjs"), PROGRAM);
  const added = await where.grant("servers", ...add());
  assert.equal(added.code, 0, added.stderr);
  const begun = readFileSync(join(where.folder, "out/started")).length;
  writeFileSync(where.config, readFileSync(where.config, "utf8").replace("server.mjs", "server.mjs, --more"));
  const gateway = await start(where);
  try {
    const [server] = gateway.ready.servers as { name: string; status: string; fault?: string }[];
    assert.equal(server?.status, "refused");
    assert.match(server?.fault ?? "", /The command of the server notes is not the one that was reviewed/);
    assert.equal(readFileSync(join(where.folder, "out/started")).length, begun);
  } finally {
    await gateway.stop();
  }
});

test("T1: removing a server takes it out of configuration, lockfile and packages", async (t) => {
  const one = await stage(t);
  assert.equal((await one.run(...add())).code, 0);
  const refused = await one.runAs("owner\nnot the password\n", "remove", "notes");
  assert.equal(refused.code, 2);
  assert.match(one.read("cardea.yaml"), /notes/);
  const removed = await one.run("remove", "notes");
  assert.equal(removed.code, 0, removed.err);
  assert.doesNotMatch(one.read("cardea.yaml") + one.read("cardea.lock"), /notes/);
  assert.equal((await one.events("server.removed")).length, 1);
});

test("H6: programs that fetch what they run are refused, with what to do instead", async (t) => {
  const one = await stage(t);
  for (const run of [
    ["npx", "-y", "some-server"],
    ["npm", "exec", "some-server"],
    ["/usr/bin/uvx", "some-server"],
  ]) {
    const [program = "", ...rest] = run;
    const { code, err } = await one.run("add", "notes", "--run", program, ...rest.map((word) => `--arg=${word}`));
    assert.equal(code, 2);
    assert.match(err, /fetches what it runs at every start.*(--package some-server@VERSION|--run \/path)/);
  }
  assert.equal(one.read("cardea.yaml"), "servers: {}\n");
});

test("T3: definitions with instructions to the model are left out, unless they are accepted, and then the lockfile says so", async (t) => {
  const one = await stage(t);
  const added = await one.run(...add("--arg=--poisoned"));
  assert.match(added.out, /high .*\n?.*note.*not approved without --accept-findings/s);
  const left = await one.run("approve", "notes", "--all");
  assert.equal(left.code, 1);
  assert.match(left.out, /left out: tool:note {2}holds what no definition should: poisoning:/);
  assert.deepEqual(Object.keys(one.lock().servers["notes"]?.definitions ?? {}), ["tool:look", "tool:wipe"]);
  const accepted = await one.run("approve", "notes", "tool:note", "--accept-findings");
  assert.equal(accepted.code, 0, accepted.err);
  assert.match(accepted.out, /finding: tool:note .*poisoning:/);
  const [pin] = one.lock().servers["notes"]?.definitions["tool:note"] ?? [];
  assert.ok(pin?.findings?.some((id) => id.startsWith("poisoning:")));
  assert.equal((await one.run("approve", "notes", "--all")).code, 0, "what was accepted is not asked for again");
});

test("P3: the screen says what each tool does and who says so, what to write, and the same as JSON", async (t) => {
  const one = await stage(t);
  const { code, out } = await one.run(...add());
  assert.equal(code, 0);
  assert.ok(out.split("\n").length <= 60);
  assert.match(out, /destructive {2}\(by the server's own hint\)\n +wipe\n/);
  assert.match(
    out,
    /write {2}\(by default: cardea\.yaml says nothing; the server hints that these only read\)\n +look\n/,
  );
  assert.match(out, /tools: { look: { effect: read } }/);
  assert.match(out, /- { role: reader, allow: \[notes\.look\] }/);
  assert.match(out, /- { role: editor, allow: \[notes\.wipe, notes\.note\] }/);
  assert.match(out, /cardea servers approve notes --all\n/);
  const json = JSON.parse((await one.run("show", "notes", "--json")).out);
  assert.deepEqual(
    json.items.map((item: { entry: string; effect: string; effectFrom: string }) => [
      item.entry,
      item.effect,
      item.effectFrom,
    ]),
    [
      ["tool:look", "write", "default"],
      ["tool:wipe", "destructive", "hint"],
      ["tool:note", "write", "default"],
    ],
  );
  assert.deepEqual(json.paste.access[0], { role: "reader", allow: ["notes.look"] });
  assert.equal(json.command.consent, "given");
});

test("H6: a server that ends at once tells its own first error, without secrets and without control characters", async (t) => {
  process.env["CARDEA_TEST_TOKEN"] = "a-very-secret-token-9";
  t.after(() => delete process.env["CARDEA_TEST_TOKEN"]);
  const one = await stage(t);
  const { code, out } = await one.run(...add("--arg=--broken", "--env", "TOKEN=env:CARDEA_TEST_TOKEN"));
  assert.equal(code, 1);
  assert.match(out, /ended with exit code 3/);
  assert.match(out, /FATAL: the token \[credential removed\] is not the one of \\u\{1b\}\[31mthis/);
  assert.doesNotMatch(out, /a-very-secret/);
});

test("H6: paths among the arguments that exist and are not shared are proposed", async (t) => {
  const one = await stage(t);
  const { err } = await one.run("add", "notes", "--run", "node", "--arg", "server.mjs", "--arg", "./out");
  assert.match(err, /The argument ".\/out" exists here, and the server will not see it\. To share it: --read \.\/out/);
});
