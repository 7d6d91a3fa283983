import assert from "node:assert/strict";
import { createHash, createSecretKey, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { openSubjects } from "../../src/adapters/sqlite/subjects.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { argumentFingerprints, fingerprinter } from "../../src/domain/audit/fingerprint.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { home, open, record } from "./setting.ts";

const ADA = "person:ada@example.com";

test("A2: a subject is random, the same for the same owner, another in another tenant, and kept", (t) => {
  const dir = home(t);
  const master = openMasterKey(dir);
  const first = openSubjects(join(dir, "subjects.db"), master);
  const ada = first.ensure("default", ADA);
  assert.match(ada.subject, /^s_[A-Za-z0-9_-]{16}$/);
  assert.equal(first.ensure("default", ADA).subject, ada.subject);
  assert.notEqual(first.ensure("other", ADA).subject, ada.subject);
  assert.notEqual(first.ensure("default", "service:ada@example.com").subject, ada.subject);
  assert.equal(first.find("default", "person:eve@example.com"), undefined);
  assert.throws(() => first.ensure("a\0b", "c"), /U\+0000/);
  first.close();
  const second = openSubjects(join(dir, "subjects.db"), openMasterKey(dir), true);
  assert.equal(second.find("default", ADA), ada.subject);
  assert.equal(second.identify(ada.subject), ADA);
  assert.equal(second.identify("s_unknown"), undefined);
  assert.ok(second.ensure("default", ADA).fingerprintKey.equals(ada.fingerprintKey));
  assert.throws(() => second.ensure("default", "person:new@example.com"), /readonly/);
  second.close();
});

test("A2: erasing destroys the key: nothing of it stays in any file, and the owner begins anew", (t) => {
  const dir = home(t);
  const path = join(dir, "subjects.db");
  const subjects = openSubjects(path, openMasterKey(dir));
  const ada = subjects.ensure("default", ADA);
  const bob = subjects.ensure("default", "person:bob@example.com");
  const raw = new DatabaseSync(path, { readOnly: true });
  const row = raw.prepare("SELECT key, identity, lookup FROM subjects WHERE subject = ?").get(ada.subject);
  raw.close();
  subjects.erase(ada.subject);
  assert.equal(subjects.identify(ada.subject), undefined);
  assert.equal(subjects.find("default", ADA), undefined);
  assert.equal(subjects.identify(bob.subject), "person:bob@example.com");
  const again = subjects.ensure("default", ADA);
  assert.notEqual(again.subject, ada.subject);
  assert.ok(!again.fingerprintKey.equals(ada.fingerprintKey));
  subjects.close();
  for (const name of readdirSync(dir)) {
    const bytes = readFileSync(join(dir, name));
    for (const part of [row?.key, row?.identity]) assert.ok(!bytes.includes(part as Buffer), name);
  }
});

test("A2: another master key opens nothing", (t) => {
  const dir = home(t);
  const other = home(t);
  const subjects = openSubjects(join(dir, "subjects.db"), openMasterKey(dir));
  const { subject } = subjects.ensure("default", ADA);
  subjects.close();
  const stolen = openSubjects(join(dir, "subjects.db"), openMasterKey(other), true);
  assert.equal(stolen.find("default", ADA), undefined);
  assert.throws(() => stolen.identify(subject), /sealed with another key/);
  stolen.close();
});

test("A2: no file of the record holds an owner or an argument's value or unknown name in clear", async (t) => {
  const dir = home(t);
  const master = openMasterKey(dir);
  const subjects = openSubjects(join(dir, "subjects.db"), master);
  const { subject, fingerprintKey } = subjects.ensure("default", ADA);
  const args = argumentFingerprints(
    fingerprinter(fingerprintKey),
    { path: "/salaries.csv", zanzibar: "x" },
    new Set(["path"]),
  );
  const { records } = await open(dir);
  await records.append(record(1, { subject, args }));
  for (const closed of [false, true]) {
    if (closed) {
      subjects.close();
      await records.close();
    }
    const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
    assert.ok(names.includes("audit/000000000001.log"));
    for (const name of names.filter((one) => statSync(join(dir, one)).isFile())) {
      const bytes = readFileSync(join(dir, name));
      for (const secret of ["ada@example", "salaries", "zanzibar"])
        assert.ok(!bytes.includes(secret), `${secret} in ${name}`);
    }
  }
});

test("A2: a fingerprint is the first 132 bits of SHA-256 over the subject's key in hex and the text", () => {
  const key = randomBytes(32);
  for (const text of ["", "x", "ü…😀", "x".repeat(5000)]) {
    const digest = createHash("sha256").update(key.toString("hex")).update(text).digest();
    assert.equal(fingerprinter(createSecretKey(key))(text), `h:${digest.toString("base64url").slice(0, 22)}`);
  }
});

test("A1: fingerprints: equal for equal values however they are ordered, different otherwise and by key", (t) => {
  const dir = home(t);
  const subjects = openSubjects(join(dir, "subjects.db"), openMasterKey(dir));
  const ada = fingerprinter(subjects.ensure("default", ADA).fingerprintKey);
  const bob = fingerprinter(subjects.ensure("default", "person:bob@example.com").fingerprintKey);
  subjects.close();
  assert.match(ada("x"), /^h:[A-Za-z0-9_-]{22}$/);
  assert.notEqual(ada("x"), bob("x"));
  const known = new Set(["a", "b"]);
  const one = argumentFingerprints(ada, { a: { x: 1, y: [1, 2] }, b: "v", c: null }, known);
  assert.deepEqual(argumentFingerprints(ada, { c: null, b: "v", a: { y: [1, 2], x: 1 } }, known), one);
  assert.deepEqual(Object.keys(one.names as JsonObject), ["a", "b"]);
  assert.equal(one.unknown, 1);
  const none = argumentFingerprints(ada, { a: { x: 1, y: [1, 2] }, b: "v", c: null }, undefined);
  assert.deepEqual(none, { all: one.all, names: {}, unknown: 3 });
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (x, y) => {
      const [left, right] = [x, y].map((value) => argumentFingerprints(ada, { a: value } as JsonObject, new Set()));
      const same = JSON.stringify(x) === JSON.stringify(y);
      if (same) assert.deepEqual(left, right);
      else if (typeof x !== "object" && typeof y !== "object") assert.notEqual(left?.all, right?.all);
    }),
  );
  assert.deepEqual(Object.keys(argumentFingerprints(ada, { b: "v" }, known)), ["names"]);
  const odd = argumentFingerprints(ada, JSON.parse('{"__proto__":1}') as JsonObject, new Set(["__proto__"]));
  assert.match(JSON.stringify(odd), /"names":\{"__proto__":"h:/);
});

test("C1: the master key is made once, for its owner alone, and refused where others could read or replace it", (t) => {
  const dir = join(home(t), "state");
  assert.throws(() => openMasterKey(dir, false), /There is no master key/);
  assert.ok(!existsSync(dir));
  const sealed = openMasterKey(dir).seal(Buffer.from("secret"), "purpose");
  const path = join(dir, "master.key");
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(path).length, 32);
  assert.deepEqual(readdirSync(dir), ["master.key"]);
  const again = openMasterKey(dir, false);
  assert.equal(again.open(sealed, "purpose").toString(), "secret");
  assert.deepEqual(again.derive("a"), openMasterKey(dir).derive("a"));
  assert.notDeepEqual(again.derive("a"), again.derive("b"));
  chmodSync(path, 0o640);
  assert.throws(() => openMasterKey(dir), /mode 0640.*chmod 600/);
  chmodSync(path, 0o600);
  chmodSync(dir, 0o770);
  assert.throws(() => openMasterKey(dir), /chmod 700/);
  chmodSync(dir, 0o700);
  writeFileSync(path, "short");
  assert.throws(() => openMasterKey(dir), /5 bytes/);
});

