import type { Effect, Obligations } from "../../kernel/call.ts";
import type { Approval } from "./annotations.ts";
import type { Rule } from "./rule.ts";

/** How long an approval may be used where no rule says. */
const EXPIRES_MS = 300_000;

const STRICT: readonly Approval[] = ["none", "self", "other"];

/**
 * What the rules that permitted a call ask for beside it (P3): the strictest wins, and the shortest time. What does more
 * than read needs the caller's own person, unless every one of them says that nobody is needed.
 */
export function obligationsOf(rules: readonly Rule[], effect: Effect): Obligations | undefined {
  const keeping = rules.filter(({ terms }) => terms.keep !== undefined);
  // Cedar names the rules in any order.
  const keep = keeping
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap(({ terms }) => (terms.keep ? [terms.keep] : []));
  const approval = approvalOf(rules, effect);
  if (approval === undefined && keep.length === 0) return undefined;
  return { ...(approval && { approval }), ...(keep.length > 0 && { keep }) };
}

function approvalOf(rules: readonly Rule[], effect: Effect): Obligations["approval"] {
  const usual: Approval = effect === "read" ? "none" : "self";
  const asked = rules.map(({ terms }) => STRICT.indexOf(terms.approval ?? usual));
  const by = STRICT[Math.max(0, ...asked)];
  if (by === undefined || by === "none") return undefined;
  const expiresMs = Math.min(...rules.map(({ terms }) => terms.expiresMs ?? EXPIRES_MS));
  return { by, expiresMs, always: effect === "write" };
}

/** What several answers ask for together. */
export function strictest(all: readonly { readonly obligations?: Obligations }[]): { obligations?: Obligations } {
  const asked = all.flatMap(({ obligations }) => obligations?.approval ?? []);
  const keep = all.flatMap(({ obligations }) => obligations?.keep ?? []);
  const kept = keep.length === 0 ? {} : { keep };
  if (asked.length === 0) return keep.length === 0 ? {} : { obligations: kept };
  const by = asked.some((one) => one.by === "other") ? "other" : "self";
  const expiresMs = Math.min(...asked.map((one) => one.expiresMs));
  return { obligations: { approval: { by, expiresMs, always: asked.every((one) => one.always) }, ...kept } };
}
