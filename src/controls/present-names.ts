import { aggregateResult } from "../domain/catalogue/view.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, pass } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Sealer } from "../ports/sealer.ts";
import type { Clock } from "../ports/world.ts";
import { bindingOf, type Kept, RESUME_MS, stateContext } from "./resume-request.ts";

/**
 * What clients see is the gateway's own (W7): resource URIs are namespaced on the aggregate endpoint, an upstream's
 * `requestState` is sealed to caller and call, and what may be cached is private, because it was filtered for one caller.
 */
export function presentNames(sealer: Sealer, clock: Clock): Control<Answered> {
  return {
    name: "present-names",
    ids: ["W6", "W7"],
    judge(call) {
      let { result } = call;
      if (call.endpoint === undefined) result = aggregateResult(call.target.server, result);
      if (result["resultType"] === "input_required")
        result = { ...result, requestState: sealState(call, result, sealer, clock) };
      else if (call.method === "resources/read") {
        const ttl = result["ttlMs"];
        result = { ...result, ttlMs: typeof ttl === "number" && ttl >= 0 ? ttl : 0, cacheScope: "private" };
      }
      return pass(result === call.result ? call : { ...call, result });
    },
  };
}

function sealState(call: Answered, result: JsonObject, sealer: Sealer, clock: Clock): string {
  const asked: JsonObject = {};
  for (const [key, request] of Object.entries(isObject(result["inputRequests"]) ? result["inputRequests"] : {})) {
    if (!isObject(request)) continue;
    const schema = isObject(request["params"]) ? request["params"]["requestedSchema"] : undefined;
    asked[key] = { method: request["method"] ?? null, ...(schema === undefined ? {} : { schema }) };
  }
  const state = result["requestState"];
  const kept: Kept = {
    state: typeof state === "string" ? state : null,
    call: bindingOf(call),
    asked,
    count: (call.asked ?? 0) + Object.keys(asked).length,
    expires: clock.now() + RESUME_MS,
    ...(call.standing === undefined ? {} : { standing: call.standing }),
    ...(call.resumed === undefined ? {} : { approval: { id: call.resumed.approval, leg: call.resumed.leg } }),
  };
  return sealer.seal(JSON.stringify(kept), stateContext(call));
}
