import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { CommandFacts } from "../domain/catalogue/servers-admin.ts";
import {
  artifactFault,
  commandChanges,
  type Lock,
  shownWord,
  sourceDigest,
  sourceFault,
  sourceNow,
} from "../domain/pins/index.ts";
import { Refused } from "../kernel/errors.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { installationOf } from "../adapters/packages/installed.ts";
import { needsOf } from "../adapters/packages/needs.ts";
import type { Published } from "../adapters/packages/npm.ts";
import { confine, probeRuntime } from "../adapters/sandbox/confine.ts";
import { findProgram } from "../adapters/sandbox/program.ts";
import type { Sandbox } from "../adapters/sandbox/sandbox.ts";
import { holds, realPath } from "../adapters/files/shares.ts";
import { type Found } from "./artifacts.ts";
import { commandOf, sandboxOf } from "./upstreams.ts";

/** Variables that are named at most. */
const NAMED = 5;

/**
 * The exact command of a local server with everything that a consent holds for (H6).
 * @param published what the registry said a moment ago; undefined: it was not asked
 * @returns undefined for a server that is reached and not started
 */
export function commandFacts(
  server: ServerConfig,
  found: Found | undefined,
  files: ProjectFiles,
  { lock, servers }: { readonly lock: Lock; readonly servers: Readonly<Record<string, ServerConfig>> },
  published?: Published,
): CommandFacts | undefined {
  const { name, source } = server;
  if (source.kind === "url") return undefined;
  const base = dirname(files.configFile);
  const sandbox = sandboxOf(server, base);
  const command = commandOf(server, found);
  const now = sourceNow(server, found ?? {});
  const pinned = lock.servers[name]?.source;
  const fault = sourceFault(lock, name, server) ?? artifactFault(lock, name, found ?? {});
  const needs =
    found?.root === undefined || source.kind !== "package"
      ? undefined
      : needsOf(join(found.root, "node_modules", source.name));
  return {
    ...startOf(command, base, { ...sandbox, hidden: [files.home] }, found?.unfit),
    env: Object.entries(server.env).map(([variable, one]) => ({
      name: variable,
      from: "reference" in one ? one.reference : JSON.stringify(one.value),
    })),
    sandbox,
    leads: leadsTo(server, base),
    package:
      source.kind === "package"
        ? {
            spec: `${source.name}@${source.version}`,
            integrity: found?.integrity ?? "",
            tree: found?.tree ?? "",
            packages: found?.folders?.length ?? 0,
          }
        : undefined,
    sha256: found?.sha256,
    ...checks(server, found, published),
    advice: [...othersWrite(server, servers, base), ...adviceFor(server, base, sandbox, needs)],
    digest: sourceDigest(now),
    consent: fault === undefined ? "given" : pinned === undefined ? "never" : "changed",
    changes: pinned === undefined || fault === undefined ? [] : commandChanges(pinned, now),
  };
}

