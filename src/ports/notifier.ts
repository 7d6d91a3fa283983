/** Something that somebody outside should know. It holds no argument, no result and no secret. */
export interface Notice {
  /** The same at every try, so that a receiver can drop what it has. */
  readonly id: string;
  /** What happened, e.g. `approval.asked`. */
  readonly type: string;
  /** This and the other times: milliseconds since the epoch. */
  readonly at: number;
  /** Nobody wants to know it any more after this. */
  readonly until: number;
  readonly data: Readonly<Record<string, string | number>>;
}

/** Tells somebody outside. Nothing waits for it, and nothing hangs on whether it arrives. */
export interface Notifier {
  send(notice: Notice): void;
  close(): Promise<void>;
}
