/** Approvals over a real store in memory, with a clock that a test sets. */
import { randomBytes } from "node:crypto";
import { openApprovals } from "../../src/adapters/sqlite/approvals.ts";
import { open, seal } from "../../src/adapters/vault/seal.ts";
import type { MasterKey } from "../../src/adapters/vault/master-key.ts";
import { createSealer } from "../../src/adapters/vault/sealer.ts";
import { askPerson, type AskPersonParts } from "../../src/controls/ask-person.ts";
import { resumeRequest } from "../../src/controls/resume-request.ts";
import { createApprovals } from "../../src/domain/approvals/approvals.ts";
import type { Terms } from "../../src/domain/approvals/digest.ts";
import type { Located } from "../../src/kernel/call.ts";
import type { Verdict } from "../../src/kernel/control.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";
import { CALL } from "../pipeline/setting.ts";

const KEY = randomBytes(32);
/** A master key of this process. */
const MASTER: MasterKey = {
  seal: (plain, aad) => seal(KEY, plain, aad),
  open: (sealed, aad) => open(KEY, sealed, aad),
  derive: () => randomBytes(32),
};

export const TERMS: Terms = { by: "self", expiresMs: 300_000, always: true };
export const OWNER = "person:ada@example.com";

/** A located call of a tool of somebody, on which the terms hang. */
export function callOf(args: JsonObject, more: Partial<Located> = {}): Located {
  const params = { name: "s__t", arguments: args };
  return {
    ...CALL,
    principal: { ...CALL.principal, owner: OWNER },
    params,
    target: {
      server: "s",
      kind: "tool",
      name: "t",
      sentName: "t",
      digest: "sha256:1",
      definition: { name: "t", inputSchema: { type: "object" } },
      published: { definition: { name: "t", inputSchema: { type: "object" } }, digest: "sha256:p1" },
      quarantine: undefined,
      effect: "write",
    },
    sent: { name: "t", arguments: args },
    obligations: { approval: TERMS },
    ...more,
  };
}

export interface Stage {
  readonly approvals: ReturnType<typeof createApprovals>;
  readonly store: ReturnType<typeof openApprovals>;
  readonly events: LifecycleEvent[];
  /** Owners without an account in force, and those without the duty approver. */
  readonly ended: Set<string>;
  readonly undutied: Set<string>;
  /** Wall and monotonic time, milliseconds. */
  readonly time: { now: number; monotonic: number };
  readonly asking: ReturnType<typeof askPerson>;
  /** Runs resume-request and then ask-person, as the gate does. */
  judge(call: Located): Promise<Verdict<Located>>;
}

/** @param more what a test puts in the place of a part */
export function stage(
  more: Partial<AskPersonParts> & {
    path?: string;
    caps?: { perCredential: number; perPerson?: number; perTenant: number };
    broken?: () => boolean;
  } = {},
): Stage {
  const time = { now: 1_000_000, monotonic: 0 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic };
  const store = openApprovals(more.path ?? ":memory:", MASTER, clock);
  const events: LifecycleEvent[] = [];
  const ended = new Set<string>();
  const undutied = new Set<string>();
  let ids = 0;
  const approvals = createApprovals({
    store,
    clock,
    random: { bytes: (n) => randomBytes(n), id: (prefix) => `${prefix}${process.pid}_${++ids}` },
    record: async (event) => {
      if (more.broken?.() === true) throw new Error("the disk is full");
      events.push(event);
    },
    named: (_tenant, owner) => `s_${owner}`,
    mayGive: (_tenant, giver, act) => !ended.has(giver) && (act === "approvals.own" || !undutied.has(giver)),
    caps: { perPerson: 50, ...(more.caps ?? { perCredential: 10, perTenant: 100 }) },
    standingMs: 30 * 86_400_000,
  });
  const sealer = createSealer(randomBytes(32));
  const asking = askPerson({
    approvals,
    toolApproval: () => undefined,
    bound: () => [],
    trusts: () => false,
    pageOf: (id) => `https://gateway.example.com/approvals/${id}`,
    wait: async () => false,
    secrets: () => [],
    sealer,
    clock,
    ...more,
  });
  const resuming = resumeRequest(
    sealer,
    clock,
    () => undefined,
    () => ({ elicitation: true, sampling: true, roots: true }),
  );
  return {
    ...{ approvals, store, asking, events, ended, undutied, time },
    async judge(call) {
      const resumed = await resuming.judge(call);
      return resumed.kind === "pass" ? asking.judge(resumed.fact) : resumed;
    },
  };
}
