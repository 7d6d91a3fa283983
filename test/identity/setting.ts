import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { RowKey } from "../../src/adapters/sqlite/row-mac.ts";
import { firstAdministrator, type Proven } from "../../src/domain/identity/proof.ts";
import type { KeyRecord } from "../../src/ports/keys.ts";
import type { Clock, Random } from "../../src/ports/world.ts";

/** A clock that a test sets. */
export function clockAt(start: number): Clock & { set(now: number): void; advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    set: (at) => void (now = at),
    advance: (ms) => void (now += ms),
  };
}

export const random: Random = {
  bytes: (n) => randomBytes(n),
  id: (prefix) => `${prefix}${randomBytes(12).toString("base64url")}`,
};

/** The proof that a test makes accounts with. */
export const maker = (): Promise<Proven> => firstAdministrator(async () => "none", "default", "person:maker");

/** The key of rows that several processes of a test write. */
export const ROWS: RowKey = { key: Buffer.alloc(32, 7), tampered: () => {} };

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A folder that is removed when the tests end. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "cardea-state-"));
  folders.push(made);
  return made;
}

export const ADA: Omit<KeyRecord, "id"> = {
  tenant: "t1",
  owner: "person:ada@example.com",
  roles: ["dev"],
  environment: "dev",
  plan: "default",
  createdAt: 1_000,
};
