import type { Effect, Kind } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";

/** A call as far as it is known when its answer is read later, so that it can be judged again. */
export interface KeptCall {
  /** Correlation id of the call in the record. */
  readonly call: string;
  readonly method: string;
  readonly server: string;
  /** The endpoint that it came to; undefined: the one of all servers. */
  readonly endpoint?: string;
  /** What names its target, as the caller wrote it. */
  readonly params: JsonObject;
  /** What was sent. */
  readonly sent: JsonObject;
  /** What its credential had read before. */
  readonly labels: readonly string[];
}

/** What is sealed of a withheld result, beside its content. */
export interface AboutQuarantined {
  readonly method: string;
  readonly kind: Kind;
  /** Published name of the tool or prompt, or the URI of a resource. */
  readonly name: string;
  /** The upstream's own name. */
  readonly sentName: string;
  readonly effect: Effect;
  /** Correlation id of the call in the record. */
  readonly call: string;
  /** What it was withheld for: a kind of finding, with the tier of an instruction. */
  readonly why: { readonly kind: string; readonly tier?: string };
  /** Findings by kind. */
  readonly findings: Readonly<Record<string, number>>;
  /** Undefined: what was sent was too long to be kept, and the call cannot be judged again. */
  readonly asked?: KeptCall;
}

/** A withheld result that waits for a person, without its content. */
export interface Quarantined {
  /** `q_…` */
  readonly id: string;
  readonly tenant: string;
  /** `person:…` or `service:…`: whose call it was. */
  readonly owner: string;
  /** Leaf credential, `k_…` or `g_…`: who reads it once it is released. */
  readonly credential: string;
  readonly server: string;
  /** Keyed digest of what was asked and answered: the same answer has the same. */
  readonly digest: string;
  /** This and the other times: milliseconds since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
  /** UTF-8 bytes of the content. */
  readonly bytes: number;
  readonly about: AboutQuarantined;
  readonly state: "held" | "released";
  /** The first of two administrators who wants it released, and when. */
  readonly firstBy?: string;
  readonly firstAt?: number;
  readonly releasedBy?: string;
}

/** How much may wait: results, and bytes of their content. */
export interface Room {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Where withheld results wait, sealed at rest (A10). What is removed is overwritten before the promise resolves, or with the
 * next sweep where another process reads the store just then (A9). Every promise rejects when the store cannot answer;
 * callers then keep nothing and let nothing through.
 */
export interface QuarantineStore {
  /**
   * Keeps a result, or answers the living one of the same credential and digest.
   * @param room of the tenant @param share of one owner
   * @returns `full`: nothing was kept
   */
  keep(
    item: Omit<Quarantined, "state">,
    content: string,
    room: Room,
    share: Room,
  ): Promise<{ readonly item: Quarantined } | { readonly full: "tenant" | "owner" }>;
  /** Undefined: there is none, or it is over. */
  get(tenant: string, id: string): Promise<Quarantined | undefined>;
  /** Undefined: there is none any more. */
  content(tenant: string, id: string): Promise<string | undefined>;
  /** Of one owner or of all, newest first. */
  list(tenant: string, owner?: string): Promise<Quarantined[]>;
  /** The first of two wants it released. True for one caller, and while nobody else's word since `since` stands. */
  second(tenant: string, id: string, by: string, at: number, since: number): Promise<boolean>;
  /** Releases what is held: true for exactly one caller. @param first who has to be the first of two; undefined: nobody has to */
  release(tenant: string, id: string, by: string, at: number, first: string | undefined): Promise<boolean>;
  /** Takes a release back that could not be recorded. */
  hold(tenant: string, id: string): Promise<void>;
  /** Removes it: true for exactly one caller. */
  remove(tenant: string, id: string): Promise<boolean>;
  /** Removes everything of one owner. Answers how many. */
  removeOwner(tenant: string, owner: string): Promise<number>;
  /** Removes what is over by `now`, and answers it. To be called every minute or so. */
  sweep(now: number): Promise<Quarantined[]>;
  close(): Promise<void>;
}
