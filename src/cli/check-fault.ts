/** One thing that is wrong, wherever it was found. */
export interface CheckFault {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
  readonly remedy?: string;
}
