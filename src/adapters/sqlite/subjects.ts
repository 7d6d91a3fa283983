import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { MasterKey } from "../vault/master-key.ts";
import { open, seal } from "../vault/seal.ts";
import { openReadable, openWritable } from "./db.ts";

/** The name of the store of subjects inside the home. */
export const SUBJECTS_DB = "subjects.db";

/** Who stands behind the subject ids of the record (invariant 6). Its file stays out of backups, so that erasing bites. */
export interface Subjects {
  /** The subject of an owner, made where there is none. */
  ensure(tenant: string, owner: string): Subject;
  /** The subject id of an owner, undefined where there is none. */
  find(tenant: string, owner: string): string | undefined;
  /** The owner behind a subject id, undefined where there is none (any more). */
  identify(subject: string): string | undefined;
  /** Seals a text so that only this subject's key opens it; erasing the subject destroys it. */
  seal(tenant: string, owner: string, text: string): string;
  /** Opens what was sealed for a subject; undefined where there is none (any more). Throws an Error where it was changed. */
  unseal(subject: string, sealed: string): string | undefined;
  /** Destroys the subject's key and sealed identity: what was recorded can no longer be tied to anybody. */
  erase(subject: string): void;
  close(): void;
}

/** One subject. */
export interface Subject {
  /** `s_` and 96 random bits. */
  readonly subject: string;
  /** The key of this subject's fingerprints; a KeyObject, because it is quick to use and prints no secret. */
  readonly fingerprintKey: KeyObject;
}

/** One subject with what stays in this file. */
interface Known extends Subject {
  readonly sealKey: Uint8Array;
}

// Rolled back through a journal that is deleted, and overwritten on deletion: no second file keeps an erased key.
const SCHEMA = `
  PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS subjects(
    subject TEXT PRIMARY KEY, lookup BLOB NOT NULL UNIQUE, key BLOB NOT NULL, identity BLOB NOT NULL) WITHOUT ROWID;`;

/** Subjects kept in memory; the oldest leaves first. */
const REMEMBERED = 10_000;

/**
 * Opens the store of subjects.
 * @param path `subjects.db`
 * @param master wraps the subjects' keys
 * @param readOnly the file must exist; `ensure` and `erase` throw
 * @throws SQLite's error, or an Error where the file belongs to another master key (at the first use)
 */
export function openSubjects(path: string, master: MasterKey, readOnly = false): Subjects {
  const db = readOnly ? openReadable(path) : openWritable(path);
  if (!readOnly) db.exec(SCHEMA);
  const lookupKey = createSecretKey(master.derive("subject lookup"));
  const remembered = new Map<string, Known>();
  const { bySubject, byLookup, insert, remove } = statements(db);

  const name = (tenant: string, owner: string) => {
    // The separator must not occur in what it separates, or two owners could share a subject.
    if (tenant.includes("\0")) throw new Error("The name of a tenant holds U+0000, which is not accepted");
    return `${tenant}\0${owner}`;
  };
  const lookup = (full: string) => createHmac("sha256", lookupKey).update(full).digest();
  const keyOf = (row: Record<string, unknown>) => master.open(row.key as Uint8Array, `subject key ${row.subject}`);
  const create = (full: string, sought: Buffer) => {
    const subject = `s_${randomBytes(12).toString("base64url")}`;
    const key = randomBytes(32);
    const identity = seal(key, Buffer.from(full), `subject identity ${subject}`);
    insert.run(subject, sought, master.seal(key, `subject key ${subject}`), identity);
  };

  const sealKeyOf = (key: Uint8Array) => Buffer.from(hkdfSync("sha256", key, "", "cardea/1 policy fields", 32));

  return {
    ensure: known,
    seal(tenant, owner, text) {
      const { subject, sealKey } = known(tenant, owner);
      return seal(sealKey, Buffer.from(text), `policy fields ${subject}`).toString("base64url");
    },
    unseal(subject, sealed) {
      const row = bySubject.get(subject);
      if (row === undefined) return undefined;
      return open(sealKeyOf(keyOf(row)), Buffer.from(sealed, "base64url"), `policy fields ${subject}`).toString();
    },
    find(tenant, owner) {
      const row = byLookup.get(lookup(name(tenant, owner)));
      return row && String(row.subject);
    },
    identify(subject) {
      const row = bySubject.get(subject);
      if (row === undefined) return undefined;
      const full = open(keyOf(row), row.identity as Uint8Array, `subject identity ${subject}`).toString();
      return full.slice(full.indexOf("\0") + 1);
    },
    erase(subject) {
      remove.run(subject);
      for (const [full, one] of remembered) if (one.subject === subject) remembered.delete(full);
    },
    close: () => db.close(),
  };

  function known(tenant: string, owner: string): Known {
    const full = name(tenant, owner);
    const known = remembered.get(full);
    if (known !== undefined) return known;
    const sought = lookup(full);
    if (byLookup.get(sought) === undefined) create(full, sought);
    const row = byLookup.get(sought) as Record<string, unknown>;
    const key = keyOf(row);
    const material = hkdfSync("sha256", key, "", "cardea/1 fingerprint", 32);
    const fingerprintKey = createSecretKey(Buffer.from(material));
    const made = { subject: String(row.subject), fingerprintKey, sealKey: sealKeyOf(key) };
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    remembered.set(full, made);
    return made;
  }
}

function statements(db: DatabaseSync) {
  return {
    bySubject: db.prepare("SELECT subject, key, identity FROM subjects WHERE subject = ?"),
    byLookup: db.prepare("SELECT subject, key FROM subjects WHERE lookup = ?"),
    insert: db.prepare("INSERT OR IGNORE INTO subjects(subject, lookup, key, identity) VALUES (?, ?, ?, ?)"),
    remove: db.prepare("DELETE FROM subjects WHERE subject = ?"),
  };
}
