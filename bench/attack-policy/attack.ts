/**
 * Generated attempts to reach a tool, a tenant, an argument value, an environment or a quarantined definition that policy
 * forbids, through every method, era, alias, encoding and header, against a running gateway. What counts is what reached
 * the servers behind it, and what of the hidden was told.
 *
 *     npm run attack:policy -- [--json] [--count 10000] [--seed N]
 */
import { parseArgs, styleText } from "node:util";
import fc from "fast-check";
import { progress } from "../children.ts";
import { type Attempt, attempts } from "./attempts.ts";
import { breach, HIDDEN } from "./judge.ts";
import { type Said, Sender } from "./send.ts";
import { startWorld, type World } from "./world.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
  },
});
const [count, seed] = [Number(options.count), Number(options.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error("--count and --seed must be whole numbers, --count at least 1.");
  process.exit(2);
}

/** An attempt that got what it wanted. */
interface Success {
  readonly why: string;
  readonly attempt: Attempt;
}

const LISTS = /^(?:tools|prompts|resources)\/(?:templates\/)?list$|^server\/discover$|^initialize$/;

/** What the answer tells of things that do not exist for this caller. */
function leak({ method, params }: Attempt, { body }: Said): string | undefined {
  if (!LISTS.test(method)) return undefined;
  const told = HIDDEN.find((name) => body.includes(name) && !params.includes(name));
  return told ?? (/"uri":"(?:[a-z]+\+)?crm:\/\/other/.test(body) ? "another tenant's resource" : undefined);
}

async function attack(world: World, sender: Sender, attempt: Attempt): Promise<Success | undefined> {
  const before = world.receipts.length;
  const said = await sender.send(attempt);
  const who = { broad: "broad", narrow: "narrow", nobody: "none", elsewhere: "none" } as const;
  for (const receipt of world.receipts.slice(before)) {
    const why = breach(receipt, who[attempt.who]);
    if (why !== undefined) return { why, attempt };
  }
  const told = leak(attempt, said);
  if (told !== undefined) return { why: `a list tells of ${told}`, attempt };
  return said.status >= 500 ? { why: `it made the gateway fail: HTTP ${said.status}`, attempt } : undefined;
}

/** What is permitted works, or nothing that is refused would mean anything. */
async function works(world: World, sender: Sender): Promise<void> {
  const plain = { who: "broad", headers: [], session: "own", wrap: "plain" } as const;
  for (const server of ["crm", "desk"] as const)
    for (const era of ["modern", "legacy"] as const)
      for (const [method, params, tool] of [
        ["tools/call", `{"name":"find_contact","arguments":{"query":"ada","filter":{"city":"Rome"}}}`, "find_contact"],
        ["tools/call", `{"name":"transfer","arguments":{"account":"a","amount":100,"currency":"EUR"}}`, "transfer"],
        ["tools/call", `{"name":"list_issues","arguments":{}}`, "issues"],
        ["prompts/get", `{"name":"greet","arguments":{"who":"me"}}`, "greet"],
        ["resources/read", `{"uri":"crm://default/contacts/1"}`, undefined],
      ] as const) {
        const before = world.receipts.length;
        const { status, body } = await sender.send({ ...plain, server, era, path: `/mcp/${server}`, method, params });
        const arrived = world.receipts.slice(before).filter((one) => one.method === method);
        const why = arrived.map((one) => breach(one, "broad")).find((one) => one !== undefined);
        if (arrived.length !== 1 || why !== undefined || arrived[0]?.params["name"] !== tool)
          throw new Error(
            `What is permitted does not work (${server}, ${era}, ${method} ${params}): ${why ?? ""} HTTP ${status} ${body}`,
          );
      }
}

const world = await startWorld();
const sender = new Sender(world.origin, world.keys);
const successes: Success[] = [];
let tried = 0;
try {
  await works(world, sender);
  for (const attempt of fc.sample(attempts, { numRuns: count, seed })) {
    const success = await attack(world, sender, attempt);
    if (success !== undefined) successes.push(success);
    world.receipts.length = 0;
    if (++tried % 1000 === 0) progress(`${tried} of ${count} tried, ${successes.length} succeeded`);
  }
  await works(world, sender);
} finally {
  await sender.close();
  await world.stop();
}
const succeeded = successes.length;
if (options.json) console.log(JSON.stringify({ tried, succeeded, seed, successes: successes.slice(0, 20) }));
else {
  for (const { why, attempt } of successes.slice(0, 20))
    console.log(`${styleText("red", "✘")} ${why}\n    ${JSON.stringify(attempt)}`);
  console.log(
    `${tried} attempts tried, ${styleText(succeeded === 0 ? "green" : "red", `${succeeded} succeeded`)} (seed ${seed})`,
  );
}
process.exit(succeeded === 0 ? 0 : 1);
