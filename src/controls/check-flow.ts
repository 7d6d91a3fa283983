import { type FlowCall, type JudgeParts, judgeFlow } from "../domain/flow/judge.ts";
import type { FlowMemory, Reading } from "../domain/flow/memory.ts";
import type { ToolFlow } from "../domain/flow/rules.ts";
import { judgeScripts, scriptsIn } from "../domain/flow/scripts.ts";
import type { Flow, FlowDemand, Located } from "../kernel/call.ts";
import { type Control, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
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
  return {
    name: "check-flow",
    ids: ["S8"],
    judge(call) {
      const flow = parts.flowOf(call);
      const { effect } = call.target;
      if (effect === "write" || effect === "destructive") {
        const noted = noteScripts(parts, call);
        if (noted !== undefined) return noted.then(() => judgeNow(parts, call, flow));
      }
      return judgeNow(parts, call, flow);
    },
  };
}

function judgeNow(parts: FlowParts, call: Located, flow: ToolFlow): Verdict<Located> | Promise<Verdict<Located>> {
  const { memory } = parts;
  const { tenant, credential } = call.principal;
  if (flow.sink !== undefined && !flow.only)
    return memory.now(tenant, credential).then((reading) => judge(parts, call, flow, reading));
  const reading = memory.of(tenant, credential);
  return reading instanceof Promise
    ? reading.then((loaded) => judge(parts, call, flow, loaded))
    : judge(parts, call, flow, reading);
}

/** Stores which scripts a call writes, before it is sent. Undefined: none whose commands reach outside. */
function noteScripts({ memory, clock }: FlowParts, call: Located): Promise<unknown> | undefined {
  const scripts = scriptsIn(argumentsOf(call));
  if (scripts.length === 0) return undefined;
  const { tenant, credential, owner } = call.principal;
  const mark = { tenant, credential, owner, label: "written", server: call.target.server } as const;
  const rest = { at: clock.now(), call: call.id, prints: [], full: false };
  const write = async (): Promise<void> => {
    const reading = await memory.of(tenant, credential);
    for (const { name, host } of scripts) await memory.add(reading, { ...mark, ...rest, name, what: host });
  };
  return write();
}

function judge(parts: FlowParts, call: Located, tool: ToolFlow, reading: Reading): Verdict<Located> {
  if (reading.marks.length === 0) return pass(call);
  const now = parts.clock.now();
  const labels = parts.memory.labels(reading, now);
  const written = tool.sink === "execute" ? parts.memory.marks(reading, "written", now) : [];
  if (labels.length === 0 && written.length === 0) return pass(call);
  const { server, name } = call.target;
  const asked: FlowCall = { server, name, args: argumentsOf(call), flow: tool, now };
  const demand = both(judgeFlow(parts, reading, asked), judgeScripts(written, asked, parts.allow));
  const flow: Flow = demand === undefined ? { labels } : { labels, demand };
  return pass({ ...call, flow });
}

function both(one: FlowDemand | undefined, other: FlowDemand | undefined): FlowDemand | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const reasons = [...one.reasons, ...other.reasons];
  return { cause: `${one.cause}; ${other.cause}`, reasons, propose: `${one.propose}${other.propose}` };
}

/** What leaves with a call; with a completion what was typed so far, and what else was given. */
export function argumentsOf({ target, sent, method }: Pick<Located, "target" | "sent" | "method">): JsonObject {
  const own = target.kind === "resource" ? { uri: target.name } : isObject(sent["arguments"]) ? sent["arguments"] : {};
  const { argument, context, inputResponses } = sent;
  const typed =
    method !== "completion/complete" ? own : withGiven(withGiven(own, "argument", argument), "context", context);
  return withGiven(typed, "inputResponses", inputResponses);
}

const withGiven = (all: JsonObject, name: string, given: Json | undefined): JsonObject =>
  isObject(given) ? { ...all, [name]: given } : all;
