import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { checkParamHeaders } from "../protocol/headers.ts";

const annotated = new WeakMap<JsonObject, boolean>();

/**
 * `Mcp-Param-*` headers say what the arguments say, for every parameter that the published schema mirrors
 * (2026-07-28, Streamable HTTP, `x-mcp-header`): an intermediary that trusts a header must not be fooled.
 */
export function checkHeaders(): Control<Located> {
  return {
    name: "check-headers",
    ids: ["W3", "W7"],
    judge(call) {
      const schema = call.target.published?.definition["inputSchema"];
      if (call.headers === undefined || call.method !== "tools/call" || !isObject(schema)) return pass(call);
      let mirrored = annotated.get(schema);
      if (mirrored === undefined) annotated.set(schema, (mirrored = JSON.stringify(schema).includes('"x-mcp-header"')));
      if (!mirrored) return pass(call);
      const args = call.sent["arguments"];
      const fault = checkParamHeaders(schema, isObject(args) ? args : {}, call.headers);
      if (fault === undefined) return pass(call);
      return deny({ code: "header_mismatch", message: fault, control: "W7", executed: "no" });
    },
  };
}
