/** One thing that is wrong with the access rules. */
export interface PolicyFault {
  /** The Cedar file; undefined for the short form. */
  readonly file?: string;
  /** Line in that file, from 1, where known. */
  readonly line?: number;
  /** Place in the short form, e.g. `access[2].allow[0]`. */
  readonly path?: string;
  /** One sentence: what is wrong and what would be accepted. */
  readonly message: string;
  /** The known name that was probably meant. */
  readonly nearest?: string;
}

/** Thrown when a policy cannot be made; holds all faults. */
export class PolicyFaults extends Error {
  readonly faults: readonly PolicyFault[];
  constructor(faults: readonly PolicyFault[]) {
    super(faults.map(sentence).join("\n"));
    this.name = "PolicyFaults";
    this.faults = faults;
  }
}

function sentence(fault: PolicyFault): string {
  const place =
    fault.file === undefined ? fault.path : `${fault.file}${fault.line === undefined ? "" : `:${fault.line}`}`;
  const near = fault.nearest === undefined ? "" : ` (did you mean ${JSON.stringify(fault.nearest)}?)`;
  return `${place === undefined ? "" : `${place}: `}${fault.message}${near}`;
}
