/** One Cedar policy of the set. */
export interface Rule {
  /** Unique: `access/<role>/<pattern>`, or `<file>#<@id or number>`. */
  readonly id: string;
  readonly text: string;
  readonly effect: "permit" | "forbid";
  /** The one server that its scope names; undefined: it may concern any. */
  readonly server: string | undefined;
  /** Its answer depends on more of the principal than the roles, so it is remembered per person. */
  readonly personal: boolean;
}
