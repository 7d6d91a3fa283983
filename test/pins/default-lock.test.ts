import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDefaultLock } from "../../scripts/make-default-lock.ts";
import { packageTree } from "../../src/adapters/files/package-tree.ts";
import { loadConfig } from "../../src/config/load.ts";
import { artifactFault, judge, parseLock, serializeLock, sourceFault } from "../../src/domain/pins/index.ts";
import { isObject } from "../../src/kernel/json.ts";

const root = join(import.meta.dirname, "../..");
const text = readFileSync(join(root, "defaults/cardea.lock"), "utf8");
const parsed = parseLock(text);
const lock = "lock" in parsed ? parsed.lock : assert.fail(JSON.stringify(parsed.faults));
const loaded = loadConfig(readFileSync(join(root, "defaults/cardea.yaml")), "cardea.yaml");
const config = "config" in loaded ? loaded.config : assert.fail(JSON.stringify(loaded.faults));

test("T1: the shipped lock is what the installed package is and the live server publishes", async () => {
  const [reviewedBy, reviewedAt] = [lock.servers["files"]?.reviewedBy ?? "", lock.servers["files"]?.reviewedAt ?? ""];
  assert.equal(serializeLock(await makeDefaultLock({ by: reviewedBy, at: reviewedAt })), text);
});

test("T1: the shipped configuration names what was reviewed, and a start would find it, within 1.5 seconds of CPU time", () => {
  const server = config.servers["files"] ?? assert.fail();
  const { source } = server;
  assert.ok(source.kind === "package");
  assert.equal(sourceFault(lock, "files", server), undefined);
  const before = process.cpuUsage();
  const tree = packageTree(root, source.name) ?? assert.fail("not installed");
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_500_000);
  assert.equal(tree.version, source.version);
  assert.equal(artifactFault(lock, "files", tree), undefined);
});

test("P1 and P3: the first role may use exactly the tools that only read, by name", () => {
  const definitions = Object.entries(lock.servers["files"]?.definitions ?? {});
  const reading = definitions.flatMap(([entry, [pin]]) => {
    const annotations = pin?.definition["annotations"];
    return isObject(annotations) && annotations["readOnlyHint"] === true ? [entry.replace("tool:", "")] : [];
  });
  assert.equal(definitions.length, 14);
  assert.equal(reading.length, 10);
  const tools = Object.entries(config.servers["files"]?.tools ?? {});
  assert.deepEqual(
    tools
      .filter(([, tool]) => tool.effect === "read")
      .map(([name]) => name)
      .sort(),
    reading.sort(),
  );
  assert.equal(tools.length, reading.length);
  assert.deepEqual(
    config.access.map((rule) => [rule.role, [...rule.allow].sort()]),
    [["reader", reading.map((name) => `files.${name}`).sort()]],
  );
});

test("T3: one changed letter in a live definition would be seen", () => {
  const definition = lock.servers["files"]?.definitions["tool:read_file"]?.[0]?.definition ?? assert.fail();
  assert.equal(judge(lock, "files", "tool", "read_file", definition).pinned, true);
  const changed = { ...definition, description: `${String(definition["description"])} ` };
  assert.equal(judge(lock, "files", "tool", "read_file", changed).pinned, false);
});
