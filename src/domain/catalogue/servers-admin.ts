import type { JsonObject } from "../../kernel/json.ts";
import type { AskProof } from "../../ports/proof.ts";

/** One definition of a server, as the commands show it. */
export interface ServerItem {
  /** `tool:read_file`, `prompt:x`, `template:…`, `instructions`. */
  readonly entry: string;
  readonly status: "approved" | "new" | "changed" | "unusable" | "gone";
  readonly digest: string | undefined;
  readonly effect: string | undefined;
  /** Why it is unusable. */
  readonly why: string | undefined;
  /** As it is published now, and so as it would be approved; undefined where it is gone, or approved as it is. */
  readonly definition: JsonObject | undefined;
  readonly differences: readonly {
    readonly path: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
}

/** What a server publishes now, held against the lockfile. */
export interface ServerReport {
  readonly name: string;
  /** The command, package or URL, as it would be started or reached. */
  readonly source: string;
  /** Why the source is not the reviewed one; undefined: it is. */
  readonly sourceFault: string | undefined;
  readonly items: readonly ServerItem[];
  readonly faults: readonly string[];
}

/** What the commands do. */
export interface ServersAdmin {
  names(): readonly string[];
  /** The lockfile's state alone; starts nothing. */
  list(): Promise<
    readonly { name: string; source: string; reviewed: boolean; approved: number; sourceFault: string | undefined }[]
  >;
  /** Starts or reaches the server once, for at most 15 s, as its owner's explicit act, and compares. */
  report(name: string): Promise<ServerReport>;
  /**
   * Pins the source and these entries (all usable ones where `entries` is undefined) as they are published now.
   * @param ask asked for an administrator's proof (duty security)
   */
  approve(
    name: string,
    entries: readonly string[] | undefined,
    variant: boolean,
    ask: AskProof,
  ): Promise<{
    readonly pinned: readonly string[];
    readonly left: readonly ServerItem[];
    /** Whether the lockfile was written; false where all of this was approved already. */
    readonly changed: boolean;
  }>;
  /** Takes approvals back: of these entries, or of the whole server. */
  quarantine(name: string, entries: readonly string[] | undefined): Promise<readonly string[]>;
  /** Adds a server to the configuration. @param ask asked for an administrator's proof (duty security) */
  add(
    name: string,
    source: { package?: string; run?: readonly string[]; url?: string; args?: readonly string[] },
    ask: AskProof,
  ): Promise<void>;
  close(): Promise<void>;
}
