import { fileURLToPath } from "node:url";
import type { Era } from "../caller.ts";
import { type Child, node, ready, ROOT } from "../children.ts";
import { type Place, grant, place } from "../gateway.ts";

/** Calls of hostile servers are given up after this, milliseconds. */
export const DEADLINE_MS = 2_000;

/** The gateway before hostile servers and ordinary ones, each a process. */
export interface World {
  readonly where: Place;
  readonly gateway: Child;
  /** `http://127.0.0.1:<port>/mcp` */
  readonly endpoint: string;
  readonly hostile: Readonly<Record<Era, string>>;
  readonly key: string;
  /** The key of the calm callers. */
  readonly calmKey: string;
  stop(): Promise<void>;
}

const HOSTILE = fileURLToPath(new URL("hostile.ts", import.meta.url));

/** Tools that are called; each only reads. */
const reads = (names: readonly string[]): string => names.map((name) => `      ${name}: { effect: read }`).join("\n");

const yaml = (urls: Readonly<Record<string, string>>, tools: readonly string[]): string => `listen: { port: 0 }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
  concurrency: 512
servers:
  calm-modern: { url: ${urls["calm-modern"]}, concurrency: 512 }
  calm-legacy: { url: ${urls["calm-legacy"]}, concurrency: 512 }
  hostile-modern:
    url: ${urls["hostile-modern"]}
    timeout: ${DEADLINE_MS}ms
    tools:
${reads(tools)}
  hostile-legacy:
    url: ${urls["hostile-legacy"]}
    timeout: ${DEADLINE_MS}ms
    tools:
${reads(tools)}
  hostile-stdio:
    run: ["${process.execPath}", "${HOSTILE}", "--era", "legacy", "--stdio"]
    sandbox: { read: ["${ROOT}"], memory: 2GiB }
    timeout: ${DEADLINE_MS}ms
    tools:
${reads(tools)}
access:
  - { role: tester, allow: ["calm-modern.*", "calm-legacy.*", "hostile-modern.*", "hostile-legacy.*", "hostile-stdio.*"], effects: [read, write], approval: none }
`;

/** @param tools of the hostile servers @param flags of Node, for the gateway */
export async function startWorld(tools: readonly string[], flags: readonly string[]): Promise<World> {
  const children = new Map<string, Child>();
  const urls: Record<string, string> = {};
  for (const [name, program] of Object.entries({ calm: "bench/echo.ts", hostile: HOSTILE }))
    for (const era of ["modern", "legacy"]) {
      const child = node([program, "--era", era]);
      children.set(`${name}-${era}`, child);
      urls[`${name}-${era}`] = (await ready<{ endpoint: string }>(child)).endpoint;
    }
  const where = place(yaml(urls, tools));
  process.once("exit", () => where.remove());
  for (const server of [...children.keys(), "hostile-stdio"]) await grant(where, "servers", "approve", server, "--all");
  const keyOf = async (owner: string): Promise<string> => {
    const made = await grant(where, "keys", "create", "--owner", `service:${owner}`, "--role", "tester", "--json");
    return (JSON.parse(made) as { key: string }).key;
  };
  const [key, calmKey] = [await keyOf("greedy"), await keyOf("calm")];
  const args = ["up", "--home", where.home, "--config", where.config, "--port", "0", "--json"];
  const gateway = node([...flags, "src/main.ts", ...args]);
  const { endpoint } = await ready<{ endpoint: string }>(gateway);
  return {
    where,
    gateway,
    endpoint,
    hostile: { modern: String(urls["hostile-modern"]), legacy: String(urls["hostile-legacy"]) },
    key,
    calmKey,
    async stop() {
      await gateway.end();
      for (const child of children.values()) await child.end();
      where.remove();
    },
  };
}
