import type { OpenedPolicy } from "../compose/policy-admin.ts";
import type { PolicyAnswer } from "../domain/policy/answer.ts";
import type { Wanted } from "../domain/policy/question.ts";
import { actionOf } from "../domain/policy/schema.ts";
import { type PastCall, replay, type Replayed } from "../domain/policy/replay.ts";
import { type Outcome, outcomeOf } from "../domain/policy/trace.ts";
import type { JsonObject } from "../kernel/json.ts";
import { nearest } from "../kernel/nearest.ts";

/**
 * What is misspelt in a question: about something that does not exist every answer would mislead.
 * @returns one sentence with the nearest name; undefined: all of it exists
 */
export function unknownName(
  { policy, config }: OpenedPolicy,
  { server, kind, name }: Wanted,
  roles: readonly string[],
  args: JsonObject = {},
): string | undefined {
  const servers = Object.keys(config.servers);
  if (!servers.includes(server)) return noSuch("server", server, servers);
  for (const role of roles) if (!policy.roles.includes(role)) return noSuch("role", role, policy.roles);
  if (kind !== "tool" && kind !== "prompt") return undefined;
  const action = policy.actions.get(actionOf(server, kind, name));
  const mine = [...policy.actions.values()].filter(
    (one) => one.server === server && one.group === (kind === "tool" ? "call" : "get"),
  );
  if (action === undefined)
    return `${noSuch(
      kind,
      name,
      mine.map((one) => one.name),
    )} Nothing of that name is pinned on ${server}.`;
  const known = [...action.parameters.known.keys(), ...action.parameters.barred.keys()];
  for (const argument of Object.keys(args))
    if (!known.includes(argument) && nearest(argument, known) !== undefined) return noSuch("argument", argument, known);
  return undefined;
}

const ENVIRONMENTS = ["dev", "staging", "prod"];

/** The same for an environment. */
export const unknownEnvironment = (name: string | undefined): string | undefined =>
  name === undefined || ENVIRONMENTS.includes(name) ? undefined : noSuch("environment", name, ENVIRONMENTS);

function noSuch(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  return `There is no ${what} ${JSON.stringify(name)}${hint} (${known.length === 0 ? "there is none" : `known: ${known.slice(0, 20).join(", ")}`}).`;
}

/** What becomes of a call that policy judged so: the tool may be off, or want a person itself. */
export function outcomeWith(
  { standing }: OpenedPolicy,
  { server, kind, name }: Wanted,
  answer: PolicyAnswer,
): { outcome: Outcome; reason: string; by?: "self" | "other" } {
  const { off, approval } = standing.get(actionOf(server, kind, name)) ?? {};
  const outcome = outcomeOf(answer);
  const by = answer.obligations?.approval?.by;
  if (off !== undefined) return { outcome: "deny", reason: off };
  if (outcome === "deny") return { outcome, reason: answer.reason };
  const strict = approval === "other" || by === "other" ? "other" : (approval ?? by);
  return { outcome: strict === undefined ? "allow" : "approval", reason: answer.reason, ...(strict && { by: strict }) };
}

/** The same for a call of the past. */
export function replayed(opened: OpenedPolicy, past: PastCall): Replayed {
  const said = replay(opened.policy, past);
  const { off, approval } = opened.standing.get(actionOf(past.wanted.server, past.wanted.kind, past.wanted.name)) ?? {};
  if (off !== undefined) return { outcome: "deny", rules: [] };
  if ("unknown" in said || said.outcome === "deny" || approval === undefined) return said;
  return { ...said, outcome: "approval", by: said.by === "other" ? "other" : approval };
}
