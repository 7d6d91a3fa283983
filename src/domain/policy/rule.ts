import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Pattern } from "../../kernel/pattern.ts";
import type { Terms } from "./annotations.ts";
import type { Mentions } from "./mentions.ts";

/** One Cedar policy of the set. */
export interface Rule {
  /** Unique: `access/<role>/<pattern>`, or `<file>#<@id or number>`. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** As it is read here. */
  readonly policy: PolicyJson;
  /** As it was written, where it was: large numbers are exact only there. */
  readonly text?: string;
  readonly mentions: Mentions;
  /** What its annotations say. */
  readonly terms: Terms;
  /** Where it stands: `access[0].allow[1]`, or `policies/crm.cedar:12`. */
  readonly place: string;
  /** The pattern of the short form that it was made of: what does not match that cannot be permitted by it. */
  readonly pattern?: Pattern;
  /** Actions for whose definitions it was not written any more: it denies them, until it is mended. */
  readonly stale?: ReadonlySet<string>;
}
