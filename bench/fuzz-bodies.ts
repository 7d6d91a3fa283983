import type { Dice } from "./fuzz-dice.ts";
import {
  around,
  type Attempt,
  bytesOf,
  type Draft,
  draft,
  mark,
  plainCall,
  toolsAt,
  type World,
} from "./fuzz-draft.ts";
import { expect } from "./fuzz-oracle.ts";

/** Fragments that have broken parsers before. */
const NASTY = [
  ...'" \\ { } [ ] , : - 0 1e9 1e400 -0 0.1 1.0 12345678901234567890 null true nul \t \n \r \0 ÿ'.split(" "),
  ...'\\u0000 \\ud800 \\udc00 \\" \\\\" "__proto__":{}, "id":1, "ID":2, "name":"x", "NAME":"x", "\\u006eame":"x",'.split(
    " ",
  ),
  ..."\ufeff \u2028 🙂 /* */ // NaN Infinity 0x1 +1 .5 'x' \\x41 \\".split(" "),
];

/** What is done to the JSON text of a good call. */
const EDITS: readonly ((text: string, dice: Dice) => string)[] = [
  (text) => `[${text}]`,
  (text) => `${text}${text}`,
  (text) => `${text}\0`,
  (text) => `\ufeff${text}`,
  (text) => `${text},`,
  (text) => ` \r\n\t${text}\n`,
  (text) => text.replace('"2.0"', '"1.0"'),
  (text) => text.replace('"jsonrpc":"2.0",', ""),
  (text) => text.replace('"jsonrpc"', '"JSONRPC"'),
  (text, dice) =>
    text.replace(
      /"id":("[^"]*"|\d+)/,
      `"id":${dice.pick(["null", "1.5", "{}", "[1]", "true", "1e999", "9007199254740993", '""', "-1", '"\\u0000"', '"\\ud800"'])}`,
    ),
  (text) => text.replace(/"id":("[^"]*"|\d+)/, '$&,"id":7'),
  (text) => text.replace('"method":"tools/call"', '"method":"tools/call","method":"tools/list"'),
  (text) => text.replace('"method":"tools/call"', '"method":"tools/call","METHOD":"tools/list"'),
  (text) => text.replace('"method":"tools/call"', '"method":"tools/call","\\u006dethod":"tools/list"'),
  (text, dice) =>
    text.replace(
      '"tools/call"',
      dice.pick([
        '"tools\\/call"',
        '"Tools/Call"',
        '"tools/call "',
        '""',
        "1",
        "null",
        `"${"x".repeat(200)}"`,
        '"__proto__"',
        '"notifications/cancelled"',
      ]),
    ),
  (text) => text.replace('"params"', '"extra":1,"params"'),
  (text) => text.replace('"params"', '"result":{},"params"'),
  (text) => text.replace('"params":{', '"params":{"Name":"echo",'),
  (text) => text.replace('"params":{', '"params":{"requestState":"abc",'),
  (text) => text.replace('"params":{', '"params":{"inputResponses":{"a":{"action":"accept"}},'),
  (text) => text.replace('"params":{', '"params":{"task":{"ttl":1},'),
  (text) => text.replace(/"params":\{.*\}/s, '"params":[]}'),
  (text) => text.replace('"arguments":{', '"arguments":{"more":1,'),
  (text) => text.replace('"arguments":{', '"arguments":{"__proto__":{"text":"x"},'),
  (text) => text.replace('"arguments":{', '"arguments":{"text":"other",'),
  (text) => text.replace('"arguments":{', '"arguments":{"Text":"other",'),
  (text, dice) =>
    text.replace(
      /"arguments":\{[^}]*\}/,
      `"arguments":${dice.pick(["null", "[]", '"text"', "{}", '{"text":null}', '{"text":["a"]}', '{"text":{}}', '{"constructor":1}'])}`,
    ),
  (text) => text.replace(/"text":"/, `"text":"${"é".repeat(1000)}`),
  (text) => text.replace(/"text":"/, '"text":"\\u0000'),
  (text) => text.replace(/"text":"/, '"text":"\\udfff'),
  (text) => text.replace(/"text":"/, '"text":"\\ud83d\\ude00\\u2028\\r\\n'),
  (text, dice) =>
    text.replace(
      /"name":"[^"]*"/,
      `"name":${dice.pick(['"nothing"', '"modern.echo"', '"modern__nothing"', '"catalogue__tool_1"', '"echo\\u200b"', '"ＥＣＨＯ"', "null", '"__proto__"', '"toString"', `"${"a".repeat(5000)}"`])}`,
    ),
  (text) => text.replace(/"_meta":\{[^}]*\}/, '"_meta":{}'),
  (text, dice) =>
    text.replace('"2026-07-28"', dice.pick(['"2025-11-25"', '"2099-01-01"', "1", "null", '"2026-07-28 "'])),
  (text) => text.replace('"_meta":{', '"_meta":{"io.modelcontextprotocol/logLevel":"shout",'),
  (text, dice) =>
    text.replace('"_meta":{', `"_meta":{"progressToken":${dice.pick(["1", '"a"', "{}", "null", "1.5"])},`),
  (text, dice) => text.replace(/\}$/, `,"x":${"[".repeat(dice.pick([63, 64, 65, 5000]))}`),
  (text, dice) => `{"a":${"[".repeat(dice.pick([60, 70, 20_000]))}${"]".repeat(60)},${text.slice(1)}`,
];

/** A call whose body was changed; the oracle says what must become of it. */
export function changedBody(world: World, dice: Dice, n: number): Attempt {
  const from = plainCall(world, dice, n);
  const kind = dice.below(10);
  let made = "edited";
  if (kind < 4) from.body = Buffer.from(dice.pick(EDITS)(from.body.toString(), dice));
  else if (kind === 4) {
    made = "two edits";
    from.body = Buffer.from(dice.pick(EDITS)(dice.pick(EDITS)(from.body.toString(), dice), dice));
  } else {
    made = "mutated";
    from.body = mutated(from.body, dice);
  }
  return attempt(from, dice, made);
}

/** A file of the JSON test suite: as the body, in place of the arguments, or of the text. */
export function suiteBody(world: World, dice: Dice, n: number): Attempt {
  const from = plainCall(world, dice, n);
  let file = dice.pick(world.suite);
  // The rows of 100,000 brackets are sent, but not each time that they are drawn.
  if (file.bytes.length > 4096 && !dice.chance(0.1)) file = dice.pick(world.suite);
  const text = from.body.toString();
  const [place, pattern] = dice.pick([
    ["body", /^.*$/s],
    ["arguments", /(?<="arguments":)\{[^}]*\}/],
    ["text", /(?<="text":)"(?:[^"\\]|\\.)*"/],
    ["params", /(?<="params":).*(?=\}$)/s],
    ["id", /(?<="id":)("[^"]*"|\d+)/],
  ] as const);
  const found = pattern.exec(text);
  const at = found?.index ?? 0;
  const after = text.slice(at + (found?.[0].length ?? 0));
  from.body = Buffer.concat([Buffer.from(text.slice(0, at)), file.bytes, Buffer.from(after)]);
  return attempt(from, dice, `${file.name} as ${place}`);
}

const METHODS = [
  ..."tools/call tools/list prompts/list prompts/get resources/list resources/read resources/templates/list ping".split(
    " ",
  ),
  ..."resources/subscribe resources/unsubscribe completion/complete logging/setLevel server/discover initialize".split(
    " ",
  ),
  ..."tasks/get tasks/list tools/Call rpc.discover __proto__ constructor elicitation/create sampling/createMessage".split(
    " ",
  ),
  ..."notifications/initialized notifications/progress notifications/roots/list_changed notifications/x roots/list".split(
    " ",
  ),
];

/** Any JSON-RPC: any method of either revision with any params, notifications and answers to nothing. */
export function randomRpc(world: World, dice: Dice, n: number): Attempt {
  const era = dice.chance(0.5) ? "modern" : "legacy";
  const person = dice.pick(world.people);
  const path = dice.pick(["/mcp/modern", "/mcp/legacy"]);
  const tool = dice.pick([...toolsAt(person, path), "write_note", "nothing"]);
  const method = dice.pick(METHODS);
  const params: Record<string, unknown> = {};
  const words = [
    tool,
    `modern+${tool}`,
    "file:///etc/passwd",
    mark(n),
    "debug",
    world.cursor,
    "none",
    "\u202e",
    "x".repeat(2000),
  ];
  for (const name of [
    "name",
    "uri",
    "cursor",
    "level",
    "ref",
    "argument",
    "arguments",
    "requestState",
    "inputResponses",
    "protocolVersion",
    "capabilities",
    "clientInfo",
    "notifications",
    "context",
    "requestId",
    "more",
  ])
    if (dice.chance(method === "tools/call" && name === "name" ? 0.9 : 0.3))
      params[name] = dice.chance(0.6) ? dice.pick(words) : value(dice, 0);
  const from = draft(
    world,
    { era, person, path, tool: dice.chance(0.8) ? String(params["name"] ?? tool) : undefined },
    n,
    method,
    params,
  );
  // Header values are Latin-1 on the wire; what does not fit there is another case.
  from.headers = from.headers.map(([name, text]) => [name, text.replace(/[^\x20-\x7e]/g, "?")]);
  const kind = dice.below(10);
  const { id: _id, params: sent, ...rest } = JSON.parse(from.body.toString()) as Record<string, unknown>;
  if (kind === 0) from.body = Buffer.from(JSON.stringify({ ...rest, params: sent }));
  if (kind === 1)
    from.body = Buffer.from(
      JSON.stringify({ jsonrpc: "2.0", id: dice.pick(["none", 0, null, n]), result: value(dice, 0) }),
    );
  if (kind === 2)
    from.body = Buffer.from(
      JSON.stringify({ jsonrpc: "2.0", id: "none", error: { code: value(dice, 3), message: "no" } }),
    );
  if (kind === 3) from.body = Buffer.from(JSON.stringify(value(dice, 0)));
  return { ...attempt(from, dice, `random ${method}`), event: true };
}

/** The list of tools by cursors: the caller's own, somebody else's, of another list or path, and made up. */
export function cursors(world: World, dice: Dice, n: number): Attempt {
  const [owner, other] = world.people;
  const { cursor } = world;
  const at = dice.below(cursor.length);
  const [made, person, path, method, used] = dice.pick([
    ["own cursor", owner, "/mcp", "tools/list", cursor],
    ["cursor of somebody else", other, "/mcp", "tools/list", cursor],
    ["cursor of another path", owner, "/mcp/modern", "tools/list", cursor],
    ["cursor of another list", owner, "/mcp", "prompts/list", cursor],
    [
      "changed cursor",
      owner,
      "/mcp",
      "tools/list",
      `${cursor.slice(0, at)}${cursor[at] === "A" ? "B" : "A"}${cursor.slice(at + 1)}`,
    ],
    ["cut cursor", owner, "/mcp", "tools/list", cursor.slice(0, at)],
    [
      "made up cursor",
      owner,
      "/mcp",
      "tools/list",
      dice.pick(["", "500", "MTAw", -1, 0, null, {}, ["a"], "\u0000x", "x".repeat(10_000)]),
    ],
  ] as const);
  const from = draft(world, { era: dice.chance(0.5) ? "modern" : "legacy", person, path, tool: undefined }, n, method, {
    cursor: used,
  });
  const verdict = made === "own cursor" ? "accept" : "refuse";
  return { made, pieces: bytesOf(from, dice), expected: { verdict, id: n, answered: true } };
}

/** A body that is larger than what is accepted, with its length said or not. */
export function largeBody(world: World, dice: Dice, n: number): Attempt {
  const from = plainCall(world, dice, n);
  from.chunked = dice.chance(0.5);
  from.body = Buffer.from(
    from.body.toString().replace('"text":"', `"text":"${"x".repeat(1_048_576 + dice.below(200_000))}`),
  );
  return {
    made: "large body",
    pieces: bytesOf(from, dice),
    expected: { verdict: "refuse", answered: true },
    statuses: [413],
  };
}

function attempt(from: Draft, dice: Dice, made: string): Attempt {
  from.chunked = dice.chance(0.1);
  return { made: `${made} (${from.era})`, pieces: bytesOf(from, dice), expected: expect(from.body, around(from)) };
}

function mutated(from: Buffer, dice: Dice): Buffer {
  let bytes = from;
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + dice.below(4));
    const middle = dice.chance(0.6)
      ? Buffer.from(dice.pick(NASTY))
      : dice.chance(0.5)
        ? dice.bytes(1)
        : Buffer.alloc(0);
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(dice.chance(0.5) ? at : end)]);
  }
  return bytes;
}

function value(dice: Dice, depth: number): unknown {
  const kind = dice.below(depth > 4 ? 4 : 6);
  if (kind === 0) return dice.pick([null, true, false]);
  if (kind === 1) return dice.chance(0.5) ? dice.below(2 ** 40) : (dice.next() - 0.5) * 10 ** dice.below(30);
  if (kind < 4) return dice.pick(NASTY);
  const items = Array.from({ length: dice.below(5) }, () => value(dice, depth + 1));
  return kind === 4
    ? items
    : Object.fromEntries(items.map((item) => [dice.pick([...NASTY, "a", "b", "action", "name", "uri", "type"]), item]));
}
