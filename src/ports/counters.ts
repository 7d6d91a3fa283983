/** A long window of one holder, as it is kept across restarts. */
export interface CounterRow {
  readonly tenant: string;
  /** Whose calls are counted: a subject (`s_…`) or a credential (`k_…`). */
  readonly holder: string;
  /** Which window; a change of its length is another window. */
  readonly window: string;
  /** Number of the newest sub-bucket: milliseconds since the epoch divided by the sub-bucket's length. */
  readonly head: number;
  /** Calls per sub-bucket, newest first. */
  readonly counts: readonly number[];
  /** Milliseconds since the epoch from which the row counts for nothing. */
  readonly endsAt: number;
}

/** Where long windows are kept. Every promise rejects when the store cannot answer; callers then refuse. */
export interface Counters {
  /** Rows that end after `now`, of every tenant. */
  load(now: number): Promise<CounterRow[]>;
  /** Replaces the rows of these windows and removes what ended by `now`; all or nothing. */
  write(rows: readonly CounterRow[], now: number): Promise<void>;
  close(): Promise<void>;
}
