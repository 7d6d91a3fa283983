import { readFileSync, writeFileSync } from "node:fs";
import type { PolicyAdmin } from "../compose/policy-admin.ts";
import { type PolicyCase, readPolicyCases } from "../config/policy-cases.ts";
import type { Wanted } from "../domain/policy/question.ts";
import type { JsonObject } from "../kernel/json.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { outcomeWith, unknownEnvironment, unknownName } from "./policy-names.ts";
import { printable } from "./table.ts";

const HELP = `cardea policy test FILE… [--junit FILE] [--json]

Runs cases against the policies: who calls what, and what is expected (allow, deny or approval).

  --junit FILE   writes the outcome as JUnit XML, for CI
  --json         one JSON object per case

A file of cases:

  cases:
    - name: support finds contacts of its own tenant
      principal: { owner: person:ada@example.com, roles: [support] }
      call: { server: crm, tool: find_contact, arguments: { tenant_id: acme } }
      expect: allow
      rule: access/support/crm.find_contact

A principal also has tenant, client, scopes (of its token), key, keyScope, plan and environment; a call also has prompt or
resource in place of tool, environment, time and labels. \`rule\` names one that has to have decided; \`reason\` is a part of it.
Exit codes: 0 all as expected, 1 some are not, 2 a file cannot be read.

Example:
  cardea policy test policies/tests.yaml --junit report.xml
`;

const FLAGS = { junit: { type: "string" }, json: { type: "boolean" } } as const;

interface Result {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** What differs; undefined: it is as expected. */
  readonly fault: string | undefined;
}

/** `cardea policy test`. */
export const testCommand = {
  help: HELP,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags, positionals } = readFlags(argv, FLAGS, ["file", "more..."]);
    const admin = open();
    const results: Result[] = [];
    let unread = false;
    for (const file of positionals) {
      const { cases, faults } = readPolicyCases(readText(file));
      for (const fault of faults) io.err(`${file}:${fault.line}  ${fault.message}\n`);
      unread ||= faults.length > 0;
      results.push(...cases.map((one) => judged(file, one, admin)));
    }
    if (unread) return 2;
    const failed = results.filter(({ fault }) => fault !== undefined);
    if (flags.junit !== undefined) writeFileSync(flags.junit, junit(results));
    if (flags.json || io.json)
      for (const one of results) io.out(`${JSON.stringify({ ...one, ok: one.fault === undefined })}\n`);
    else {
      for (const { file, line, name, fault } of failed)
        io.out(printable(`✖ ${file}:${line}  ${name}: ${fault}`) + "\n");
      io.out(`${results.length - failed.length} of ${results.length} cases are as expected\n`);
    }
    return failed.length === 0 ? 0 : 1;
  },
};

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageFault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
}

function judged(file: string, one: PolicyCase, admin: PolicyAdmin): Result {
  const { call, principal, line, expect, rule, reason } = one;
  const named = `${principal.owner} ${call.server}.${call.tool ?? call.prompt ?? call.resource}`;
  const result = { file, line, name: one.name ?? named };
  const elsewhere = unknownEnvironment(call.environment) ?? unknownEnvironment(principal.environment);
  if (elsewhere !== undefined) return { ...result, fault: elsewhere };
  const opened = admin.open(undefined, call.environment);
  const { policy, config } = opened;
  const { scopes, keyScope, client, key, environment, ...who } = principal;
  const caller = {
    ...who,
    ...{ credential: key, environment: environment ?? call.environment ?? config.environment },
    ...(client === undefined ? {} : { client }),
    ...(keyScope === undefined ? {} : { scope: keyScope }),
    ...(scopes === undefined ? {} : { oauthScopes: new Set(scopes) }),
  };
  const kind = call.tool !== undefined ? "tool" : call.prompt !== undefined ? "prompt" : "resource";
  const thing = call.tool ?? call.prompt ?? call.resource ?? "";
  const wanted: Wanted = { server: call.server, kind, name: thing };
  const args = (kind === "resource" ? { uri: thing } : call.arguments) as JsonObject;
  const unknown = unknownName(opened, wanted, principal.roles, args);
  if (unknown !== undefined) return { ...result, fault: unknown };
  const time = call.time === undefined ? {} : { time: Date.parse(call.time) };
  const answer = policy.judge(caller, wanted, { arguments: args, labels: call.labels, ...time });
  const { outcome: got, reason: why } = outcomeWith(opened, wanted, answer);
  const faults = [
    got === expect ? undefined : `expected ${expect}, got ${got} (${why})`,
    rule === undefined || answer.policies.includes(rule)
      ? undefined
      : `expected the rule ${rule} to decide (${answer.reason})`,
    reason === undefined || answer.reason.includes(reason)
      ? undefined
      : `expected the reason ${JSON.stringify(reason)}, got ${JSON.stringify(answer.reason)}`,
  ].filter((fault) => fault !== undefined);
  return { ...result, fault: faults.length === 0 ? undefined : faults.join("; ") };
}

/** The format that CI systems read. */
function junit(results: readonly Result[]): string {
  const failures = results.filter(({ fault }) => fault !== undefined).length;
  const cases = results.map(({ file, line, name, fault }) => {
    const head = `<testcase classname="${xml(file)}" name="${xml(name)}" file="${xml(file)}" line="${line}"`;
    return fault === undefined ? `  ${head}/>` : `  ${head}><failure message="${xml(fault)}"/></testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="cardea policy" tests="${results.length}" failures="${failures}">
${cases.join("\n")}
</testsuite>
`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function xml(text: string): string {
  return printable(text).replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}
