import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import { type PolicyFault, PolicyFaults } from "../domain/policy/fault.ts";
import { createPolicy, type Policy } from "../domain/policy/policy.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { cedarOf } from "./granting.ts";

/**
 * The policy in force, and whether Cedar files are part of it. Throws `PolicyFaults` with every fault.
 * @param granting what was read at one time with the configuration; without it the files are read now
 */
export function openPolicy(
  config: Config,
  files: Pick<ProjectFiles, "policiesDir">,
  granting?: readonly GrantingFile[],
): Policy & { readonly hasFiles: boolean } {
  const cedar = granting === undefined ? readCedar(files.policiesDir) : cedarOf(granting);
  const policy = createPolicy({
    access: config.access,
    cedar,
    servers: Object.keys(config.servers),
    environment: config.environment,
  });
  return { ...policy, hasFiles: cedar.length > 0 };
}

/** What is wrong with the access rules and Cedar files; empty where nothing is. */
export function policyFaults(config: Config, policiesDir: string): readonly PolicyFault[] {
  try {
    openPolicy(config, { policiesDir }).close();
    return [];
  } catch (error) {
    if (error instanceof PolicyFaults) return error.faults;
    throw error;
  }
}

/** `policies/*.cedar`, in the order of their names. */
function readCedar(dir: string): { file: string; text: string }[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(".cedar"))
    .sort()
    .map((name) => ({ file: `policies/${name}`, text: readFileSync(join(dir, name), "utf8") }));
}
