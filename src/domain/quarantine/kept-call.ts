import type { Located } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { KeptCall } from "../../ports/quarantine.ts";

/** Members of a request that say what it is aimed at. */
const NAMING = ["name", "uri", "ref", "argument"] as const;
/** What was sent to go on with an earlier leg is no value of the call. */
const OF_LEGS: ReadonlySet<string> = new Set(["requestState", "inputResponses"]);

/** What has to be known of a call to judge it again when its answer is read later. */
export function keptCallOf({ id, method, endpoint, params, target, sent, flow }: Located): KeptCall {
  const naming: JsonObject = {};
  for (const name of NAMING) if (params[name] !== undefined) naming[name] = params[name];
  return {
    ...{ call: id, method, server: target.server, params: naming, labels: flow?.labels ?? [] },
    ...(endpoint === undefined ? {} : { endpoint }),
    sent: Object.fromEntries(Object.entries(sent).filter(([name]) => !OF_LEGS.has(name))),
  };
}
