import { dirname, resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import type { FoundArtifact } from "../domain/pins/index.ts";
import { argumentDigests, programDigest } from "../adapters/files/program.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { findShares, realPath } from "../adapters/files/shares.ts";
import { ServerPackages } from "../adapters/packages/installed.ts";

/** The folder in whose node_modules the packages that come with Cardea are installed. */
const INSTALL_ROOT = resolve(import.meta.dirname, "../..");

/** The packages of servers: those of the home, and those that come with Cardea. */
export const packagesOf = (files: ProjectFiles): ServerPackages => new ServerPackages(files.home, INSTALL_ROOT);

/** What was found on the disk of a local server. */
export interface Found extends FoundArtifact {
  /** The script of a package, absolute. */
  readonly entry?: string;
  /** The folder in whose node_modules it lies, and those of the package and of what it depends on. */
  readonly root?: string;
  readonly folders?: readonly string[];
}

/** What of a server is looked for on the disk. */
export type Local = Pick<ServerConfig, "name" | "source"> & {
  readonly sandbox: Pick<ServerConfig["sandbox"], "read" | "write">;
};

/** What is installed now of what stdio servers run, to be held against the pins; what cannot be found has no entry. */
export function findArtifacts(config: Config, files: ProjectFiles): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const server of Object.values(config.servers)) {
    const artifact = findArtifact(server, files);
    if (artifact !== undefined) found.set(server.name, artifact);
  }
  return found;
}

/** The same of one server. Every file is read. */
export function findArtifact({ name, source, sandbox }: Local, files: ProjectFiles): Found | undefined {
  if (source.kind === "url") return undefined;
  const { real, unfit } = findShares(sandbox, files);
  const shares = {
    ...(Object.keys(real).length === 0 ? {} : { real }),
    ...(unfit === undefined ? {} : { unfit }),
  };
  if (source.kind === "package") {
    const tree = packagesOf(files).find(name, source.name, source.version);
    return tree === undefined ? undefined : { ...tree, ...shares };
  }
  const base = dirname(files.configFile);
  const sha256 = programDigest(source.command, base);
  // What a server may change itself cannot be pinned.
  const own = sandbox.write.flatMap((path) => realPath(resolve(base, path)) ?? []);
  const words = argumentDigests(source.command, base, own);
  return {
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(Object.keys(words).length === 0 ? {} : { files: words }),
    ...shares,
  };
}
