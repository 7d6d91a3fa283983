import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { confine, probeRuntime } from "../../src/adapters/sandbox/confine.ts";
import type { Runtime } from "../../src/adapters/sandbox/confine.ts";
import { watchMemory } from "../../src/adapters/sandbox/memory.ts";
import type { Sandbox } from "../../src/adapters/sandbox/sandbox.ts";
import { openStdioUpstream } from "../../src/adapters/upstream-stdio/upstream.ts";
import type { Upstream } from "../../src/ports/upstream.ts";
import { ada, callOf, settings, textOf } from "./support.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const server = join(root, "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");
const none: Runtime = { bubblewrap: undefined, prlimit: undefined };
let room: string;
let work: string;
const opened: Upstream[] = [];

before(() => {
  room = realpathSync(mkdtempSync(join(tmpdir(), "cardea-sandbox-")));
  work = join(room, "work");
  mkdirSync(work);
  writeFileSync(join(work, "a.txt"), "inside");
  writeFileSync(join(room, "b.txt"), "treasure");
  symlinkSync(join(room, "b.txt"), join(work, "link.txt"));
});
after(async () => {
  await Promise.all(opened.map((upstream) => upstream.close()));
  rmSync(room, { recursive: true });
});

/** What a small program prints inside the walls: one JSON value. */
async function inside(
  program: string,
  sandbox: Partial<Sandbox>,
  runtime: Runtime = probeRuntime(),
): Promise<Record<string, string>> {
  const { argv } = confine(
    ["node", "-e", program],
    room,
    { read: [], write: [], network: "none", ...sandbox },
    runtime,
  );
  const [file, ...args] = argv;
  const { stdout, stderr } = await run(file, args, { env: { PATH: "/usr/bin" }, timeout: 5_000 });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

/** A program that tries each path in both ways and then the network. */
const tries = (paths: readonly string[]): string => `
  const fs = require("node:fs");
  const seen = {};
  const attempt = (what, act) => { try { act(); seen[what] = "yes"; } catch (error) { seen[what] = error.code; } };
  for (const path of ${JSON.stringify(paths)}) {
    attempt("read " + path, () => fs.statSync(path).isDirectory() ? fs.readdirSync(path) : fs.readFileSync(path));
    attempt("write " + path, () => fs.statSync(path).isDirectory() ? fs.writeFileSync(path + "/new", "x") : fs.writeFileSync(path, "x"));
  }
  attempt("run", () => { const { error } = require("node:child_process").spawnSync("/bin/true"); if (error) throw error; });
  const socket = require("node:net").connect(9, "192.0.2.1");
  const end = (network) => { seen.network = network; console.log(JSON.stringify(seen)); process.exit(); };
  socket.on("error", (error) => end(error.code));
  setTimeout(() => end("open"), 200);`;

describe("confinement", { concurrency: true }, () => {
  test("C6: in bubblewrap there is the system, read only, and what was declared; no network", async () => {
    const seen = await inside(tries(["/etc/passwd", homedir(), root, room, work, "/usr/bin", "/etc/ssl"]), {
      write: [work],
    });
    assert.equal(seen["read /etc/passwd"], "ENOENT");
    assert.equal(seen[`read ${homedir()}`], "ENOENT");
    assert.equal(seen[`write ${work}`], "yes");
    assert.equal(seen["read /usr/bin"], "yes");
    assert.equal(seen["write /usr/bin"], "EROFS");
    assert.equal(seen["write /etc/ssl"], "EROFS");
    assert.equal(seen.network, "ENETUNREACH");
    const folder = await inside(
      `console.log(JSON.stringify(Object.fromEntries(require("node:fs").readdirSync(${JSON.stringify(room)}).map((name) => [name, "yes"]))))`,
      { read: [work] },
    );
    assert.deepEqual(folder, { work: "yes" }, "of the folder around only the declared one is there");
    assert.equal((await inside(tries([work]), { read: [work] }))[`write ${work}`], "EROFS");
  });

  test("C6: inside, no knob of the machine can be opened for writing, and what tells about the machine is hidden", async () => {
    // Files are opened and closed again; nothing is ever written to one.
    const seen = await inside(
      `const fs = require("node:fs");
      const seen = { tried: 0 };
      const look = (path) => {
        for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
          const inner = path + "/" + entry.name;
          if (path === "/proc" && (/^\\d+$/.test(entry.name) || entry.isSymbolicLink())) continue;
          if (entry.isDirectory()) { try { look(inner); } catch {} continue; }
          if (!entry.isFile()) continue;
          seen.tried++;
          try { fs.closeSync(fs.openSync(inner, fs.constants.O_WRONLY)); seen[inner] = "opens"; } catch {}
        }
      };
      look("/proc");
      const kcore = "/proc/kcore";
      try { fs.closeSync(fs.openSync(kcore, fs.constants.O_RDONLY)); seen[kcore] = "read"; } catch {}
      console.log(JSON.stringify(seen));`,
      {},
    );
    const { tried, ...open } = seen;
    assert.ok(Number(tried) > 500, `${tried} files were tried`);
    assert.deepEqual(open, {});
  });

  test("C6: folders in memory are small, and the root cannot be written", async () => {
    const seen = await inside(
      `const fs = require("node:fs");
      const seen = {};
      const block = Buffer.alloc(1 << 20);
      for (const folder of ["/", "/dev", "/home", "/tmp", "/dev/shm"]) {
        let blocks = 0;
        try {
          const file = fs.openSync(folder + "/x", "w");
          for (; blocks < 100; blocks++) if (fs.writeSync(file, block) < block.length) break;
        } catch (error) { seen[folder] = error.code; }
        seen[folder] = (seen[folder] ?? "") + " " + blocks;
        fs.rmSync(folder + "/x", { force: true });
      }
      console.log(JSON.stringify(seen));`,
      {},
    );
    assert.deepEqual(seen, {
      "/": "EROFS 0",
      "/dev": "EROFS 0",
      "/home": "ENOENT 0",
      "/tmp": "ENOSPC 64",
      "/dev/shm": "ENOSPC 64",
    });
  });

  test("C6: the memory of a child that a thread started counts", async () => {
    const child = spawn(
      process.execPath,
      [
        "-e",
        `new (require("node:worker_threads").Worker)(\`
          require("node:child_process").spawn(process.execPath, ["-e", "const held = Buffer.alloc(300e6, 1); setInterval(() => held, 1000)"], { stdio: "ignore" });
          setInterval(() => {}, 1000)\`, { eval: true })`,
      ],
      { detached: true, stdio: "ignore" },
    );
    const { pid } = child;
    assert.ok(pid !== undefined);
    let unwatch = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        setTimeout(() => reject(new Error("it was not seen")), 4_000).unref();
        unwatch = watchMemory(pid, 280_000_000, resolve);
      });
    } finally {
      unwatch();
      process.kill(-pid, "SIGKILL");
    }
  });

  test("C6: without bubblewrap a Node program gets Node's permission model, its network stated as open", async () => {
    const confined = confine(["node", server, work], root, { read: [], write: [work], network: "none" }, none);
    assert.deepEqual([confined.kind, confined.networkOpen], ["node-permission", true]);
    const seen = await inside(tries(["/etc/passwd", room, work]), { write: [work] }, none);
    assert.equal(seen["read /etc/passwd"], "ERR_ACCESS_DENIED");
    assert.equal(seen[`read ${room}`], "ERR_ACCESS_DENIED");
    assert.equal(seen[`write ${work}`], "yes");
    assert.equal(seen.run, "ERR_ACCESS_DENIED");
  });

  test("C6: what cannot be confined, started or shared is refused", () => {
    const plain: Sandbox = { read: [], write: [], network: "none" };
    const refused = (command: string[], sandbox: Sandbox, runtime: Runtime, expected: RegExp): void =>
      void assert.throws(() => confine(command, root, sandbox, runtime), expected);
    refused(["sh", "-c", "true"], plain, none, /cannot be confined/);
    refused(["no-such-program"], plain, none, /no executable file/);
    refused([], plain, none, /command is empty/);
    refused(["node"], { ...plain, cpuSeconds: 5 }, none, /prlimit/);
    symlinkSync("/etc", join(room, "wide"));
    for (const path of ["/", "/etc", "/proc", "/home", "/proc/self", "/dev/shm", join(room, "wide")])
      refused(["node"], { ...plain, read: [path] }, none, /too wide/);
    refused(["node"], { ...plain, write: ["work"] }, none, /not absolute/);
    refused(["node"], { ...plain, read: [`${room}/../x`] }, none, /not absolute and plain/);
    refused(["node"], { ...plain, read: [`${room}/missing`] }, none, /does not exist/);
  });

  test("C6: a CPU limit ends a process that spins", async () => {
    const sandbox: Sandbox = { read: [], write: [], network: "none", cpuSeconds: 1 };
    const [file, ...args] = confine(["node", "-e", "for(;;);"], room, sandbox, probeRuntime()).argv;
    // 128 + SIGXCPU or SIGKILL, as bubblewrap tells it.
    await assert.rejects(
      run(file, args, { timeout: 10_000, env: {} }),
      ({ code }: { code: number }) => code === 152 || code === 137,
    );
  });

  for (const [kind, runtime] of [
    ["bubblewrap", undefined],
    ["node-permission, network open", none],
  ] as const)
    test(`C6: the real filesystem server, confined (${kind}): its folder and nothing else`, async () => {
      // It is told to serve the folder around, so that only the walls keep it from the rest.
      const upstream = openStdioUpstream({
        ...settings("files", []),
        command: ["node", server, work, room],
        cwd: root,
        env: () => ({}),
        sandbox: { read: [], write: [work], network: "none" },
        ...(runtime !== undefined && { runtime }),
      });
      opened.push(upstream);
      const link = await upstream.link(ada);
      assert.equal(upstream.state().confinement, kind);
      const listing = await link.list(new AbortController().signal);
      assert.ok(listing.tools.some((tool) => tool.name === "read_text_file"));
      const read = async (path: string): Promise<string> =>
        textOf(await link.send(callOf("read_text_file", { path }).permit));
      assert.equal(await read(join(work, "a.txt")), "inside");
      assert.doesNotMatch(await read(join(room, "b.txt")), /treasure/);
      assert.doesNotMatch(await read(join(work, "link.txt")), /treasure/);
      assert.doesNotMatch(await read("/etc/passwd"), /root:/);
      const written = await link.send(callOf("write_file", { path: join(work, "new.txt"), content: "x" }).permit);
      assert.ok(written.kind === "result" && written.result.isError !== true, textOf(written));
    });
});
