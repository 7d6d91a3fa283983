import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { createPolicy, type Policy } from "../domain/policy/policy.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";

/** The policy in force, and whether Cedar files are part of it. Throws `PolicyFaults` with every fault. */
export function openPolicy(config: Config, files: Pick<ProjectFiles, "policiesDir">): Policy & { readonly hasFiles: boolean } {
  const cedar = readCedar(files.policiesDir);
  const policy = createPolicy({
    access: config.access,
    cedar,
    servers: Object.keys(config.servers),
    environment: config.environment,
  });
  return { ...policy, hasFiles: cedar.length > 0 };
}

/** `policies/*.cedar`, in the order of their names. */
function readCedar(dir: string): { file: string; text: string }[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(".cedar"))
    .sort()
    .map((name) => ({ file: `policies/${name}`, text: readFileSync(join(dir, name), "utf8") }));
}
