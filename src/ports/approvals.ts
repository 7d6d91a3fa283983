import type { Effect, Era, FlowDemand } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";

/** `pending` → `allowed` or `denied`; `allowed` → `used`. `ended`: it expired, or was taken back; it never counts again. */
export type ApprovalState = "pending" | "allowed" | "denied" | "used" | "ended";

/** By which way somebody was asked or decided. */
export type Channel = "client" | "page" | "api" | "command";

/** What a person is asked about: one call, exactly. */
export interface ApprovalRequest {
  /** `a_…` */
  readonly id: string;
  readonly tenant: string;
  /** Digest of everything that is approved: the same call has the same. */
  readonly digest: string;
  /** `person:…` or `service:…` */
  readonly owner: string;
  /** Leaf credential, `k_…` or `g_…`. */
  readonly credential: string;
  /** OAuth client id; undefined for API keys. */
  readonly client?: string;
  /** As the client names itself. */
  readonly clientName?: string;
  readonly era: Era;
  readonly server: string;
  /** The published name of the tool, prompt or resource. */
  readonly name: string;
  readonly method: string;
  readonly effect: Effect;
  /** Digests of the pinned and of the published definition; undefined for what has none. */
  readonly pinned?: string;
  readonly published?: string;
  /** Who may decide: the person behind the call, or somebody else. */
  readonly by: "self" | "other";
  /** Whether a standing allow may be made of it. */
  readonly always: boolean;
  /** The credential belongs to nobody who could be asked: only a standing allow lets the like of it pass (H5). */
  readonly unattended: boolean;
  /** This and the other times: milliseconds since the epoch. */
  readonly askedAt: number;
  readonly expiresAt: number;
  /** What the person sees; sealed at rest (A10). */
  readonly held: Held;
}

/** What the person sees of a call. */
export interface Held {
  /** `params` as they will be sent. */
  readonly sent: JsonObject;
  /** Why the gateway asks because of what was read before (S8). */
  readonly flow?: FlowDemand;
  /** Names of arguments that the gateway filled in. */
  readonly bound: readonly string[];
  readonly title?: string;
  readonly description?: string;
}

/** One approval as it is kept. */
export interface Approval extends ApprovalRequest {
  readonly state: ApprovalState;
  readonly decidedAt?: number;
  /** Owner of the account that decided. */
  readonly decidedBy?: string;
  readonly channel?: Channel;
  readonly usedAt?: number;
  /** Legs of the call that were sent, 0 before it is used. */
  readonly leg: number;
}

/** What an argument may be under a standing allow. */
export type Limit =
  | { readonly kind: "is"; readonly value: JsonObject[string] }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "any" };

/** An allow that stands: this owner, this definition, these limits, until a date (H4). */
export interface Standing {
  /** `w_…` */
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  readonly server: string;
  readonly name: string;
  readonly method: string;
  readonly pinned?: string;
  readonly published?: string;
  /** By argument; what is not here may not be given. Sealed at rest. */
  readonly limits: Readonly<Record<string, Limit>>;
  /** It also counts after content was read that caused this (S8); undefined: after none. Sealed at rest. */
  readonly flow?: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly channel: Channel;
  readonly until: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}

/** Most approvals that may be pending at a time. */
export interface Caps {
  readonly perCredential: number;
  /** Of all credentials of one owner. */
  readonly perPerson: number;
  readonly perTenant: number;
}

/** What an offboarding ended, in numbers. */
export interface EndedApprovals {
  /** Pending ones, and allowed ones that were not used. */
  readonly pending: number;
  readonly standing: number;
  /** Given to others and not used. */
  readonly given: number;
}

/**
 * Where approvals are kept. Each step is one compare-and-set: of any number of processes one gets it. Every promise rejects
 * when the store cannot answer; callers then refuse. A row that somebody else wrote counts for nothing.
 */
export interface ApprovalStore {
  /**
   * The living row of the same digest (pending, allowed or denied), or this request as a new pending one.
   * @returns which cap was reached where there is no room
   */
  ask(request: ApprovalRequest, caps: Caps): Promise<{ approval: Approval; made: boolean } | { full: keyof Caps }>;
  get(tenant: string, id: string): Promise<Approval | undefined>;
  /** Newest first. @param owner undefined: of everybody */
  list(tenant: string, owner?: string): Promise<Approval[]>;
  /** `pending` → `allowed` or `denied`, with the standing allow that was made of it. Undefined: it was not pending any more. */
  decide(
    tenant: string,
    id: string,
    decision: { state: "allowed" | "denied"; by: string; channel: Channel; at: number },
    standing?: Standing,
  ): Promise<Approval | undefined>;
  /** `allowed` → `used`, leg 1. False: it was used, has expired, or was never allowed. */
  use(tenant: string, id: string, at: number): Promise<boolean>;
  /** The next leg of a used one. False: this leg was sent already. */
  useLeg(tenant: string, id: string, leg: number, at: number): Promise<boolean>;
  /** Ends one that was not used. */
  end(tenant: string, id: string): Promise<boolean>;
  /** Ends what has expired and answers it; removes what ended or was used before `before`. */
  sweep(now: number, before: number): Promise<Approval[]>;
  /** Ends what hangs on a person: what they asked, what they allowed, what stands for them or was given by them. */
  endOwner(tenant: string, owner: string, at: number): Promise<EndedApprovals>;
  /** Standing allows, newest first; without those that were revoked or are over. */
  standing(now: number): Promise<Standing[]>;
  /** Notes a use. False: it does not count any more. */
  useStanding(tenant: string, id: string, at: number): Promise<boolean>;
  /** Undefined: there is none that counts. */
  revokeStanding(tenant: string, id: string, at: number): Promise<Standing | undefined>;
  /** A number that grows with every change that any process makes; last uses are not counted. */
  version(): Promise<number>;
  close(): Promise<void>;
}
