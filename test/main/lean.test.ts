import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Beginning, leaner } from "../../src/main/lean.ts";
import { place, start } from "../gateway/setting.ts";

const UP: Beginning = { platform: "linux", env: { HOME: "/home/somebody" }, flags: [], args: ["up"] };
const ALL = { MALLOC_ARENA_MAX: "8", MALLOC_TRIM_THRESHOLD_: "1", MALLOC_MMAP_THRESHOLD_: "1" };

test("a gateway begins with settings that give memory back, and what somebody chose stays", () => {
  const lean = leaner(UP);
  assert.deepEqual(lean?.flags, ["--max-semi-space-size=16"]);
  assert.match(String(lean?.env["NODE_COMPILE_CACHE"]), /\/node_modules\/.cache\/cardea$/);
  assert.equal(lean?.env["HOME"], "/home/somebody");
  assert.match(String(lean?.env["MALLOC_TRIM_THRESHOLD_"]), /^\d+$/);
  assert.equal(leaner({ ...UP, env: { MALLOC_ARENA_MAX: "8" } })?.env["MALLOC_ARENA_MAX"], "8");
  assert.deepEqual(leaner({ ...UP, flags: ["--max_semi_space_size=64"] })?.flags, ["--max_semi_space_size=64"]);
  assert.deepEqual(leaner({ ...UP, env: { NODE_OPTIONS: "--max-semi-space-size=64" } })?.flags, []);
});

test("a process begins anew once at most, and neither commands, debugged processes nor other systems do", () => {
  const lean = leaner(UP);
  assert.equal(leaner({ ...UP, ...lean }), undefined);
  assert.equal(leaner({ ...UP, env: ALL }), undefined);
  assert.equal(leaner({ ...UP, args: ["audit", "query"] }), undefined);
  assert.equal(leaner({ ...UP, flags: ["--inspect=0"] }), undefined);
  for (const platform of ["darwin", "win32"]) assert.equal(leaner({ ...UP, platform }), undefined);
});

test("up has these settings in the process that was started, and says nothing about it", {
  skip: process.platform !== "linux",
}, async (t) => {
  const where = place("listen: { port: 0 }\nservers: {}\n");
  const gateway = await start(where);
  t.after(() => gateway.stop());
  const { pid } = gateway;
  assert.match(readFileSync(`/proc/${pid}/environ`, "utf8"), /(?:^|\0)MALLOC_TRIM_THRESHOLD_=\d+\0/);
  assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /\0--max-semi-space-size=16\0[^\0]+\/src\/main\.ts\0up\0/);
  assert.doesNotMatch(gateway.said(), /execve|Experimental/);
});
