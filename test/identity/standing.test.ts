/** Commands that wait for a proof while another process changes the same home. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { checkAccepted } from "../../src/compose/administration.ts";
import { openKeyAdmin, readConfig } from "../../src/compose/commands.ts";
import { readGranting } from "../../src/compose/granting.ts";
import { openAcceptAdmin, openPeopleAdmin } from "../../src/compose/people-admin.ts";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { systemClock } from "../../src/adapters/system/world.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { openAuditReader } from "../../src/adapters/audit-log/reader.ts";
import type { AskProof, Credentials } from "../../src/domain/identity/proof.ts";
import { claim } from "../fixtures/administrator.ts";
import { folder } from "./setting.ts";

const at = folder();
const [home, config] = [join(at, "home"), join(at, "cardea.yaml")];
const files = () => resolveFiles({ home, config, cwd: tmpdir(), env: {} });
const OWNER: Credentials = { login: "owner", password: "a long password of tests" };
const KEY = { owner: "service:x", roles: ["editor"], plan: "default" };

type People = Awaited<ReturnType<typeof openPeopleAdmin>>;
const opened: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  opened.push(one);
  return one;
};
/** What a process of its own would open. */
const people = async (): Promise<People> => keep(await openPeopleAdmin(files(), false, () => {}));
const keys = async () => keep(await openKeyAdmin(files(), false, () => {}));

/** A proof that is given after something else happened. */
const asking = (given: Credentials, first: () => Promise<unknown> = async () => {}): AskProof => ({
  async credentials() {
    await first();
    return given;
  },
  code: async () => undefined,
});

let other: People;
let made = 0;
/** Another administrator, by another process. */
async function administrator(): Promise<Credentials & { owner: string }> {
  const login = `carl${++made}`;
  const by = await other.prove("people.change", asking(OWNER));
  const { password } = await other.create(login, ["admin:security"], by);
  return { login, password, owner: `person:${login}` };
}
const end = async (owner: string) => other.end(owner, await other.prove("people.end", asking(OWNER)));
const strip = async (owner: string) =>
  other.setRoles(owner, ["editor"], await other.prove("people.change", asking(OWNER)));

before(async () => {
  writeFileSync(
    config,
    'servers: { raw: { url: "http://127.0.0.1:9/" } }\naccess: [{ role: editor, allow: ["raw.*"], effects: [read, write], approval: none }]\n',
  );
  await claim(home, config);
  other = await people();
});
after(async () => {
  for (const one of opened) await one.close();
});

test("I11: a command that waits for its proof judges the account as it is when the proof comes", async () => {
  for (const [change, why] of [
    [end, /login or the password is not right/],
    [strip, /needs an administrator with the duty/],
  ] as const) {
    const [users, making] = [await people(), await keys()];
    const carl = await administrator();
    await assert.rejects(
      users.prove(
        "people.change",
        asking(carl, () => change(carl.owner)),
      ),
      why,
    );
    await assert.rejects(making.prove("keys.grant", asking(carl)), why);
  }
});

test("I11: a proof counts no more where its administrator was ended, or lost the duty, before the write", async () => {
  for (const change of [end, strip]) {
    const carl = await administrator();
    const [users, making, accepting] = [await people(), await keys(), keep(await openAcceptAdmin(files()))];
    const mine = asking(carl);
    const by = await users.prove("people.change", mine);
    const grant = await making.prove("keys.grant", mine);
    const accept = accepting.accept(asking(carl, () => change(carl.owner)));
    const refused = { message: /was ended|with the duty|not right/ };
    await assert.rejects(accept, refused);
    await assert.rejects(users.create(`mallory${made}`, ["admin:security"], by), refused);
    await assert.rejects(users.revive(carl.owner, by), refused);
    await assert.rejects(users.setRoles(carl.owner, ["admin:security"], by), refused);
    await assert.rejects(users.reset("person:owner", by), refused);
    await assert.rejects(making.create(KEY, grant), refused);
    assert.deepEqual(await making.list(), []);
    assert.ok(!(await people()).accounts().some(({ owner }) => owner.startsWith("person:mallory")));
  }
});

