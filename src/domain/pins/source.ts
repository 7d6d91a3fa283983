import type { Lock } from "./lock.ts";

/** Where the configuration says that a server comes from. */
export type ConfiguredSource =
  | { readonly kind: "package"; readonly name: string; readonly version: string }
  | { readonly kind: "run"; readonly command: readonly string[] }
  | { readonly kind: "url"; readonly url: string };

/** What was found on the disk before a start. */
export interface FoundArtifact {
  /** Subresource integrity of an installed package. */
  readonly integrity?: string;
  /** Digest over the files of an installed package and its dependencies. */
  readonly tree?: string;
  /** Digest of a program's file. */
  readonly sha256?: string;
}

/**
 * T1, H6: whether the configuration names what was reviewed.
 * @returns one sentence that says what differs; undefined where nothing does
 */
export function sourceFault(lock: Lock, server: string, configured: ConfiguredSource): string | undefined {
  const pinned = lock.servers[server]?.source;
  if (pinned === undefined) return `The server ${server} is not in the lockfile`;
  if (configured.kind === "package") {
    const wanted = `${configured.name}@${configured.version}`;
    if ("package" in pinned && pinned.package === wanted) return undefined;
    const reviewed = "package" in pinned ? pinned.package : "no package";
    return `The server ${server} is configured as ${wanted}, and ${reviewed} was reviewed`;
  }
  if (configured.kind === "run") {
    const same = "run" in pinned && JSON.stringify(pinned.run) === JSON.stringify(configured.command);
    return same ? undefined : `The command of the server ${server} is not the one that was reviewed`;
  }
  const same = "url" in pinned && pinned.url === configured.url;
  return same ? undefined : `The URL of the server ${server} is not the one that was reviewed`;
}

/**
 * T1: whether what is installed is what was reviewed. What the lockfile does not pin is not compared.
 * @returns one sentence that says what differs; undefined where nothing does
 */
export function artifactFault(lock: Lock, server: string, found: FoundArtifact): string | undefined {
  const pinned = lock.servers[server]?.source;
  if (pinned === undefined) return `The server ${server} is not in the lockfile`;
  if ("package" in pinned) {
    if (found.tree === undefined) return `The package ${pinned.package} is not installed, or not whole`;
    if (found.integrity !== pinned.integrity)
      return `The integrity of ${pinned.package} is not the one that was reviewed`;
    if (found.tree !== pinned.tree) {
      return `The installed files of ${pinned.package} or of what it depends on are not the ones that were reviewed`;
    }
  }
  if ("run" in pinned && pinned.sha256 !== undefined && found.sha256 !== pinned.sha256) {
    return `The program of the server ${server} is not the one that was reviewed`;
  }
  return undefined;
}
