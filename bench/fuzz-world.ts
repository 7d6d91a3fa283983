import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { type Child, node, ready, ROOT } from "./children.ts";
import type { Person, World } from "./fuzz-draft.ts";
import { type Tap, tap, Watch } from "./fuzz-tap.ts";
import { command, type Gateway, grant, type Place, place, prepare, startGateway } from "./gateway.ts";
import { TELLS_MEMORY } from "./measure.ts";

/** Log lines that say that something was not foreseen. */
const FAILED =
  /"event":"[^"]*(?:failed|lost|uncaught)"|uncaught|Unhandled|(?:door|control|engine)\.failed|^\s+at .+:\d+:\d+/i;

/** What runs while hostile requests are sent. */
export interface Running {
  readonly world: World;
  readonly watch: Watch;
  readonly gateway: Gateway;
  readonly where: Place;
  /** Log lines and ends of the process that must not be. */
  readonly crashes: string[];
  /** Ends the gateway as an operator does, then everything else. */
  stop(): Promise<void>;
  /** Ends the upstreams. */
  remove(): Promise<void>;
}

/** Starts the upstreams, pins them, makes the keys, starts the gateway and opens the sessions. */
export async function startWorld(): Promise<Running> {
  const echoes: Child[] = [];
  const taps: Tap[] = [];
  const secrets: string[] = [];
  const watch = new Watch(secrets);
  const upstream = async (...args: string[]): Promise<string> => {
    const child = node(["bench/echo.ts", ...args]);
    echoes.push(child);
    const tapped = await tap((await ready<{ endpoint: string }>(child)).endpoint, watch);
    taps.push(tapped);
    return tapped.endpoint;
  };
  const endpoints: Record<string, string> = {
    modern: await upstream("--era", "modern"),
    legacy: await upstream("--era", "legacy"),
    catalogue: await upstream("--era", "modern", "--tools", "998"),
  };
  const yaml = readFileSync(new URL("cardea.yaml", import.meta.url), "utf8");
  const where = place(yaml.replace(/\$\{(\w+)\}/g, (_, name: string) => JSON.stringify(endpoints[name])));
  process.once("exit", () => where.remove());
  const first = await prepare(where, ...Object.keys(endpoints));
  const create = async (owner: string, ...more: string[]): Promise<{ key: string; id: string }> => {
    const made = await grant(where, "keys", "create", "--owner", owner, "--role", "tester", "--json", ...more);
    return JSON.parse(made) as { key: string; id: string };
  };
  const narrow = ["--scope", "modern.echo", "--scope", "legacy.echo"];
  const [second, third, revoked] = [
    await create("person:grace@example.com", ...narrow),
    await create("service:passer"),
    await create("service:gone"),
  ];
  await command(where, "keys", "revoke", revoked.id);

  const gateway = await startGateway(where, ...TELLS_MEMORY);
  const port = Number(new URL(gateway.endpoint).port);
  const crashes = watchLog(gateway.child);
  const person = (name: string, key: string, tools: string[]): Person => ({ name, key, tools, sessions: new Map() });
  const people = [person("Ada", first, ["echo", "write_note"]), person("Grace", second.key, ["echo"])] as const;
  for (const one of people) for (const path of ["/mcp", "/mcp/modern", "/mcp/legacy"]) await open(port, one, path);
  const keys = [first, second.key, third.key, revoked.key];
  secrets.push(...keys);
  const world: World = {
    port,
    people: [...people],
    passer: person("passer", third.key, ["echo", "write_note"]),
    revokedKey: revoked.key,
    cursor: await cursorOf(port, people[0]),
    suite: suite(),
    secrets: [...keys, ROOT, where.home, ...Object.values(endpoints).map((url) => new URL(url).host)],
  };
  return {
    world,
    watch,
    gateway,
    where,
    crashes,
    stop: () => gateway.child.end(),
    async remove() {
      for (const one of taps) one.close();
      for (const child of echoes) await child.end();
      where.remove();
    },
  };
}

/** Reads the log as it comes; what must not be in it is a crash. */
function watchLog(child: Child): string[] {
  const crashes: string[] = [];
  let rest = "";
  child.process.stderr.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (FAILED.test(line)) crashes.push(line.slice(0, 500));
  });
  child.process.once("exit", (code, signal) => {
    if (code !== 0) crashes.push(`the process ended with ${code ?? signal}: ${child.said().slice(-500)}`);
  });
  return crashes;
}

async function post(port: number, { key, sessions }: Person, path: string, message: object) {
  const session = sessions.get(path);
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json",
      "mcp-protocol-version": "2025-11-25",
      ...(session !== undefined && { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
  return { headers: answer.headers, text: await answer.body.text() };
}

/** Opens a session of the older revision. */
async function open(port: number, person: Person, path: string): Promise<void> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "fuzz", version: "1" } };
  const { headers, text } = await post(port, person, path, { id: 0, method: "initialize", params });
  const session = headers["mcp-session-id"];
  if (typeof session !== "string") throw new Error(`No session: ${text}`);
  person.sessions.set(path, session);
}

async function cursorOf(port: number, person: Person): Promise<string> {
  const { text } = await post(port, person, "/mcp", { id: 0, method: "tools/list" });
  const { result } = JSON.parse(text) as { result?: { nextCursor?: string } };
  if (result?.nextCursor === undefined) throw new Error("The list of tools has one page, so there is no cursor");
  return result.nextCursor;
}

function suite(): { name: string; bytes: Buffer }[] {
  const corpora = process.env.CARDEA_CORPORA ?? join(ROOT, "../shared/corpora");
  return ["test_parsing", "test_transform"].flatMap((part) => {
    const folder = join(corpora, "json_test_suite", part);
    return readdirSync(folder)
      .sort()
      .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  });
}
