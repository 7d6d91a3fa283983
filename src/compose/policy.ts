import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import type { Lock } from "../domain/pins/index.ts";
import type { Thing } from "../domain/policy/catalogue.ts";
import type { CedarFile } from "../domain/policy/cedar-file.ts";
import { type PolicyFault, PolicyFaults } from "../domain/policy/fault.ts";
import { actionOf } from "../domain/policy/schema.ts";
import { createPolicy, type Policy } from "../domain/policy/policy.ts";
import type { ToolFlow } from "../domain/flow/rules.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { systemClock } from "../adapters/system/world.ts";
import { cedarNames, unreadRules } from "./cedar-folder.ts";
import { createDefinitions } from "./definitions.ts";
import { flowOf } from "./flow.ts";
import { cedarOf, granted, LOCK } from "./granting.ts";
import { keptField } from "./minimising.ts";
import { lockOf, readLock } from "./pins.ts";
import { createShaping } from "./shaping.ts";

/**
 * The policy in force. Throws `PolicyFaults` with every fault.
 * @param granting what was read at one time with the configuration; without it the files are read now
 */
export function openPolicy(
  config: Config,
  files: Pick<ProjectFiles, "policiesDir" | "lockFile">,
  granting?: readonly GrantingFile[],
): Policy {
  const lock = granting === undefined ? readLock(files.lockFile) : lockOf(granted(granting, LOCK));
  const unread = unreadRules(files.policiesDir);
  if (unread.length > 0) throw new PolicyFaults(unread);
  const cedar = granting === undefined ? readCedar(files.policiesDir) : cedarOf(granting);
  return policyOf(config, cedar, thingsOf(config, lock));
}

/** One policy of a configuration, its Cedar files and what is pinned. */
export function policyOf(config: Config, cedar: readonly CedarFile[], things: readonly Thing[]): Policy {
  return createPolicy({
    access: config.access,
    cedar,
    servers: Object.keys(config.servers),
    environment: config.environment,
    keptField,
    things,
    declared: {
      server: (name) => config.servers[name]?.declared,
      client: (id) => (Object.hasOwn(config.identity.clients, id) ? config.identity.clients[id]?.declared : undefined),
    },
    now: () => systemClock.now(),
  });
}

/** The tools and prompts that a lockfile approves, as callers see them. */
export function thingsOf(config: Config, lock: Lock): Thing[] {
  return shapedOf(config, lock).map(({ thing }) => thing);
}

/** What decides on a tool or prompt beside policy. */
export interface Standing {
  /** Why it is off, whatever the rules say. */
  readonly off?: string;
  /** Whom the tool's own configuration asks. */
  readonly approval?: "self" | "other";
  /** What its own configuration leaves of its results: `id, name` or `all but ssn`. */
  readonly result?: string;
  /** What callers may send. */
  readonly input?: JsonObject;
  /** The guards of its arguments, to be compared. */
  readonly guards: string;
  /** What it is for the flow of information, to be compared; undefined: a prompt. */
  readonly flow?: StandingFlow;
}

interface StandingFlow {
  /** What its results are. */
  readonly reads: string;
  /** What it can do with what was read. */
  readonly sends: string;
  /** What was read before can hold it up. */
  readonly matters: boolean;
}

/** The same with what stands in the way of each, by the id of its action. */
export function standingOf(config: Config, lock: Lock): ReadonlyMap<string, Standing> {
  return new Map(
    shapedOf(config, lock).map(({ thing, standing }) => [actionOf(thing.server, thing.kind, thing.name), standing]),
  );
}

function shapedOf(config: Config, lock: Lock): { thing: Thing; standing: Standing }[] {
  const shaping = createShaping(config, "/", createDefinitions().usable);
  const found: { thing: Thing; standing: Standing }[] = [];
  for (const [server, { definitions }] of Object.entries(lock.servers)) {
    if (config.servers[server] === undefined) continue;
    for (const [entry, pins] of Object.entries(definitions)) {
      const colon = entry.indexOf(":");
      const kind = entry.slice(0, colon);
      const own = entry.slice(colon + 1);
      if (kind !== "tool" && kind !== "prompt") continue;
      for (const { definition, digest } of pins)
        for (const { name, effect, published, quarantine } of shaping.faces(server, kind, own, definition, digest)) {
          const tool = kind === "tool" ? config.servers[server]?.tools[own] : undefined;
          const by = (tool?.publish?.[name]?.approval ?? tool?.approval)?.by;
          const plan = shaping.planOf(published);
          const { inputSchema } = published.definition;
          const standing = {
            guards: JSON.stringify(plan?.guards ?? []),
            ...(kind === "tool" && { flow: standingFlow(flowOf(config, server, own, effect)) }),
            ...(isObject(inputSchema) && { input: inputSchema }),
            ...(quarantine && { off: quarantine }),
            ...(by && { approval: by }),
            ...(plan?.result && { result: plan.result.said }),
          };
          found.push({ thing: { server, kind, name, effect, definition: published.definition }, standing });
        }
    }
  }
  return found;
}

function standingFlow({ reads, said, ...sends }: ToolFlow): StandingFlow {
  const read = JSON.stringify([[...reads].sort(), said]);
  return { reads: read, sends: JSON.stringify(sends), matters: sends.sink !== undefined || sends.leaves };
}

/** What is wrong with the access rules and Cedar files; empty where nothing is. */
export function policyFaults(config: Config, policiesDir: string, lock: Lock): readonly PolicyFault[] {
  try {
    policyOf(config, readCedar(policiesDir), thingsOf(config, lock)).close();
    return [];
  } catch (error) {
    if (error instanceof PolicyFaults) return error.faults;
    throw error;
  }
}

/**
 * `policies/*.cedar`, in the order of their names.
 * @throws PolicyFaults where something lies there as if it were rules and is not read
 */
export function readCedar(dir: string): { file: string; text: string }[] {
  const unread = unreadRules(dir);
  if (unread.length > 0) throw new PolicyFaults(unread);
  return cedarNames(dir).map((name) => ({ file: `policies/${name}`, text: readFileSync(join(dir, name), "utf8") }));
}
