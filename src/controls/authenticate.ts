import type { Arrived, Identified } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";

/** Who a credential belongs to, or why it counts for nothing. */
export type Answer = { ok: true; principal: Principal } | { ok: false; reason: string };

/** Looks at one API key. */
export type CheckKey = (bearer: string) => Answer;

/** Looks at one access token that came to this endpoint; undefined is the aggregate. */
export type CheckToken = (bearer: string, endpoint: string | undefined) => Answer | Promise<Answer>;

/** API keys alone begin so. */
const KEY = "ck_";

/**
 * Every request names its principal by a bearer credential in the Authorization header, an API key or an OAuth access
 * token; there is no anonymous mode (I1, I2, I5, P5).
 */
export function authenticate(checkKey: CheckKey, checkToken?: CheckToken): Control<Arrived, Identified> {
  return {
    name: "authenticate",
    ids: ["I1", "I2", "I5", "P5"],
    judge(call) {
      const { bearer } = call;
      if (bearer === undefined)
        return deny({
          code: "unauthenticated",
          message:
            "This endpoint needs a credential: sign in as the header WWW-Authenticate says (OAuth 2.1), or send an API key as the header `Authorization: Bearer ck_…`.",
          control: "I1",
          secretReason: "none",
        });
      if (bearer.startsWith(KEY)) return verdict(call, checkKey(bearer), BAD_KEY);
      const answer = checkToken?.(bearer, call.endpoint) ?? ({ ok: false, reason: "malformed" } as const);
      if (answer instanceof Promise) return answer.then((said) => verdict(call, said, BAD_TOKEN));
      return verdict(call, answer, BAD_TOKEN);
    },
  };
}

const BAD_KEY = {
  control: "I5",
  message: "The key is not valid here. Create one with `cardea keys create`, or check that it was copied whole.",
};
const BAD_TOKEN = {
  control: "I2",
  message:
    "The access token is not valid here: it is over, was revoked, or was issued for something else. Sign in again as the header WWW-Authenticate says, or send an API key (`ck_…`).",
};

function verdict(call: Arrived, answer: Answer, bad: { control: string; message: string }): Verdict<Identified> {
  if (answer.ok) return pass({ ...call, principal: answer.principal });
  return deny({ code: "unauthenticated", ...bad, secretReason: answer.reason });
}
