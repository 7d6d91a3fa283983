import { covers, neededScope } from "../domain/identity/scopes.ts";
import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";

/**
 * A token opens what its scopes name, and no more than the roles behind it allow; what is missing is named exactly, so
 * that the person can be asked for it (I7). No OAuth scope narrows an API key.
 */
export function checkScope(): Control<Located> {
  return {
    name: "check-scope",
    ids: ["I2", "I7"],
    judge(call) {
      const { oauthScopes } = call.principal;
      if (oauthScopes === undefined) return pass(call);
      const { server, effect, kind } = call.target;
      const needed = neededScope(server, effect, kind);
      if (covers(oauthScopes, needed)) return pass(call);
      return deny(lacking([needed]));
    },
  };
}

/** The refusal of a token that lacks these scopes. */
export function lacking(scopes: readonly string[]): Refusal {
  const named = scopes.length === 1 ? "the scope" : "the scopes";
  return {
    code: "insufficient_scope",
    message: `This needs ${named} ${scopes.join(" ")}, which the access token does not have. Authorise again and ask for what is missing.`,
    control: "I7",
    scopes,
    executed: "no",
  };
}
