import type { Effect } from "../kernel/call.ts";

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
  readonly audit: { readonly durability: "group" | "strict" };
}

export interface ListenConfig {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** What clients use where it differs from host and port, without a trailing slash. */
  readonly publicUrl?: string;
  /** Absolute paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** CIDR ranges, always with a prefix length. */
  readonly trustedProxies: readonly string[];
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
  readonly tools: Readonly<Record<string, { readonly effect?: Effect; readonly alias?: string }>>;
  /** What the upstream may ask of the client. */
  readonly requests: { readonly elicitation: boolean; readonly sampling: boolean; readonly roots: boolean };
  readonly shared: boolean;
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
}
