import type { AskProof } from "../domain/identity/proof.ts";
import { UsageFault } from "./args.ts";
import type { Io } from "./io.ts";

/** The flag of every command that needs a proof, and its help. */
export const PROOF_FLAG = { "proof-stdin": { type: "boolean" } } as const;
export const PROOF_HELP = `  --proof-stdin     read the proof of an administrator from standard input: login, password and, where a second
                    factor is enrolled, the code, one in each line; without it they are asked for on the terminal`;

/** No login, password or code is longer, in characters. */
const LONGEST = 4096;

/**
 * How this command asks for an administrator's proof: on the terminal, or from standard input. Never from an argument or
 * the environment, where other programs of the same user could read it (I11).
 * @param whose whose proof it is, in words
 */
export function asking(io: Io, fromInput: boolean, whose = "an administrator"): AskProof {
  const { input } = io;
  if (fromInput) return fromText(async () => (await input?.read(LONGEST)) ?? "");
  return {
    async credentials() {
      if (input?.terminal !== true)
        throw new UsageFault(
          `This needs the proof of ${whose}. Run it on a terminal, or give --proof-stdin and write login and password, one in each line, to standard input`,
        );
      io.err(`This needs the proof of ${whose}.\n`);
      return { login: await input.ask("login: ", false), password: await input.ask("password: ", true) };
    },
    code: async () => input?.ask("one-time code: ", false),
  };
}

function fromText(read: () => Promise<string>): AskProof {
  return {
    async credentials() {
      const [login = "", password = "", code = "", ...more] = (await read()).replace(/\r?\n$/, "").split(/\r?\n/);
      if (login === "" || password === "" || more.length > 0)
        throw new UsageFault(
          "Standard input must hold login, password and, where a second factor is enrolled, the code, one in each line and nothing else",
        );
      return code === "" ? { login, password } : { login, password, code };
    },
    code: async () => undefined,
  };
}
