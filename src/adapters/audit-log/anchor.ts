import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { isObject } from "../../kernel/json.ts";
import { asCheckpoint, type Checkpoint } from "./chain.ts";

// The anchor is the newest checkpoint, kept beside the store, so that a record that lost its end is noticed. It is
// written only after what it names was flushed to the disk: losing power never leaves an anchor ahead of its store.

const text = (checkpoint: Checkpoint) => `${JSON.stringify({ format: "cardea-anchor/1", ...checkpoint })}\n`;

/** Replaces the anchor in one step. Rejects with the file system's error. */
export async function writeAnchor(path: string, checkpoint: Checkpoint): Promise<void> {
  const draft = await open(`${path}.new`, "w", 0o600);
  try {
    await draft.writeFile(text(checkpoint));
    await draft.datasync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
}

/** As `writeAnchor`, at the beginning and the end of a run. */
export function writeAnchorNow(path: string, checkpoint: Checkpoint): void {
  const draft = openSync(`${path}.new`, "w", 0o600);
  try {
    writeSync(draft, text(checkpoint));
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
