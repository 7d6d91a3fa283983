import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MasterKey } from "../vault/master-key.ts";
import { FILES } from "./files.ts";

const PURPOSE = "audit signing key";

/**
 * The Ed25519 key that signs checkpoints: its private half sealed in `audit.key`, its public half in clear in
 * `audit.pub` (PEM). Made on first use, by the one process that holds the record's lock.
 * @param home the folder of the state, which exists
 * @throws Error where the private half is missing although something was signed with it, or the halves do not match
 */
export function openSigningKey(home: string, master: MasterKey): KeyObject {
  const sealed = join(home, FILES.key);
  const clear = join(home, FILES.publicKey);
  if (!existsSync(sealed)) {
    if (existsSync(clear) || existsSync(join(home, FILES.log))) {
      throw new Error(`${sealed} is missing, and ${FILES.log} was signed with it. Restore it from your copy`);
    }
    const bytes = generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" });
    writeFileSync(`${sealed}.new`, master.seal(bytes, PURPOSE), { mode: 0o600, flush: true });
    renameSync(`${sealed}.new`, sealed);
  }
  const key = openSealed(sealed, master);
  const text = createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
  if (!existsSync(clear)) writeFileSync(clear, text, { mode: 0o644, flush: true });
  if (readFileSync(clear, "utf8") !== text) {
    throw new Error(`${clear} is not the public half of ${FILES.key}. Restore it from your copy`);
  }
  return key;
}

/** The private half. Throws an Error where it is missing, was changed or was sealed with another master key. */
function openSealed(path: string, master: MasterKey): KeyObject {
  return createPrivateKey({ key: master.open(readFileSync(path), PURPOSE), format: "der", type: "pkcs8" });
}

/**
 * Whether a public key is that of the private half at `sealed`. Whoever may write the files can put a key of their own in
 * the place of the public one, and sign with it; they cannot seal it.
 * @throws Error where the private half is missing or the master key does not open it
 */
export function isSealedKey(key: KeyObject, sealed: string, master: MasterKey): boolean {
  return createPublicKey(openSealed(sealed, master)).equals(key);
}

/** Reads the public half. Throws an Error where the file is missing or holds no Ed25519 key. */
export function readPublicKey(path: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(`There is no public key: ${path} is missing`);
  }
  if (key?.asymmetricKeyType !== "ed25519") throw new Error(`${path} holds no Ed25519 public key in PEM form`);
  return key;
}

/** `sha256:…` over the DER form, to compare keys by eye. */
export function keyName(key: KeyObject): string {
  return `sha256:${hash("sha256", key.export({ format: "der", type: "spki" }), "hex")}`;
}
