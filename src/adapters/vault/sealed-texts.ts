import { createHash, randomBytes } from "node:crypto";
import { open as openFile, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { open, sealing } from "./seal.ts";
import { makeFolder } from "../files/home.ts";

/** Texts that are too large for the store, each in a file, sealed with a key of its own that is kept elsewhere. */
export interface SealedTexts {
  /** Keeps a text, which comes in parts; bytes are UTF-8. @param id a secret: the file's name is its SHA-256 @returns the key, base64url: without it nobody reads the file */
  put(id: string, text: readonly (string | Uint8Array)[]): Promise<string>;
  /** The text; undefined where it is not there any more. Rejects where it was changed or the key is another one. */
  get(id: string, key: string): Promise<string | undefined>;
  remove(id: string): Promise<void>;
  /** Removes what was put before a moment, milliseconds since the epoch, but for what still lives. */
  sweep(before: number, living: Iterable<string>): Promise<void>;
}

/**
 * Files are written and read beside the event loop. What is written is not flushed: what a crash takes was answered in
 * part and can be asked for again.
 * @param folder made when the first text is put
 */
export function openSealedTexts(folder: string): SealedTexts {
  const nameOf = (id: string): string => createHash("sha256").update(id).digest("hex");
  return {
    async put(id, text) {
      makeFolder(folder, 0o700);
      const name = nameOf(id);
      const key = randomBytes(32);
      const path = join(folder, name);
      const file = await openFile(`${path}.new`, "wx", 0o600);
      try {
        // Piece by piece, so that neither time nor memory is taken for the whole at once.
        for (const sealed of sealing(key, piecesOf(text), name)) await file.writeFile(sealed);
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      return key.toString("base64url");
    },
    async get(id, key) {
      const name = nameOf(id);
      const sealed = await readFile(join(folder, name)).catch(absent);
      return sealed && open(Buffer.from(key, "base64url"), sealed, name).toString();
    },
    async remove(id) {
      await unlink(join(folder, nameOf(id))).catch(absent);
    },
    async sweep(before, living) {
      const kept = new Set(Array.from(living, nameOf));
      for (const name of (await readdir(folder).catch(absent)) ?? []) {
        if (kept.has(name)) continue;
        const path = join(folder, name);
        const found = await stat(path).catch(absent);
        if (found !== undefined && found.mtimeMs < before) await unlink(path).catch(absent);
      }
    },
  };
}

/** UTF-16 units, or bytes, that are sealed in one go. */
const PIECE = 131_072;

function* piecesOf(parts: readonly (string | Uint8Array)[]): Iterable<Uint8Array> {
  for (const part of parts)
    if (typeof part === "string") yield* piecesOfText(part);
    else for (let from = 0; from < part.length; from += PIECE) yield part.subarray(from, from + PIECE);
}

function* piecesOfText(text: string): Iterable<Uint8Array> {
  for (let from = 0; from < text.length; ) {
    // A character is not parted.
    const unit = text.charCodeAt(from + PIECE - 1);
    const to = from + (unit >= 0xd800 && unit <= 0xdbff ? PIECE - 1 : PIECE);
    yield Buffer.from(text.slice(from, to));
    from = to;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
