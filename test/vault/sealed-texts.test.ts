import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openSealedTexts } from "../../src/adapters/vault/sealed-texts.ts";

test("A10: a large text is kept in a sealed file, opens with its own key alone, and goes when it is over", async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), "cardea-texts-")), "rest");
  t.after(() => rmSync(join(folder, ".."), { recursive: true, force: true }));
  const texts = openSealedTexts(folder);
  await texts.sweep(0, []);
  // A character of two units lies across the pieces in which it is sealed.
  const text = `${"x".repeat(131_071)}\u{1f600}the end of it`;
  const key = await texts.put("one", [text.slice(0, 7), Buffer.from(text.slice(7)), ""]);
  const other = await texts.put("two", [""]);
  assert.equal(await texts.get("one", key), text);
  assert.equal(await texts.get("two", other), "");
  assert.equal(await texts.get("none", key), undefined);
  await assert.rejects(texts.get("one", other));
  const files = readdirSync(folder);
  assert.equal(files.length, 2);
  for (const name of files) {
    const bytes = readFileSync(join(folder, name));
    assert.ok(!bytes.includes("the end") && !name.includes("one") && !name.endsWith(".new"));
    writeFileSync(join(folder, name), bytes.fill(1, 20, 21));
  }
  await assert.rejects(texts.get("one", key), /changed/);
  utimesSync(join(folder, files[0] as string), 1, 1);
  await texts.sweep(Date.now() - 60_000, ["one", "two"]);
  assert.deepEqual(readdirSync(folder), files);
  await texts.sweep(Date.now() - 60_000, []);
  assert.deepEqual(readdirSync(folder), files.slice(1));
  for (const id of ["one", "two", "two"]) await texts.remove(id);
  assert.deepEqual(readdirSync(folder), []);
});
