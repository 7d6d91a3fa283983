import type { Dice } from "./fuzz-dice.ts";
import { type Attempt, bytesOf, draft, plainCall, type World } from "./fuzz-draft.ts";
import type { Verdict } from "./fuzz-oracle.ts";
import type { Reply } from "./fuzz-wire.ts";

/** Sends an attempt and judges its answer. */
export type Ask = (attempt: Attempt) => Promise<Reply | undefined>;

const EVENT_IDS = [
  "",
  "1",
  "n_1",
  "nAAAA_0",
  "__proto___1",
  "n1_99999999999999999999",
  "n1_-1",
  "%0d%0a",
  "x".repeat(3000),
  "n\xff_1",
];

/**
 * The life of a session: opened, used, its streams asked for with event ids that are nobody's, ended, and then gone.
 * Its last steps ask with what counted before.
 */
export async function sessionLife(world: World, dice: Dice, n: number, ask: Ask): Promise<void> {
  const path = dice.pick(["/mcp/modern", "/mcp/legacy"]);
  const person = { ...world.passer, sessions: new Map<string, string>() };
  const of = { era: "legacy", person, path, tool: undefined } as const;
  const hello = {
    protocolVersion: dice.pick(["2025-11-25", "2025-06-18", "2025-03-26", "1999-01-01"]),
    capabilities: {},
    clientInfo: { name: "life", version: "1" },
  };
  const opening = draft(world, of, n, "initialize", hello);
  opening.headers = opening.headers.filter(([name]) => name !== "Mcp-Session-Id");
  const said = await ask(made("initialize", "accept", opening, n));
  const session = said?.headers.get("mcp-session-id");
  if (session === undefined) return;
  person.sessions.set(path, session);
  const without = (method: string, ...more: [string, string][]) => {
    const one = draft(world, of, n, method, {});
    one.method = method;
    one.body = Buffer.alloc(0);
    one.headers.push(...more);
    return one;
  };
  const stream = { event: true, statuses: [400] };
  await ask(
    made("an event id of nobody", "refuse", without("GET", ["Last-Event-ID", dice.pick(EVENT_IDS)]), undefined, stream),
  );
  await ask(
    made(
      "two event ids",
      "refuse",
      without("GET", ["Last-Event-ID", "n1_1"], ["Last-Event-ID", "n1_2"]),
      undefined,
      stream,
    ),
  );
  const foreign = { ...without("GET"), person: world.people[0] };
  foreign.headers = foreign.headers.map(([name, value]) => [
    name,
    name === "Authorization" ? `Bearer ${world.people[0].key}` : value,
  ]);
  await ask(made("the stream of somebody else", "refuse", foreign, undefined, { event: true, statuses: [404] }));
  const call = plainCall(world, dice, n, { era: "legacy", person, path });
  await ask({
    made: "a call in a new session",
    pieces: bytesOf(call),
    expected: { verdict: "accept", answered: true },
  });
  if (dice.chance(0.5)) return;
  await ask(made("the end of a session", "either", without("DELETE")));
  await ask(made("the end of a session that has ended", "refuse", without("DELETE"), undefined, { statuses: [404] }));
  await ask(made("a request after the end", "refuse", draft(world, of, n, "ping", {}), n, { statuses: [404] }));
}

/** A subscription that is opened, heard, and left; with URIs that nobody publishes. */
export async function listening(world: World, dice: Dice, n: number, ask: Ask): Promise<void> {
  const of = {
    era: "modern",
    person: world.passer,
    path: dice.pick(["/mcp", "/mcp/modern", "/mcp/legacy"]),
    tool: undefined,
  } as const;
  const wanted = dice.pick<[Verdict, unknown]>([
    ["accept", { toolsListChanged: true }],
    ["either", { toolsListChanged: "yes", more: 1, resourceSubscriptions: "file:///x" }],
    ["either", { resourceSubscriptions: Array.from({ length: dice.below(30) }, (_, at) => `modern+file:///${at}`) }],
    ["either", { resourceSubscriptions: [1, null, {}, "file:///etc/passwd", "", "\u0007"] }],
    ["refuse", { resourceSubscriptions: Array.from({ length: 1000 }, (_, at) => `file:///${at}`) }],
    ["refuse", []],
    ["refuse", null],
    ["refuse", "all"],
  ]);
  await ask(
    made(
      "a subscription",
      wanted[0],
      draft(world, of, n, "subscriptions/listen", { notifications: wanted[1] }),
      undefined,
      { event: true },
    ),
  );
}

function made(
  name: string,
  verdict: Verdict,
  from: Parameters<typeof bytesOf>[0],
  id?: number,
  more: Partial<Attempt> = {},
): Attempt {
  return {
    made: name,
    pieces: bytesOf(from),
    expected: { verdict, answered: true, ...(id !== undefined && { id }) },
    ...more,
  };
}
