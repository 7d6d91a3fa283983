import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Rule } from "./rule.ts";

/** Rules as Cedar text, for review. */
export function rulesText(rules: readonly Rule[]): string {
  return rules.map((rule) => `${ruleText(rule)}\n`).join("\n");
}

/** One rule as Cedar text. */
function ruleText({ policy, text }: Rule): string {
  if (text !== undefined) return text;
  const said = cedar.policyToText(policy);
  return said.type === "success" ? said.text : JSON.stringify(policy);
}

/** The condition of a rule as Cedar text; undefined: it has none. */
export function conditionText(rule: Rule): string | undefined {
  if (rule.policy.conditions.length === 0) return undefined;
  const text = ruleText(rule);
  const at = text.search(/\)\s*(?:when|unless)\s*\{/);
  return (at < 0 ? text : text.slice(at + 1)).replaceAll(/\s+/g, " ").trim().replace(/;$/, "");
}
