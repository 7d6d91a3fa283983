import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { openGatewayFlow } from "../../src/compose/flow.ts";
import type { FlowMark } from "../../src/ports/flow.ts";
import { folder } from "../identity/setting.ts";

test("S8 and I9: a label that a call under way writes after its person was offboarded goes too, but none of whoever is let in again", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "cardea-late-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const opening = new AsyncDisposableStack();
  let account: { endedAt?: number } = { endedAt: 1 };
  const flow = openGatewayFlow(
    {
      config: { flow: { allow: [], fadeMs: undefined }, servers: {} },
      files: { home },
      state: { master: openMasterKey(folder()), rows: { key: randomBytes(32), tampered: () => {} } },
      identity: { directory: { account: () => account } },
      clock: { now: () => 1_000, monotonic: () => 0 },
      log: { error: () => {} },
    } as never,
    opening,
  );
  const mark: FlowMark = {
    ...{
      tenant: "default",
      credential: "k_1",
      owner: "person:eve",
      label: "untrusted" as const,
      server: "web",
      name: "fetch",
    },
    ...{ part: 0, what: "", at: 900, call: "c_1", prints: [], full: false },
  };
  await flow.store.put(mark);
  assert.equal(await flow.endOwner("default", "person:eve"), 1);
  await flow.store.put(mark);
  await flow.store.put({ ...mark, owner: "person:ada", credential: "k_2" });
  await flow.sweep(1_000);
  assert.deepEqual(
    (await flow.store.list("default")).map(({ owner }) => owner),
    ["person:ada"],
  );
  account = {};
  await flow.store.put(mark);
  await flow.sweep(1_000);
  assert.equal((await flow.store.list("default")).length, 2);
  await opening.disposeAsync();
});
