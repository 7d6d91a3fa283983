import { dirname, resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import type { FoundArtifact } from "../domain/pins/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Upstream } from "../ports/upstream.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { makeFolder } from "../adapters/files/home.ts";
import { type PackageTree, packageTree } from "../adapters/files/package-tree.ts";
import { programDigest } from "../adapters/files/program.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { openHttpUpstream } from "../adapters/upstream-http/upstream.ts";
import { openStdioUpstream } from "../adapters/upstream-stdio/upstream.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";

/** The folder in whose node_modules the packages of servers are installed. */
const INSTALL_ROOT = resolve(import.meta.dirname, "../..");
/** A session or process that nobody used for so long is ended, milliseconds. */
const IDLE_MS = 5 * 60_000;

/** What is installed now of what stdio servers run, to be held against the pins; what cannot be found has no entry. */
export function findArtifacts(
  config: Config,
  files: ProjectFiles,
): ReadonlyMap<string, FoundArtifact & { readonly entry?: string }> {
  const found = new Map<string, FoundArtifact & { entry?: string }>();
  for (const { name, source } of Object.values(config.servers)) {
    if (source.kind === "package") {
      const tree = installed(source.name);
      if (tree?.version === source.version) found.set(name, tree);
    } else if (source.kind === "run") {
      const sha256 = programDigest(source.command, dirname(files.configFile));
      if (sha256 !== undefined) found.set(name, { sha256 });
    }
  }
  return found;
}

function installed(name: string): PackageTree | undefined {
  try {
    return packageTree(INSTALL_ROOT, name);
  } catch {
    return undefined;
  }
}

/** Every configured server behind its adapter. Nothing is started or dialled before it is used. */
export function openUpstreams(parts: {
  config: Config;
  files: ProjectFiles;
  artifacts: ReturnType<typeof findArtifacts>;
  clock: Clock;
  random: Random;
  log: Log;
  onEvent: (type: string, detail: JsonObject) => void;
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
    const absolute = (paths: readonly string[]): string[] => paths.map((path) => resolve(base, path));
    for (const path of absolute(server.sandbox.write)) makeFolder(path, 0o777);
    return openStdioUpstream({
      ...common,
      command:
        source.kind === "run"
          ? source.command
          : [process.execPath, parts.artifacts.get(name)?.entry ?? "", ...source.args],
      cwd: base,
      env: () =>
        Object.fromEntries(
          Object.entries(server.env).map(([key, value]) => [
            key,
            "value" in value ? value.value : secrets.resolve(value.reference),
          ]),
        ),
      secretEnv: Object.keys(server.env).filter((key) => "reference" in (server.env[key] ?? {})),
      sandbox: { ...server.sandbox, read: absolute(server.sandbox.read), write: absolute(server.sandbox.write) },
    });
  }
}
