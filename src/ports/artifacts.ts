import type { JsonObject } from "../kernel/json.ts";

/** Something of OAuth or sign-in that lives for a while: a code, a token, an interaction, a browser session, a registration. */
export interface Artifact {
  readonly payload: JsonObject;
  /** Milliseconds since the epoch; undefined where it was not used up. */
  readonly consumedAt?: number;
}

/** What an artifact is found and ended by, beside its id. */
export interface ArtifactMarks {
  readonly tenant: string;
  /** Milliseconds since the epoch; what is over is not found. Undefined: it stays until it is removed. */
  readonly expiresAt?: number;
  /** The authorization server's own grant id, by which tokens are revoked together. */
  readonly grant?: string;
  /** `person:…` or `service:…` */
  readonly owner?: string;
  /** A second id. */
  readonly uid?: string;
}

/**
 * Where artifacts are kept: ids (which are secrets) only as SHA-256, payloads sealed (A10). Every promise rejects when
 * the store cannot answer.
 */
export interface Artifacts {
  /** Creates or replaces it. What was used up stays used up. */
  put(kind: string, id: string, payload: JsonObject, marks: ArtifactMarks): Promise<void>;
  find(kind: string, id: string): Promise<Artifact | undefined>;
  findByUid(kind: string, uid: string): Promise<Artifact | undefined>;
  /** Uses it up: true for exactly one caller, whatever runs at the same time. */
  consume(kind: string, id: string, at: number): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  /** Removes everything of one grant of the authorization server. Answers how many. */
  removeGrant(grant: string): Promise<number>;
  /** Removes everything of one owner. Answers how many of each kind. */
  removeOwner(tenant: string, owner: string): Promise<ReadonlyMap<string, number>>;
  /** Unexpired artifacts of a kind that belong to an owner, newest first. */
  ofOwner(tenant: string, kind: string, owner: string): Promise<readonly Artifact[]>;
  /** Unexpired artifacts of a kind, oldest first. */
  all(kind: string): Promise<readonly (Artifact & Pick<ArtifactMarks, "tenant" | "owner" | "expiresAt">)[]>;
  /**
   * Whether fewer than `most` unexpired artifacts of a kind wait for an end of their own; where there are not, those put
   * before `before` (milliseconds since the epoch) are removed first.
   */
  hasRoom(kind: string, most: number, before: number): Promise<boolean>;
  /** Removes what is over by `now`, milliseconds since the epoch. Answers how many. */
  sweep(now: number): Promise<number>;
  /** A number that changes with every removal that any process makes, so that what is remembered of tokens can be dropped. */
  version(): Promise<number>;
  close(): Promise<void>;
}
