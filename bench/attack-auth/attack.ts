/**
 * Every attack of MCP's security best practices and of RFC 9700 that applies here, tried for real against running
 * gateways: each must be refused, and the refusal must be in the record.
 *
 *     npm run attack:auth -- [--json] [--only PART-OF-AN-ID]
 */
import { parseArgs } from "node:util";
import { progress } from "../children.ts";
import { accessTokens } from "./access-tokens.ts";
import { assertions } from "./assertions.ts";
import { audiences } from "./audiences.ts";
import { browsers } from "./browsers.ts";
import { codes } from "./codes.ts";
import { consents } from "./consents.ts";
import { documents } from "./documents.ts";
import { forgeries } from "./forgeries.ts";
import { guesses } from "./guesses.ts";
import { print } from "./print.ts";
import { registrations } from "./registrations.ts";
import { sessions } from "./sessions.ts";
import { shell } from "./shell.ts";
import type { Attack, Attempt, Row } from "./table.ts";
import { tokens } from "./tokens.ts";
import { startWorld, type World } from "./world.ts";

const { values: options } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });

/** The record is asked so long for what was refused, milliseconds. */
const RECORD_MS = 3_000;

async function isRecorded(world: World, since: number, record: NonNullable<Attempt["record"]>): Promise<boolean> {
  const late = Date.now() + RECORD_MS;
  for (;;) {
    for (const gateway of [world.gateway, world.outer])
      if ((await gateway.audit({ since, limit: 2_000 })).some(record)) return true;
    if (Date.now() > late) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function attempt(world: World, { id, source, attack, run }: Attack): Promise<Row> {
  const since = Date.now();
  try {
    const { refused, answer, record } = await run(world);
    const recorded = record === undefined ? null : await isRecorded(world, since, record);
    return { id, source, attack, answer, recorded, open: !refused || recorded === false };
  } catch (error) {
    const answer = `the attack itself failed: ${error instanceof Error ? error.message : String(error)}`;
    return { id, source, attack, answer, recorded: null, open: true };
  }
}

// Those on the shell come last: they restart what the others attack.
const all = [
  ...codes,
  ...consents,
  ...tokens,
  ...audiences,
  ...forgeries,
  ...browsers,
  ...documents,
  ...registrations,
  ...accessTokens,
  ...assertions,
  ...sessions,
  ...guesses,
  ...shell,
];
const chosen = all.filter(({ id }) => options.only === undefined || id.includes(options.only));
if (chosen.length === 0) {
  console.error(`No attack has ${JSON.stringify(options.only)} in its id.`);
  process.exit(2);
}
const world = await startWorld();
const rows: Row[] = [];
try {
  for (const attack of chosen) {
    progress(`${attack.id}: ${attack.attack}`);
    rows.push(await attempt(world, attack));
  }
} finally {
  await world.stop();
}
const open = rows.filter((row) => row.open).length;
if (options.json) console.log(JSON.stringify({ tried: rows.length, open, rows }));
else print(rows);
process.exit(open === 0 ? 0 : 1);
