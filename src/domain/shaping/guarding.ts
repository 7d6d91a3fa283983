import type { JsonObject } from "../../kernel/json.ts";
import type { Objection } from "./guards/path.ts";
import { textsIn, valuesOver } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { GuardKind, GuardRules } from "./rules.ts";

/** What a guard found, and where. */
export interface GuardFault {
  readonly pointer: string;
  readonly rule: string;
  readonly message: string;
}

/** Judges one text; for a path that is fine so far it gives the path and its roots where links are to be looked at. */
export type GuardText = (
  text: string,
  rules: GuardRules,
  server: string,
) => Objection | { readonly path: string; readonly roots: readonly string[] } | undefined;

/** Names of members count where they end in the same sink; those of maps from paths or addresses to something do. */
const NAMES_TOO: ReadonlySet<GuardKind> = new Set(["shell", "sql", "html", "template", "ldap"]);
const MAPS: ReadonlySet<GuardKind> = new Set(["path", "url", "email"]);
const PLAIN_NAME = /^[A-Za-z0-9_-]*$/;
const namesFor =
  (kind: GuardKind) =>
  (name: string): boolean =>
    NAMES_TOO.has(kind) || (MAPS.has(kind) && !PLAIN_NAME.test(name));
/** What is typed so far is no whole value of these. */
const WHOLE: ReadonlySet<GuardKind> = new Set(["email", "date"]);

/**
 * Judges every text at every guarded place, in lists and nested objects too.
 * @param typing the values are being typed (completion): empty ones pass, and what only a whole value can meet is not asked
 */
export function guardValues(
  plan: Plan,
  args: JsonObject,
  server: string,
  guard: GuardText,
  typing: boolean,
): { fault: GuardFault | undefined; paths: { pointer: string; path: string; roots: readonly string[] }[] } {
  const paths: { pointer: string; path: string; roots: readonly string[] }[] = [];
  for (const { place, rules } of plan.guards) {
    if (typing && WHOLE.has(rules.kind)) continue;
    for (const found of valuesOver(args, place))
      for (const { pointer, text } of textsIn(found, namesFor(rules.kind))) {
        if (typing && text === "") continue;
        const said = guard(text, rules, server);
        if (said === undefined) continue;
        if ("rule" in said) return { fault: { pointer, ...said }, paths };
        paths.push({ pointer, ...said });
      }
  }
  return { fault: undefined, paths };
}
