import type { Effect } from "../kernel/call.ts";
import type { DeclaredConfig } from "./access-schema.ts";
import type { ClassifierConfig } from "./classifier-schema.ts";
import type { IdentityConfig } from "./identity-config.ts";
import type { ResultConfig } from "./tools-schema.ts";

/**
 * `cardea.yaml` as the gateway uses it: every default filled in, times in milliseconds, sizes in bytes. Paths stay as
 * they were written; relative ones start at the folder of the configuration file. Records have no prototype, so a
 * name such as `constructor` finds nothing.
 */
export interface Config {
  readonly environment: "dev" | "staging" | "prod";
  readonly listen: ListenConfig;
  readonly limits: LimitsConfig;
  /** By server name, in the order of the file. */
  readonly servers: Readonly<Record<string, ServerConfig>>;
  readonly access: readonly AccessRule[];
  readonly identity: IdentityConfig;
  readonly approvals: ApprovalsConfig;
  readonly screen: ScreenConfig;
  readonly flow: FlowConfig;
  readonly audit: {
    readonly durability: "group" | "strict";
    /** The record keeps the arguments that policies look at, sealed, so that changed policies can be held against the past. */
    readonly policyFields: boolean;
  };
}

/** What becomes of a call after content was read (S8). */
export interface FlowConfig {
  /** Labels are over so long after they were read; undefined: they stay. */
  readonly fadeMs?: number;
  readonly allow: readonly {
    readonly match: string;
    readonly from?: readonly string[];
    readonly arguments: Readonly<Record<string, readonly string[]>>;
    readonly private: boolean;
  }[];
}

/** How a person is asked before a call goes on. */
export interface ApprovalsConfig {
  /** A caller waits so long for a decision before it is told where the page is. */
  readonly waitMs: number;
  /** Longest life of a standing allow. */
  readonly standingMs: number;
  /** OAuth clients and keys whose forms count as the person's own answer. */
  readonly trusted: readonly string[];
  /** Most calls that wait for a person at a time. */
  readonly pending: { readonly perCredential: number; readonly perPerson: number; readonly perTenant: number };
  /** `secret` is a reference. */
  readonly webhook?: { readonly url: string; readonly secret: string; readonly private: readonly string[] };
}

type ScreenAction = "pass" | "mark" | "show" | "remove" | "mask" | "hash" | "drop" | "quarantine" | "block";

/** What becomes of what is found in arguments and results (S1 to S4, S7). */
export interface ScreenConfig {
  readonly secret: ScreenAction;
  readonly card: ScreenAction;
  readonly personal: ScreenAction;
  readonly hidden: ScreenAction;
  readonly T1: ScreenAction;
  readonly T2: ScreenAction;
  /** By kind of finding; before the lines above. */
  readonly kinds: Readonly<Record<string, ScreenAction>>;
  /** Results say whose they are, unless their server is trusted. */
  readonly frame: boolean;
  /** What a result may have at once, and how long the whole of one that had more can be read. */
  readonly cap: {
    readonly size: number;
    readonly items: number;
    readonly depth: number;
    /** What was cut is kept whole so long, and so many of them and bytes of their text in all. */
    readonly keepMs: number;
    readonly results: number;
    readonly kept: number;
  };
  /** How long withheld results wait for a person, and how much may wait in a tenant. */
  readonly quarantine: { readonly keepMs: number; readonly items: number; readonly bytes: number };
  /** Who is asked about results (S3). */
  readonly classifier?: ClassifierConfig;
  /** `match` is a pattern like those of `access`; the first rule that matches and names a kind decides on it. */
  readonly rules: readonly {
    readonly match: string;
    readonly direction?: "argument" | "result";
    readonly roles?: readonly string[];
    readonly kinds: readonly string[];
    readonly action: ScreenAction;
  }[];
}

export interface ListenConfig {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** What clients use where it differs from host and port, without a trailing slash. */
  readonly publicUrl?: string;
  /** Absolute paths of PEM files. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    /** Authorities of client certificates, which are then required. */
    readonly clientCa?: string;
  };
  /** CIDR ranges, always with a prefix length. */
  readonly trustedProxies: readonly string[];
  /** CIDR ranges of client addresses; empty: all. */
  readonly clients: readonly string[];
  readonly insecureHttp: boolean;
  /** Further accepted values of the Host header: `name` or `name:port`, lower case. */
  readonly hosts: readonly string[];
  /** Accepted values of the Origin header. */
  readonly origins: readonly string[];
}

export interface LimitsConfig {
  readonly perCredential: { readonly calls: number; readonly perMs: number };
  /** Calls in a minute and in a day by plan; `default` is always there. */
  readonly plans: Readonly<Record<string, { readonly minute: number; readonly day: number }>>;
  /** `match` is a pattern like those of `access`. */
  readonly tools: readonly { readonly match: string; readonly calls: number; readonly perMs: number }[];
  /** Requests of one client address to the authorization server in a minute. A sign-in takes about six. */
  readonly perAddress: number;
  readonly concurrency: number;
  readonly bodyBytes: number;
  readonly headersBytes: number;
  readonly jsonDepth: number;
  readonly requestTimeoutMs: number;
  readonly resultBytes: number;
}

