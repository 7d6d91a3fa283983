import type { Step, Task } from "./task.ts";
import { ERAS, type Era, type Played, type World } from "./world.ts";

/** A chain that must be stopped. */
export interface Attack extends Task {
  readonly source: string;
  /** The tool that holds the instructions, as it is published; a model reads them only where it is listed. */
  readonly poisoned?: string;
  /** It ends with reading: what is read must not reach the model. */
  readonly reads?: boolean;
}

/** What became of an attack, with clients of both protocols. */
export interface Outcome {
  readonly source: string;
  readonly name: string;
  readonly steps: number;
  readonly stopped: boolean;
  /** What stopped it, and at which step, counted from 1; 0: before the first. */
  readonly control: string;
  readonly at: number;
  /** What stops the calls where an administrator accepted the poisoned definition nevertheless. */
  readonly behind?: string;
  /** The last refusal, or what arrived where nothing stopped it. */
  readonly message: string;
}

/** @param keyOf a credential that has read nothing yet */
export async function tryAttack(
  world: World,
  attack: Attack,
  keyOf: (kind: "attack" | "accepted", era: Era) => string,
): Promise<Outcome> {
  const { source, name, poisoned } = attack;
  const facts = { source, name, steps: attack.steps.length };
  const each = [];
  for (const era of ERAS) each.push(await tryOnce(world, attack, (kind) => keyOf(kind, era), era));
  const worst = each.find(({ stopped }) => !stopped) ?? each.find(({ at }) => at > 0) ?? each[0];
  if (worst === undefined) throw new Error("No protocol was tried");
  const { behind, ...rest } = worst;
  return { ...facts, ...rest, ...(poisoned !== undefined && behind !== undefined && { behind }) };
}

type One = Pick<Outcome, "stopped" | "control" | "at" | "behind" | "message">;

async function tryOnce(
  world: World,
  attack: Attack,
  keyOf: (kind: "attack" | "accepted") => string,
  era: Era,
): Promise<One> {
  const { poisoned } = attack;
  if (poisoned === undefined) return judge(attack, await world.play(keyOf("attack"), era, attack));
  const accepted = { ...attack, steps: attack.steps.map(onAccepted) };
  const behind = judge(accepted, await world.play(keyOf("accepted"), era, accepted));
  const key = keyOf("attack");
  // Where its definition is not listed no model reads what it wants, and it cannot be called.
  const blocked = !(await world.listed(key)).has(`poisoned__${poisoned}`);
  if (!blocked) return judge(attack, await world.play(key, era, attack));
  const message = `${poisoned} is not listed`;
  return { stopped: true, control: "T4", at: 0, behind: behind.stopped ? behind.control : "none", message };
}

const onAccepted = ([tool, args, returns]: Step): Step => {
  const there = tool.replace(/^poisoned\./, "accepted.");
  return returns === undefined ? [there, args] : [there, args, returns];
};

function judge({ steps, reads }: Task & Pick<Attack, "reads">, { arrived, got, stopped }: Played): One {
  if (stopped !== undefined) {
    const { at, control, message } = stopped;
    const came = arrived.length > at;
    // A fault of the bench is no control.
    return { stopped: /^[A-Z]\d+$/.test(control) && !came, control, at: at + 1, message };
  }
  const raw = steps.map(([, , returns]) => returns ?? "");
  const last = arrived.at(-1);
  const came = reads ? (got.at(-1) ?? "") : JSON.stringify(last?.args ?? "");
  const takes = raw.some((text) => text.length >= SHARED);
  const isMasked =
    takes && (reads || typeof steps.at(-1)?.[1] === "function") && !raw.some((text) => shares(text, came));
  return { stopped: isMasked, control: isMasked ? "S1" : "none", at: steps.length, message: came.slice(0, 500) };
}

/** So many letters and digits in a row are a piece of a text. */
const SHARED = 16;
const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "");

/** Whether a piece of a text stands in what came. */
function shares(text: string, came: string): boolean {
  const plain = came.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
  const there = lettersOf(plain);
  const letters = lettersOf(text);
  for (let at = 0; at + SHARED <= letters.length; at++) if (there.includes(letters.slice(at, at + SHARED))) return true;
  return false;
}
