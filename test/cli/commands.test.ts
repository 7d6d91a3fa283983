import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { claim, PROOF } from "../fixtures/administrator.ts";

// Every case is a process of its own, as a person or a supervisor sees it.

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const ROOT = mkdtempSync(join(tmpdir(), "cardea-cli-"));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(ROOT, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function begin(args: readonly string[], cwd = ROOT, input?: string) {
  const env = { ...process.env, CARDEA_HOME: "", NO_COLOR: "1" };
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: [stdin, "pipe", "pipe"] });
  child.stdin?.end(input);
  running.add(child);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (text) => (out += text));
  child.stderr?.on("data", (text) => (err += text));
  // A command that hangs is a failure with a name, not a test run that never ends.
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const ended = once(child, "close").then(([code]): Ended => {
    clearTimeout(late);
    running.delete(child);
    return { code: code as number | null, out, err };
  });
  const said = async (what: RegExp): Promise<string> => {
    for (let turn = 0; turn < 500 && child.exitCode === null; turn++) {
      if (what.test(out)) return out;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (what.test(out)) return out;
    return assert.fail(`${what} was not said: ${out}${err}`);
  };
  return { child, ended, said };
}

const run = (args: readonly string[], cwd?: string): Promise<Ended> => begin(args, cwd).ended;
/** With the proof of an administrator. */
const grant = (args: readonly string[], cwd: string): Promise<Ended> =>
  begin([...args, "--proof-stdin"], cwd, PROOF).ended;
const FIRST = ["users", "create", "owner", "--administrator"];

const BARE = `environment: dev
listen: { host: 127.0.0.1, port: 7332 }
servers: {}
access:
  - { role: reader, allow: ["files.*"] }
`;

