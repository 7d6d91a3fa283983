import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { openApprovals } from "../../src/adapters/sqlite/approvals.ts";
import { systemClock } from "../../src/adapters/system/world.ts";
import type { ApprovalRequest } from "../../src/ports/approvals.ts";

const folder = mkdtempSync(join(tmpdir(), "cardea-races-"));
const path = join(folder, "cardea.db");
const KEY = Buffer.alloc(32, 7);
const master = openMasterKey(folder);
const rows = { key: KEY, tampered: () => {} };
const store = openApprovals(path, master, systemClock, rows);
const children = new Set<ReturnType<typeof spawn>>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
after(async () => {
  for (const child of children) child.kill();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (id: string, digest = id): ApprovalRequest => ({
  ...{ id, tenant: "default", digest, owner: "person:ada", credential: "k_1", era: "modern", server: "s", name: "t" },
  ...{ method: "tools/call", effect: "write", by: "self", always: true, unattended: false },
  ...{ askedAt: Date.now(), expiresAt: Date.now() + 60_000, held: { sent: { name: "t" }, bound: [] } },
});
const CAPS = { perCredential: 1000, perPerson: 1_000, perTenant: 1000 };
const YES = { state: "allowed", by: "person:ada", channel: "page" } as const;

/** Another process with a handle of its own on the same store. It says one line of JSON for each line that it gets. */
async function racer() {
  const child = spawn(process.execPath, [join(import.meta.dirname, "racing-server.ts"), folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  const lines = createInterface({ input: child.stdout });
  const answers = lines[Symbol.asyncIterator]();
  assert.equal((await answers.next()).value, "ready");
  return {
    child,
    async ask(what: unknown): Promise<unknown> {
      child.stdin.write(`${JSON.stringify(what)}\n`);
      return JSON.parse(String((await answers.next()).value));
    },
  };
}

test("H2: of two processes that race for an approval, for its decision and for a leg, exactly one wins", async () => {
  const [one, other] = await Promise.all([racer(), racer()]);
  const both = async (what: unknown): Promise<number> =>
    (await Promise.all([one.ask(what), other.ask(what)])).filter((won) => won === true).length;
  for (let round = 0; round < 40; round++) {
    const id = `a_race${round}`;
    await store.ask(request(id), CAPS);
    assert.equal(await both({ act: "decide", id }), 1, "one decision");
    assert.equal(await both({ act: "use", id }), 1, "one use");
    assert.equal(await both({ act: "leg", id, leg: 2 }), 1, "one second leg");
    assert.equal(await both({ act: "use", id }), 0);
  }
});

test("H2: two processes that are asked for the same call at once have one row", async () => {
  const [one, other] = await Promise.all([racer(), racer()]);
  for (let round = 0; round < 20; round++) {
    const digest = `sha256:same${round}`;
    const asked = (id: string) => ({ act: "ask", request: request(id, digest) });
    const ids = await Promise.all([one.ask(asked(`a_x${round}`)), other.ask(asked(`a_y${round}`))]);
    assert.equal(new Set(ids).size, 1);
  }
});

test("H2 A10: who is killed between the use and the sending has spent the approval", async () => {
  const { child, ask } = await racer();
  await store.ask(request("a_killed"), CAPS);
  await store.decide("default", "a_killed", { ...YES, at: Date.now() });
  assert.equal(await ask({ act: "use", id: "a_killed" }), true);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await store.use("default", "a_killed", Date.now()), false);
  assert.equal((await store.get("default", "a_killed"))?.state, "used");
});
