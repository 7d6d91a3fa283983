import { nearest } from "../../kernel/nearest.ts";
import { readPattern } from "../../kernel/pattern.ts";
import type { NewKey } from "./key-admin.ts";

/** What the configuration knows, that a key may name. */
export interface Known {
  readonly roles: readonly string[];
  readonly plans: readonly string[];
  readonly servers: readonly string[];
}

/** The longest that a key may live, milliseconds. */
const LONGEST_LIFE_MS = 366 * 86_400_000;
const LONGEST_LABEL = 100;

/** Whether this can own a key: `person:NAME` or `service:NAME`. */
export function isOwner(text: string): boolean {
  return /^person:[^\s\p{C}]{1,200}$/u.test(text) || /^service:[A-Za-z0-9._-]{1,64}$/.test(text);
}

/** What is wrong with a key that somebody asks for, as a sentence; undefined: nothing. @param now milliseconds since the epoch */
export function newKeyFault(asked: NewKey, known: Known, now: number): string | undefined {
  if (!isOwner(asked.owner)) return "owner must be person:NAME, e.g. person:ada@example.com, or service:NAME";
  if (asked.roles.length === 0) return `roles is empty (known: ${known.roles.join(", ") || "none"})`;
  for (const role of asked.roles) if (!known.roles.includes(role)) return unknown("role", role, known.roles);
  if (!known.plans.includes(asked.plan)) return unknown("plan", asked.plan, known.plans);
  for (const text of asked.scope ?? []) {
    const pattern = readPattern(text);
    if (typeof pattern === "string") return pattern;
    if (!known.servers.includes(pattern.server)) return unknown("server", pattern.server, known.servers);
  }
  if ((asked.label ?? "").length > LONGEST_LABEL) return `label has at most ${LONGEST_LABEL} characters`;
  const life = (asked.expiresAt ?? Infinity) - now;
  return life > 0 && life <= LONGEST_LIFE_MS ? undefined : "expiresAt must lie in the future, at most 366 days away";
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  return `The ${what} ${JSON.stringify(name)} is not configured${hint} (known: ${known.join(", ") || "none"})`;
}
