import { type KeyObject, sign } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { isObject } from "../../kernel/json.ts";
import { anchorText, asCheckpoint, type Checkpoint, type Statement } from "./chain.ts";

// The anchor states what the newest checkpoint does, beside the store, so that a record that lost its end is noticed.
// Its signature is its own: that of an earlier checkpoint in the log makes no earlier anchor. It is written only after
// what it names was flushed to the disk: losing power never leaves an anchor ahead of its store.

function text(writer: string, { before, hash, seq, time }: Statement, key: KeyObject): string {
  const statement = { before, hash, seq, time };
  const signature = sign(null, anchorText(writer, statement), key).toString("base64");
  return `${JSON.stringify({ format: "cardea-anchor/1", ...statement, signature })}\n`;
}

/**
 * Replaces the anchor in one step.
 * @param writer whose chain it is
 * @param statement that of the newest checkpoint
 * @param key the private one
 * @throws the file system's error
 */
export async function writeAnchor(path: string, writer: string, statement: Statement, key: KeyObject): Promise<void> {
  const draft = await open(`${path}.new`, "w", 0o600);
  try {
    await draft.writeFile(text(writer, statement, key));
    await draft.datasync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
}

/** As `writeAnchor`, at the beginning and the end of a run. */
export function writeAnchorNow(path: string, writer: string, statement: Statement, key: KeyObject): void {
  const draft = openSync(`${path}.new`, "w", 0o600);
  try {
    writeSync(draft, text(writer, statement, key));
    fdatasyncSync(draft);
  } finally {
    closeSync(draft);
  }
  renameSync(`${path}.new`, path);
}

/** @returns the anchor, `undefined` where there is none, `"unreadable"` where the file is no anchor */
export function readAnchor(path: string): Checkpoint | undefined | "unreadable" {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(content);
    if (!isObject(value) || value.format !== "cardea-anchor/1") return "unreadable";
    return asCheckpoint(value) ?? "unreadable";
  } catch {
    return "unreadable";
  }
}
