import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";

const home = mkdtempSync(join(tmpdir(), "cardea-artifacts-"));
after(() => rmSync(home, { recursive: true, force: true }));
const clock = { time: Date.now(), now: () => clock.time, monotonic: () => clock.time };
const master = openMasterKey(home);
const path = join(home, "cardea.db");
const artifacts = openArtifacts(path, master, clock);
const other = openArtifacts(path, master, clock);
after(() => Promise.all([artifacts.close(), other.close()]));
const ada = { tenant: "default", owner: "person:ada@example.com" };

describe("artifacts in cardea.db", () => {
  it("keeps neither an id nor a payload in clear (A10)", async () => {
    const marks = { ...ada, grant: "grant-secret", uid: "uid-secret" };
    await artifacts.put("AccessToken", "token-secret", { scope: "files-payload" }, marks);
    const bytes = Buffer.concat(
      [path, `${path}-wal`].map((file) => {
        try {
          return readFileSync(file);
        } catch {
          return Buffer.alloc(0);
        }
      }),
    ).toString("latin1");
    assert.ok(bytes.includes("person:ada@example.com"), "the owner is what rows are ended by");
    for (const secret of ["token-secret", "grant-secret", "uid-secret", "files-payload"])
      assert.ok(!bytes.includes(secret), secret);
    assert.deepEqual((await other.find("AccessToken", "token-secret"))?.payload, { scope: "files-payload" });
    assert.deepEqual((await other.findByUid("AccessToken", "uid-secret"))?.payload, { scope: "files-payload" });
    assert.equal(await other.find("RefreshToken", "token-secret"), undefined);
  });

  it("does not open a payload that was moved to another row", async () => {
    await artifacts.put("AccessToken", "weak", { scope: "a" }, ada);
    await artifacts.put("AccessToken", "strong", { scope: "b" }, ada);
    const db = new DatabaseSync(path);
    db.exec(`UPDATE artifacts SET payload = (SELECT payload FROM artifacts WHERE id = unhex('${sha("strong")}'))
      WHERE id = unhex('${sha("weak")}')`);
    db.close();
    await assert.rejects(artifacts.find("AccessToken", "weak"), /does not open/);
    await artifacts.remove("AccessToken", "weak");
  });

  it("uses up once, whoever asks at the same time, and writing it again does not make it new", async () => {
    await artifacts.put("RefreshToken", "r", { n: 1 }, ada);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 ? artifacts : other).consume("RefreshToken", "r", 5)),
    );
    assert.equal(answers.filter(Boolean).length, 1);
    await artifacts.put("RefreshToken", "r", { n: 2 }, ada);
    assert.deepEqual(await artifacts.find("RefreshToken", "r"), { payload: { n: 2 }, consumedAt: 5 });
    assert.equal(await artifacts.consume("RefreshToken", "r", 6), false);
    assert.equal(await artifacts.consume("RefreshToken", "unknown", 6), false);
  });

  it("finds nothing that is over, and sweeps it without a new version", async () => {
    await artifacts.put("AuthorizationCode", "c", {}, { ...ada, uid: "u", expiresAt: clock.time + 1000 });
    assert.ok(await artifacts.find("AuthorizationCode", "c"));
    clock.time += 1000;
    assert.equal(await artifacts.find("AuthorizationCode", "c"), undefined);
    assert.equal(await artifacts.findByUid("AuthorizationCode", "u"), undefined);
    assert.equal(await artifacts.consume("AuthorizationCode", "c", clock.time), false);
    assert.deepEqual(await artifacts.ofOwner("default", "AuthorizationCode", ada.owner), []);
    await artifacts.put("AuthorizationCode", "old", {}, { ...ada, expiresAt: Date.now() - 1000 });
    const before = await artifacts.version();
    assert.ok((await artifacts.sweep(Date.now())) >= 1);
    assert.equal(await artifacts.version(), before);
  });

  it("removes by grant and by owner, of one tenant alone, and every process sees that something went", async () => {
    await artifacts.put("AccessToken", "1", {}, { ...ada, grant: "g" });
    await artifacts.put("RefreshToken", "2", {}, { ...ada, grant: "g" });
    await artifacts.put("AccessToken", "3", {}, { ...ada, grant: "h" });
    const before = await other.version();
    assert.equal(await artifacts.removeGrant("g"), 2);
    assert.notEqual(await other.version(), before);
    assert.ok(await artifacts.find("AccessToken", "3"));
    await artifacts.put("AccessToken", "4", {}, { ...ada, tenant: "other" });
    const ended = await artifacts.removeOwner("default", ada.owner);
    assert.ok((ended.get("AccessToken") ?? 0) >= 1);
    assert.equal(await artifacts.find("AccessToken", "3"), undefined);
    assert.ok(await artifacts.find("AccessToken", "4"));
  });
});

function sha(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
