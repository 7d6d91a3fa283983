import { matches } from "../../kernel/pattern.ts";
import { could } from "./could.ts";
import type { Mention } from "./mentions.ts";
import { knownOf, type Request } from "./question.ts";
import type { Rule } from "./rule.ts";
import { inScope, named, takes } from "./scope.ts";

/** The rules that may decide on one thing for one caller. */
export interface Selected {
  /** Permits that could hold for some arguments. */
  readonly permits: readonly Rule[];
  /** Every forbid whose scope takes the request, whatever its condition says. */
  readonly forbids: readonly Rule[];
  /** Forbids that hold for all arguments, or that do not fit the definition any more. */
  readonly certain: readonly Rule[];
  /** The time decides. */
  readonly timed: boolean;
}

/** Lists of callers that are kept; each holds references only. */
const MOST_CALLERS = 2_000;

/** Rules of one server for one kind of caller. */
interface Held {
  readonly byThing: ReadonlyMap<string, readonly Rule[]>;
  readonly others: readonly Rule[];
  readonly forbids: readonly Rule[];
}

/** Finds the rules that matter, by server, caller and thing, so that an answer never reads the whole set. */
export function createSelection(rules: readonly Rule[], servers: readonly string[]) {
  const byServer = new Map(servers.map((server) => [server, rules.filter((rule) => concerns(rule, server))]));
  const held = new Map<string, Held>();
  const flags = new Set<Mention>(rules.flatMap((rule) => [...rule.mentions.flags]));

  function heldBy(who: string, request: Request): Held {
    const key = `${request.wanted.server} ${who}`;
    let found = held.get(key);
    if (found === undefined) {
      if (held.size >= MOST_CALLERS) held.clear();
      held.set(key, (found = sort(byServer.get(request.wanted.server) ?? [], request)));
    }
    return found;
  }

  return {
    /** What of a caller beside the roles any rule looks at: equal answers are then remembered together. */
    flags,
    /** The rules on one action of a server, whoever asks. */
    on: (server: string, action: string): readonly Rule[] =>
      (byServer.get(server) ?? []).filter(({ policy }) => {
        const ids = named(policy.action).map(({ id }) => id);
        return ids.length === 0 || ids.some((id) => id === action || !id.includes("."));
      }),
    /** Whether any permit takes this caller for anything on the server that the request is about. */
    reaches(who: string, request: Request): boolean {
      const { byThing, others } = heldBy(who, request);
      return byThing.size > 0 || others.length > 0;
    },
    /** @param who stands for everything of the caller that rules look at */
    select(who: string, request: Request): Selected {
      const { byThing, others, forbids: all } = heldBy(who, request);
      const known = knownOf(request);
      const { server, kind, name } = request.wanted;
      const stale = (rule: Rule): boolean => rule.stale?.has(request.action.uid.id) === true;
      const permits: Rule[] = [];
      const certain: Rule[] = [];
      let timed = false;
      for (const rule of [...(byThing.get(request.resource.uid.id) ?? []), ...others]) {
        if (rule.pattern !== undefined && !matches(rule.pattern, server, kind, name)) continue;
        if (!inScope(rule.policy, request)) continue;
        timed ||= rule.mentions.flags.has("time");
        if (stale(rule)) certain.push(rule);
        else if (could(rule.policy, known) !== false) permits.push(rule);
      }
      const forbids = all.filter((rule) => inScope(rule.policy, request));
      for (const rule of forbids) if (stale(rule) || could(rule.policy, known) === true) certain.push(rule);
      timed ||= forbids.some((rule) => rule.mentions.flags.has("time"));
      return { permits, forbids: forbids.filter((rule) => !stale(rule)), certain, timed };
    },
  };
}

function sort(rules: readonly Rule[], request: Request): Held {
  const byThing = new Map<string, Rule[]>();
  const others: Rule[] = [];
  const forbids: Rule[] = [];
  for (const rule of rules) {
    if (!takes(rule.policy.principal, request.principal)) continue;
    const { resource } = rule.policy;
    const thing = resource.op === "==" ? named(resource)[0]?.id : undefined;
    if (rule.effect === "forbid") forbids.push(rule);
    else if (thing === undefined) others.push(rule);
    else byThing.set(thing, [...(byThing.get(thing) ?? []), rule]);
  }
  return { byThing, others, forbids };
}

/** Whether the scope of a rule leaves anything on this server. */
function concerns({ policy }: Rule, server: string): boolean {
  const { action, resource } = policy;
  const on = (id: string): boolean => id === server || id.startsWith(`${server}.`);
  const things = named(resource);
  if (things.length > 0 && !things.some(({ id }) => on(id))) return false;
  const actions = named(action);
  return actions.length === 0 || actions.some(({ id }) => !id.includes(".") || on(id));
}