test("I9 I11: roles are given on the account as it is now, and whoever became an administrator is not ended without proof", async () => {
  const users = await people();
  const carl = await administrator();
  const by = await users.prove("people.change", asking(OWNER));
  const stale = await people();
  await end(carl.owner);
  await other.revive(carl.owner, await other.prove("people.change", asking(OWNER)));
  const roles = ["editor", "admin:security"];
  assert.deepEqual((await users.setRoles(carl.owner, roles, by))?.roles, roles);
  assert.equal((await people()).accounts().find(({ owner }) => owner === carl.owner)?.endedAt, undefined);
  const eve = await other.create("eve", ["editor"], await other.prove("people.change", asking(OWNER)));
  const late = await people();
  await other.setRoles(eve.account.owner, roles, await other.prove("people.change", asking(OWNER)));
  await assert.rejects(late.end(eve.account.owner, undefined), /needs the proof of another one/);
  await assert.rejects(stale.first({ login: "second", password: "another long password" }, []), /made once/);
});

test("I4 I6: a new password ends every session and token of the person, and nobody else's", async () => {
  const carl = await administrator();
  const store = openArtifacts(join(home, "cardea.db"), openMasterKey(home), systemClock);
  opened.push(store);
  for (const kind of ["browser", "RefreshToken"])
    for (const owner of [carl.owner, "person:owner"]) await store.put(kind, owner, {}, { tenant: "default", owner });
  const before = await store.version();
  assert.ok(await other.reset(carl.owner, await other.prove("people.change", asking(OWNER))));
  for (const kind of ["browser", "RefreshToken"]) {
    assert.equal(await store.find(kind, carl.owner), undefined);
    assert.ok(await store.find(kind, "person:owner"));
  }
  assert.ok((await store.version()) > before, "running gateways forget what they remember of tokens");
});

test("A1: the record names the administrator who made an account", async () => {
  const reader = await openAuditReader(home);
  try {
    const created = (await reader.query({ tenant: "default", limit: 100 })).filter(
      ({ type }) => type === "account.created",
    );
    const owner = reader.subjectOf("default", "person:owner");
    assert.ok(created.length > 2);
    for (const { detail } of created) assert.equal(detail?.["by"], owner);
  } finally {
    reader.close();
  }
});

test("invariant 12: who removes or empties the store is not the first administrator of a home that had one", async () => {
  const own = folder();
  const [there, yaml] = [join(own, "home"), join(own, "cardea.yaml")];
  writeFileSync(yaml, readFileSync(config));
  await claim(there, yaml);
  const its = resolveFiles({ home: there, config: yaml, cwd: tmpdir(), env: {} });
  const checked = () => checkAccepted(its, readConfig(its), readGranting(its));
  assert.equal(await checked(), "claimed");
  const db = new DatabaseSync(join(there, "cardea.db"));
  db.exec("DELETE FROM accounts; DELETE FROM artifacts; DELETE FROM local_users");
  db.close();
  const anew = /cardea\.db back from a backup, or start with another home/;
  await assert.rejects(checked(), anew);
  const emptied = await openPeopleAdmin(its, true, () => {});
  assert.equal(await emptied.claim(), "lost");
  await assert.rejects(emptied.first({ login: "second", password: "another long password" }, []), /made once/);
  await emptied.close();
  for (const name of ["cardea.db", "cardea.db-wal", "cardea.db-shm"]) rmSync(join(there, name), { force: true });
  await assert.rejects(checked(), anew);
  await assert.rejects(
    openPeopleAdmin(its, true, () => {}),
    anew,
  );
  writeFileSync(join(there, "cardea.db"), "");
  await assert.rejects(checked(), anew);
});
