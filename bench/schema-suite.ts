import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Json } from "../src/kernel/json.ts";
import { compile, SchemaFault } from "../src/domain/schema/index.ts";

/** Cases passed of cases tried. */
export interface Tally {
  passed: number;
  total: number;
}

/** What one dialect's part of the JSON-Schema-Test-Suite shows. */
export interface Report {
  draft: string;
  required: Tally;
  /** `optional/format`, with `format` enforced. */
  optionalFormat: Tally;
  /** The other optional cases. */
  optional: Tally;
  /** Required cases that fail, by file and description. */
  unsupported: { case: string; reason: string }[];
  optionalUnsupported: { case: string; reason: string }[];
}

interface Group {
  description: string;
  schema: Json;
  tests: { description: string; data: Json; valid: boolean }[];
}

const DRAFTS = ["draft2020-12", "draft2019-09", "draft7"];
const DIALECT: Record<string, string> = {
  "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
  draft7: "http://json-schema.org/draft-07/schema#",
};

/** Where the corpora are: `CARDEA_CORPORA`, or next to the repository. */
export function suiteFolder(): string {
  const corpora = process.env.CARDEA_CORPORA ?? resolve(import.meta.dirname, "../../shared/corpora");
  return join(corpora, "json_schema_test_suite");
}

/** Runs the official suite. Schemas are taken as written (not closed); `format` is enforced for the optional cases of it only. */
export function runSuite(folder = suiteFolder()): Report[] {
  return DRAFTS.map((draft) => {
    const root = join(folder, draft);
    const required = runFolder(root, draft, false);
    const optional = runFolder(join(root, "optional"), draft, false);
    const format = runFolder(join(root, "optional", "format"), draft, true);
    return {
      draft,
      required: required.tally,
      optionalFormat: format.tally,
      optional: optional.tally,
      unsupported: required.failed,
      optionalUnsupported: [...optional.failed, ...format.failed],
    };
  });
}

function runFolder(folder: string, draft: string, assertFormat: boolean) {
  const tally: Tally = { passed: 0, total: 0 };
  const failed: { case: string; reason: string }[] = [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  for (const file of files.sort()) {
    for (const group of JSON.parse(readFileSync(join(folder, file), "utf8")) as Group[]) {
      const compiled = tryCompile(named(group.schema, draft), assertFormat);
      for (const test of group.tests) {
        tally.total++;
        const reason = typeof compiled === "string" ? compiled : judge(compiled, test);
        if (reason === undefined) tally.passed++;
        else failed.push({ case: `${file}: ${group.description}: ${test.description}`, reason });
      }
    }
  }
  return { tally, failed };
}

/** The older folders leave out `$schema`, which their harness is told to assume. */
function named(schema: Json, draft: string): Json {
  const dialect = DIALECT[draft];
  if (dialect === undefined || typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  return { $schema: dialect, ...schema };
}

function tryCompile(schema: Json, assertFormat: boolean) {
  try {
    return compile(schema, { closed: false, assertFormat });
  } catch (fault) {
    if (fault instanceof SchemaFault) return `refused at ${fault.path || "the root"}: ${fault.message}`;
    throw fault;
  }
}

function judge(compiled: ReturnType<typeof compile>, test: Group["tests"][number]): string | undefined {
  const result = compiled.validate(test.data);
  if (result.valid === test.valid) return undefined;
  return result.valid ? "accepted what must be refused" : `refused what must be accepted: ${result.errors[0]?.rule}`;
}

if (import.meta.main) {
  const reports = runSuite();
  if (process.argv.includes("--json")) console.log(JSON.stringify(reports));
  else {
    for (const { draft, required, optionalFormat, optional, unsupported } of reports) {
      console.log(
        `${draft}: required ${required.passed} of ${required.total}, optional format ${optionalFormat.passed} of ${optionalFormat.total}, other optional ${optional.passed} of ${optional.total}`,
      );
      for (const { case: name, reason } of unsupported) console.log(`  ${name} — ${reason}`);
    }
  }
}
