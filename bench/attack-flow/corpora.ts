import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "./outcome.ts";
import { chainOf } from "./poisoned.ts";
import type { BenchServer, BenchTool, Servers } from "./servers.ts";
import { documentOf, READERS } from "./sources.ts";
import type { Arguments, Step } from "./task.ts";

const CORPORA = process.env["CARDEA_CORPORA"] ?? join(import.meta.dirname, "../../../shared/corpora");

/** A row that is no chain of calls. */
export interface NotApplicable {
  readonly source: string;
  readonly name: string;
  readonly reason: string;
}

export interface Corpora {
  readonly chains: readonly Attack[];
  readonly notApplicable: readonly NotApplicable[];
  /** The servers that the chains need beside the own ones. */
  readonly servers: Servers;
}

const rows = <T>(file: string): T[] => {
  const path = join(CORPORA, file);
  if (!existsSync(path)) throw new Error(`There is no ${file} below the corpora. Name their folder in CARDEA_CORPORA.`);
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
};

interface EgressRow {
  readonly id: string;
  readonly category: string;
  readonly input_type: string;
  readonly expected_verdict: string;
  readonly payload: { readonly jsonrpc_messages?: readonly { method?: string; params?: Call }[] };
}

interface Call {
  readonly name: string;
  readonly arguments?: Arguments;
}

interface ToolRow {
  readonly id: string;
  readonly label: number;
  readonly category: string;
  readonly tool: { readonly name: string; readonly description?: string; readonly inputSchema?: object };
}

const EGRESS = "agent_egress_bench";
const TOOLS = "malicious_tools";

/** Rows of both collections, read now: chains of calls, and what is none with the reason. */
export function readCorpora(): Corpora {
  const chains: Attack[] = [];
  const notApplicable: NotApplicable[] = [];
  const machine: Record<string, BenchTool> = { ...MACHINE };
  const net: Record<string, BenchTool> = {};
  for (const row of rows<EgressRow>(`${EGRESS}/cases.jsonl`)) {
    const reason = whyNone(row);
    if (reason !== undefined) notApplicable.push({ source: EGRESS, name: row.id, reason });
    else chains.push(sequence(row, machine, net));
  }
  const poison: Record<string, BenchTool> = {};
  for (const row of rows<ToolRow>(`${TOOLS}/tools.jsonl`)) {
    // One server cannot have two tools of one name.
    const { name } = row.tool;
    let free = name;
    for (let n = 2; Object.hasOwn(poison, free); n++) free = `${name}_${n}`;
    const chain = row.label === 1 ? chainOf(row.tool, free) : { reason: "harmless by its label" };
    if ("reason" in chain) {
      notApplicable.push({ source: TOOLS, name: row.id, reason: chain.reason });
      continue;
    }
    poison[free] = {
      args: Object.keys((row.tool.inputSchema as { properties?: object } | undefined)?.properties ?? {}),
      effect: effectOf(free) === "outbound" ? "outbound" : "read",
      definition: { ...row.tool, name: free },
    };
    chains.push({ source: TOOLS, name: row.id, poisoned: free, ...chain });
  }
  const outside: BenchServer = { own: false, tools: poison };
  const servers: Servers = {
    machine: { own: true, source: "private", tools: machine },
    ...(Object.keys(net).length > 0 && { net: { own: false, tools: net } }),
    ...(Object.keys(poison).length > 0 && { poisoned: outside, accepted: { ...outside, accepted: true } }),
  };
  return { chains, notApplicable, servers };
}

function whyNone({ input_type: kind, category, expected_verdict: verdict, payload }: EgressRow): string | undefined {
  const calls = (payload.jsonrpc_messages ?? []).filter(({ method }) => method === "tools/call");
  if (verdict !== "block") return `harmless by its label (${verdict})`;
  if (calls.length > 1) return undefined;
  if (calls.length === 1) return "one call, no chain: what it holds is found in its arguments (npm run bench:detect)";
  if (kind === "mcp_tool_definition") return "a definition, no chain (npm run bench:detect)";
  if (kind === "mcp_tool_result" || kind === "response_content")
    return "one text that is read, no chain (npm run bench:detect)";
  if (kind.startsWith("a2a")) return "the A2A protocol, which this gateway does not speak";
  return `a request of an HTTP or WebSocket proxy (${category}), which does not pass a gateway between MCP client and server`;
}

/** What an operator declares of the usual tools, by what their names say. */
function effectOf(name: string): string {
  if (/run|exec|command|shell|bash|eval/i.test(name)) return "execute";
  if (/delete|remove|drop|wipe/i.test(name)) return "destructive";
  if (/send|mail|message|post|publish|upload|share|notify/i.test(name)) return "outbound";
  if (/write|create|save|edit|append|put|copy|move/i.test(name)) return "write";
  return "read";
}

/** What somebody outside answers. */
const PAGE = "It is explained on this page how the next step is done, and what it needs.";

const OUTSIDE = /fetch|http|browse|url|request|curl|webhook|web|send|mail|message|post|publish|upload|share|notify/i;

/** The tools of the machine that poisoned descriptions name: what they read is private, because its server is. */
const MACHINE: Readonly<Record<string, BenchTool>> = Object.fromEntries(
  Object.entries(READERS).map(([tool, arg]) => [tool, { args: [arg], effect: "read" }]),
);

/** The calls of a row exactly as they stand, on a server that has their tools. */
function sequence(row: EgressRow, machine: Record<string, BenchTool>, net: Record<string, BenchTool>): Attack {
  const calls = (row.payload.jsonrpc_messages ?? []).flatMap(({ method, params }) =>
    method === "tools/call" && params !== undefined ? [params] : [],
  );
  const steps = calls.map(({ name, arguments: args = {} }): Step => {
    const isOutside = OUTSIDE.test(name);
    const tools = isOutside ? net : machine;
    const effect = effectOf(name);
    const known = tools[name]?.args ?? [];
    tools[name] = {
      args: [...new Set([...known, ...Object.keys(args)])],
      effect,
      ...(isOutside && effect === "read" && { flow: "{ sink: outbound }" }),
    };
    return [`${isOutside ? "net" : "machine"}.${name}`, args, isOutside ? PAGE : documentOf(name, args)];
  });
  const last = effectOf(calls.at(-1)?.name ?? "");
  // A chain that ends with reading is after what is read.
  return { source: EGRESS, name: row.id, steps, reads: last === "read" && !OUTSIDE.test(calls.at(-1)?.name ?? "") };
}
