import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Era } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Change, LinkKey, Upstream } from "../../ports/upstream.ts";
import { confine, probeRuntime } from "../sandbox/confine.ts";
import type { Confined, Runtime } from "../sandbox/confine.ts";
import { PATH } from "../sandbox/program.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Echoes } from "../upstream-link/echoes.ts";
import { eraOf } from "../upstream-link/era.ts";
import { LegacyLink } from "../upstream-link/legacy-link.ts";
import type { Link } from "../upstream-link/link.ts";
import { Links } from "../upstream-link/links.ts";
import { ModernLink } from "../upstream-link/modern-link.ts";
import { reporter } from "../upstream-link/settings.ts";
import type { LinkSettings, UpstreamSettings } from "../upstream-link/settings.ts";
import { Backoff } from "./backoff.ts";
import type { ProcessOptions } from "./process.ts";
import { refusalOfEnd, StdioTransport } from "./transport.ts";

/** A server that does not answer the probe for so long is a legacy one, milliseconds. */
const PROBE_MS = 2_000;
/** A start is waited for so long before it is refused, milliseconds. */
const MAX_WAIT_MS = 1_000;

/** A server that is started as a process. */
export interface StdioUpstreamOptions extends UpstreamSettings {
  /** Executable and arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Absolute folder that relative arguments are relative to. */
  readonly cwd: string;
  /** The declared environment, secrets resolved; read at every start. Nothing of the gateway's own environment is added. */
  readonly env: () => Record<string, string>;
  /** Names of the variables whose values are secrets. */
  readonly secretEnv?: readonly string[];
  readonly sandbox: Sandbox;
  /** Hears the first lines that a process writes to stderr, secrets taken out: for the person who looks at a server. */
  readonly heard?: (line: string) => void;
  /** H6: asked before each start of a process: why it may not be started, for the operator; undefined: it may. */
  readonly changed?: () => Promise<string | undefined>;
  /** What the machine can confine with; found out by itself where it is not given. */
  readonly runtime?: Runtime;
}

/** Opens a server behind stdio: one confined process per caller. Nothing is started before the first link. */
export function openStdioUpstream(options: StdioUpstreamOptions): Upstream {
  const { name, clock } = options;
  const listeners: ((key: LinkKey, change: Change) => void)[] = [];
  const backoff = new Backoff();
  const echoes = new Echoes(reporter(options));
  let era: Era | undefined;
  let confinement: string | undefined;

  const settingsOf = (key: LinkKey): LinkSettings => ({
    ...options,
    key,
    changed: (change) => {
      for (const listener of listeners) listener(key, change);
    },
    doubtEra: () => {
      era = undefined;
    },
  });

  const hearing = (): Pick<ProcessOptions, "heard"> => {
    const { heard } = options;
    if (heard === undefined) return {};
    return {
      heard(text) {
        for (const line of echoes.clean(text).split(/\r?\n/)) if (line.trim() !== "") heard(line.slice(0, 400));
      },
    };
  };

  const start = async (key: LinkKey, stop: AbortSignal): Promise<StdioTransport> => {
    if ((await options.changed?.()) !== undefined)
      refuse(
        "upstream_unavailable",
        `The server ${name} is not started: what it would run is not what an administrator consented to. The operator finds the reason in the log.`,
        { control: "H6", executed: "no" },
      );
    if (stop.aborted) return ended();
    const confined = confine(options.command, options.cwd, options.sandbox, options.runtime ?? probeRuntime());
    confinement = describe(confined);
    // In bubblewrap /tmp is a private one already.
    const home = confined.kind === "bubblewrap" ? "/tmp" : mkdtempSync(join(tmpdir(), "cardea-"));
    const declared = options.env();
    echoes.learn((options.secretEnv ?? []).flatMap((each) => declared[each] ?? []));
    const env = { PATH, HOME: home, TMPDIR: home, LANG: "C.UTF-8", ...declared };
    const { memoryBytes } = options.sandbox;
    const began = clock.monotonic();
    options.onEvent("upstream.started", { server: name, confinement, networkOpen: confined.networkOpen });
    const cwd = confined.kind === "bubblewrap" ? "/" : options.cwd;
    return new StdioTransport(
      settingsOf(key),
      echoes,
      { argv: confined.argv, cwd, env, ...(memoryBytes !== undefined && { memoryBytes }), ...hearing() },
      (end) => {
        if (home !== "/tmp") rmSync(home, { recursive: true, force: true });
        const now = clock.monotonic();
        if (!end.expected) {
          backoff.failed(callerOf(key), now - began, now);
          options.log.warn("server.exited", { server: name, why: end.why, code: end.code, signal: end.signal });
        }
        options.onEvent("upstream.exited", {
          server: name,
          ...(!end.expected && { reason: refusalOfEnd(end.why) }),
          why: end.why,
          expected: end.expected,
          code: end.code,
          signal: end.signal,
          stderrBytes: end.stderrBytes,
        });
      },
    );
  };

  const open = async (key: LinkKey, stop: AbortSignal): Promise<Link> => {
    const wait = backoff.wait(callerOf(key), clock.monotonic());
    if (wait > MAX_WAIT_MS)
      refuse("upstream_unavailable", `The process of the server ${name} keeps ending; it is started again later.`, {
        executed: "no",
        retryAfter: Math.ceil(wait / 1_000),
      });
    if (wait > 0) await sleep(wait);
    if (stop.aborted) return ended();
    let transport = await start(key, stop);
    stop.addEventListener("abort", () => void transport.close(), { once: true });
    if (era !== "legacy") {
      const link = new ModernLink(settingsOf(key), transport);
      const outcome = await link.probe(clock.monotonic() + Math.min(PROBE_MS, options.timeoutMs));
      try {
        era = eraOf(name, outcome, true);
      } catch (error) {
        await link.close();
        throw error;
      }
      if (era === "modern") {
        if (outcome.kind === "result") link.hearChanges(outcome.result);
        return link;
      }
      // Some servers end when they are asked what they do not know.
      if (stop.aborted) return ended();
      if (transport.over !== undefined) transport = await start(key, stop);
    }
    const link = new LegacyLink(settingsOf(key), transport);
    try {
      await link.open();
    } catch (error) {
      era = undefined;
      await link.close();
      throw error;
    }
    return link;
  };

  const ended = (): never =>
    refuse("upstream_unavailable", `The process of the server ${name} was ended.`, { executed: "no" });

  const links = new Links(options, open);
  return {
    name,
    link: (key) => links.get(key),
    onListChange: (listener) => void listeners.push(listener),
    end: (credential) => links.end(credential),
    close: () => links.close(),
    state: () => ({
      transport: "stdio",
      era,
      links: links.size,
      fault: links.fault,
      ...(confinement !== undefined && { confinement }),
    }),
  };
}

function callerOf({ tenant, credential }: LinkKey): string {
  return `${tenant}\n${credential}`;
}

function describe({ kind, networkOpen }: Confined): string {
  return networkOpen ? `${kind}, network open` : kind;
}
