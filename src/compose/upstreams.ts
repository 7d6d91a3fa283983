import { dirname, resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import type { FoundArtifact } from "../domain/pins/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Upstream } from "../ports/upstream.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { makeFolder } from "../adapters/files/home.ts";
import { programDigest } from "../adapters/files/program.ts";
import { ServerPackages } from "../adapters/packages/installed.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { openHttpUpstream } from "../adapters/upstream-http/upstream.ts";
import { openStdioUpstream } from "../adapters/upstream-stdio/upstream.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";

/** The folder in whose node_modules the packages that come with Cardea are installed. */
const INSTALL_ROOT = resolve(import.meta.dirname, "../..");
/** A session or process that nobody used for so long is ended, milliseconds. */
const IDLE_MS = 5 * 60_000;

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

/** What is installed now of what stdio servers run, to be held against the pins; what cannot be found has no entry. */
export function findArtifacts(config: Config, files: ProjectFiles): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const server of Object.values(config.servers)) {
    const artifact = findArtifact(server, files);
    if (artifact !== undefined) found.set(server.name, artifact);
  }
  return found;
}

/** The same of one server. */
export function findArtifact({ name, source }: ServerConfig, files: ProjectFiles): Found | undefined {
  if (source.kind === "package") return packagesOf(files).find(name, source.name, source.version);
  if (source.kind === "url") return undefined;
  const sha256 = programDigest(source.command, dirname(files.configFile));
  return sha256 === undefined ? undefined : { sha256 };
}

/** What is executed: the program and its arguments, without the walls around them. */
export function commandOf({ source }: ServerConfig, found: Found | undefined): readonly string[] {
  if (source.kind === "url") return [];
  return source.kind === "run" ? source.command : [process.execPath, found?.entry ?? "", ...source.args];
}

/** The walls, with paths that hold whatever the working folder is. @param base the folder of the configuration */
export function sandboxOf({ sandbox }: ServerConfig, base: string): ServerConfig["sandbox"] {
  const absolute = (paths: readonly string[]): string[] => paths.map((path) => resolve(base, path));
  return { ...sandbox, read: absolute(sandbox.read), write: absolute(sandbox.write) };
}

/** Every configured server behind its adapter. Nothing is started or dialled before it is used. */
export function openUpstreams(parts: {
  config: Config;
  files: ProjectFiles;
  artifacts: ReadonlyMap<string, Found>;
  clock: Clock;
  random: Random;
  log: Log;
  onEvent: (type: string, detail: JsonObject) => void;
  /** The first lines that a local server writes to its standard error, without secrets; nobody hears them where it is not given. */
  heard?: (server: string, line: string) => void;
}): { readonly all: ReadonlyMap<string, Upstream>; close(): Promise<void> } {
  const base = dirname(parts.files.configFile);
  const secrets = createSecrets(base, process.env);
  const all = new Map<string, Upstream>();
  for (const server of Object.values(parts.config.servers)) all.set(server.name, open(server));
  return {
    all,
    async close() {
      await Promise.all([...all.values()].map((upstream) => upstream.close()));
    },
  };

  function open(server: ServerConfig): Upstream {
    const { config, clock, random, log, onEvent } = parts;
    const { name, source, credential } = server;
    const common = {
      name,
      timeoutMs: server.timeoutMs,
      maxResultBytes: config.limits.resultBytes,
      maxLinks: server.processes,
      idleMs: IDLE_MS,
      shared: server.shared,
      requests: server.requests,
      clock,
      random,
      log,
      onEvent,
    };
    if (source.kind === "url")
      return openHttpUpstream({
        ...common,
        url: source.url,
        private: server.private,
        credential: credential && {
          ...credential,
          value: () => secrets.expand(credential.value),
          parts: () =>
            [...credential.value.matchAll(/\$\{([^}]*)\}/g)].map(([, reference = ""]) => secrets.resolve(reference)),
        },
      });
    const sandbox = sandboxOf(server, base);
    for (const path of sandbox.write) makeFolder(path, 0o777);
    return openStdioUpstream({
      ...common,
      command: commandOf(server, parts.artifacts.get(name)),
      cwd: base,
      env: () =>
        Object.fromEntries(
          Object.entries(server.env).map(([key, value]) => [
            key,
            "value" in value ? value.value : secrets.resolve(value.reference),
          ]),
        ),
      secretEnv: Object.keys(server.env).filter((key) => "reference" in (server.env[key] ?? {})),
      sandbox,
      ...(parts.heard === undefined ? {} : { heard: (line: string) => parts.heard?.(name, line) }),
    });
  }
}
