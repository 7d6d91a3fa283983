import type { Answered, Arrived, Located, Reduced, Screening, Target } from "../kernel/call.ts";
import { CATALOGUE, type Executed, type Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Decision, RecordFields } from "../ports/records.ts";
import type { Clock } from "../ports/world.ts";

/** Keyed fingerprints (A2); the key is the subject's own. */
export interface Fingerprints {
  args(principal: Principal, args: JsonObject, known: ReadonlySet<string> | undefined): JsonObject;
  text(principal: Principal, text: string): string;
  /** The arguments that policies look at, sealed; undefined where nothing of them is kept. */
  fields?(principal: Principal, target: Target, args: JsonObject): string | undefined;
}

/** What the engine knows when it records. */
interface Said {
  readonly kind: RecordFields["kind"];
  readonly type: string;
  readonly decision: Decision;
  readonly refusal?: Refusal;
  readonly reason?: string;
  readonly executed?: Executed;
  readonly upstreamMs?: number;
  /** The result's JSON, of which a fingerprint and the size are kept. */
  readonly text?: string;
  readonly fingerprints: Fingerprints;
}

/** Tenant of what was refused before anybody was known. */
const NOBODY = "-";

/**
 * The record of one call: who, what, decision, reason, sizes and times, never a payload (A1, A2). A name that the
 * caller made up appears as a fingerprint only, because it could hold anything.
 */
export function recordOf(call: Partial<Answered> & Arrived, parts: { clock: Clock }, said: Said): RecordFields {
  const { principal, target, refusal } = { principal: call.principal, target: call.target, refusal: said.refusal };
  const args = call.sent?.["arguments"] ?? call.params?.["arguments"];
  const known = target?.published === undefined ? undefined : knownNames(target.published.definition);
  return {
    kind: said.kind,
    type: said.type,
    time: call.at,
    call: call.id,
    trace: call.trace,
    tenant: principal?.tenant ?? NOBODY,
    subject: principal?.subject,
    credential: principal?.credential,
    client: call.clientName?.slice(0, 64),
    era: call.era,
    server: target?.server ?? call.endpoint?.slice(0, 32),
    target: target === undefined ? undefined : nameOf(target, principal, said.fingerprints),
    targetKind: target?.kind,
    definition: target?.digest,
    decision: said.decision,
    reason: said.reason ?? (refusal === undefined ? "ok" : refusal.code),
    control: refusal?.control,
    executed: said.executed ?? refusal?.executed,
    // An intent has them already.
    rules: said.kind === "outcome" ? undefined : (refusal?.rules ?? call.rules),
    // An intent has them already.
    args:
      said.kind !== "outcome" && isObject(args) && principal
        ? said.fingerprints.args(principal, args, known)
        : undefined,
    fields:
      said.kind !== "outcome" && target && principal
        ? said.fingerprints.fields?.(principal, target, isObject(args) ? args : {})
        : undefined,
    result: said.text !== undefined && principal ? said.fingerprints.text(principal, said.text) : undefined,
    ms: round(parts.clock.monotonic() - call.started),
    upstreamMs: said.upstreamMs === undefined ? undefined : round(said.upstreamMs),
    bytesIn: call.bytesIn,
    bytesOut: said.text?.length,
    error: refusal === undefined ? undefined : (refusal.upstreamCode ?? CATALOGUE[refusal.code].rpc),
    detail: detailOf(refusal, call.screened, known, call.minimised),
  };
}

/** Names of definitions are public; the URI of a single resource may hold private data and is fingerprinted. */
function nameOf(target: Located["target"], principal: Principal | undefined, fingerprints: Fingerprints): string {
  if (target.kind !== "resource") return target.name;
  const scheme = /^[a-z][a-z0-9+.-]{0,30}:/i.exec(target.name)?.[0] ?? "";
  return principal ? scheme + fingerprints.text(principal, target.name) : scheme;
}

const KNOWN = new WeakMap<JsonObject, ReadonlySet<string>>();

function knownNames(definition: JsonObject): ReadonlySet<string> {
  let names = KNOWN.get(definition);
  if (names === undefined) KNOWN.set(definition, (names = readNames(definition)));
  return names;
}

function readNames(definition: JsonObject): ReadonlySet<string> {
  const schema = definition["inputSchema"];
  if (isObject(schema)) return new Set(isObject(schema["properties"]) ? Object.keys(schema["properties"]) : []);
  const named = Array.isArray(definition["arguments"]) ? definition["arguments"] : [];
  return new Set(named.map((item) => (isObject(item) && typeof item["name"] === "string" ? item["name"] : "")));
}

function detailOf(
  refusal: Refusal | undefined,
  screened: Screening | undefined,
  known: ReadonlySet<string> | undefined,
  minimised: Reduced | undefined,
): JsonObject | undefined {
  if (refusal === undefined && screened === undefined && minimised === undefined) return undefined;
  const detail: JsonObject = {};
  if (minimised !== undefined) detail["minimised"] = { fields: minimised.fields, parts: minimised.parts };
  if (refusal?.secretReason !== undefined) detail["why"] = refusal.secretReason;
  if (refusal?.rule !== undefined) detail["rule"] = refusal.rule;
  if (refusal?.scopes !== undefined) detail["scopes"] = [...refusal.scopes];
  const [inArgument, inResult] = [screened?.argument, screened?.result ?? refusal?.findings];
  if (isSome(inArgument)) detail["argumentFindings"] = { ...inArgument };
  if (isSome(inResult)) detail["resultFindings"] = { ...inResult };
  const classified = refusal?.classified ?? screened?.classified;
  if (classified !== undefined) detail["classifier"] = classified;
  if (screened?.masked !== undefined && screened.masked.length > 0)
    detail["masked"] = screened.masked.map(({ path, kind }) => `${kind} at ${placeOf(path, known)}`);
  return isSome(detail) ? detail : undefined;
}

function isSome<T extends object>(members: T | undefined): members is T {
  for (const _ in members) return true;
  return false;
}

/** The argument that something stood in. A name that the caller made up is not told. */
function placeOf(path: string, known: ReadonlySet<string> | undefined): string {
  const [, member = "", name = ""] = path.split("/");
  if (member !== "arguments") return `/${member}`;
  return known?.has(name.replaceAll("~1", "/").replaceAll("~0", "~")) === true ? `/arguments/${name}` : "/arguments";
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
