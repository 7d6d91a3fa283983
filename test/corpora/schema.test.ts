import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Report, runSuite } from "../../bench/schema-suite.ts";

const reports = runSuite();
const known = JSON.parse(readFileSync(join(import.meta.dirname, "unsupported.json"), "utf8")) as Record<
  string,
  string[]
>;

const report = (draft: string): Report => {
  const found = reports.find((one) => one.draft === draft);
  assert.ok(found, `the suite has ${draft}`);
  return found;
};

for (const draft of ["draft2020-12", "draft2019-09", "draft7"]) {
  test(`V1: every required case of ${draft} passes but those named in unsupported.json, and these fail`, () => {
    const { required, unsupported } = report(draft);
    assert.deepEqual(
      unsupported.map((one) => one.case),
      known[draft],
    );
    assert.equal(required.passed + unsupported.length, required.total);
    assert.ok(required.total > 900, `${required.total} cases are too few to be the suite`);
  });

  test(`V5: what fails in ${draft} is refused for a document that would have to be fetched, never misjudged`, () => {
    for (const { case: name, reason } of report(draft).unsupported) {
      assert.match(reason, /^refused at .*(?:never fetched|no supported dialect)/, name);
    }
  });

  test(`V1: every optional case of format in ${draft} passes`, () => {
    const { optionalFormat } = report(draft);
    assert.ok(optionalFormat.total > 600);
    assert.equal(optionalFormat.passed, optionalFormat.total);
  });
}
