/** One thing that is wrong with the access rules. */
export interface PolicyFault {
  /** The Cedar file; undefined for the short form. */
  readonly file?: string;
  /** Line in that file, from 1, where known. */
  readonly line?: number;
  /** Place in the short form, e.g. `access[2].allow[0]`. */
  readonly path?: string;
  /** What is wrong. */
  readonly message: string;
  /** What would be accepted. */
  readonly expected: string;
  /** The known name that was probably meant. */
  readonly nearest?: string;
  /** What to do. */
  readonly remedy: string;
}

/** A fault whose place is an offset in the policy's own text, in UTF-16 units. */
export type Wrong = Omit<PolicyFault, "file" | "line" | "path"> & { readonly offset?: number };

/** Thrown when a policy cannot be made; holds all faults. */
export class PolicyFaults extends Error {
  readonly faults: readonly PolicyFault[];
  constructor(faults: readonly PolicyFault[]) {
    super(faults.map(block).join("\n"));
    this.name = "PolicyFaults";
    this.faults = faults;
  }
}

/** A fault in the form of faults of the configuration: place and message, then expectation, nearest name and remedy. */
function block(fault: PolicyFault): string {
  const place =
    fault.file === undefined ? fault.path : `${fault.file}${fault.line === undefined ? "" : `:${fault.line}`}`;
  const lines = [[place, fault.message].filter(Boolean).join("  "), `  expected: ${fault.expected}`];
  if (fault.nearest !== undefined) lines.push(`  did you mean: ${fault.nearest}`);
  lines.push(`  help: ${fault.remedy}`);
  return `${lines.join("\n")}\n`;
}
