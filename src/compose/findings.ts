import { parse } from "yaml";
import type { ServerConfig } from "../config/config.ts";
import type { DefinitionFinding } from "../domain/catalogue/servers-admin.ts";
import type { Entry } from "../domain/catalogue/view.ts";
import { inspectDefinition } from "../domain/inspection/definition/index.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { facesOf, lintMade, sentence } from "./shaping.ts";

/**
 * What a person should know of a definition before it is approved (T4, V2, P6).
 * @param others names of approved tools of other servers
 */
export type FindIn = (server: ServerConfig, entry: Entry, others: readonly string[]) => readonly DefinitionFinding[];

/** What every detector finds, the dangerous first. */
export const findIn: FindIn = (server, entry, others) => [...poisoning(entry, others), ...open(server, entry)];

/** T4: instructions to the model where a description should be. */
function poisoning({ definition }: Entry, others: readonly string[]): DefinitionFinding[] {
  const { verdict, findings } = inspectDefinition(definition, { others });
  return findings.map(({ kind, tier, field, why }) => ({
    id: `poisoning:${kind}`,
    severity: verdict === "block" ? "high" : tier === "T1" ? "high" : "medium",
    parameter: field === "" ? undefined : field,
    why,
    overlay: undefined,
    off: false,
    blocks: verdict === "block",
  }));
}

/** V2, P6: what an attacker could do if every text were theirs, in what callers would see. */
function open(server: ServerConfig, { kind, sentName, definition, digest }: Entry): DefinitionFinding[] {
  const made = facesOf(server, kind, sentName, definition, digest);
  if ("faults" in made)
    return made.faults.map((fault) => ({
      id: "lint:rules",
      severity: "high",
      parameter: undefined,
      why: `The rules of cardea.yaml do not fit it: ${sentence(fault)}`,
      overlay: undefined,
      off: true,
      blocks: false,
    }));
  const found = made.flatMap((face) => lintMade(server, kind, sentName, face));
  /** Whether the configuration can name the place: members of maps that nobody named have none. */
  const isPlace = (rules: JsonObject): boolean => {
    const places = Object.values(rules).flatMap((one) => (isObject(one) ? Object.keys(one) : []));
    const own: Partial<ServerConfig["tools"][string]> = server.tools[sentName] ?? { bind: {} };
    const accepts = Object.fromEntries(places.map((at) => [at, { ...own.arguments?.[at], accept: "looked at" }]));
    const tool = { ...own, arguments: { ...own.arguments, ...accepts } } as ServerConfig["tools"][string];
    const tried = { ...server, tools: { ...server.tools, [sentName]: tool } };
    return !("faults" in facesOf(tried, kind, sentName, definition, digest));
  };
  return found.map(({ severity, shape, pointer, why, rules, overlay }) => {
    const yaml = parse(overlay) as Json;
    // Rules of a prompt or template take no limits of length.
    const fits = kind === "tool" ? isPlace(rules) : !/\b(?:max|min)(?:Length|Items)\b/.test(overlay);
    return {
      id: `lint:${shape}`,
      severity: severity === "off" ? "high" : "low",
      parameter: pointer,
      why,
      overlay: fits && isObject(yaml) ? yaml : undefined,
      off: severity === "off",
      blocks: false,
    };
  });
}
