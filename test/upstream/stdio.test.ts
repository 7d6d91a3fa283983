import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openStdioUpstream } from "../../src/adapters/upstream-stdio/upstream.ts";
import type { StdioUpstreamOptions } from "../../src/adapters/upstream-stdio/upstream.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Change, Upstream } from "../../src/ports/upstream.ts";
import { ada, bob, callOf, permitOf, settings, textOf, until } from "./support.ts";
import type { Seen } from "./support.ts";

const root = join(import.meta.dirname, "../..");
const SCRIPTS = {
  "bad-stdio-server": import.meta.resolve("./bad-stdio-server.ts"),
  "legacy-server": import.meta.resolve("./legacy-server.ts"),
  "modern-stdio-server": import.meta.resolve("./modern-stdio-server.ts"),
};
const opened: Upstream[] = [];
after(() => Promise.all(opened.map((upstream) => upstream.close())));

/** Processes of this machine, other than this one, whose command line holds a text. */
function countRunning(text: string): number {
  let count = 0;
  for (const pid of readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0)) {
    if (pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
      if (command.includes(text) && !command.includes("import {")) count++;
    } catch {
      // It ended meanwhile.
    }
  }
  return count;
}

function open(script: string, seen: Seen[] = [], more: Partial<StdioUpstreamOptions> = {}): Upstream {
  const [file, ...args] = script.split(" ");
  const upstream = openStdioUpstream({
    ...settings("crm", seen),
    command: ["node", new URL(SCRIPTS[file as keyof typeof SCRIPTS]).pathname, ...args],
    cwd: root,
    env: () => ({}),
    sandbox: {
      read: [join(root, "node_modules"), join(root, "test"), join(root, "package.json")],
      write: [],
      network: "none",
    },
    ...more,
  });
  opened.push(upstream);
  return upstream;
}

