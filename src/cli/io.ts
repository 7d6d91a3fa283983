/** What a command may do to its surroundings: write text, and know how it was started. */
export interface Io {
  /** Writes to standard output, as given: the caller ends its lines. */
  out(text: string): void;
  /** Writes to standard error, as given. */
  err(text: string): void;
  /** `--json` was given: standard output carries JSON alone. */
  json: boolean;
  /** The folder of the state (`--home`, `CARDEA_HOME`, or `.cardea`). */
  home: string;
  /** Whether standard output shows ANSI colours. */
  colour: boolean;
  /** Undefined: nobody can be asked. */
  input?: Input;
}

/** Where answers come from. */
export interface Input {
  /** A person sits there. */
  readonly terminal: boolean;
  /** Everything up to its end, at most so many characters. */
  read(longest: number): Promise<string>;
  /** Asks on the terminal; what is typed is not shown where it is `hidden`. Rejects with an Error where nobody answers. */
  ask(question: string, hidden: boolean): Promise<string>;
}
