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
function limitsOf(sent: JsonObject, wanted: WantedLimits): Record<string, Limit> {
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
      if (!isWhole(prefix))
        refuse(
          "invalid_request",
          `The beginning for ${name} could go on as something else. It must be plain words, or a path or an address with its host, up to a slash.`,
          { path: "limits", control: "H4" },
        );
      if (!below(value, prefix))
        refuse(
          "invalid_request",
          `The beginning for ${name} must be a beginning of what this call sends, and the rest must stay below it.`,
          { path: "limits", control: "H4" },
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
    // Who allowed it knew what had been read.
    (call.flow?.demand === undefined || standing.flow === call.flow.demand.cause) &&
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
    return below(value, limit.prefix);
  });
}

/** Letters, digits and spaces: nothing in it ends or begins a part of something. */
const WORDS = /^[\p{L}\p{M}\p{N} _-]*$/u;
/** An address with its host, a path, or one of Windows, each up to a slash. */
const PLACES = [
  /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d+)?\/(?:[^?#]*\/)?$/i,
  /^(?!\/\/)[^:@?#\\]*\/$/,
  /^[a-z]:\\(?:[^:/]*\\)?$/i,
];
/** What leads out of a place or ends it: dot segments, also encoded ones, what separates values or commands, what cannot be seen. */
const OUT = /\.\.|%(?:2e|2f|5c|25)|[,;|`$<>"'\p{C}\p{Zl}\p{Zp}]/iu;

/** Whether what begins so is the same thing however it goes on. */
const isWhole = (prefix: string): boolean =>
  prefix !== "" && (WORDS.test(prefix) || (!OUT.test(prefix) && PLACES.some((place) => place.test(prefix))));

/** Whether a value begins so, and the rest leads nowhere else; compatibility forms (full-width dots) are read as what they stand for. */
function below(value: Json | undefined, prefix: string): boolean {
  if (typeof value !== "string" || !isWhole(prefix) || !value.startsWith(prefix)) return false;
  const rest = value.slice(prefix.length);
  if (WORDS.test(prefix)) return WORDS.test(rest);
  const read = prefix.slice(-2) + rest.normalize("NFKC");
  return !OUT.test(read) && (prefix.endsWith("\\") || !read.includes("\\"));
}

/** The longest beginning of a value that can be a limit; undefined: there is none. */
export function beginningOf(value: string): string | undefined {
  if (isWhole(value)) return value;
  const end = Math.max(value.lastIndexOf("/"), value.lastIndexOf("\\")) + 1;
  const place = value.slice(0, end);
  return isWhole(place) && below(value, place) ? place : undefined;
}

/**
 * A standing allow made of one call.
 * @param given by whom, by which way, with which id, now (milliseconds since the epoch), and how long it may last at most
 * @throws Refused where it is more than a write, the end is too far, or the limits do not fit the call
 */
export function standingOf(
  approval: Approval,
  wanted: { readonly limits?: WantedLimits; readonly until?: number },
  given: Pick<Standing, "id" | "createdBy" | "channel"> & { readonly now: number; readonly standingMs: number },
): Standing {
  const { now, standingMs, ...rest } = given;
  if (!mayStand(approval))
    refuse("invalid_request", "The like of this call cannot be allowed beforehand: each one is decided on.", {
      control: "H4",
    });
  const until = wanted.until ?? now + standingMs;
  if (until <= now || until > now + standingMs)
    refuse(
      "invalid_request",
      `The end must be in the future and at most ${Math.floor(standingMs / 86_400_000)} days away.`,
      { path: "until", control: "H4" },
    );
  const { tenant, owner, server, name, method, pinned, published } = approval;
  return {
    ...{ tenant, owner, server, name, method },
    ...(pinned === undefined ? {} : { pinned }),
    ...(published === undefined ? {} : { published }),
    ...(approval.held.flow === undefined ? {} : { flow: approval.held.flow.cause }),
    limits: limitsOf(approval.held.sent, wanted.limits ?? { free: [], prefix: {} }),
    createdAt: now,
    until,
    ...rest,
  };
}
