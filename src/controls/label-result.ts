import { destinationsOf } from "../domain/flow/given.ts";
import { placeOf, saidIn, saysNothing, toldOf } from "../domain/flow/place.ts";
import { printsOf } from "../domain/flow/prints.ts";
import type { Reading } from "../domain/flow/memory.ts";
import type { ToolFlow } from "../domain/flow/rules.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { argumentsOf, type FlowParts } from "./check-flow.ts";

/** Most characters of a private result, and of any other, that are kept as fingerprints. */
const LONGEST_PRIVATE = 1 << 17;
const LONGEST_SEEN = 1 << 15;

const NO_PRINTS: readonly number[] = [];

export interface LabelParts extends FlowParts {
  /** What the gateway itself writes around results of a server. */
  readonly notes: (server: string) => readonly string[];
  /** Whether what the screen found in a result makes it private. */
  readonly isPrivate: (findings: Readonly<Record<string, number>>) => boolean;
}

/**
 * What the caller is about to read becomes part of what its credential has read (S8): where it came from, and keyed
 * fingerprints of what must not leave. A label is stored before the answer leaves; where it cannot be, nothing is answered.
 */
export function labelResult(parts: LabelParts): Control<Answered> {
  const { memory, flowOf } = parts;
  return {
    name: "label-result",
    ids: ["S8"],
    judge(call) {
      if (call.method === "completion/complete" || asksPerson(call.result)) return pass(call);
      const { tenant, credential } = call.principal;
      const flow = flowOf(call);
      const found = call.screened?.result;
      const isPrivate = flow.reads.has("private") || (found !== undefined && !flow.said && parts.isPrivate(found));
      const reading = memory.of(tenant, credential);
      return reading instanceof Promise
        ? reading.then((loaded) => label(parts, call, flow, isPrivate, loaded))
        : label(parts, call, flow, isPrivate, reading);
    },
  };
}

/** A question to the person alone is no content that a model reads; their answer is the person's. */
function asksPerson({ resultType, inputRequests }: JsonObject): boolean {
  if (resultType !== "input_required" || !isObject(inputRequests)) return false;
  const all = Object.values(inputRequests);
  return all.length > 0 && all.every((one) => isObject(one) && one["method"] === "elicitation/create");
}

function label(
  parts: LabelParts,
  call: Answered,
  flow: ToolFlow,
  isPrivate: boolean,
  reading: Reading,
): Verdict<Answered> | Promise<Verdict<Answered>> {
  const { memory, printer, clock } = parts;
  const { target, principal } = call;
  const { server } = target;
  const outside = flow.reads.has("untrusted");
  const args = argumentsOf(call);
  const most = isPrivate ? LONGEST_PRIVATE : LONGEST_SEEN;
  const { text, whole: read } = saidIn(call.result, parts.notes(server), most);
  // What was cut is read on at an address of the gateway (S6), and was not compared.
  const whole = read && !text.includes("cardea://rest/");
  const says = !saysNothing(text);
  reading.calls++;
  if (isPrivate) reading.lastPrivate = reading.calls;
  if (flow.only && flow.sink !== undefined) memory.went(reading, destinationsOf(args, LONGEST_SEEN) ?? []);
  if (says) memory.note(reading, text, whole, { server, place: placeOf(args), outside });
  const untrusted = outside && says;
  if (!untrusted && !isPrivate) return pass(call);
  const { tenant, credential, owner } = principal;
  const name = target.kind === "resource" ? "resource" : target.name;
  const what = toldOf(args);
  const mark = {
    tenant,
    credential,
    owner,
    label: "untrusted",
    server,
    name,
    what,
    at: clock.now(),
    call: call.id,
    prints: NO_PRINTS,
    full: false,
  } as const;
  const first = untrusted ? memory.add(reading, mark) : undefined;
  const second = isPrivate
    ? memory.add(reading, { ...mark, label: "private", prints: printsOf(printer, text), full: !whole })
    : undefined;
  if (first === undefined && second === undefined) return pass(call);
  return Promise.all([first, second]).then(() => pass(call));
}
