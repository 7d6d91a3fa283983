import type { PolicyAdmin } from "../compose/policy-admin.ts";
import { nearest } from "../kernel/nearest.ts";
import { UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { explainCommand, whatCommand, whoCommand } from "./policy-ask.ts";
import { diffCommand, lintCommand, unusedCommand } from "./policy-past.ts";
import { testCommand } from "./policy-test.ts";

/** A sub-command: its own help, and what it does. */
export interface PolicyCommand {
  readonly help: string;
  run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number>;
}

const COMMANDS: Record<string, PolicyCommand> = {
  test: testCommand,
  explain: explainCommand,
  who: whoCommand,
  what: whatCommand,
  diff: diffCommand,
  unused: unusedCommand,
  lint: lintCommand,
};

const HELP = `cardea policy COMMAND

Policies: what access and policies/*.cedar permit, before it ships and afterwards. Beside a running gateway or without one.

  test FILE…      runs cases: who calls what, and what is expected
  explain TOOL    which rules decide a call, on which values, and what would have to change
  who TOOL        which roles and people may use it, and under which conditions
  what PERSON     what a person, service or role may use
  diff A B        the recorded calls whose decision another policy changes
  unused          rules, keys and standing approvals that nobody used, and reviews that are due
  lint            rules that overlap, are void, too broad, or without owner and review

Each has --help with an example. Exit codes: 0 fine, 1 findings, 2 could not run.

Example:
  cardea policy test policies/tests.yaml
`;

/**
 * `cardea policy …`.
 * @param argv what follows `policy`
 * @param open opens policies, people and the record
 * @returns the exit code: 0 fine, 1 findings, 2 could not run
 */
export async function policyCommand(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
  const [name = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(name)) {
    (name === "" ? io.err : io.out)(HELP);
    return name === "" ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    const known = Object.keys(COMMANDS).join(", ");
    throw new UsageFault(
      `Unknown command ${JSON.stringify(name)}${near === undefined ? "" : `, did you mean ${near}?`} (accepted: ${known})`,
    );
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    io.out(command.help);
    return 0;
  }
  return command.run(rest, io, open);
}
