import type { Located, Obligations, Target } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import { unknownTarget } from "./locate-target.ts";

/** What policy says of exactly this call. */
export interface Judged {
  readonly allow: boolean;
  /** Ids of the rules that decided. */
  readonly policies: readonly string[];
  /** For the record and the operator alone. */
  readonly reason: string;
  readonly obligations?: Obligations;
  /** The rule that refused the values, the argument that it looks at (JSON Pointer), and what it says to callers. */
  readonly refused?: { readonly rule: string; readonly path: string; readonly hint?: string };
}

/** Judges exact values. */
export type Judge = (principal: Principal, target: Target, args: JsonObject, labels: readonly string[]) => Judged;

const NONE: JsonObject = {};
const NO_LABELS: readonly string[] = [];

/**
 * Policy on the exact values, after nothing changes them any more (P2, P3). What a completion will be about is not known
 * yet: for it what could be permitted counts, which was judged before; `minimise-result` takes out what it may not suggest.
 */
export function checkPolicy(judge: Judge): Control<Located> {
  return {
    name: "check-policy",
    ids: ["P1", "P2", "P3", "P5"],
    judge(call) {
      if (call.method === "completion/complete") return pass(call);
      const said = judge(call.principal, call.target, argumentsOf(call), call.flow?.labels ?? NO_LABELS);
      if (!said.allow) return deny(refusalOf(call, said));
      const { policies: rules, obligations } = said;
      return pass(obligations === undefined ? { ...call, rules } : { ...call, rules, obligations });
    },
  };
}

function argumentsOf({ target, sent }: Located): JsonObject {
  if (target.kind === "resource") return { uri: target.name };
  const args = sent["arguments"];
  return isObject(args) ? args : NONE;
}

/** What the values were refused by is named, and nothing of other rules. */
function refusalOf(call: Located, { policies, reason, refused }: Judged): Refusal {
  const { kind } = call.target;
  if (kind !== "tool" && kind !== "prompt") return { ...unknownTarget(call, "P2", reason), rules: policies };
  const path = `/arguments${refused?.path ?? ""}`;
  const what = refused === undefined || refused.path === "" ? "This call" : `The value of ${path}`;
  const hint = refused?.hint === undefined ? "" : ` ${refused.hint}`;
  return {
    code: kind === "tool" ? "invalid_arguments" : "invalid_params",
    message: `${what} is not permitted here${refused === undefined ? "" : ` (rule ${refused.rule})`}.${hint}`,
    path,
    ...(refused === undefined ? {} : { rule: refused.rule }),
    control: "P2",
    executed: "no",
    secretReason: reason,
    rules: policies,
  };
}