/** What is executed, and what is spawned around it, as far as it could be started here. */
function startOf(
  command: readonly string[],
  base: string,
  sandbox: Sandbox,
  unfit: string | undefined,
): Pick<CommandFacts, "line" | "spawned" | "confinement" | "fault"> {
  try {
    const program = findProgram(command, base);
    const line = [program.file, ...program.args];
    if (unfit !== undefined) return { line, spawned: undefined, confinement: undefined, fault: unfit };
    // What is written is made when the server starts; it need not be there yet.
    const there = { ...sandbox, write: sandbox.write.filter((path) => existsSync(path)) };
    try {
      const { argv, kind, networkOpen } = confine(command, base, there, probeRuntime());
      const open = networkOpen && sandbox.network === "none" ? ", which cannot close the network" : "";
      return { line, spawned: argv, confinement: `${kind}${open}`, fault: undefined };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { line, spawned: undefined, confinement: undefined, fault: error.message };
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { line: command, spawned: undefined, confinement: undefined, fault: error.message };
  }
}

/** T2: what was checked of what runs, and what was not. */
function checks(
  { source, name }: ServerConfig,
  found: Found | undefined,
  published: Published | undefined,
): Pick<CommandFacts, "checked" | "unchecked"> {
  const [checked, unchecked]: [string[], string[]] = [[], []];
  if (source.kind === "run") {
    if (found?.sha256 === undefined)
      unchecked.push("The command names no file of its own that could be pinned; only its words are");
    else {
      checked.push("The file of the program or script is pinned");
      unchecked.push("What the program loads besides is not pinned");
    }
    const named = Object.keys(found?.files ?? {}).map(shownWord);
    if (named.length > 0) checked.push(`Files that arguments name are pinned: ${named.join(", ")}`);
    return { checked, unchecked };
  }
  if (found?.root === undefined || found.folders === undefined) {
    unchecked.push(`The package is not installed: cardea servers install ${name}`);
    return { checked, unchecked };
  }
  const { packages, unproved, scripts } = installationOf(found.root, found.folders);
  checked.push(
    `npm held ${packages - unproved.length} of ${packages} packages against the integrity that the registry published`,
  );
  if (unproved.length > 0) unchecked.push(`No registry vouches for: ${shortened(unproved)}`);
  if (scripts.length > 0) checked.push(`Install scripts were not run: ${shortened(scripts)}`);
  if (published === undefined) unchecked.push("Signature and provenance of the package were not verified");
  else {
    if (published.integrity !== undefined && published.integrity === found.integrity)
      checked.push("The integrity is the one that the registry tells now");
    unchecked.push(
      published.signed
        ? "The registry tells a signature; nobody checked it here"
        : "The registry tells no signature of this package",
      published.attested
        ? "There is an attestation of how it was built; nobody checked it here"
        : "There is no attestation of who built it from which source",
    );
  }
  return { checked, unchecked };
}

/** What a person may want to say before the first start: paths among the arguments, variables, a place to write. */
function adviceFor(
  { source, env }: ServerConfig,
  base: string,
  sandbox: CommandFacts["sandbox"],
  needs: ReturnType<typeof needsOf> | undefined,
): string[] {
  const advice: string[] = [];
  const words = source.kind === "package" ? source.args : source.kind === "run" ? source.command.slice(1) : [];
  const shared = [...sandbox.read, ...sandbox.write];
  const script = source.kind === "run" ? words.find((word) => !word.startsWith("-")) : undefined;
  for (const word of words) {
    const path = resolve(base, word.replace(/^--?[A-Za-z][\w-]*=/, ""));
    const isPath = word !== script && !/^-[A-Za-z-]*$/.test(word) && existsSync(path);
    const seen = shared.some((one) => path === one || path.startsWith(`${one}/`));
    if (isPath && !seen)
      advice.push(
        `The argument ${JSON.stringify(shownWord(word))} exists here, and the server will not see it. To share it: --read ${shownWord(word)} (or --write ${shownWord(word)})`,
      );
  }
  const missing = needs?.variables.filter((name) => !Object.hasOwn(env, name)) ?? [];
  if (missing.length > 0)
    advice.push(
      `Its code reads variables that it is not given: ${shortened(missing)}. To give one: --env NAME=env:VARIABLE, or --env NAME=text`,
    );
  if (needs?.writes === true && sandbox.write.length === 0)
    advice.push(
      "Its code writes files, and it may write nowhere but into a /tmp that is gone when it ends. To give it a place: --write FOLDER",
    );
  if (needs?.network === true && sandbox.network === "none")
    advice.push("Its code opens connections, and the network is closed to it. If it needs that: --network host");
  return advice;
}

/** Where links lead that are among the shared paths: from the absolute path to the real one. */
function leadsTo({ sandbox }: ServerConfig, base: string): Readonly<Record<string, string>> {
  const paths = [...sandbox.read, ...sandbox.write].map((path) => resolve(base, path));
  return Object.fromEntries(
    paths.map((path) => [path, realPath(path) ?? path]).filter(([path, real]) => path !== real),
  );
}

/** Shared paths that another confined server can change, also by putting a link there. */
function othersWrite(
  { name, source, sandbox }: ServerConfig,
  servers: Readonly<Record<string, ServerConfig>>,
  base: string,
): string[] {
  const real = (path: string): string => realPath(resolve(base, path)) ?? resolve(base, path);
  const words = source.kind === "run" ? source.command.slice(1).filter((word) => existsSync(resolve(base, word))) : [];
  const said: string[] = [];
  for (const other of Object.values(servers)) {
    if (other.name === name || other.source.kind === "url") continue;
    for (const path of new Set([...sandbox.read, ...sandbox.write, ...words])) {
      const over = other.sandbox.write.find(
        (write) => holds(real(write), real(path)) || (!words.includes(path) && holds(real(path), real(write))),
      );
      if (over !== undefined)
        said.push(
          `The server ${other.name} may write ${shownWord(over)}, and so change what ${name} finds in ${shownWord(path)}`,
        );
    }
  }
  return said;
}

function shortened(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
