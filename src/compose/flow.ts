import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { checkFlow, type FlowParts } from "../controls/check-flow.ts";
import { labelResult } from "../controls/label-result.ts";
import { frameOf, markOf } from "../domain/inspection/frame.ts";
import { plain } from "../domain/inspection/normalise.ts";
import { createMemory } from "../domain/flow/memory.ts";
import { createPrinter } from "../domain/flow/prints.ts";
import { type ToolFlow, toolFlow } from "../domain/flow/rules.ts";
import type { Effect, Located, Published } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";
import { type Hear, HeardTalk } from "../pipeline/hear.ts";
import type { Clock, Log } from "../ports/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { openFlow } from "../adapters/sqlite/flow.ts";
import type { Identity } from "./identity.ts";
import { type openState, STATE_DB } from "./state.ts";

/** No call is under way for longer, milliseconds. */
const LATE_MS = 3_600_000;

/** Findings that make what they stand in private. Addresses and numbers of people stand in too much for that. */
const PRIVATE_KINDS = /^(?:credit-card|iban|ssn|passport|national-id|tax-id|health)|-(?:id|ssn|nin|tin)$/;

/** The flow of information of a running gateway: its two rows, and what follows the store. */
export function openGatewayFlow(
  {
    config,
    files,
    state,
    identity,
    clock,
    log,
  }: {
    config: Config;
    files: ProjectFiles;
    state: Awaited<ReturnType<typeof openState>>;
    identity: Pick<Identity, "directory">;
    clock: Clock;
    log: Log;
  },
  opening: AsyncDisposableStack,
) {
  const store = openFlow(join(files.home, STATE_DB), state.master, state.rows);
  opening.defer(() => store.close());
  const memory = createMemory(store, config.flow.fadeMs);
  const parts: FlowParts = {
    memory,
    printer: createPrinter(state.master.derive("flow fingerprints")),
    allow: config.flow.allow,
    plain: (text) => plain(text).text,
    flowOf: flowsOf(config),
    clock,
  };
  /** Whoever was offboarded a while ago, and when: a call that was under way may have written a label after it. */
  const ended = new Map<string, { tenant: string; owner: string; at: number }>();
  const endOwner = (tenant: string, owner: string): Promise<number> => {
    ended.set(`${tenant} ${owner}`, { tenant, owner, at: clock.now() });
    return store.endOwner(tenant, owner);
  };
  return {
    memory,
    store,
    endOwner,
    /** Removes what has faded, and what came late of people who ended. */
    async sweep(now: number): Promise<void> {
      await memory.sweep(now);
      for (const [key, { tenant, owner, at }] of ended) {
        // Whoever was let in again has labels that count.
        const isEnded = identity.directory.account(tenant, owner)?.endedAt !== undefined;
        if (isEnded) await store.endOwner(tenant, owner);
        if (!isEnded || at < now - LATE_MS) ended.delete(key);
      }
    },
    listening: listening(parts, log),
    check: checkFlow(parts),
    label: labelResult({
      ...parts,
      notes: notesOf(Object.keys(config.servers)),
      isPrivate: (findings) => Object.keys(findings).some((kind) => PRIVATE_KINDS.test(kind)),
    }),
  };
}

/**
 * Errors, progress and log messages are read like results: what a server outside says in them is untrusted. They are
 * written while they pass; where that fails, the next sink looks into the store and is refused.
 */
function listening({ memory, clock, flowOf }: FlowParts, log: Log): (hear: Hear) => Hear {
  const note = (call: Located): void => {
    if (!flowOf(call).reads.has("untrusted")) return;
    const { tenant, credential, owner } = call.principal;
    const { server, name } = call.target;
    const mark = {
      tenant,
      credential,
      owner,
      label: "untrusted",
      server,
      name,
      what: "a message beside its results",
    } as const;
    const write = async (): Promise<void> => {
      const reading = await memory.of(tenant, credential);
      await memory.add(reading, { ...mark, at: clock.now(), call: call.id, prints: [], full: false });
    };
    write().catch(() => log.error("flow.lost", { server }));
  };
  const heard = (params: JsonObject, _said: string, call: Located): JsonObject => {
    note(call);
    return params;
  };
  return (hear) => ({
    error(call, refusal) {
      if (refusal.code === "upstream_error") note(call);
      return hear.error(call, refusal);
    },
    talk(call) {
      const talk = hear.talk(call);
      if (!talk.wantsProgress && talk.logLevel === undefined) return talk;
      return new HeardTalk(talk, call, heard);
    },
  });
}

/** What the gateway writes around results of each server, made once. */
function notesOf(servers: readonly string[]): (server: string) => readonly string[] {
  const made = new Map(servers.map((server) => [server, [frameOf(server), markOf(server)]]));
  return (server) => made.get(server) ?? [];
}

/** What the configuration says of each tool, made once. */
function flowsOf(config: Config): FlowParts["flowOf"] {
  const made = new Map<string, ToolFlow>();
  const found = new WeakMap<Published, ToolFlow>();
  const named = ({ target: { server, kind, sentName, effect } }: Located): ToolFlow => {
    const key = kind === "tool" ? `${server} ${effect} ${sentName}` : server;
    const known = made.get(key);
    if (known !== undefined) return known;
    const flow = flowOf(config, server, kind === "tool" ? sentName : undefined, kind === "tool" ? effect : "read");
    made.set(key, flow);
    return flow;
  };
  return (call) => {
    const { published } = call.target;
    if (published === undefined) return named(call);
    let flow = found.get(published);
    if (flow === undefined) found.set(published, (flow = named(call)));
    return flow;
  };
}

/** What the configuration makes of one tool. @param tool the upstream's own name; undefined: of what is no tool */
export function flowOf(config: Config, name: string, tool: string | undefined, effect: Effect): ToolFlow {
  const server = config.servers[name];
  if (server === undefined) throw new Error(`Nothing is configured of the server ${name}`);
  const own = tool === undefined ? undefined : server.tools[tool]?.flow;
  const { source } = server.flow;
  return toolFlow(
    {
      reachesOut: server.source.kind === "url" || server.sandbox.network === "host",
      trusted: server.trusted,
      ...(source === undefined ? {} : { source }),
      ...(own?.reads === undefined ? {} : { reads: own.reads }),
      ...(own?.sink === undefined ? {} : { sink: own.sink }),
    },
    effect,
  );
}
