/**
 * Hostile bodies and headers against a running gateway over real sockets: malformed HTTP and request smuggling, headers
 * that disagree with the body, the JSON test suite, mutated and random JSON-RPC of both eras, sessions, cursors and
 * states of nobody. Good calls of two callers run in between and must keep succeeding. Each case follows from the seed
 * and its number alone, so that a finding can be repeated.
 *
 *     npm run fuzz -- [--json] [--count 100000] [--seed 1] [--only CASE]
 */
import { parseArgs } from "node:util";
import { progress } from "./children.ts";
import { fuzzGateway } from "./fuzz-gateway.ts";
import { fuzzText } from "./fuzz-text.ts";
import { runSuite } from "./schema-suite.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const count = Number(options.count);
const seed = Number(options.seed);

const { findings, ...gateway } = await fuzzGateway({
  count,
  seed,
  say: progress,
  ...(options.only !== undefined && { only: Number(options.only) }),
});
for (const finding of findings) progress(JSON.stringify(finding, undefined, 2));

progress("the parsers alone");
const text = await fuzzText(options.only === undefined ? Math.ceil(count / 5) : 1, seed);

progress("the JSON Schema test suite");
const schema = runSuite().map(({ draft, required, optional, optionalFormat, unsupported, optionalUnsupported }) => ({
  draft,
  required,
  optional,
  optionalFormat,
  unsupported: byReason(unsupported),
  optionalUnsupported: byReason(optionalUnsupported),
}));

/** Cases that are not supported, by reason; the cases of one group of the suite are counted under its name. */
function byReason(cases: readonly { case: string; reason: string }[]): Record<string, Record<string, number>> {
  const reasons: Record<string, Record<string, number>> = {};
  for (const { case: name, reason } of cases) {
    // What is referred to and where differs from case to case; the reason does not.
    const general = reason.replace(/^refused at \S+: /, "refused: ").replace(/refers to \S+,/, "refers to a document");
    const groups = (reasons[general] ??= {});
    const group = name.split(": ").slice(0, 2).join(": ");
    groups[group] = (groups[group] ?? 0) + 1;
  }
  return reasons;
}

const report = {
  ...gateway,
  crashes: gateway.crashes + text.crashes,
  unexpected: gateway.unexpected + text.unexpected,
  parsers: { tried: text.tried, crashes: text.crashes, unexpected: text.unexpected },
  findings: [...findings, ...text.findings],
  schema,
};
if (options.json) console.log(JSON.stringify(report));
else {
  const { schema: _schema, findings: _findings, ...short } = report;
  console.log(short);
  for (const { draft, required } of schema)
    console.log(`${draft}: required cases passed ${required.passed} of ${required.total}`);
}
process.exit(report.crashes === 0 && report.unexpected === 0 ? 0 : 1);
