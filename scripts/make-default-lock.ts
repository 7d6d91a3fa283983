// Makes defaults/cardea.lock: starts the real server of defaults/cardea.yaml over stdio, lists what it publishes and pins
// all of it as it would be forwarded. Whoever runs it reviews the difference in git, and signs with --by.
//   node scripts/make-default-lock.ts --by "Ada Lovelace" [--at 2026-09-01]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { z } from "zod";
import { packageTree } from "../src/adapters/files/package-tree.ts";
import { formatFault } from "../src/config/fault.ts";
import { loadConfig } from "../src/config/load.ts";
import {
  type Approver,
  approve,
  EMPTY_LOCK,
  type Lock,
  pinServer,
  serializeLock,
  sourceNow,
} from "../src/domain/pins/index.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import { forwardedTool } from "../src/protocol/passlist.ts";

const root = join(import.meta.dirname, "..");
const lockFile = join(root, "defaults/cardea.lock");

/** Lets everything through: the SDK's own schemas drop members that they do not know, and those are pinned too. */
const Anything = z.looseObject({});

/** What is installed and published now, as a lock. */
export async function makeDefaultLock(approver: Approver): Promise<Lock> {
  const loaded = loadConfig(readFileSync(join(root, "defaults/cardea.yaml")), "defaults/cardea.yaml");
  if ("faults" in loaded) throw new Error(loaded.faults.map(formatFault).join(""));
  let lock = EMPTY_LOCK;
  for (const server of Object.values(loaded.config.servers)) {
    const { name, source } = server;
    if (source.kind !== "package") throw new Error(`${name}: the first boot runs installed packages alone`);
    const tree = packageTree(root, source.name);
    if (tree?.version !== source.version) throw new Error(`${name}: ${source.name}@${source.version} is not installed`);
    lock = pinServer(lock, name, sourceNow(server, tree), approver);
    for (const { kind, definition } of await published(tree.entry)) {
      lock = approve(lock, name, kind, definition, approver);
    }
  }
  return lock;
}

async function published(entry: string): Promise<{ kind: "tool" | "instructions"; definition: JsonObject }[]> {
  const workspace = mkdtempSync(join(tmpdir(), "cardea-default-lock-"));
  const client = new Client({ name: "cardea-default-lock", version: "1.0.0" });
  try {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [entry, workspace],
      stderr: "ignore",
    });
    await client.connect(transport);
    const { prompts, resources } = client.getServerCapabilities() ?? {};
    if (prompts !== undefined || resources !== undefined)
      throw new Error("it publishes more than tools: pin that as well");
    const instructions = client.getInstructions();
    const found = (await tools(client)).map((tool) => ({ kind: "tool" as const, definition: forwardedTool(tool) }));
    return instructions === undefined ? found : [...found, { kind: "instructions", definition: { instructions } }];
  } finally {
    await client.close();
    rmSync(workspace, { recursive: true });
  }
}

async function tools(client: Client): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.request(
      { method: "tools/list", params: cursor === undefined ? {} : { cursor } },
      Anything,
    );
    found.push(...(page["tools"] as JsonObject[]));
    cursor = page["nextCursor"] as string | undefined;
  } while (cursor !== undefined);
  return found;
}

if (import.meta.main) {
  const { by, at } = parseArgs({ options: { by: { type: "string" }, at: { type: "string" } } }).values;
  if (by === undefined) throw new Error("--by is missing: who has reviewed this?");
  writeFileSync(
    lockFile,
    serializeLock(await makeDefaultLock({ by, at: at ?? new Date().toISOString().slice(0, 10) })),
  );
}