/** Where a server comes from. Exactly one. */
export type ServerSource =
  | { readonly kind: "package"; readonly name: string; readonly version: string; readonly args: readonly string[] }
  | { readonly kind: "run"; readonly command: readonly [string, ...string[]] }
  | { readonly kind: "url"; readonly url: string };

/** The value of an environment variable of a stdio server: a reference to a secret, or plain text. */
export type EnvValue = { readonly reference: string } | { readonly value: string };

/** How an upstream's credential is attached. `value` is a template such as `Bearer ${env:TOKEN}`. */
export type CredentialConfig =
  | { readonly in: "header"; readonly name: string; readonly value: string }
  | { readonly in: "query"; readonly name: string; readonly value: string };

export interface SandboxConfig {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly network: "none" | "host";
  readonly memoryBytes: number;
  readonly cpuSeconds?: number;
}

type Scalar = string | number | boolean;

/** Where a bound value comes from (P4). */
type SourceConfig =
  | { readonly principal: "tenant" | "login" | "owner" | "client" | "environment" | "plan" }
  | { readonly value: Scalar };

/** Rules for one argument (V2, V3). Roots of paths stay as they were written. */
export interface ArgumentConfig {
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly Scalar[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: boolean;
  readonly default?: Scalar;
  readonly remove?: boolean;
  readonly guard?: {
    readonly kind: "path" | "url" | "email" | "id" | "date" | "shell" | "sql" | "html" | "template" | "ldap";
    readonly roots?: readonly string[];
    readonly hosts?: readonly string[];
    readonly domains?: readonly string[];
  };
  readonly accept?: string;
}

/** Rules for a prompt or URI template. Keys are names of arguments. */
interface NamedConfig {
  readonly bind: Readonly<Record<string, SourceConfig>>;
  readonly arguments: Readonly<Record<string, ArgumentConfig>>;
}

interface ApprovalConfig {
  readonly by: "self" | "other";
  readonly expiresMs: number;
}

/** Rules for a tool. Keys of `bind`, `arguments` and `fixed` are names of arguments, or JSON Pointers. */
export interface ToolConfig extends NamedConfig {
  readonly effect?: Effect;
  readonly alias?: string;
  /** The argument that only an approval sets (H4). */
  readonly confirm?: string;
  readonly approval?: ApprovalConfig;
  readonly result?: ResultConfig;
  /** What its results are, and what it can do with what was read before (S8). */
  readonly flow: {
    readonly reads?: readonly ("untrusted" | "private")[];
    readonly sink?: "outbound" | "destructive" | "public" | "none";
  };
  /** Parts that are published in place of the whole (P6). */
  readonly publish?: Readonly<
    Record<
      string,
      {
        readonly fixed: Readonly<Record<string, Scalar>>;
        readonly effect: Effect;
        readonly description: string;
        readonly arguments: Readonly<Record<string, ArgumentConfig>>;
        readonly approval?: ApprovalConfig;
        readonly result?: ResultConfig;
      }
    >
  >;
}

export interface ServerConfig {
  readonly name: string;
  readonly source: ServerSource;
  /** Means nothing for `url`. */
  readonly sandbox: SandboxConfig;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly credential?: CredentialConfig;
  /** CIDR ranges of private addresses that the url may resolve to. */
  readonly private: readonly string[];
  /** By the upstream's own tool name. */
  readonly tools: Readonly<Record<string, ToolConfig>>;
  /** By the upstream's own prompt name. */
  readonly prompts: Readonly<Record<string, NamedConfig>>;
  /** By URI template. */
  readonly templates: Readonly<Record<string, NamedConfig>>;
  /** What is declared of it; what nobody declared counts as a cloud service (P2). */
  readonly declared: DeclaredConfig;
  /** What its results are; undefined: those from outside are untrusted unless it is trusted (S8). */
  readonly flow: { readonly source?: "untrusted" | "private" | "none" };
  /** What the upstream may ask of the client. */
  readonly requests: {
    readonly elicitation: boolean;
    readonly sampling: boolean;
    readonly roots: boolean;
    /** Sampling may bring a system prompt, ask for what else the client knows, and bring tools. */
    readonly systemPrompt: boolean;
    readonly context: boolean;
    readonly tools: boolean;
    readonly maxTokens: number;
    /** Most questions in one call. */
    readonly most: number;
  };
  readonly shared: boolean;
  /** Its results are not framed as data. */
  readonly trusted: boolean;
  readonly timeoutMs: number;
  readonly refreshMs: number;
  /** Most links (processes or sessions) at a time. */
  readonly processes: number;
  /** Most calls at a time. */
  readonly concurrency: number;
}

/** The short form of policy. Patterns: `server.glob`, `server.tool:glob`, `server.prompt:glob`, `server.resource:glob`. */
export interface AccessRule {
  readonly role: string;
  readonly allow: readonly string[];
  /** Undefined: a pattern with a wildcard grants reading, a name by itself whatever the thing does (P3). */
  readonly effects?: readonly Effect[];
  /** Undefined: reading needs nobody, everything else the caller's own person. */
  readonly approval?: "none" | "self" | "other";
  /** The last day on which it holds, or a moment (P9). */
  readonly until?: string;
  readonly owner?: string;
  readonly review?: string;
}
