import { SERVER_NAME } from "../../kernel/pattern.ts";
import { type Access, accessToCedar } from "./access.ts";
import type { Catalogue } from "./catalogue.ts";
import { type CedarFile, type KeptField, readCedarFile } from "./cedar-file.ts";
import { type PolicyFault, PolicyFaults } from "./fault.ts";
import type { Rule } from "./rule.ts";
import { applicable } from "./validate.ts";

/** What the rules of a policy are made of. */
export interface RuleSource {
  readonly access: readonly Access[];
  /** `policies/*.cedar`, added to the same set. */
  readonly cedar?: readonly CedarFile[];
  /** Names of the configured servers. */
  readonly servers: readonly string[];
  /** Without it no field of `@keep` is held against schemas. */
  readonly keptField?: KeptField;
}

/**
 * Every rule of the set.
 * @param standing the set is in force: a rule that does not fit the definitions any more denies the actions that it does not
 *   fit, and the others stay. Otherwise nothing that is wrong comes into force.
 * @throws PolicyFaults with every fault, unless it is standing
 */
export function readRules(
  { access, cedar = [], servers, keptField = () => undefined }: RuleSource,
  catalogue: Catalogue,
  standing: boolean,
): { rules: Rule[]; stale: PolicyFault[] } {
  const faults: PolicyFault[] = [];
  for (const server of servers) {
    if (SERVER_NAME.test(server)) continue;
    const message = `The server ${JSON.stringify(server)} cannot be named in policies`;
    faults.push({ path: "servers", message, expected: '1 to 64 letters, digits, "-" or "_"', remedy: "Rename it." });
  }
  const short = accessToCedar(access, servers);
  faults.push(...short.faults);
  const rules = [...short.rules];
  const stale: PolicyFault[] = [];
  const roles = [...new Set(access.map((entry) => entry.role))];
  for (const one of cedar) {
    const { read, faults: found } = readCedarFile(one, { servers, roles, catalogue, keptField });
    faults.push(...found);
    for (const { rule, faults: wrong } of read) {
      stale.push(...wrong.map(({ fault }) => fault));
      const all = (): string[] => applicable(rule.policy, catalogue).map((action) => action.id);
      const actions = wrong.flatMap((each) => (each.actions.length > 0 ? each.actions : all()));
      rules.push(wrong.length === 0 ? rule : { ...rule, stale: new Set(actions) });
    }
  }
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id))
      faults.push({
        file: id.split("#", 1)[0] as string,
        message: `Two policies are called ${JSON.stringify(id)}`,
        expected: "each @id once in a file",
        remedy: "Change the @id of one.",
      });
    seen.add(id);
  }
  const once = [...new Map([...faults, ...stale].map((fault) => [JSON.stringify(fault), fault])).values()];
  if (once.length > 0 && !standing) throw new PolicyFaults(once);
  return { rules, stale: once };
}
