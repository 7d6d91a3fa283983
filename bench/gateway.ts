import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claim, PROOF } from "../test/fixtures/administrator.ts";
import { type Child, finish, node, ready } from "./children.ts";

const MAIN = "src/main.ts";

/** A home and a configuration of their own, in the system's temporary folder. */
export interface Place {
  readonly home: string;
  readonly config: string;
  remove(): void;
}

/** A running gateway. */
export interface Gateway {
  readonly child: Child;
  /** `http://127.0.0.1:<port>/mcp` */
  readonly endpoint: string;
}

/** Makes a place whose configuration is `yaml`. */
export function place(yaml: string): Place {
  const folder = mkdtempSync(join(tmpdir(), "cardea-bench-"));
  const config = join(folder, "cardea.yaml");
  writeFileSync(config, yaml);
  return { home: join(folder, "home"), config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const at = (where: Place): string[] => ["--home", where.home, "--config", where.config];

/** Runs a command of the gateway's and returns its stdout. Throws with its stderr where it could not run (exit 2). */
export async function command(where: Place, ...args: string[]): Promise<string> {
  return run(where, args);
}

/** Runs a command that needs an administrator's proof, with it; the first one makes the administrator. */
export async function grant(where: Place, ...args: string[]): Promise<string> {
  await claim(where.home, where.config);
  return run(where, [...args, "--proof-stdin"], PROOF);
}

async function run(where: Place, args: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await finish([MAIN, ...args, ...at(where)], {}, input);
  // 1 is a finding, such as a definition that cannot be pinned because it breaks the protocol's rules.
  if (code !== 0 && code !== 1) throw new Error(`cardea ${args.join(" ")} ended with ${code}:\n${stderr || stdout}`);
  return stdout;
}

/** Pins all that the servers publish now, and makes a key for the role `tester`. Returns the key. */
export async function prepare(where: Place, ...servers: string[]): Promise<string> {
  for (const server of servers) await grant(where, "servers", "approve", server, "--all");
  const made = await grant(where, "keys", "create", "--owner", "service:bench", "--role", "tester", "--json");
  return (JSON.parse(made) as { key: string }).key;
}

/** Starts the gateway on a free port of loopback. @param flags of Node */
export async function startGateway(where: Place, ...flags: string[]): Promise<Gateway> {
  const child = node([...flags, MAIN, "up", ...at(where), "--port", "0", "--json"]);
  const { endpoint } = await ready<{ endpoint: string }>(child);
  return { child, endpoint };
}
