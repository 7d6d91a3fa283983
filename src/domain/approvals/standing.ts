import type { Located } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import type { Approval, Limit, Standing } from "../../ports/approvals.ts";
import { mayBeSame } from "../../kernel/principal.ts";
import { canonical } from "../../protocol/jcs.ts";
import type { Terms } from "./digest.ts";

/** What a person changes of the limits: without anything the arguments must be exactly these. */
export interface WantedLimits {
  /** Arguments that may be anything, or absent. */
  readonly free: readonly string[];
  /** By argument: what its text must begin with. */
  readonly prefix: Readonly<Record<string, string>>;
}

/** The arguments of a held call; the URI of a resource is one. */
export function argumentsOf(sent: JsonObject): JsonObject {
  if (isObject(sent["arguments"])) return sent["arguments"];
  return typeof sent["uri"] === "string" ? { uri: sent["uri"] } : {};
}

/**
 * The limits of a standing allow that is made of one call.
 * @throws Refused `invalid_request` where a name is no argument of the call, or a prefix is not the beginning of what was sent
 */
export function limitsOf(sent: JsonObject, wanted: WantedLimits): Record<string, Limit> {
  const args = argumentsOf(sent);
  const strange = [...wanted.free, ...Object.keys(wanted.prefix)].find((name) => !Object.hasOwn(args, name));
  if (strange !== undefined)
    refuse("invalid_request", `${JSON.stringify(strange.slice(0, 64))} is no argument of this call.`, {
      path: "limits",
      control: "H4",
    });
  const limits: [string, Limit][] = Object.entries(args).map(([name, value]) => {
    const prefix = Object.hasOwn(wanted.prefix, name) ? wanted.prefix[name] : undefined;
    if (prefix !== undefined) {
      if (typeof value !== "string" || prefix === "" || !value.startsWith(prefix) || !isPlain(value, prefix))
        refuse(
          "invalid_request",
          `The beginning for ${name} must be a beginning of what this call sends, and the rest must stay below it.`,
          {
            path: "limits",
            control: "H4",
          },
        );
      return [name, { kind: "prefix", prefix }];
    }
    return [name, wanted.free.includes(name) ? { kind: "any" } : { kind: "is", value }];
  });
  return Object.fromEntries(limits);
}

/** Whether a standing allow covers this call, but for time and revocation, which the store knows. */
export function covers(standing: Standing, call: Located, terms: Terms): boolean {
  const { principal, target } = call;
  return (
    terms.always &&
    target.effect === "write" &&
    standing.tenant === principal.tenant &&
    standing.owner === principal.owner &&
    standing.server === target.server &&
    standing.name === target.name &&
    standing.method === call.method &&
    standing.pinned === target.digest &&
    standing.published === target.published?.digest &&
    // What one allowed oneself is no second person.
    (terms.by === "self" || !mayBeSame(standing.createdBy, standing.owner)) &&
    within(argumentsOf(call.sent), standing.limits)
  );
}

/** Whether a standing allow could be made of this approval. */
export const mayStand = (approval: Approval): boolean => approval.always && approval.effect === "write";

function within(args: JsonObject, limits: Standing["limits"]): boolean {
  for (const name of Object.keys(args)) if (!Object.hasOwn(limits, name)) return false;
  return Object.entries(limits).every(([name, limit]) => {
    if (limit.kind === "any") return true;
    if (!Object.hasOwn(args, name)) return false;
    const value = args[name] as Json;
    if (limit.kind === "is") return canonical(value) === canonical(limit.value);
    return typeof value === "string" && value.startsWith(limit.prefix) && isPlain(value, limit.prefix);
  });
}

/** Beyond a prefix nothing leads back out of it: no dot segments, also encoded ones, and nothing that cannot be seen. */
function isPlain(value: string, prefix: string): boolean {
  const tail = prefix.slice(-2) + value.slice(prefix.length);
  return !/\.\.|%(?:2e|2f|5c|25)|[\p{C}\p{Zl}\p{Zp}]/iu.test(tail);
}
