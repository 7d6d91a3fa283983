import { basename } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { ServerConfig } from "../config/config.ts";
import type { Asking, NewServer } from "../domain/catalogue/servers-admin.ts";
import { artifactFault, pinServer, removeServer, sourceNow } from "../domain/pins/index.ts";
import type { AskProof } from "../ports/proof.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { lookUp, PackageFault, type Published } from "../adapters/packages/npm.ts";
import { CONFIG, LOCK } from "./granting.ts";
import { commandFacts } from "./local-commands.ts";
import { withoutServer, withServer } from "./server-entries.ts";
import { approverOf, type Changing, consentDetail } from "./servers-changing.ts";
import { Unusable } from "./unusable.ts";
import { findArtifact, packagesOf } from "./artifacts.ts";

/** Every so often it is said that an installation goes on, milliseconds. */
const STILL_MS = 10_000;

/**
 * Adds a server: installs its package, shows the exact command, and with an administrator's proof writes configuration
 * and consent together. Without the proof nothing is left.
 */
export async function addServer(changing: Changing, name: string, wanted: NewServer, ask: Asking): Promise<void> {
  const { files } = changing;
  await changing.administration();
  refuseDownloaders(wanted.run ?? []);
  const published = wanted.package === undefined ? undefined : await publishedNow(wanted.package, files, ask);
  const config = withServer(files, name, wanted);
  const server = serverOf(config, name, files);
  const { undo } = await fetched(server, files, published !== undefined, ask.progress);
  try {
    const { lock, config: before } = changing.catalogue();
    const found = findArtifact(server, files);
    const facts = commandFacts(server, found, files, { lock, servers: before.servers }, published);
    if (server.source.kind === "package" && found === undefined)
      throw new Unusable(
        `The package of ${name} was installed, but it is not whole or names no program: it cannot be pinned`,
      );
    if (facts?.fault !== undefined) throw new Unusable(`${name} cannot be started: ${facts.fault}`);
    if (facts !== undefined) ask.command(name, facts);
    const by = await changing.prove(ask.proof, [CONFIG, LOCK]);
    const source = sourceNow(server, found ?? {});
    const consent = facts === undefined ? {} : { lock: pinServer(lock, name, source, approverOf(by)) };
    await changing.save({ config, ...consent }, by);
    await changing.record("server.added", name, {}, by);
    if (facts !== undefined) await changing.record("command.consented", name, consentDetail(facts.digest, source), by);
  } catch (error) {
    undo();
    throw error;
  }
}

/** Takes a server out everywhere. @returns what `access` allowed on it */
export async function removeNamed(changing: Changing, name: string, ask: AskProof): Promise<readonly string[]> {
  const { text: config, access } = withoutServer(changing.files, name);
  const by = await changing.prove(ask, [CONFIG, LOCK]);
  await changing.save({ config, lock: removeServer(changing.catalogue().lock, name) }, by);
  packagesOf(changing.files).remove(name);
  await changing.record("server.removed", name, access.length === 0 ? {} : { access }, by);
  return access;
}

/** Installs what is configured and not there, and holds it against the lockfile. Nothing of it is run. */
export async function installServers(
  changing: Changing,
  names: readonly string[],
  progress: (sentence: string) => void,
): Promise<{ name: string; fault: string | undefined }[]> {
  const { files } = changing;
  const { server, lock, artifact } = changing.catalogue();
  const done: { name: string; fault: string | undefined }[] = [];
  for (const name of names) {
    if (server(name).source.kind !== "package" || artifact(name) !== undefined) continue;
    await fetched(server(name), files, true, progress);
    const known = lock.servers[name] !== undefined;
    done.push({ name, fault: known ? artifactFault(lock, name, findArtifact(server(name), files) ?? {}) : undefined });
  }
  if (done.length > 0) await changing.reload();
  return done;
}

/** What the registry says; undefined where it does not answer and the very version is here already. */
async function publishedNow(spec: string, files: ProjectFiles, ask: Asking): Promise<Published | undefined> {
  ask.progress(`Looking up ${spec} …`);
  try {
    return await lookUp(spec, files.home);
  } catch (error) {
    if (!(error instanceof PackageFault)) throw error;
    const at = spec.lastIndexOf("@");
    if (at > 0 && packagesOf(files).find("-", spec.slice(0, at), spec.slice(at + 1)) !== undefined) {
      ask.progress(`${error.message}. ${spec} came with Cardea and is used as it is`);
      return undefined;
    }
    throw new Unusable(error.message);
  }
}

/** Installs a server's package, and says so while it lasts. */
async function fetched(
  { name, source }: ServerConfig,
  files: ProjectFiles,
  online: boolean,
  progress: (sentence: string) => void,
): Promise<{ undo(): void }> {
  if (source.kind !== "package" || !online) return { undo: () => {} };
  const began = Date.now();
  progress(`Installing ${source.name}@${source.version} for ${name}; no script of it is run …`);
  const still = setInterval(() => {
    progress(`… still installing (${Math.round((Date.now() - began) / 1000)} s)`);
  }, STILL_MS);
  try {
    return await packagesOf(files).install(name, source.name, source.version);
  } catch (error) {
    throw error instanceof PackageFault ? new Unusable(error.message) : error;
  } finally {
    clearInterval(still);
  }
}

function serverOf(config: string, name: string, files: ProjectFiles): ServerConfig {
  const loaded = loadConfig(config, files.configFile);
  const server = "config" in loaded ? loaded.config.servers[name] : undefined;
  if (server === undefined) throw new Unusable(`${name} would not be readable in cardea.yaml; nothing was written.`);
  return server;
}

/** Programs that fetch what they run at each start: nothing of it could be pinned, and the sandbox has no network. */
function refuseDownloaders(command: readonly string[]): void {
  const [program = "", ...rest] = command;
  const tool = basename(program);
  const words = rest.filter((word) => !word.startsWith("-"));
  const runs = ["npm", "pnpm", "yarn", "bun"].includes(tool) && ["exec", "x", "dlx"].includes(words[0] ?? "");
  if (!runs && !["npx", "bunx", "pnpx", "uvx"].includes(tool)) return;
  const what = (runs ? words[1] : words[0]) ?? "NAME";
  const instead =
    tool === "uvx"
      ? "Install the program, and name it: --run /path/to/program"
      : `Name the package, and it is installed once and pinned: --package ${what.includes("@", 1) ? what : `${what}@VERSION`}`;
  throw new Unusable(`${tool} fetches what it runs at every start, so nobody could consent to it. ${instead}`);
}
