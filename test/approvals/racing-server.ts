// A process of races.test.ts: one handle of its own on the store of approvals.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openApprovals } from "../../src/adapters/sqlite/approvals.ts";
import { systemClock } from "../../src/adapters/system/world.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import type { ApprovalRequest } from "../../src/ports/approvals.ts";

const folder = process.argv[2] ?? "";
const rows = { key: Buffer.alloc(32, 7), tampered: () => {} };
const store = openApprovals(join(folder, "cardea.db"), openMasterKey(folder), systemClock, rows);
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const { act, id, leg, request } = JSON.parse(line) as {
    act: string;
    id: string;
    leg: number;
    request: ApprovalRequest;
  };
  const at = Date.now();
  let said: unknown;
  if (act === "use") said = await store.use("default", id, at);
  else if (act === "leg") said = await store.useLeg("default", id, leg, at);
  else if (act === "ask") {
    const asked = await store.ask(request, { perCredential: 1000, perPerson: 1_000, perTenant: 1000 });
    said = "approval" in asked ? asked.approval.id : asked.full;
  } else {
    const decision = { state: "allowed", by: "person:ada", channel: "page", at } as const;
    said = (await store.decide("default", id, decision)) !== undefined;
  }
  console.log(JSON.stringify(said));
}
