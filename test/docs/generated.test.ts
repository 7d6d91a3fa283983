import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pages } from "../../scripts/docs.ts";

for (const [name, text] of Object.entries(pages()))
  test(`docs/${name} is what the code says; \`npm run docs\` writes it anew`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, "../../docs", name), "utf8"), text);
  });
