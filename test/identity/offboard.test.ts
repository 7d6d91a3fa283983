import assert from "node:assert/strict";
import { test } from "node:test";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { createDirectory, grantId } from "../../src/domain/identity/directory.ts";
import { createKeyring } from "../../src/domain/identity/keyring.ts";
import { mintKey } from "../../src/domain/identity/key-format.ts";
import { findOwner, offboard, type OffboardParts } from "../../src/domain/identity/offboard.ts";
import { clockAt, folder, random } from "./setting.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";

const tenant = "default";
const owner = "person:ada@example.com";

/** Ada with two keys, one consent, two sessions and a token. */
async function stage() {
  const clock = clockAt(10_000);
  const keys = openKeys(":memory:");
  const artifacts = openArtifacts(":memory:", openMasterKey(folder()), clock);
  const directory = await createDirectory(openDirectory(":memory:"), clock);
  const times = { createdAt: 0, checkedAt: 0 };
  for (const login of ["ada@example.com", "grace@example.com"])
    await directory.save({
      ...times,
      tenant,
      owner: `person:${login}`,
      source: "corp",
      sub: login,
      roles: ["engineer"],
    });
  const bearers: string[] = [];
  for (const whose of [owner, owner, "person:grace@example.com"]) {
    const { key, id, hash } = mintKey(random, "dev");
    const record = { id, tenant, owner: whose, roles: [], environment: "dev", plan: "default", createdAt: 0 };
    await keys.create(tenant, { record, hash });
    bearers.push(key);
  }
  const client = { client: "c", clientName: "C", environment: "dev" };
  const id = grantId(tenant, owner, "c");
  await directory.saveGrant({ ...client, id, tenant, owner, scopes: [], createdAt: 0, expiresAt: 99_000 });
  for (const [kind, name] of [
    ["browser", "1"],
    ["browser", "2"],
    ["AccessToken", "3"],
  ] as const)
    await artifacts.put(kind, name, {}, { tenant, owner, expiresAt: 99_000 });
  const events: LifecycleEvent[] = [];
  const approvals = { endOwner: async () => ({ pending: 2, given: 1, standing: 4 }) };
  const quarantine = { endOwner: async () => 5 };
  const flow = { endOwner: async () => 6 };
  const record = async (event: LifecycleEvent) => void events.push(event);
  const parts: OffboardParts = { directory, keys, artifacts, approvals, quarantine, flow, clock, record };
  const ring = await createKeyring(keys, clock, directory);
  const works = () => bearers.map((bearer) => ring.authenticate(bearer, "dev").ok);
  return { parts, events, directory, keys, artifacts, ring, works, id };
}

const who = { tenant, owner, by: "s_admin" };

test("I9: a person is ended everywhere, told in numbers, and each ending is recorded", async () => {
  const { parts, events, directory, works, ring, id } = await stage();
  assert.deepEqual(works(), [true, true, true]);
  const ended = await offboard(parts, who);
  assert.deepEqual(ended, {
    owner,
    account: "ended",
    keys: 2,
    grants: 1,
    artifacts: { AccessToken: 1, browser: 2 },
    approvals: 3,
    standing: 4,
    quarantined: 5,
    labels: 6,
    failures: [],
  });
  assert.notEqual(directory.account(tenant, owner)?.endedAt, undefined);
  assert.notEqual(directory.grant(id)?.revokedAt, undefined);
  await ring.poll();
  assert.deepEqual(works(), [false, false, true]);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["account.ended", "key.revoked", "key.revoked", "consent.revoked", "person.offboarded"],
  );
  assert.ok(events.every(({ detail }) => detail?.["by"] === "s_admin"));
  assert.deepEqual((await offboard(parts, who)).account, "ended before");
});

test("I9: the account ends first; what fails afterwards is said, keeps nothing alive, and is done the next time", async () => {
  const { parts, works } = await stage();
  const broken = () => Promise.reject(new Error("the disk is full"));
  const failing: OffboardParts = {
    ...parts,
    keys: { list: (of) => parts.keys.list(of), revoke: broken },
    artifacts: { removeOwner: broken },
    record: broken,
  };
  const ended = await offboard(failing, who);
  assert.deepEqual([ended.account, ended.keys, ended.grants], ["ended", 0, 1]);
  assert.ok(ended.failures.some((why) => /^Revoking k_\w+ failed$/.test(why)));
  assert.ok(ended.failures.includes("Removing tokens and sessions failed"));
  assert.ok(ended.failures.includes("Recording account.ended failed"));
  // The keys are not revoked, and their owner's account is what refuses them.
  assert.deepEqual(works(), [false, false, true]);
  const again = await offboard(parts, who);
  assert.deepEqual([again.account, again.keys, again.artifacts], ["ended before", 2, { AccessToken: 1, browser: 2 }]);
});

test("I9: an owner of keys alone gets an ended account, so that nobody comes in under the name later", async () => {
  const { parts, directory } = await stage();
  const service = "service:nightly";
  await offboard(parts, { ...who, owner: service });
  const account = directory.account(tenant, service);
  assert.deepEqual([account?.source, account?.endedAt], ["key", 10_000]);
  const person = { tenant, owner: service, source: "corp", sub: "x", roles: [], createdAt: 0, checkedAt: 0 };
  await assert.rejects(directory.save(person), /another source/);
});

test("I9: a person is found by login, owner, or the part before the @ where it is one account's alone", () => {
  const known = [owner, "person:ada@other.com", "person:bob@example.com", "service:night"];
  const cases: [text: string, owner: string | undefined][] = [
    [owner, owner],
    ["ada@example.com", owner],
    ["bob", "person:bob@example.com"],
    ["ada", undefined],
    ["night", "service:night"],
    ["nobody", undefined],
  ];
  for (const [text, found] of cases) assert.equal(findOwner(text, known), found, text);
});
