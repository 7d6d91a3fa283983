import { checkPattern } from "./check-access.ts";
import { child, entries, pathText, type Report, type Step, texts } from "./fault.ts";
import { SCREEN_ACTIONS } from "./screen-schema.ts";

/** S1 to S4: patterns name something, and each kind is given what can become of it. */
export function checkScreen(raw: unknown, report: Report): void {
  const servers = entries(child(raw, "servers")).map(([name]) => name);
  for (const list of ["rules", "allow"]) {
    const rules = child(child(raw, "screen"), list);
    for (const [at, rule] of Array.isArray(rules) ? rules.entries() : []) {
      const path = ["screen", list, at];
      const match = child(rule, "match");
      if (typeof match === "string") checkPattern(match, [...path, "match"], servers, report);
      const action = child(rule, "action");
      if (typeof action !== "string") continue;
      for (const [, kind] of texts(child(rule, "kinds"))) checkAction(kind, action, [...path, "action"], report);
    }
  }
}

function checkAction(kind: string, action: string, path: readonly Step[], report: Report): void {
  const accepted: readonly string[] =
    SCREEN_ACTIONS[kind === "T1" || kind === "T2" ? "orders" : kind === "hidden" ? "hidden" : "value"];
  if (accepted.includes(action)) return;
  report({
    path,
    message: `${pathText(path)} is none that can become of ${kind}`,
    expected: `one of ${accepted.join(", ")} for ${kind}`,
    remedy: "Give this kind a rule of its own, with one of these.",
  });
}