let count = 0;
/** A folder with a configuration. */
function project(yaml = BARE): { folder: string; home: string } {
  const folder = join(ROOT, `p${++count}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "cardea.yaml"), yaml.replace('allow: ["files.*"]', "allow: []"));
  return { folder, home: join(folder, ".cardea") };
}

/** The message is a plain sentence: it names no error of the system, no stack and no temporary file. */
function plain(text: string, what: RegExp): void {
  assert.match(text, what);
  assert.doesNotMatch(text, /unexpectedly|\bE[A-Z]{4,}\b|syscall|\n {4}at |master\.key\.[0-9a-f]{12}|\.new\b/);
}

test("a start that fails says why, ends with 2 and holds nothing: port, TLS file, lockfile, home", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };

  const one = project();
  const busy = await run(["up", "--port", String(port)], one.folder);
  assert.equal(busy.code, 2, busy.err);
  plain(busy.err, /cannot listen on 127\.0\.0\.1 port \d+: something else listens there.*--port/);
  const again = begin(["up", "--port", "0"], one.folder);
  await again.said(/Cardea is up/);
  const second = await run(["up", "--port", "0"], one.folder);
  assert.equal(second.code, 2);
  plain(second.err, /Another process writes the record/);
  again.child.kill("SIGTERM");
  const stopped = await again.ended;
  assert.equal(stopped.code, 0);
  assert.match(stopped.err, /gateway\.stopped\n/);

  const tls = project(BARE.replace("port: 7332", "port: 0, tls: { cert: /nowhere/no.pem, key: /nowhere/no.key }"));
  const missing = await run(["up"], tls.folder);
  assert.equal(missing.code, 2);
  plain(missing.err, /no\.pem, which listen\.tls\.cert names, does not exist/);

  const lock = project();
  writeFileSync(join(lock.folder, "cardea.lock"), "{");
  const unread = await run(["up", "--port", "0"], lock.folder);
  assert.equal(unread.code, 2);
  plain(unread.err, /cardea\.lock does not match/);

  const file = join(ROOT, "file");
  writeFileSync(file, "");
  for (const home of ["/proc/nope", file]) {
    const nowhere = await run(["up", "--port", "0", "--home", home], project().folder);
    assert.equal(nowhere.code, 2, home);
    plain(nowhere.err, /cannot be used: .*--home/);
  }
});

test("up --json says a failed start as one line of JSON", async () => {
  const { folder } = project();
  for (const args of [
    ["--port", "70000"],
    ["--config", "none.yaml"],
  ]) {
    const { code, err } = await run(["up", "--json", ...args], folder);
    assert.equal(code, 2);
    const line = JSON.parse(err) as Record<string, string>;
    assert.deepEqual(Object.keys(line), ["time", "level", "event", "message"]);
    assert.equal(line["event"], "start.failed");
  }
  const { code, out } = await run(["check", "--json", "--config", "none.yaml"], folder);
  assert.equal(code, 2);
  const said = JSON.parse(out) as { ok: boolean; faults: { message: string }[] };
  assert.equal(said.ok, false);
  assert.match(said.faults[0]?.message ?? "", /There is no none\.yaml/);
});

test("a signal before the gateway is ready ends the start", async () => {
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    const { folder, home } = project();
    const { child, ended } = begin(["up", "--port", "0", "--json"], folder);
    for (let turn = 0; turn < 1000 && !existsSync(join(home, "audit.lock")); turn++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill(name);
    assert.equal((await ended).code, 0);
  }
});

test("I5: the first key works as soon as the gateway says it is ready", async () => {
  const { folder } = project();
  const up = begin(["up", "--port", "0", "--json"], folder);
  const { endpoint, apiKey } = JSON.parse(await up.said(/\n/)) as { endpoint: string; apiKey: string };
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    }),
  });
  assert.equal(answer.status, 200);
  await answer.text();
  up.child.kill("SIGTERM");
  assert.equal((await up.ended).code, 0);

  // What follows reads the state that this gateway left.
  const id = `k_${apiKey.split("_")[2]}`;
  const revoked = await run(["keys", "revoke", apiKey], folder);
  assert.equal(revoked.code, 0, revoked.err);
  assert.match(revoked.out, new RegExp(`^${id} of service:first-start is revoked`));
  const secret = apiKey.split("_").slice(3).join("_");
  const pasted = [[apiKey], [apiKey.slice(0, -3)], ["x", apiKey], [apiKey.replace("ck_dev", "ck_xx")]];
  for (const { out, err } of await Promise.all(pasted.map((args) => run(["keys", "revoke", ...args], folder))))
    assert.ok(!(out + err).includes(secret.slice(0, 20)), "the secret is said");
  unlinkSync(join(folder, ".cardea/master.key"));
  const lost = await run(["up", "--port", "0"], folder);
  assert.equal(lost.code, 2);
  plain(lost.err, /master\.key is missing, but audit\.key beside it was made with it; bring it back/);
  assert.ok(!existsSync(join(folder, ".cardea/master.key")));
});

test("a mistyped --home makes no state", async () => {
  const { folder } = project();
  const commands = [
    ["keys", "list"],
    ["keys", "revoke", "k_0123456789ab"],
    ["audit", "query"],
    ["audit", "verify"],
  ];
  for (const { code, err } of await Promise.all(commands.map((args) => run([...args, "--home", "typo"], folder)))) {
    assert.equal(code, 2);
    plain(err, /There is no state in .*typo/);
  }
  assert.deepEqual(readdirSync(folder), ["cardea.yaml"]);
  const first = await grant(FIRST, folder);
  assert.equal(first.code, 0, first.err);
  const created = await grant(["keys", "create", "--owner", "service:a", "--role", "reader"], folder);
  assert.equal(created.code, 0, created.err);
  assert.equal((await run(["keys", "list"], folder)).code, 0);
});

test("I11: before there is an administrator nothing is granted, and the first one is made once", async () => {
  const { folder } = project();
  const create = ["keys", "create", "--owner", "service:a", "--role", "reader"];
  const none = await grant(create, folder);
  assert.equal(none.code, 2);
  plain(none.err, /no administrator yet.*cardea users create NAME --administrator/);
  const weak = await begin([...FIRST, "--proof-stdin"], folder, "owner\nshort\n").ended;
  assert.equal(weak.code, 2);
  plain(weak.err, /at least 12/);
  const other = await begin([...FIRST, "--proof-stdin"], folder, "somebody\nseven words that nobody guesses\n").ended;
  assert.equal(other.code, 2);
  assert.equal((await grant(FIRST, folder)).code, 0);
  const again = await run(["users", "create", "eve", "--administrator"], folder);
  assert.equal(again.code, 2);
  plain(again.err, /proof of an administrator/);
  const taken = await grant(["users", "create", "owner", "--administrator"], folder);
  assert.equal(taken.code, 2);
  plain(taken.err, /account with this login already/);
  const list = await run(["users", "list", "--json"], folder);
  const { administrator, users } = JSON.parse(list.out) as { administrator: string; users: { owner: string }[] };
  assert.deepEqual([administrator, users.map(({ owner }) => owner)], ["claimed", ["person:owner"]]);
  const up = begin(["up", "--port", "0", "--json"], folder);
  const ready = JSON.parse(await up.said(/\n/)) as { event: string; apiKey?: string };
  assert.deepEqual([ready.event, ready.apiKey], ["ready", undefined], "no key without a proof");
  up.child.kill("SIGTERM");
  assert.equal((await up.ended).code, 0);
});

test("C1: a home that others can read is closed with a warning, one that others can write is refused", async () => {
  const { folder, home } = project();
  mkdirSync(home);
  chmodSync(home, 0o755);
  const created = await grant(FIRST, folder);
  assert.equal(created.code, 0, created.err);
  assert.match(created.err, /could be read by others \(mode 0755\)/);
  assert.equal(statSync(home).mode & 0o777, 0o700);
  const other = join(folder, "other");
  mkdirSync(join(other, "things"), { recursive: true });
  chmodSync(other, 0o755);
  const foreign = await run(["up", "--port", "0", "--home", other, "--config", "cardea.yaml"], folder);
  assert.equal(foreign.code, 2);
  plain(foreign.err, /holds other things; name a folder of its own/);
  assert.equal(statSync(other).mode & 0o777, 0o755);
  chmodSync(home, 0o770);
  const open = await run(["up", "--port", "0"], folder);
  assert.equal(open.code, 2);
  plain(open.err, /may be written by others.*chmod 700/);
  chmodSync(home, 0o700);
  chmodSync(join(home, "master.key"), 0o644);
  const key = await run(["up", "--port", "0"], folder);
  assert.equal(key.code, 2);
  plain(key.err, /mode 0644.*chmod 600/);
});

test("what an operator has to mend at a server is said in a sentence", async () => {
  const { folder } = project(
    BARE.replace(
      "servers: {}",
      `servers:
  unset: { url: "http://127.0.0.1:9/mcp", private: ["127.0.0.0/8"], credential: { header: Authorization, value: "Bearer \${env:CARDEA_TEST_UNSET}" } }
  program: { run: ["./no-such-program"] }`,
    ),
  );
  for (const [server, what] of [
    ["unset", /env:CARDEA_TEST_UNSET is not set/],
    ["program", /no-such-program/],
  ] as const) {
    const { code, err } = await run(["servers", "diff", server], folder);
    assert.equal(code, 2, err);
    plain(err, what);
  }
});

test("a reader that leaves (| head) ends no command with an error", async () => {
  const { folder, home } = project();
  await claim(home, join(folder, "cardea.yaml"));
  const left = [["--help"], ["audit", "export"], ["check", "--schema"]].map((args) => {
    const { child, ended } = begin(args, folder);
    child.stdout?.destroy();
    return ended;
  });
  for (const { code, err } of await Promise.all(left)) {
    assert.equal(code, 0, err);
    assert.equal(err, "");
  }
});

test("the version, the commands and the range of a port are said", async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  assert.deepEqual(await run(["--version"]), { code: 0, out: `${version}\n`, err: "" });
  assert.match((await run(["--help"])).out, /servers .*\bpin\b/);
  const values = [["--port", "-1"], ["--port=-1"], ["--port", "65536"], ["--port", "x"]];
  for (const { code, err } of await Promise.all(values.map((value) => run(["up", ...value])))) {
    assert.equal(code, 2);
    assert.match(err, /--port .* must be a number from 0 to 65535/);
  }
});
