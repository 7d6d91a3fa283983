import type { JsonObject } from "../kernel/json.ts";

/** What was decided of a call or an event. */
export type Decision = "allow" | "deny" | "hold";

/** One record before it is chained. It never holds a payload, a result or a token in clear (A2). */
export interface RecordFields {
  /** `call`: a read or a refusal, one record. `intent` and `outcome`: a call that may change something. `event`: lifecycle (A1). */
  readonly kind: "call" | "intent" | "outcome" | "event";
  /** The method (`tools/call`) or the event (`key.created`). */
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Correlation id. */
  readonly call: string;
  readonly trace?: string;
  readonly tenant: string;
  /** `s_…` */
  readonly subject?: string;
  /** `k_…` */
  readonly credential?: string;
  readonly client?: string;
  readonly era?: string;
  readonly server?: string;
  readonly target?: string;
  readonly targetKind?: string;
  readonly definition?: string;
  readonly decision: Decision;
  /** Stable code of the refusal, or `ok`. */
  readonly reason: string;
  /** The control that decided, e.g. `L1`. */
  readonly control?: string;
  readonly executed?: string;
  /** Ids of the policies that decided. */
  readonly rules?: readonly string[];
  /** The arguments that policies look at, sealed with the subject's key; by the option `audit.policyFields` alone (A2). */
  readonly fields?: string;
  /** Keyed fingerprints, members sorted: `{all: fp, names: {arg: fp}, unknown: n}` */
  readonly args?: JsonObject;
  readonly result?: string;
  readonly ms?: number;
  readonly upstreamMs?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  /** JSON-RPC error code of the answer. */
  readonly error?: number;
  /** Further safe facts of an event. */
  readonly detail?: JsonObject;
}

/** A lifecycle event (A1), before its owner became a subject id. What is not recorded does not happen. */
export interface LifecycleEvent {
  readonly type: string;
  readonly tenant: string;
  /** `person:…` or `service:…`: who it is stands here alone. */
  readonly owner?: string;
  /** Leaf credential, `k_…` or `g_…`. */
  readonly credential?: string;
  /** OAuth client id. */
  readonly client?: string;
  readonly server?: string;
  readonly decision: "allow" | "deny";
  /** `ok` or a stable code. */
  readonly reason: string;
  /** Holds no secret and no clear identity. */
  readonly detail?: JsonObject;
}

/** A record as it is kept. */
export interface StoredRecord extends RecordFields {
  /** Position in the chain, from 1. */
  readonly seq: number;
  /** Hex SHA-256 of the chain up to and with this record. */
  readonly hash: string;
}

/** What is asked of the record: by person, tool, server, decision and time (A5). */
export interface RecordQuery {
  readonly tenant: string;
  /** Further tenants whose records count too. */
  readonly tenants?: readonly string[];
  readonly type?: string;
  readonly subject?: string;
  readonly server?: string;
  readonly target?: string;
  readonly decision?: Decision;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Newest first; at most this many, 1 to 10,000. */
  readonly limit: number;
}

/** The record. One chain per writer; a promise of `append` resolves when the record survives `kill -9` (invariant 6). */
export interface Records {
  /** Resolves once written. Rejects when the store failed: the caller must then refuse. */
  append(fields: RecordFields): Promise<void>;
  /** Writes what is pending, signs a last checkpoint, closes. */
  close(): Promise<void>;
}

/** What checking the whole record found: nothing, or the first record that is wrong (A3). */
export type Verification =
  | {
      readonly ok: true;
      readonly records: number;
      readonly checkpoints: number;
      /** Records after the last signed checkpoint: chained, but their removal from the end would not show. */
      readonly unanchored: number;
      /** `sha256:…` of the public key that the signatures were checked with, to compare with a copy kept elsewhere. */
      readonly key: string;
      /** What could not be checked, and what to compare instead; in plain words. */
      readonly note?: string | undefined;
    }
  | {
      readonly ok: false;
      readonly seq: number;
      readonly fault: "changed" | "missing" | "reordered" | "truncated" | "signature";
      readonly message: string;
    };

/** The record as an operator reads it, beside a running gateway or without one. Opens nothing for writing. */
export interface AuditReader {
  /** Position of the newest record, 0 where there is none. */
  head(): number;
  query(query: RecordQuery): Promise<StoredRecord[]>;
  /** Oldest first: what the query names among the records after `seq`. */
  after(seq: number, query: RecordQuery): Promise<StoredRecord[]>;
  /** @param progress called now and then with the records checked so far and their number in all */
  verify(progress?: (checked: number, records: number) => void): Promise<Verification>;
  /** The subject id of an owner, undefined where it was never seen or was erased. Throws an Error without the master key. */
  subjectOf(tenant: string, owner: string): string | undefined;
  /** The owner behind a subject id, undefined where it was erased or the master key is not at hand. */
  identify(subject: string): string | undefined;
  /** What was sealed for a subject in `fields`; undefined where it was erased, or nothing can be opened. */
  unseal(subject: string, sealed: string): string | undefined;
  close(): void;
}
