/** A gateway process of a test's own: temporary home, configuration, pins, keys, and its record. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openAuditReader } from "../../src/adapters/audit-log/reader.ts";
import type { RecordQuery, StoredRecord } from "../../src/ports/records.ts";
import { acceptChanges, claim, PROOF } from "../fixtures/administrator.ts";

const ROOT = join(import.meta.dirname, "../..");
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home with a configuration. */
export interface Place {
  readonly folder: string;
  readonly home: string;
  readonly config: string;
  readonly lock: string;
  /** Runs `cardea …` on this home to its end. */
  run(...args: string[]): Promise<Ended>;
  /** The same with something on standard input. */
  runWith(input: string | undefined, args: readonly string[]): Promise<Ended>;
  /** Runs a command that needs an administrator's proof, with it; the first one makes the administrator. */
  grant(...args: string[]): Promise<Ended>;
  /** Accepts what the test wrote into configuration or lockfile. */
  accept(): Promise<void>;
  /** Approves everything usable that these servers publish now. */
  approve(...servers: string[]): Promise<void>;
  /** A key for a role; `owner` defaults to a service of its own. */
  key(role: string, owner?: string): Promise<{ readonly key: string; readonly id: string }>;
  /** Newest first, of the tenant `default`, and of `-` for what was refused before anybody was known. */
  audit(query?: Partial<RecordQuery>): Promise<StoredRecord[]>;
  /** The records of one correlation id, oldest first; waits until there are `count`. */
  recordsOf(call: string, count?: number): Promise<StoredRecord[]>;
  remove(): void;
}

/** A running gateway. */
export interface Gateway extends Place {
  /** `http://127.0.0.1:<port>/mcp` */
  readonly endpoint: string;
  readonly pid: number;
  /** The event `ready`, as `up --json` said it. */
  readonly ready: { readonly apiKey?: string; readonly servers: readonly { name: string; status: string }[] };
  /** What it has logged so far. */
  said(): string;
  /** Resolves with the exit code once the process is gone. */
  readonly gone: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, waits, and removes the home. */
  stop(): Promise<void>;
}

function node(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, ["src/main.ts", ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  running.add(child);
  child.once("close", () => running.delete(child));
  return child as ChildProcess & { stdout: NodeJS.ReadableStream };
}

/** Makes a home whose `cardea.yaml` is `yaml`. @param env what every command sees besides */
export function place(yaml: string, env: NodeJS.ProcessEnv = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), "cardea-gateway-"));
  const [home, config] = [join(folder, "home"), join(folder, "cardea.yaml")];
  writeFileSync(config, yaml);
  let services = 0;
  const runWith = async (input: string | undefined, args: readonly string[]): Promise<Ended> => {
    const child = node([...args, "--home", home, "--config", config], env, input);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr?.on("data", (text) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? -1, stdout, stderr };
  };
  const run = (...args: string[]): Promise<Ended> => runWith(undefined, args);
  const grant = async (...args: string[]): Promise<Ended> => {
    await claim(home, config);
    return runWith(PROOF, [...args, "--proof-stdin"]);
  };
  const audit = async (query: Partial<RecordQuery> = {}): Promise<StoredRecord[]> => {
    const reader = await openAuditReader(home);
    try {
      const found = [];
      for (const tenant of query.tenant === undefined ? ["default", "-"] : [query.tenant])
        found.push(...(await reader.query({ limit: 10_000, ...query, tenant })));
      return found.sort((a, b) => b.seq - a.seq);
    } finally {
      reader.close();
    }
  };
  return {
    folder,
    home,
    config,
    lock: join(folder, "cardea.lock"),
    run,
    runWith,
    grant,
    accept: () => acceptChanges(home, config),
    async approve(...servers) {
      for (const server of servers) {
        const { code, stderr } = await grant("servers", "approve", server, "--all");
        if (code !== 0 && code !== 1) throw new Error(`servers approve ${server} ended with ${code}: ${stderr}`);
      }
    },
    async key(role, owner = `service:test-${++services}`) {
      const { code, stdout, stderr } = await grant("keys", "create", "--owner", owner, "--role", role, "--json");
      if (code !== 0) throw new Error(`keys create ended with ${code}: ${stderr}`);
      const { key, id } = JSON.parse(stdout) as { key: string; id: string };
      return { key, id };
    },
    audit,
    async recordsOf(call, count = 1) {
      const late = Date.now() + 3_000;
      for (;;) {
        const found = (await audit()).filter((record) => record.call === call).reverse();
        if (found.length >= count || Date.now() > late) return found;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Starts the gateway of a place. Rejects with what it said where it is not ready after `ms` milliseconds. */
export async function start(where: Place, env: NodeJS.ProcessEnv = {}, ms = 20_000): Promise<Gateway> {
  await where.accept();
  const child = node(["up", "--home", where.home, "--config", where.config, "--port", "0", "--json"], env);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const gone = once(child, "close").then(([code]) => code as number | null);
  let ready: (Gateway["ready"] & { endpoint: string }) | undefined;
  const late = setTimeout(() => child.kill("SIGKILL"), ms);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    ready = JSON.parse(line) as Gateway["ready"] & { endpoint: string };
    break;
  }
  clearTimeout(late);
  child.stdout.resume();
  if (ready === undefined || child.pid === undefined) {
    await gone;
    throw new Error(`The gateway did not start: ${said}`);
  }
  return {
    ...where,
    endpoint: ready.endpoint,
    pid: child.pid,
    ready,
    said: () => said,
    gone,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await gone;
      clearTimeout(late);
      where.remove();
    },
  };
}

/** Waits until `ask` answers something other than undefined or false. @param ms at most so long */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = 5_000,
): Promise<Exclude<T, undefined | null | false>> {
  const late = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null)
      return answer as Exclude<T, undefined | null | false>;
    if (Date.now() > late) throw new Error(`This did not happen within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
