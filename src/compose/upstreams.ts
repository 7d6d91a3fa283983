import { dirname, resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Upstream } from "../ports/upstream.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { makeFolder } from "../adapters/files/home.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { openHttpUpstream } from "../adapters/upstream-http/upstream.ts";
import { openStdioUpstream } from "../adapters/upstream-stdio/upstream.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import type { Found } from "./artifacts.ts";
import { createSpawnCheck } from "./spawn-check.ts";

/** A session or process that nobody used for so long is ended, milliseconds. */
const IDLE_MS = 5 * 60_000;

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
  const check = createSpawnCheck(parts);
  const all = new Map<string, Upstream>();
  for (const server of Object.values(parts.config.servers)) all.set(server.name, open(server));
  return {
    all,
    async close() {
      await Promise.all([...all.values()].map((upstream) => upstream.close()));
      await check.close();
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
    if (parts.artifacts.get(name)?.unfit === undefined) for (const path of sandbox.write) makeFolder(path, 0o777);
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
      sandbox: { ...sandbox, hidden: [parts.files.home] },
      changed: () => check.changed(server),
      ...(parts.heard === undefined ? {} : { heard: (line: string) => parts.heard?.(name, line) }),
    });
  }
}
