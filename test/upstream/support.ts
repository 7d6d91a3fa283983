import { randomBytes } from "node:crypto";
import type { ClientProfile, Effect, Kind } from "../../src/kernel/call.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { grant } from "../../src/kernel/permit.ts";
import type { Permit } from "../../src/kernel/permit.ts";
import type { UpstreamSettings } from "../../src/adapters/upstream-link/settings.ts";
import type { LinkKey, Reply } from "../../src/ports/upstream.ts";
import type { Clock, Random } from "../../src/ports/world.ts";

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const random: Random = {
  bytes: (n) => randomBytes(n),
  id: (prefix) => `${prefix}${randomBytes(12).toString("base64url")}`,
};

export const ALL: ClientProfile = {
  elicitationForm: true,
  elicitationUrl: true,
  sampling: true,
  samplingTools: true,
  roots: true,
};
export const NONE: ClientProfile = {
  elicitationForm: false,
  elicitationUrl: false,
  sampling: false,
  samplingTools: false,
  roots: false,
};

export const ada: LinkKey = { tenant: "t", credential: "k_ada", profile: ALL };
export const bob: LinkKey = { tenant: "t", credential: "k_bob", profile: ALL };

/** An event that an upstream reported. */
export interface Seen {
  readonly type: string;
  readonly detail: JsonObject;
}

/** What every upstream of a test needs; events are kept in `seen`. */
export function settings(name: string, seen: Seen[], more: Partial<UpstreamSettings> = {}): UpstreamSettings {
  const quiet = (): void => {};
  return {
    name,
    timeoutMs: 5_000,
    maxResultBytes: 1_000_000,
    maxLinks: 10,
    idleMs: 300_000,
    shared: false,
    requests: { elicitation: true, sampling: true, roots: true },
    clock,
    random,
    log: { info: quiet, warn: quiet, error: quiet },
    onEvent: (type, detail) => void seen.push({ type, detail }),
    ...more,
  };
}

/** What a caller heard while its call ran. */
export interface Heard {
  readonly progress: JsonObject[];
  readonly logs: JsonObject[];
  readonly polls: number[];
}

export interface CallOptions {
  readonly key?: LinkKey;
  readonly effect?: Effect;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  readonly logLevel?: string;
  readonly progress?: boolean;
  readonly definition?: JsonObject;
  readonly profile?: ClientProfile;
}

/** A permit, as the engine would grant it, and what its caller hears. */
export function permitOf(
  method: string,
  params: JsonObject,
  options: CallOptions = {},
): { permit: Permit; heard: Heard } {
  const heard: Heard = { progress: [], logs: [], polls: [] };
  const { tenant, credential, profile } = options.key ?? ada;
  const kind: Kind = method === "prompts/get" ? "prompt" : method === "resources/read" ? "resource" : "tool";
  const permit = grant({
    id: "c_1",
    trace: "0af7651916cd43dd8448eb211c80319c",
    principal: {
      tenant,
      subject: "s_1",
      owner: "person:x@example.com",
      credential,
      roles: [],
      environment: "dev",
      plan: "free",
    },
    server: "crm",
    method,
    effect: options.effect ?? "write",
    target: {
      server: "crm",
      kind,
      name: String(params.name ?? params.uri ?? ""),
      sentName: String(params.name ?? params.uri ?? ""),
      digest: undefined,
      definition: options.definition,
      published: undefined,
      quarantine: undefined,
      effect: options.effect ?? "write",
    },
    params: JSON.stringify(params),
    profile: options.profile ?? profile,
    talk: {
      signal: options.signal ?? new AbortController().signal,
      wantsProgress: options.progress ?? false,
      logLevel: options.logLevel,
      progress: (each) => void heard.progress.push(each),
      log: (each) => void heard.logs.push(each),
      poll: (ms) => void heard.polls.push(ms),
    },
    deadline: clock.monotonic() + (options.deadlineMs ?? 4_000),
  });
  return { permit, heard };
}

export const callOf = (
  name: string,
  args: JsonObject = {},
  options: CallOptions = {},
): { permit: Permit; heard: Heard } => permitOf("tools/call", { name, arguments: args }, options);

/** The first text block of a result. */
export function textOf(reply: Reply): string {
  if (reply.kind === "error") return `${reply.refusal.code}/${reply.executed}: ${reply.refusal.message}`;
  const [first] = (reply.result.content ?? []) as JsonObject[];
  return String(first?.text ?? JSON.stringify(reply.result));
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 3_000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it did not come to hold in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
