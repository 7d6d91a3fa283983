import type { Config } from "../config/config.ts";

/** The roles that keys and people may be given. Apart from the policy, which takes a while to load. */
export const rolesOf = (config: Config): string[] => [...new Set(config.access.map(({ role }) => role))].sort();
