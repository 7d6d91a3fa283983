import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { followPins } from "../../src/compose/pins.ts";
import type { Config } from "../../src/config/config.ts";
import { EMPTY_LOCK, parseLock, pinServer, serializeLock } from "../../src/domain/pins/index.ts";
import { folder } from "../identity/setting.ts";

test("T1: a lockfile that was read earlier and accepted later is not put in the place of a newer one", async () => {
  const file = join(folder(), "cardea.lock");
  const narrow = serializeLock(EMPTY_LOCK);
  const wide = serializeLock(
    pinServer(EMPTY_LOCK, "files", { url: "http://one" }, { by: "person:root", at: "2026-11-21" }),
  );
  writeFileSync(file, narrow);
  assert.ok("lock" in parseLock(wide));
  const answers: (() => void)[] = [];
  const takes = (bytes: Uint8Array | undefined) =>
    new Promise<boolean>((resolve) => {
      if (Buffer.from(bytes ?? []).includes("http://one")) answers.push(() => resolve(true));
      else resolve(true);
    });
  const log = { info() {}, warn() {}, error() {} };
  const gate = { first: Buffer.from(narrow), takes, refused() {} };
  const pins = followPins(file, { servers: {} } as unknown as Config, log, new Map(), gate);
  writeFileSync(file, wide);
  const first = pins.poll();
  writeFileSync(file, narrow);
  const second = pins.poll();
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const answer of answers) answer();
  await Promise.all([first, second]);
  await pins.poll();
  assert.equal(pins.known("files"), false);
});