test("C1: what is sealed opens only unchanged, for its purpose, with its key", (t) => {
  const master = openMasterKey(home(t));
  const sealed = master.seal(Buffer.from("secret"), "purpose");
  assert.notDeepEqual(master.seal(Buffer.from("secret"), "purpose"), sealed);
  assert.throws(() => master.open(sealed, "other"), /does not open/);
  assert.throws(() => openMasterKey(home(t)).open(sealed, "purpose"), /does not open/);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    assert.throws(() => master.open(changed, "purpose"), Error, String(at));
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => master.open(sealed.subarray(0, length), "purpose"), Error);
  }
});

test("C1: the master key may come from the environment, as base64 of exactly 32 bytes", (t) => {
  const dir = join(home(t), "state");
  t.after(() => delete process.env.CARDEA_MASTER_KEY);
  for (const bad of ["", "x", Buffer.alloc(31).toString("base64"), `${Buffer.alloc(32).toString("base64")}!`]) {
    process.env.CARDEA_MASTER_KEY = bad;
    assert.throws(() => openMasterKey(dir), /must be base64 of exactly 32 bytes/);
  }
  process.env.CARDEA_MASTER_KEY = Buffer.alloc(32, 7).toString("base64");
  const sealed = openMasterKey(dir).seal(Buffer.from("secret"), "purpose");
  assert.equal(openMasterKey(dir, false).open(sealed, "purpose").toString(), "secret");
  mkdirSync(dir, { recursive: true });
  assert.deepEqual(readdirSync(dir), []);
});
