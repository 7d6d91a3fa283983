/** Rows of the store that were written by somebody who does not hold the master key. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { openLocalUsers } from "../../src/adapters/sqlite/local-users.ts";
import type { TamperedRow } from "../../src/adapters/sqlite/row-mac.ts";
import { ADA, folder, ROWS } from "./setting.ts";

const ACCOUNT = { tenant: "t1", owner: "person:ada", source: "corp", sub: "1", roles: ["dev"] };
const GRANT = { tenant: "t1", owner: "person:ada", environment: "dev", client: "c1", clientName: "One", createdAt: 1 };
const TIMES = { createdAt: 1, checkedAt: 1 };
const HASH = "0".repeat(64);

async function setting() {
  const path = join(folder(), "cardea.db");
  const told: TamperedRow[] = [];
  const rows = { ...ROWS, tampered: (row: TamperedRow) => void told.push(row) };
  const open = () => ({
    directory: openDirectory(path, rows),
    keys: openKeys(path, rows),
    users: openLocalUsers(path, rows),
  });
  const { directory, keys, users } = open();
  await directory.putAccount({ ...ACCOUNT, ...TIMES });
  await directory.putAccount({ ...ACCOUNT, ...TIMES, owner: "person:bo", sub: "2", roles: ["admin:security"] });
  await directory.putGrant({ ...GRANT, id: "g_1", scopes: ["files:read"], expiresAt: 9 });
  await keys.create("t1", { record: { ...ADA, id: "k_1" }, hash: HASH });
  await users.create({ tenant: "t1", login: "ada", password: "$argon2id$1", createdAt: 1 });
  return { directory, keys, users, told, open, shell: new DatabaseSync(path) };
}

test("I5 I11: a changed column of an account, key, grant or local user makes the row count for nothing", async () => {
  const changes: [table: string, set: string][] = [
    ["accounts", `roles = '["admin:security"]'`],
    ["accounts", "roles = 'no JSON'"],
    ["accounts", "sub = '9'"],
    ["accounts", "source = 'local'"],
    ["accounts", "ended_at = 5"],
    ["accounts", "mac = NULL"],
    [
      "accounts",
      "roles = (SELECT roles FROM accounts WHERE owner = 'person:bo'), mac = (SELECT mac FROM accounts WHERE owner = 'person:bo')",
    ],
    ["grants", `scopes = '["files:write"]'`],
    ["grants", "expires_at = 99"],
    ["grants", "owner = 'person:bo'"],
    ["keys", `roles = '["admin"]'`],
    ["keys", "owner = 'person:bo'"],
    ["keys", "scope = '[]'"],
    ["keys", "expires_at = 99"],
    ["keys", `hash = '${"1".repeat(64)}'`],
    ["local_users", "password = '$argon2id$2'"],
    ["local_users", "totp = 'x'"],
  ];
  for (const [table, set] of changes) {
    const { directory, keys, users, told, shell } = await setting();
    const before = await directory.version();
    const where =
      { accounts: "owner = 'person:ada'", grants: "id = 'g_1'", keys: "id = 'k_1'" }[table] ?? "login = 'ada'";
    shell.exec(`UPDATE ${table} SET ${set} WHERE ${where}`);
    shell.close();
    const { accounts, grants } = await directory.all();
    const ada = accounts.find(({ owner }) => owner === "person:ada");
    const seen = {
      accounts: [ada?.roles.length === 1, ada?.endedAt === undefined],
      grants: [grants[0]?.revokedAt === undefined],
      keys: [(await keys.all()).length === 1, (await keys.list("t1")).length === 1],
      local_users: [(await users.find("t1", "ada")) !== undefined, (await users.list("t1")).length === 1],
    };
    for (const [name, counts] of Object.entries(seen))
      assert.ok(
        counts.every((one) => one === (name !== table)),
        `${table} ${set}: ${name}`,
      );
    assert.equal(told[0]?.table, table);
    if (table === "accounts" && !set.startsWith("mac"))
      assert.ok(
        (await directory.changes(before))?.accounts.every((account) => account.endedAt !== undefined),
        set,
      );
    for (const one of [directory, keys, users]) await one.close();
  }
});

test("I5 I11: no change by the program gives a tampered row its authority back", async () => {
  const { directory, keys, users, shell } = await setting();
  shell.exec(`UPDATE accounts SET roles = '["admin:security"]' WHERE owner = 'person:ada';
    UPDATE grants SET scopes = '["files:write"]'; UPDATE keys SET roles = '["x"]'; UPDATE local_users SET password = '$argon2id$2'`);
  shell.close();
  await assert.rejects(directory.putAccount({ ...ACCOUNT, ...TIMES, checkedAt: 2 }), /tampered/);
  assert.notEqual((await directory.reviveAccount("t1", "person:ada"))?.endedAt, undefined);
  assert.deepEqual((await directory.endAccount("t1", "person:ada", 5))?.roles, []);
  assert.notEqual((await directory.revokeGrant("t1", "g_1", 5))?.revokedAt, undefined);
  await assert.rejects(directory.putGrant({ ...GRANT, id: "g_1", scopes: [], expiresAt: 9 }));
  assert.equal(await keys.expire("t1", "k_1", 5), undefined);
  assert.equal(await keys.revoke("t1", "k_1", 5), undefined);
  assert.equal(await users.setPassword("t1", "ada", "$argon2id$3"), false);
  assert.equal(await users.setSecondFactor("t1", "ada", undefined), false);
  assert.equal(await users.find("t1", "ada"), undefined);
  assert.deepEqual([await keys.all(), (await directory.all()).accounts.length], [[], 2]);
});

test("I5: what the program changes stays intact, for other processes with the same master key alone", async () => {
  const { directory, keys, users, told, open } = await setting();
  await directory.putAccount({ ...ACCOUNT, ...TIMES, roles: ["ops"] });
  await directory.revokeGrant("t1", "g_1", 5);
  await directory.putGrant({ ...GRANT, id: "g_1", scopes: ["files:write"], expiresAt: 9 });
  await directory.touchGrants([{ id: "g_1", at: 7 }]);
  await keys.expire("t1", "k_1", 50);
  await keys.touch("t1", [{ id: "k_1", at: 7 }]);
  await users.setPassword("t1", "ada", "$argon2id$3");
  await users.setSecondFactor("t1", "ada", { sealed: "s", step: 4 });
  assert.equal(await users.useStep("t1", "ada", 5), true);
  assert.equal(await users.useStep("t1", "ada", 5), false);
  await users.countTry("t1", "ada", 6);
  const again = open();
  const { accounts, grants } = await again.directory.all();
  assert.deepEqual(
    [accounts[0]?.roles, grants[0]?.scopes, grants[0]?.revokedAt],
    [["ops"], ["files:write"], undefined],
  );
  assert.equal((await again.keys.all())[0]?.record.expiresAt, 50);
  assert.equal((await again.users.find("t1", "ada"))?.totpStep, 5);
  assert.deepEqual(told, []);
});
