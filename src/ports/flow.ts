/** Where content comes from that nobody here answers for, and what must not leave. */
export type FlowLabel = "untrusted" | "private";

/** So many fingerprints are written at a time. */
export const PRINTS_OF_A_PART = 1_024;

/** One source that a credential has read from. */
export interface FlowMark {
  readonly tenant: string;
  /** Leaf credential, `k_…` or `g_…` (invariant 9). */
  readonly credential: string;
  /** `person:…` or `service:…` */
  readonly owner: string;
  /** `written`: a script whose commands reach outside, which only matters where it is run; `what` says where to. */
  readonly label: FlowLabel | "written";
  readonly server: string;
  /** Published name of the tool or prompt; `resource` for resources; the name of a script. */
  readonly name: string;
  /** Fingerprints of one source are kept in parts of at most `PRINTS_OF_A_PART`, counted from 0. */
  readonly part: number;
  /** What was read last, for a person: `number 12`. Sealed at rest. */
  readonly what: string;
  /** When it was read last, milliseconds since the epoch. */
  readonly at: number;
  /** Correlation id of that call in the record. */
  readonly call: string;
  /** Keyed fingerprints of what was read as private, 53-bit whole numbers; of untrusted sources none. */
  readonly prints: readonly number[];
  /** More was read than fingerprints are kept of. */
  readonly full: boolean;
}

/**
 * Where labels are kept. Every promise rejects when the store cannot answer; callers then refuse. A row that somebody else
 * changed still counts, as one of which nothing but its label is known: a label only ever closes.
 */
export interface FlowStore {
  /** Writes a part of a source, over what was known of it; fingerprints add up. @returns the version after it */
  put(mark: FlowMark): Promise<number>;
  /** The sources of one credential. */
  of(tenant: string, credential: string): Promise<FlowMark[]>;
  /** All sources of a tenant, newest first. */
  list(tenant: string): Promise<FlowMark[]>;
  /** Forgets the sources of one credential. @returns how many there were */
  reset(tenant: string, credential: string): Promise<number>;
  /** Removes what every credential of a person or service has read. @returns how many rows there were */
  endOwner(tenant: string, owner: string): Promise<number>;
  /** Removes sources that were read last before a moment, milliseconds since the epoch. */
  sweep(before: number): Promise<void>;
  /** A number that grows with every change that any process makes. */
  version(): Promise<number>;
  close(): Promise<void>;
}
