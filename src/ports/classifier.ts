/** A text that somebody else is asked about. Secrets and cards are masked in it as the configuration says. */
export interface Question {
  /** What it is of. */
  readonly surface: "result" | "resource" | "prompt" | "completion" | "request";
  readonly server: string;
  /** The name of the tool or prompt; undefined for resources, whose address may be private. */
  readonly tool: string | undefined;
  readonly text: string;
  /** Which piece of the result it is, from 1, and of how many. */
  readonly part: number;
  readonly parts: number;
}

/** What is said of a text, from the mildest to the strictest. */
export const VERDICTS = ["pass", "mark", "quarantine", "block"] as const;
export type ClassifierVerdict = (typeof VERDICTS)[number];

/** An answer that keeps to the contract. */
export interface Classification {
  readonly verdict: ClassifierVerdict;
  /** 0 to 1. */
  readonly score?: number;
  /** Lower-case letters, digits and `-`, at most 64. */
  readonly kind?: string;
}

/**
 * Why there is no answer: none in time, too many questions, nobody there, an HTTP status but 200, no answer of the contract, or
 * a text that is too long to be asked about.
 */
export type ClassifierFailure = "timeout" | "busy" | "unreachable" | "status" | "answer" | "long";

/** Thrown where there is no answer. */
export class ClassifierFault extends Error {
  readonly failure: ClassifierFailure;
  constructor(failure: ClassifierFailure, message: string) {
    super(message);
    this.name = "ClassifierFault";
    this.failure = failure;
  }
}

/** Says more strictly what texts are. Its answers take time, and are bounded in it. */
export interface Classifier {
  /** @throws ClassifierFault (rejects with it) */
  ask(question: Question): Promise<Classification>;
  close(): Promise<void>;
}
