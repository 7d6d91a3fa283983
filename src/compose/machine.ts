import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import { pathText, type Finding, type Step } from "../config/fault.ts";
import { artifactFault, type Lock, sourceFault } from "../domain/pins/index.ts";
import { Refused } from "../kernel/errors.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { findShares } from "../adapters/files/shares.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { findProgram } from "../adapters/sandbox/program.ts";
import { findArtifacts } from "./artifacts.ts";

/**
 * What the configuration names and this machine does not have: TLS files, secrets, programs, packages as they were
 * reviewed, and paths that may be read. Starts nothing, and shows no secret.
 */
export function machineFaults(config: Config, lock: Lock, files: ProjectFiles): Finding[] {
  const base = dirname(files.configFile);
  const found: Finding[] = [];
  const say = (path: readonly Step[], what: string, expected: string, remedy: string) =>
    found.push({ path, message: `${pathText(path)} ${what}`, expected, remedy });

  for (const name of ["cert", "key", "clientCa"] as const) {
    const file = config.listen.tls?.[name];
    const why = file === undefined ? undefined : unreadable(file);
    if (why !== undefined)
      say(
        ["listen", "tls", name],
        why,
        "a PEM file that the gateway can read",
        "Put the file there, or mend the path.",
      );
  }
  const secrets = createSecrets(base, process.env);
  const artifacts = findArtifacts(config, files);
  for (const server of Object.values(config.servers)) {
    const here = ["servers", server.name];
    for (const [name, value] of Object.entries(server.env))
      if ("reference" in value) secret([...here, "env", name], () => secrets.resolve(value.reference));
    const { credential } = server;
    if (credential !== undefined) secret([...here, "credential", "value"], () => secrets.expand(credential.value));
    if (server.source.kind !== "url") local(server, here);
  }
  for (const [name, reference] of Object.entries(config.screen.classifier?.headers ?? {}))
    secret(["screen", "classifier", "headers", name], () => secrets.resolve(reference));
  const { providers, clients } = config.identity;
  for (const { name, client } of Object.values(providers))
    secret(["identity", "providers", name, "client", "secret"], () => secrets.resolve(client.secret));
  for (const { id, secret: reference, keys } of Object.values(clients)) {
    if (reference !== undefined) secret(["identity", "clients", id, "secret"], () => secrets.resolve(reference));
    const why = keys === undefined ? undefined : unreadable(resolve(base, keys.slice("file:".length)));
    if (why !== undefined)
      say(
        ["identity", "clients", id, "keys"],
        why,
        "a JWK Set that the gateway can read",
        "Put the file there, or mend the path.",
      );
  }
  return found;

  function secret(path: readonly Step[], resolveIt: () => string): void {
    try {
      resolveIt();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const why = `cannot be filled in here: ${error.message.replace(/ in the gateway's environment|\.$/g, "")}`;
      const remedy = "Set it where the gateway starts. If that is elsewhere, run this check there, with its account.";
      say(path, why, "a secret that is set and readable where the gateway runs", remedy);
    }
  }

  function local(server: ServerConfig, here: readonly Step[]): void {
    const { name, source, sandbox } = server;
    for (const [at, path] of sandbox.read.entries())
      if (!existsSync(resolve(base, path)))
        say([...here, "sandbox", "read", at], "does not exist", "a path that exists", "Make it, or remove it here.");
    const { unfit } = findShares(sandbox, files);
    if (unfit !== undefined) {
      const expected = "folders without the gateway's own state, cardea.yaml, cardea.lock and policies/";
      found.push({ path: [...here, "sandbox"], message: unfit, expected, remedy: "Name the folder that is needed." });
    } else if (source.kind === "package" && !artifacts.has(name)) {
      const remedy = `Install it: cardea servers install ${name}`;
      say([...here, "package"], "is not installed in this version", "an installed package", remedy);
    } else if (source.kind === "run" && !runs(source.command)) {
      const expected = "a program in PATH, or the path of one";
      say([...here, "run"], "names a program that is not there", expected, "Install the program, or mend the path.");
    } else if (sourceFault(lock, name, server) === undefined) {
      const why = artifactFault(lock, name, artifacts.get(name) ?? {});
      const remedy = `Put the reviewed version back, or review this one: \`cardea servers diff ${name}\`, then \`cardea servers approve ${name} --all\`.`;
      if (why !== undefined)
        found.push({ path: here, atKey: true, message: why, expected: "what was reviewed", remedy });
    }
  }

  function runs(command: readonly string[]): boolean {
    try {
      return existsSync(findProgram(command, base).file);
    } catch {
      return false;
    }
  }
}

/** Why a file cannot be read; undefined: it can. */
function unreadable(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return "is no file";
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "names a file that does not exist" : "cannot be read";
  }
}