// Each test has processes of its own, so that they run side by side.
describe("stdio upstreams", { concurrency: 4 }, () => {
  test("W2: a modern server over stdio: list, call, progress, log, questions, list changes, cancellation", async () => {
    const seen: Seen[] = [];
    const upstream = open("modern-stdio-server", seen);
    const changes: Change[] = [];
    upstream.onListChange((_key, change) => void changes.push(change));
    const link = await upstream.link(ada);
    assert.equal(link.era, "modern");
    const listing = await link.list(new AbortController().signal);
    assert.deepEqual([listing.tools.length, listing.faults], [5, []]);
    assert.equal(textOf(await link.send(callOf("echo", { text: "line\nbreak" }).permit)), "line\nbreak");
    const progress = callOf("progress", {}, { progress: true, logLevel: "info" });
    assert.equal(textOf(await link.send(progress.permit)), "done");
    assert.deepEqual(progress.heard.progress, [{ progress: 1 }]);
    assert.equal(progress.heard.logs[0]?.data, "one line");
    const asked = await link.send(callOf("ask").permit);
    assert.ok(asked.kind === "result" && asked.result.resultType === "input_required");
    const answered = {
      name: "ask",
      arguments: {},
      inputResponses: { city: { action: "accept", content: { city: "Ulm" } } },
    };
    assert.match(textOf(await link.send(permitOf("tools/call", answered).permit)), /Ulm/);
    await link.send(callOf("change").permit);
    await until(() => changes.length === 1);
    assert.match(textOf(await link.send(callOf("slow", {}, { deadlineMs: 80 }).permit)), /^upstream_timeout\/unknown/);
    assert.equal(textOf(await link.send(callOf("echo", { text: "still here" }).permit)), "still here");
    assert.equal(upstream.state().confinement, "bubblewrap");
  });

  test("W2: a legacy server over stdio: list, call, progress, log, question, subscription, cancellation", async () => {
    const link = await open("legacy-server").link(ada);
    assert.equal(link.era, "legacy");
    assert.equal((await link.list(new AbortController().signal)).tools.length, 13);
    const progress = callOf("progress", {}, { progress: true });
    await link.send(progress.permit);
    assert.equal(progress.heard.progress.length, 2);
    const log = callOf("log", {}, { logLevel: "warning" });
    await link.send(log.permit);
    assert.deepEqual(log.heard.logs, [{ level: "warning", data: "at warning" }]);
    const asked = await link.send(callOf("elicit").permit);
    assert.ok(asked.kind === "result");
    const answer = {
      name: "elicit",
      arguments: {},
      requestState: asked.result.requestState as string,
      inputResponses: { q1: { action: "accept", content: { city: "Ulm" } } },
    };
    assert.equal(textOf(await link.send(permitOf("tools/call", answer).permit)), "accept Ulm");
    const changes: Change[] = [];
    const watch = await link.watch(
      permitOf("subscriptions/listen", { notifications: { resourceSubscriptions: ["note://1"] } }).permit,
      (change) => void changes.push(change),
    );
    await link.send(callOf("touch", { uri: "note://1" }).permit);
    await until(() => changes.length === 1);
    watch.stop();
    assert.match(textOf(await link.send(callOf("slow", {}, { deadlineMs: 50 }).permit)), /^upstream_timeout/);
  });

  test("W2: one process per principal, which end idle, with their credential, and at close", async () => {
    const seen: Seen[] = [];
    const upstream = open("legacy-server", seen, { maxLinks: 2 });
    const [a, b] = await Promise.all([upstream.link(ada), upstream.link(bob)]);
    assert.notEqual(textOf(await a.send(callOf("whoami").permit)), textOf(await b.send(callOf("whoami").permit)));
    await assert.rejects(upstream.link({ ...ada, credential: "k_eve" }), /as many sessions/);
    await upstream.end("k_bob");
    assert.equal(upstream.state().links, 1);
    await upstream.close();
    assert.equal(
      seen.filter(({ type }) => type === "upstream.exited").length,
      seen.filter(({ type }) => type === "upstream.started").length,
    );
    await assert.rejects(upstream.link(ada), /shutting down/);
  });

  test("I3, W2: the end of a credential kills its processes, one with a call in flight and one that is starting too", async () => {
    const upstream = open("bad-stdio-server --ends-with-key");
    const link = await upstream.link(ada);
    const inFlight = link.send(callOf("memory-free-and-silent").permit);
    const other = await upstream.link(bob);
    assert.equal(countRunning("--ends-with-key") > 0, true);
    await upstream.end("k_ada");
    assert.match(textOf(await inFlight), /^upstream_unavailable\/unknown.*was ended/);
    assert.equal(textOf(await other.send(callOf("echo", { text: "b" }).permit)), "b", "another key's goes on");
    assert.equal(upstream.state().links, 1);
    await upstream.end("k_bob");
    await until(() => countRunning("--ends-with-key") === 0);

    const slow = open("bad-stdio-server --silent --mute", [], { timeoutMs: 60_000 });
    const opening = slow.link(ada);
    opening.catch(() => undefined);
    await until(() => countRunning("--mute") > 0);
    await slow.end("k_ada");
    await assert.rejects(opening, /upstream|ended/);
    await until(() => countRunning("--mute") === 0);
    assert.equal(slow.state().links, 0);
  });

  test("C6: the operator is told why a process ended by itself, and not of one that was closed", async () => {
    const seen: Seen[] = [];
    const lines: [string, Record<string, unknown> | undefined][] = [];
    const quiet = (): void => {};
    const log = {
      info: quiet,
      error: quiet,
      warn: (event: string, fields?: Record<string, unknown>) => void lines.push([event, fields]),
    };
    const memory = { read: [join(root, "test")], write: [], network: "none" as const, memoryBytes: 300_000_000 };
    const upstream = open("bad-stdio-server", seen, { log, sandbox: memory });
    await (await upstream.link(ada)).send(callOf("die").permit);
    await (await upstream.link(bob)).send(callOf("memory", {}, { key: bob }).permit);
    await upstream.link({ ...ada, credential: "k_eve" });
    await upstream.close();
    assert.deepEqual(lines, [
      ["server.exited", { server: "crm", why: "ended with exit code 7", code: 7, signal: null }],
      ["server.exited", { server: "crm", why: "used more memory than it may", code: null, signal: "SIGKILL" }],
    ]);
    const reasons = seen.filter(({ type }) => type === "upstream.exited").map(({ detail }) => detail.reason);
    assert.deepEqual(reasons, ["upstream_unavailable", "upstream_invalid", undefined]);
  });

  const FAULTS: [string, RegExp][] = [
    ["die", /^upstream_unavailable\/unknown: The process of the server crm ended with exit code 7\.$/],
    ["broken", /^upstream_invalid\/unknown.*invalid message/],
    ["long", /^upstream_invalid\/unknown.*a line of more than/],
    ["flood", /^upstream_invalid\/unknown.*message after message/],
    ["memory", /^upstream_invalid\/unknown.*more memory/],
  ];
  for (const [name, expected] of FAULTS)
    test(`invariant 11, C6: a process that does this is refused and started anew: ${name}`, async () => {
      const memory = { read: [join(root, "test")], write: [], network: "none" as const, memoryBytes: 300_000_000 };
      const upstream = open("bad-stdio-server", [], { sandbox: memory });
      const link = await upstream.link(ada);
      assert.match(textOf(await link.send(callOf(name).permit)), expected);
      const again = await upstream.link(ada);
      assert.equal(textOf(await again.send(callOf("echo", { text: "back" }).permit)), "back");
    });

  test("W3: junk lines, answers to nobody and stderr harm no call", async () => {
    const seen: Seen[] = [];
    const upstream = open("bad-stdio-server", seen);
    const link = await upstream.link(ada);
    assert.equal(textOf(await link.send(callOf("junk").permit)), "after the junk");
    assert.equal(textOf(await link.send(callOf("wrong").permit)), "yours");
    assert.deepEqual(
      seen.filter(({ type }) => type === "upstream.unattributed").map(({ detail }) => detail.what),
      ["an answer to no request"],
    );
    await link.send(callOf("late", {}, { deadlineMs: 20 }).permit);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(seen.filter(({ type }) => type === "upstream.unattributed").length, 1, "a late answer is no surprise");
    await upstream.close();
    const exited = seen.find(({ type }) => type === "upstream.exited")?.detail;
    assert.ok(Number(exited?.stderrBytes) > 0 && !JSON.stringify(seen).includes("a secret"));
  });

  test("W2: a server that dies of the probe or keeps silent is a legacy one", async () => {
    const dies = await open("bad-stdio-server --dies-of-probe").link(ada);
    assert.equal(textOf(await dies.send(callOf("echo", { text: "a" }).permit)), "a");
    const silent = await open("bad-stdio-server --silent", [], { timeoutMs: 400 }).link(ada);
    assert.equal(textOf(await silent.send(callOf("echo", { text: "b" }).permit)), "b");
  });

  test("W2: on a shared process what cannot be attributed is dropped and reported", async () => {
    const seen: Seen[] = [];
    const upstream = open("bad-stdio-server", seen, { shared: true });
    const [a, b] = await Promise.all([upstream.link(ada), upstream.link(bob)]);
    assert.equal(a, b);
    const asking = callOf("ask", {}, { deadlineMs: 300 });
    const other = callOf("late", {}, { key: bob });
    const [answer] = await Promise.all([a.send(asking.permit), b.send(other.permit)]);
    assert.match(textOf(answer), /^upstream_timeout/);
    assert.deepEqual(
      seen.filter(({ type }) => type === "upstream.request.refused").map(({ detail }) => detail.method),
      ["roots/list"],
    );
    const alone = await a.send(callOf("ask").permit);
    assert.ok(
      alone.kind === "result" && alone.result.resultType === "input_required",
      "alone in flight it is attributed",
    );
  });

  for (const [waits, other, said] of [
    ["ask", "late", "late"],
    ["hold", "pounce", "pounced"],
  ] as const)
    test(`W2: a question that came to another call of its caller is answered though that call is over: ${other}`, async () => {
      const link = await open("bad-stdio-server").link(ada);
      const asking = link.send(callOf(waits).permit);
      const asked = await link.send(callOf(other).permit);
      assert.ok(asked.kind === "result" && asked.result.resultType === "input_required", textOf(asked));
      assert.deepEqual(Object.keys(asked.result.inputRequests as JsonObject), ["q1"]);
      // By then the other call was answered.
      await new Promise((resolve) => setTimeout(resolve, 150));
      const answer = {
        name: other,
        arguments: {},
        requestState: asked.result.requestState as string,
        inputResponses: { q1: { roots: [{ uri: "file:///a" }] } },
      };
      assert.equal(textOf(await link.send(permitOf("tools/call", answer).permit)), said);
      assert.match(textOf(await asking), /file:\/\/\/a/);
    });

  test("C2, C6: the environment is the declared one and is not in the process list", async () => {
    const upstream = open("bad-stdio-server", [], { env: () => ({ TOKEN: "s3cret-value" }) });
    const link = await upstream.link(ada);
    const env = JSON.parse(textOf(await link.send(callOf("env").permit))) as JsonObject;
    assert.deepEqual(Object.keys(env).sort(), ["HOME", "LANG", "PATH", "PWD", "TMPDIR", "TOKEN"]);
    assert.deepEqual([env.TOKEN, env.HOME], ["s3cret-value", "/tmp"]);
    assert.equal(countRunning("s3cret-value"), 0);
  });

  test("W2: a process that ignores SIGTERM is killed", async () => {
    const upstream = open("bad-stdio-server --stubborn");
    await upstream.link(ada);
    assert.ok(countRunning("--stubborn") > 0);
    await upstream.close();
    await until(() => countRunning("--stubborn") === 0);
  });

  test("W2: no process outlives a gateway that was killed", async () => {
    const script = `
    import { openStdioUpstream } from ${JSON.stringify(join(root, "src/adapters/upstream-stdio/upstream.ts"))};
    import { ada, settings } from ${JSON.stringify(join(import.meta.dirname, "support.ts"))};
    const runtime = process.argv[1] === "without" ? { bubblewrap: undefined, prlimit: undefined } : undefined;
    const upstream = openStdioUpstream({ ...settings("x", []), command: ["node", ${JSON.stringify(join(import.meta.dirname, "bad-stdio-server.ts"))}, "--orphan-" + process.argv[1]],
      cwd: "/", env: () => ({}), sandbox: { read: [${JSON.stringify(join(root, "test"))}], write: [], network: "none" }, ...(runtime && { runtime }) });
    await upstream.link(ada);
    console.log("ready");`;
    for (const kind of ["with", "without"]) {
      const gateway = spawn(process.execPath, ["--input-type=module", "-e", script, kind], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => gateway.stdout.once("data", resolve));
      assert.ok(countRunning(`--orphan-${kind}`) > 0);
      gateway.kill("SIGKILL");
      await until(() => countRunning(`--orphan-${kind}`) === 0);
    }
  });
});
