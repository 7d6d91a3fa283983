import type { JsonObject } from "../../kernel/json.ts";
import type { AskProof } from "../../ports/proof.ts";

/** Something that a person should know of a definition before it is approved. */
export interface DefinitionFinding {
  /** Who found it, and what, in stable words: `lint:path`, `poisoning:fake-turn`. Accepted by this name. */
  readonly id: string;
  readonly severity: "high" | "medium" | "low";
  /** The parameter, as a JSON Pointer or name; undefined: the definition as a whole. */
  readonly parameter: string | undefined;
  /** One sentence. */
  readonly why: string;
  /** What to write under `servers.<name>` in `cardea.yaml` so that it is mended. */
  readonly overlay: JsonObject | undefined;
  /** The tool is off until it is narrowed (P6). */
  readonly off: boolean;
  /** It is not approved without an explicit word (T4). */
  readonly blocks: boolean;
}

/** One definition of a server, as the commands show it. */
export interface ServerItem {
  /** `tool:read_file`, `prompt:x`, `template:…`, `instructions`. */
  readonly entry: string;
  readonly status: "approved" | "new" | "changed" | "unusable" | "gone";
  readonly digest: string | undefined;
  readonly effect: string | undefined;
  /** Where the effect comes from: the configuration, the server's own annotations, or neither (then it is a write). */
  readonly effectFrom: "configuration" | "hint" | "default" | undefined;
  /** What the server's annotations say it does; undefined: nothing. */
  readonly hint: "read" | "write" | "destructive" | undefined;
  /** Why it is unusable. */
  readonly why: string | undefined;
  /** As it is published now, and so as it would be approved; undefined where it is gone, or approved as it is. */
  readonly definition: JsonObject | undefined;
  readonly differences: readonly {
    readonly path: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
  readonly findings: readonly DefinitionFinding[];
}

/** What a local command runs, and within which walls: what a person consents to (H6). */
export interface CommandFacts {
  /** Program and arguments, exactly as they are executed; no shell reads them. */
  readonly line: readonly string[];
  /** The whole of what is spawned, with what confines it; undefined where it cannot be started here. */
  readonly spawned: readonly string[] | undefined;
  /** `bubblewrap`, or what else; undefined where it cannot be started here. */
  readonly confinement: string | undefined;
  /** Why it could not be started here. */
  readonly fault: string | undefined;
  /** Variables and where they come from (`env:TOKEN`, or the plain text). Nothing of the gateway's own is added. */
  readonly env: readonly { readonly name: string; readonly from: string }[];
  readonly sandbox: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly network: "none" | "host";
    readonly memoryBytes: number;
    readonly cpuSeconds?: number;
  };
  /** Shared paths that a symbolic link leads elsewhere, each with where it leads; absolute. */
  readonly leads: Readonly<Record<string, string>>;
  readonly package:
    | {
        /** `name@1.2.3`. */
        readonly spec: string;
        readonly integrity: string;
        readonly tree: string;
        /** How many packages are in the tree. */
        readonly packages: number;
      }
    | undefined;
  /** Digest of the program's or script's file, where there is one to be pinned. */
  readonly sha256: string | undefined;
  /** What was checked, and what was not (T2); sentences. */
  readonly checked: readonly string[];
  readonly unchecked: readonly string[];
  /** What the person may want to change first; sentences. */
  readonly advice: readonly string[];
  /** Hex SHA-256 of all that the consent holds for. */
  readonly digest: string;
  readonly consent: "given" | "never" | "changed";
  /** What differs from what was consented to. */
  readonly changes: readonly string[];
}

/** What a server publishes now, held against the lockfile. */
export interface ServerReport {
  readonly name: string;
  /** The command, package or URL, as it would be started or reached. */
  readonly source: string;
  /** Why the source is not the reviewed one; undefined: it is. */
  readonly sourceFault: string | undefined;
  /** Undefined for a server that is reached and not started. */
  readonly command: CommandFacts | undefined;
  /** Why it was not asked what it publishes: nobody consented, or it did not answer. The lists are then empty. */
  readonly silent: string | undefined;
  readonly items: readonly ServerItem[];
  /** URIs of single resources, which carry no pin. */
  readonly resources: readonly string[];
  /** What the configuration leaves of results, by published tool: `id, name` or `all but ssn`. */
  readonly results: readonly { readonly tool: string; readonly left: string }[];
  readonly faults: readonly string[];
  /** First lines of its standard error, without secrets. */
  readonly said: readonly string[];
}

/** How a person is asked. */
export interface Asking {
  readonly proof: AskProof;
  /** Shows the exact command before the proof is asked for that consents to it. */
  command(name: string, facts: CommandFacts): void;
  /** Tells what is going on. */
  progress(sentence: string): void;
}

/** A server that is to be added. Exactly one of package, run and url. */
export interface NewServer {
  readonly package?: string;
  readonly run?: readonly string[];
  readonly url?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | { readonly value: string }>>;
  readonly sandbox?: {
    readonly read?: readonly string[];
    readonly write?: readonly string[];
    readonly network?: string;
  };
}

/** What an approval did. */
export interface Approved {
  readonly pinned: readonly string[];
  /** What could not be pinned: unusable, or with findings that block and were not accepted. */
  readonly left: readonly ServerItem[];
  /** Findings of what was pinned. */
  readonly items: readonly ServerItem[];
  /** Whether the lockfile was written; false where all of this was approved already. */
  readonly changed: boolean;
  /** Rules that do not fit any more what is approved, one sentence each. */
  readonly stale: readonly string[];
}

/** What the commands do. */
export interface ServersAdmin {
  names(): readonly string[];
  /** The lockfile's state alone; starts nothing. */
  list(): Promise<
    readonly { name: string; source: string; reviewed: boolean; approved: number; sourceFault: string | undefined }[]
  >;
  /** Starts or reaches the server once, for at most 15 s, and compares. A command without consent is not started (H6). */
  report(name: string): Promise<ServerReport>;
  /**
   * Pins the source and these entries (all usable ones where `entries` is undefined) as they are published now. A local
   * command without consent is shown first, and the proof consents to it.
   */
  approve(
    name: string,
    entries: readonly string[] | undefined,
    options: { readonly variant: boolean; readonly acceptFindings: boolean },
    ask: Asking,
  ): Promise<Approved>;
  /** Takes approvals back: of these entries, or of the whole server. */
  quarantine(name: string, entries: readonly string[] | undefined): Promise<readonly string[]>;
  /** Installs, shows the command, and with an administrator's proof adds the server and consents to it. */
  add(name: string, server: NewServer, ask: Asking): Promise<void>;
  /** Consents to the command as it is configured and installed now. @returns false where that was done already */
  consent(name: string, ask: Asking): Promise<boolean>;
  /** Installs the packages that are configured and not there. @returns what was installed, and what differs from the lockfile */
  install(
    names: readonly string[],
    progress: (sentence: string) => void,
  ): Promise<readonly { readonly name: string; readonly fault: string | undefined }[]>;
  /** Takes a server out of configuration, lockfile and packages. @returns what `access` allowed on it, taken out too */
  remove(name: string, ask: AskProof): Promise<readonly string[]>;
  close(): Promise<void>;
}
