import type { GuardRules } from "../rules.ts";
import { guardPath, type Objection, type Roots } from "./path.ts";
import { guardSink } from "./sink.ts";
import { guardDate, guardEmail, guardId } from "./text.ts";
import { guardUrl, type ReachOfHost } from "./url.ts";

export { isBelow, type Objection, type Roots } from "./path.ts";
export type { ReachOfHost } from "./url.ts";

/** What guards know of the world. */
export interface GuardWorld {
  /** The roots of this guard as absolute folders. */
  readonly roots: Roots;
  readonly reach: ReachOfHost;
}

/**
 * Judges one text by a guard (V3).
 * @returns what is wrong; a path that is fine so far, for the look at symbolic links; undefined: it is fine
 */
export function guardText(
  text: string,
  rules: GuardRules,
  world: GuardWorld,
): Objection | { path: string } | undefined {
  switch (rules.kind) {
    case "path":
      return guardPath(text, world.roots);
    case "url":
      return guardUrl(text, rules.hosts, world.reach);
    case "email":
      return guardEmail(text, rules.domains);
    case "id":
      return guardId(text);
    case "date":
      return guardDate(text);
    case "shell":
    case "sql":
    case "html":
    case "template":
    case "ldap":
      return guardSink(text, rules.kind);
  }
}
