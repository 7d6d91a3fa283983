import type { Config } from "../config/config.ts";
import type { Lock } from "../domain/pins/index.ts";
import { policyFaults } from "./policy.ts";
import { ruleFaults } from "./rule-faults.ts";
import { sentence } from "./shaping.ts";

/**
 * Rules that fitted what was approved and do not fit what is approved now: policies, which then deny their own actions until
 * they are mended, and rules of tools in the configuration, whose tools are then off.
 * @returns one sentence each, with the place
 */
export function staleRules(config: Config, policiesDir: string, before: Lock, after: Lock): string[] {
  const known = new Set(faultsOf(config, policiesDir, before));
  return faultsOf(config, policiesDir, after).filter((fault) => !known.has(fault));
}

function faultsOf(config: Config, policiesDir: string, lock: Lock): string[] {
  const policies = policyFaults(config, policiesDir, lock).map(({ file, line, path, message, nearest }) => {
    const place = file === undefined ? path : line === undefined ? file : `${file}:${line}`;
    return `${place === undefined ? "" : `${place}  `}${message}${nearest === undefined ? "" : `, did you mean ${nearest}?`}`;
  });
  return [...policies, ...ruleFaults(config, lock).map((fault) => `${sentence(fault)}: it is off`)];
}
