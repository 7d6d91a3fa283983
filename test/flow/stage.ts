/** The two rows over a real store in memory, with a clock that a test sets. */
import { randomBytes } from "node:crypto";
import { openFlow } from "../../src/adapters/sqlite/flow.ts";
import type { MasterKey } from "../../src/adapters/vault/master-key.ts";
import { open, seal } from "../../src/adapters/vault/seal.ts";
import { checkFlow, type FlowParts } from "../../src/controls/check-flow.ts";
import { labelResult } from "../../src/controls/label-result.ts";
import { createMemory } from "../../src/domain/flow/memory.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { createPrinter } from "../../src/domain/flow/prints.ts";
import { type FlowAllow, type FlowRules, toolFlow } from "../../src/domain/flow/rules.ts";
import type { Effect, Located } from "../../src/kernel/call.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { CALL } from "../pipeline/setting.ts";

const KEY = randomBytes(32);
const ROW_KEY = randomBytes(32);
/** A master key of this process. */
const MASTER: MasterKey = {
  seal: (plain, aad) => seal(KEY, plain, aad),
  open: (sealed, aad) => open(KEY, sealed, aad),
  derive: () => KEY,
};

/** What is configured of each server here. */
const RULES: Readonly<Record<string, Partial<FlowRules>>> = {
  web: { reachesOut: true },
  mail: { reachesOut: true },
  tracker: { reachesOut: true },
  files: {},
  vault: { source: "private" },
};

const TIME = Date.parse("2026-11-21T14:02:00Z");

export function stage(
  more: { path?: string; allow?: readonly FlowAllow[]; fadeMs?: number; broken?: () => boolean } = {},
) {
  const time = { now: TIME };
  const store = openFlow(more.path ?? ":memory:", MASTER, { key: ROW_KEY, tampered: () => {} });
  const failing = new Proxy(store, {
    get: (target, name: keyof typeof store) =>
      name !== "close" && more.broken?.() === true
        ? () => Promise.reject(new Error("the store is lost"))
        : target[name].bind(target),
  });
  const memory = createMemory(failing, more.fadeMs);
  const parts: FlowParts = {
    memory,
    printer: createPrinter(KEY),
    allow: more.allow ?? [],
    plain: (text) => plain(text).text,
    flowOf: ({ target: { server, effect } }) =>
      toolFlow({ reachesOut: false, trusted: false, ...RULES[server] }, effect),
    clock: { now: () => time.now, monotonic: () => 0 },
  };
  const check = checkFlow(parts);
  const label = labelResult({ ...parts, notes: () => [], isPrivate: (found) => "iban" in found });
  return {
    ...{ store, memory, time, check, label },
    /** Judges a call, as the gate does. */
    async asks(tool: string, args: JsonObject = {}, effect: Effect = "read", who: Partial<Located["principal"]> = {}) {
      const verdict = await check.judge(callOf(tool, args, effect, who));
      return verdict.kind === "pass" ? verdict.fact.flow : undefined;
    },
    /** Lets a call answer. */
    async reads(tool: string, args: JsonObject, text: string, who: Partial<Located["principal"]> = {}) {
      const call = callOf(tool, args, "read", who);
      return label.judge({ ...call, result: { content: [{ type: "text", text }] } });
    },
  };
}

/** A located call of `server.tool`. */
export function callOf(
  tool: string,
  args: JsonObject,
  effect: Effect,
  who: Partial<Located["principal"]> = {},
): Located {
  const [server = "", name = ""] = tool.split(".");
  const definition = { name, inputSchema: { type: "object" } };
  const target = {
    ...{ server, name, sentName: name, digest: "sha256:1", definition, quarantine: undefined, effect },
    kind: "tool",
    published: { definition, digest: "sha256:1" },
  } as const;
  const principal = { ...CALL.principal, owner: "person:ada", ...who };
  return { ...CALL, principal, target, sent: { name, arguments: args } };
}
