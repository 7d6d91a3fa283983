import { type FlowCall, type JudgeParts, judgeFlow } from "../domain/flow/judge.ts";
import type { FlowMemory, Reading } from "../domain/flow/memory.ts";
import type { ToolFlow } from "../domain/flow/rules.ts";
import type { Flow, Located } from "../kernel/call.ts";
import { type Control, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Clock } from "../ports/world.ts";

/** What the flow of information stands on, in both its rows. */
export interface FlowParts extends Omit<JudgeParts, "memory"> {
  readonly memory: FlowMemory;
  /** What the target of a call is for the flow of information. */
  readonly flowOf: (call: Located) => ToolFlow;
  readonly clock: Clock;
}

/**
 * What was read before decides what a call may do now (S8): after untrusted content a sensitive sink waits for a person, and
 * private content does not leave. Labels hang on the leaf credential, whatever session a call names (invariant 9). A sink
 * looks into the store, so that what another process read counts, and nothing passes while the store is lost.
 */
export function checkFlow(parts: FlowParts): Control<Located> {
  const { memory, flowOf } = parts;
  return {
    name: "check-flow",
    ids: ["S8"],
    judge(call) {
      const { tenant, credential } = call.principal;
      const flow = flowOf(call);
      if (flow.sink !== undefined && !flow.only)
        return memory.now(tenant, credential).then((reading) => judge(parts, call, flow, reading));
      const reading = memory.of(tenant, credential);
      return reading instanceof Promise
        ? reading.then((loaded) => judge(parts, call, flow, loaded))
        : judge(parts, call, flow, reading);
    },
  };
}

function judge(parts: FlowParts, call: Located, tool: ToolFlow, reading: Reading): Verdict<Located> {
  if (reading.marks.length === 0) return pass(call);
  const now = parts.clock.now();
  const labels = (["private", "untrusted"] as const).filter(
    (label) => parts.memory.marks(reading, label, now).length > 0,
  );
  if (labels.length === 0) return pass(call);
  const { server, name } = call.target;
  const asked: FlowCall = { server, name, args: argumentsOf(call), flow: tool, now };
  const demand = judgeFlow(parts, reading, asked);
  const flow: Flow = demand === undefined ? { labels } : { labels, demand };
  return pass({ ...call, flow });
}

/** What leaves with a call. */
export function argumentsOf({ target, sent }: Pick<Located, "target" | "sent">): JsonObject {
  if (target.kind === "resource") return { uri: target.name };
  const args = sent["arguments"];
  const answers = sent["inputResponses"];
  const own = isObject(args) ? args : {};
  return isObject(answers) ? { ...own, inputResponses: answers } : own;
}
