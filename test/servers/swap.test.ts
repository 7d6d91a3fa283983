import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { call } from "../gateway/raw-client.ts";
import { place, start } from "../gateway/setting.ts";
import { PROGRAM } from "./stage.ts";

/** The program of the tests with a tool that answers. @param says what the tool says */
const program = (says: string): string =>
  PROGRAM.replace(
    '"tools/list": () => ({ tools }),',
    `"tools/list": () => ({ tools }), "tools/call": () => ({ content: [{ type: "text", text: "${says}" }] }),`,
  );

/** Ends all processes below another one. */
function endBelow(pid: number): void {
  for (const each of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${each}/stat`, "latin1");
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) !== pid) continue;
      endBelow(Number(each));
      process.kill(Number(each), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}

async function until(sees: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await sees()); tries++) {
    assert.ok(tries < 100, "it did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("H6 and T1: what was replaced while the gateway runs is not started: refused, logged, recorded; put back it starts", async () => {
  const where = place("servers: {}\naccess: []\n");
  const [server, hook] = [join(where.folder, "server.mjs"), join(where.folder, "hook.mjs")];
  writeFileSync(server, program("first"));
  writeFileSync(hook, "");
  const added = await where.grant(
    "servers",
    "add",
    "notes",
    "--run",
    "node",
    "--arg=--import=./hook.mjs",
    "--arg",
    "server.mjs",
    "--read",
    "./hook.mjs",
  );
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stderr, /Files that arguments name are pinned: --import=\.\/hook\.mjs/);
  await where.grant("servers", "approve", "notes", "--all");
  const yaml = readFileSync(where.config, "utf8")
    .replace("notes: {", "notes: { tools: { look: { effect: read } },")
    .replace("access: []", "access: [ { role: tester, allow: [notes.look] } ]");
  writeFileSync(where.config, yaml);
  const { key } = await where.key("tester");
  const gateway = await start(where);
  const look = async () => (await call(gateway.endpoint, key, "notes__look")).text;
  try {
    assert.match(await look(), /first/);
    for (const [file, evil, said] of [
      [server, program("second"), /The program of the server notes is not the one/],
      [hook, "process.exit(0);", /The file .{1,2}--import=.\/hook.mjs.{1,2} in the command of the server notes/],
    ] as const) {
      const good = readFileSync(file, "utf8");
      writeFileSync(file, evil);
      endBelow(gateway.pid);
      let answer = "";
      await until(async () => !/first/.test((answer = await look())));
      await until(async () => /what it would run is not what/.test((answer = await look())));
      assert.match(answer, /upstream_unavailable/);
      assert.doesNotMatch(answer, /second|server\.mjs|hook/);
      assert.match(gateway.said(), said);
      const [event] = await where.audit({ type: "upstream.changed" });
      assert.match(String((event?.detail as { why?: string } | undefined)?.why), said);
      writeFileSync(file, good);
      await until(async () => /first/.test(await look()));
    }
  } finally {
    await gateway.stop();
  }
});
