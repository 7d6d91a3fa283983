import type { DeclaredConfig } from "./access-schema.ts";

/** A role of administration (I11). In accounts it is written `admin:<duty>`, which no role of `access` can be. */
type Duty = "operator" | "security" | "approver" | "auditor";

/** An OpenID provider where people sign in (I4). Claims may be nested: `realm_access.roles`. */
interface ProviderConfig {
  readonly name: string;
  readonly issuer: string;
  /** Address of the metadata where it does not follow from the issuer. */
  readonly metadata?: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly scopes: readonly string[];
  /** The claim that names the person here: `person:<claim>`. */
  readonly login: string;
  readonly groups: string;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly administration: Readonly<Record<string, readonly Duty[]>>;
  /** How often people who are at work are looked up again. */
  readonly checkMs: number;
  readonly secondFactor: { readonly acr: readonly string[]; readonly amr: readonly string[] };
  readonly private: readonly string[];
}

/** A client that is known beforehand. */
interface ClientConfig {
  readonly id: string;
  readonly name: string;
  readonly redirects: readonly string[];
  /** A reference. */
  readonly secret?: string;
  /** `file:path` of a JWK Set (private_key_jwt, RFC 7523). */
  readonly keys?: string;
  readonly service?: { readonly roles: readonly string[] };
  /** May bring identity assertions (ID-JAG). */
  readonly assertions: boolean;
  readonly declared: DeclaredConfig;
}

/** Somebody else whose signed statements count here. */
interface TrustedIssuerConfig {
  readonly issuer: string;
  readonly metadata?: string;
  /** Address of the JWK Set where no metadata names it. */
  readonly keys?: string;
  readonly login: string;
  /** The claim whose values `roles` maps. */
  readonly claim: string;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly private: readonly string[];
}

/** Who may sign in, from where, and for how long (`identity`). */
export interface IdentityConfig {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Local users may sign in: where the file does not say, only while there is no provider. */
  readonly local: boolean;
  readonly secondFactor: {
    readonly roles: readonly string[];
    readonly administration: boolean;
    readonly maxAgeMs: number;
  };
  /** Approvals of definitions and accepted files need two administrators. */
  readonly secondPerson: boolean;
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  readonly sessionMs: number;
  readonly consentMs: number;
  readonly clients: Readonly<Record<string, ClientConfig>>;
  readonly registration: {
    readonly dynamic: boolean;
    /** Hosts of client metadata documents: `host`, `*.domain`, `*`; none: they are not accepted. */
    readonly metadata: readonly string[];
    readonly unusedMs: number;
    readonly private: readonly string[];
  };
  /** Tokens come from here; the embedded authorization server is then off. */
  readonly issuer?: TrustedIssuerConfig;
  readonly assertions: readonly TrustedIssuerConfig[];
}
