import { hkdfSync, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../files/home.ts";
import { open, seal } from "./seal.ts";

/** The one key that everything at rest hangs on. It seals and derives; its bytes are never handed out. */
export interface MasterKey {
  /** @param aad what the sealed bytes are bound to, e.g. `audit signing key` */
  seal(plain: Uint8Array, aad: string): Buffer;
  /** Throws an Error where the bytes were changed, sealed with another key, or bound to something else. */
  open(sealed: Uint8Array, aad: string): Buffer;
  /** 32 bytes for one purpose (HKDF-SHA256, RFC 5869). @param label names the purpose */
  derive(label: string): Buffer;
}

const SIZE = 32;
const VARIABLE = "CARDEA_MASTER_KEY";
const FILE = "master.key";
/** What is in a home only after the master key was: a new key would open none of it. */
const SEALED = ["audit.key", "subjects.db", "cardea.db"];

/**
 * Opens the master key: from the environment (`CARDEA_MASTER_KEY`, base64 of 32 bytes) where it is set, else from
 * `master.key` in the home, which is made on first use (32 random bytes, mode 0600, in a folder of mode 0700).
 * @param home the folder of the state
 * @param create false: a missing key is an error instead of made
 * @throws Error where what was sealed with a key is there and the key is not; else it says what is wrong with the key, the file or its permissions, and what would be accepted
 */
export function openMasterKey(home: string, create = true): MasterKey {
  const root = fromEnvironment() ?? fromFile(home, create);
  const derive = (label: string) => Buffer.from(hkdfSync("sha256", root, "", `cardea/1 ${label}`, SIZE));
  const sealing = derive("seal");
  return {
    seal: (plain, aad) => seal(sealing, plain, aad),
    open: (sealed, aad) => open(sealing, sealed, aad),
    derive,
  };
}

function fromEnvironment(): Buffer | undefined {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  const key = Buffer.from(text, "base64");
  if (key.length !== SIZE || key.toString("base64") !== text.trim()) {
    throw new Error(`${VARIABLE} must be base64 of exactly ${SIZE} bytes, e.g. from: openssl rand -base64 ${SIZE}`);
  }
  return key;
}

function fromFile(home: string, create: boolean): Buffer {
  if (create) makeFolder(home, 0o700);
  const path = join(home, FILE);
  for (;;) {
    try {
      return read(home, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      if (!create) throw new Error(`There is no master key: ${path} does not exist and ${VARIABLE} is not set`);
    }
    const sealed = SEALED.find((name) => existsSync(join(home, name)));
    // Another first start may have made the key, and with it what it seals, since it was looked for.
    if (sealed === undefined) make(path);
    else if (!existsSync(path))
      throw new Error(
        `${path} is missing, but ${sealed} beside it was made with it; bring it back from your copy, or set ${VARIABLE}`,
      );
  }
}

function read(home: string, path: string): Buffer {
  if ((statSync(home).mode & 0o022) !== 0) {
    throw new Error(`${home} may be written by others, who could replace the master key; run: chmod 700 ${home}`);
  }
  const file = openSync(path, "r");
  try {
    const { mode, size } = fstatSync(file);
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `${path} has mode 0${(mode & 0o777).toString(8)}: others may read the master key; run: chmod 600 ${path}`,
      );
    }
    if (size !== SIZE)
      throw new Error(`${path} has ${size} bytes; a master key has exactly ${SIZE}. Restore it from your copy`);
    const key = Buffer.alloc(SIZE);
    readSync(file, key, 0, SIZE, 0);
    return key;
  } finally {
    closeSync(file);
  }
}

/** Writes a whole key under another name first, then links it: of two first starts one wins, and neither reads half a key. */
function make(path: string): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, randomBytes(SIZE));
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
}
