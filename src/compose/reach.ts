import type { Config } from "../config/config.ts";
import { readPattern } from "../kernel/pattern.ts";
import type { Principal } from "../kernel/principal.ts";

/**
 * Whether a principal could be permitted anything on a server; if not, the server does not exist for them (P8).
 * Cedar files may name anything, so with them every server that the key's own scope names is within reach.
 */
export function createReach(config: Config, policy: { readonly hasFiles: boolean }) {
  const byRole = new Map<string, Set<string>>();
  for (const rule of config.access) {
    const servers = byRole.get(rule.role) ?? new Set<string>();
    for (const server of serversOf(rule.allow)) servers.add(server);
    byRole.set(rule.role, servers);
  }
  const scopes = new WeakMap<readonly string[], Set<string>>();
  return (principal: Principal, server: string): boolean => {
    if (principal.scope !== undefined) {
      let scope = scopes.get(principal.scope);
      if (scope === undefined) scopes.set(principal.scope, (scope = serversOf(principal.scope)));
      if (!scope.has(server)) return false;
    }
    return policy.hasFiles || principal.roles.some((role) => byRole.get(role)?.has(server) === true);
  };
}

function serversOf(patterns: readonly string[]): Set<string> {
  const servers = new Set<string>();
  for (const text of patterns) {
    const pattern = readPattern(text);
    if (typeof pattern !== "string") servers.add(pattern.server);
  }
  return servers;
}
