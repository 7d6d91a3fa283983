import { hash } from "node:crypto";
import type { JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";
import {
  entryName,
  type Lock,
  ownName,
  type Pin,
  type PinKind,
  type PinnedServer,
  type PinnedSource,
  record,
} from "./lock.ts";

/** Whether a definition is approved; where it is not, why, and what is. */
export type Judgement =
  | { readonly pinned: true; readonly digest: string }
  | {
      readonly pinned: false;
      readonly reason: "unpinned" | "changed" | "server-unpinned";
      readonly digest: string;
      /** Digests of the approved variants. */
      readonly approved: readonly string[];
    };

/** The digest that pins a definition: `sha256:` and hex SHA-256 of its canonical JSON (RFC 8785). */
export function digestOf(definition: JsonObject): string {
  return `sha256:${hash("sha256", canonical(definition))}`;
}

/**
 * T3: holds a definition, as it would be forwarded, against what was approved.
 * @param name the upstream's own name, or URI template
 */
export function judge(lock: Lock, server: string, kind: PinKind, name: string, definition: JsonObject): Judgement {
  return judgeDigest(lock, server, kind, name, digestOf(definition));
}

/** The same where the digest of the definition is known already. */
export function judgeDigest(lock: Lock, server: string, kind: PinKind, name: string, digest: string): Judgement {
  const pinned = lock.servers[server];
  if (pinned === undefined) return { pinned: false, reason: "server-unpinned", digest, approved: [] };
  const pins = pinned.definitions[entryName(kind, name)] ?? [];
  if (pins.some((pin) => pin.digest === digest)) return { pinned: true, digest };
  const approved = pins.map((pin) => pin.digest);
  return { pinned: false, reason: approved.length === 0 ? "unpinned" : "changed", digest, approved };
}

/** Who approves, and when (RFC 3339, UTC). */
export interface Approver {
  readonly by: string;
  readonly at: string;
}

/** Approves where a server comes from. Definitions that were approved before stay so. */
export function pinServer(lock: Lock, server: string, source: PinnedSource, approver: Approver): Lock {
  const definitions = lock.servers[server]?.definitions ?? record({});
  return withServer(lock, server, { source, reviewedBy: approver.by, reviewedAt: approver.at, definitions });
}

/**
 * Approves a definition.
 * @param variants "replace": what was approved under this name no longer is. "add": both are, for upstreams whose
 *   lists differ per user
 * @param findings what was found in it and is accepted with it
 * @throws RangeError where the server is not pinned, or the definition does not carry its own name
 */
export function approve(
  lock: Lock,
  server: string,
  kind: PinKind,
  definition: JsonObject,
  approver: Approver,
  variants: "replace" | "add" = "replace",
  findings: readonly string[] = [],
): Lock {
  const pinned = lock.servers[server];
  if (pinned === undefined) throw new RangeError(`The server ${server} is not pinned`);
  const name = ownName(kind, definition);
  if (name === undefined) throw new RangeError(`This is no definition of a ${kind}`);
  const entry = entryName(kind, name);
  const accepted = findings.length === 0 ? {} : { findings: findings.toSorted() };
  const pin: Pin = { digest: digestOf(definition), by: approver.by, at: approver.at, definition, ...accepted };
  const others = variants === "add" ? (pinned.definitions[entry] ?? []).filter((one) => one.digest !== pin.digest) : [];
  return withServer(lock, server, {
    ...pinned,
    definitions: record({ ...pinned.definitions, [entry]: [...others, pin] }),
  });
}

/** Takes a whole server out: what it runs, and everything that was approved of it. */
export function removeServer(lock: Lock, server: string): Lock {
  const servers = record(lock.servers);
  delete servers[server];
  return { version: 1, servers };
}

/** Takes the approval of a definition back, all its variants. */
export function removeDefinition(lock: Lock, server: string, kind: PinKind, name: string): Lock {
  const pinned = lock.servers[server];
  if (pinned === undefined) return lock;
  const definitions = record(pinned.definitions);
  delete definitions[entryName(kind, name)];
  return withServer(lock, server, { ...pinned, definitions });
}

function withServer(lock: Lock, server: string, pinned: PinnedServer): Lock {
  return { version: 1, servers: record({ ...lock.servers, [server]: pinned }) };
}
