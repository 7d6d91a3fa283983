import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSync } from "@swc/core";
import { check } from "recheck";

const rooms = join(import.meta.dirname, "../../src/domain/inspection");

/** Every regular expression that is written in a file. */
function patternsOf(node: unknown): { pattern: string; flags: string }[] {
  if (Array.isArray(node)) return node.flatMap(patternsOf);
  if (node === null || typeof node !== "object") return [];
  const { type, pattern, flags } = node as Record<string, unknown>;
  const own = type === "RegExpLiteral" ? [{ pattern: String(pattern), flags: String(flags) }] : [];
  return [...own, ...Object.values(node).flatMap(patternsOf)];
}

/**
 * Takes away the bounds of repetitions, which the check would count through one by one: what is linear without a bound
 * is linear with it.
 */
function unbounded(pattern: string): string {
  return pattern
    .replace(/\{(\d+),(\d+)\}/g, (whole, _, most: string) => (Number(most) > 8 ? "*" : whole))
    .replace(/\{(\d{2,})\}/g, "{3}");
}

const patterns = new Map<string, string>();
for (const file of globSync("{secrets,personal,hidden}/*.ts", { cwd: rooms }))
  for (const { pattern, flags } of patternsOf(
    parseSync(readFileSync(join(rooms, file), "utf8"), { syntax: "typescript" }),
  ))
    patterns.set(`/${pattern}/${flags}`, file);

const LIMIT_MS = 8_000;

async function isLinear(written: string): Promise<boolean> {
  const end = written.lastIndexOf("/");
  const [pattern, flags] = [written.slice(1, end), written.slice(end + 1)];
  const loosened = await check(unbounded(pattern), flags, { timeout: LIMIT_MS });
  if (loosened.status === "safe") return true;
  return (await check(pattern, flags, { timeout: LIMIT_MS })).status === "safe";
}

test("S1, S2 and S4: every pattern of these detectors takes linear time", async () => {
  assert.ok(patterns.size > 200, `only ${patterns.size} patterns were read`);
  assert.equal((await check("^(a|a)*$", "")).status, "vulnerable", "the check finds what it looks for");
  // Without a repetition of open length there is nothing to try twice.
  const waiting = [...patterns].filter(([written]) => /[*+]|\{\d+,/.test(written));
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      assert.ok(await isLinear(next[0]), `${next[1]}: ${next[0]}`);
  };
  await Promise.all([lane(), lane()]);
});
