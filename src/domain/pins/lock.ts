import type { Kind } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";

/** What carries a pin. A single resource carries none: its text changes by its nature. */
export type PinKind = Exclude<Kind, "resource">;

/** One approved variant of a definition. */
export interface Pin {
  /** `sha256:` and hex SHA-256 of the definition's canonical JSON (RFC 8785). */
  readonly digest: string;
  /** Who approved it. */
  readonly by: string;
  /** When: an RFC 3339 date, or date and time in UTC. */
  readonly at: string;
  /** The definition exactly as it is forwarded. */
  readonly definition: JsonObject;
  /** What was found in it and accepted with it, each in one stable word. */
  readonly findings?: readonly string[];
}

/** The walls that a local program is started within (C6). Paths as the configuration writes them. */
export interface PinnedSandbox {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly network: "none" | "host";
  readonly memoryBytes: number;
  readonly cpuSeconds?: number;
  /** Where shared paths lie that a symbolic link leads elsewhere, by the path as it is written; below the project relative to it. */
  readonly real?: Readonly<Record<string, string>>;
}

/** What a person consented to besides the program (H6). Absent in a lockfile where nobody was asked: it is then not started. */
export interface Launch {
  /** By name: a reference such as `env:NAME`, or plain text. */
  readonly env: Readonly<Record<string, string | { readonly value: string }>>;
  readonly sandbox: PinnedSandbox;
}

/** What was reviewed to run or to reach. */
export type PinnedSource =
  | {
      /** `name@version`. */
      readonly package: string;
      /** Subresource integrity of the package, `sha512-…`, as the registry published it. */
      readonly integrity: string;
      /** `sha256:` and hex, over the files of the package and of everything it depends on. */
      readonly tree: string;
      readonly args?: readonly string[];
      readonly launch?: Launch;
    }
  | {
      /** The exact command (H6). */
      readonly run: readonly string[];
      /** `sha256:` and hex, of the program's file. */
      readonly sha256?: string;
      /** The same of other files that arguments name, by argument. */
      readonly files?: Readonly<Record<string, string>>;
      readonly launch?: Launch;
    }
  | { readonly url: string };

export interface PinnedServer {
  readonly source: PinnedSource;
  readonly reviewedBy: string;
  readonly reviewedAt: string;
  /** By `tool:<name>`, `prompt:<name>`, `template:<uriTemplate>` and `instructions`. */
  readonly definitions: Readonly<Record<string, readonly Pin[]>>;
}

/** `cardea.lock`: what a person approved. Records have no prototype. */
export interface Lock {
  readonly version: 1;
  readonly servers: Readonly<Record<string, PinnedServer>>;
}

/** A lock in which nothing is approved. */
export const EMPTY_LOCK: Lock = { version: 1, servers: record({}) };

/**
 * The name of an entry in `definitions`.
 * @param name the upstream's own name, or URI template; of no meaning for instructions
 */
export function entryName(kind: PinKind, name: string): string {
  return kind === "instructions" ? kind : `${kind}:${name}`;
}

/** The name that a definition of this kind carries itself: `name`, `uriTemplate`, or none for instructions. */
export function ownName(kind: PinKind, definition: JsonObject): string | undefined {
  if (kind === "instructions") return typeof definition["instructions"] === "string" ? "" : undefined;
  const name = definition[kind === "template" ? "uriTemplate" : "name"];
  return typeof name === "string" ? name : undefined;
}

/** The same members without a prototype, so that a name such as `constructor` finds nothing. */
export function record<T>(from: Readonly<Record<string, T>>): Record<string, T> {
  const made: Record<string, T> = Object.create(null);
  for (const name of Object.keys(from)) made[name] = from[name] as T;
  return made;
}
