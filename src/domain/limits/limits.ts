import { refuse } from "../../kernel/errors.ts";
import { matches, type Pattern, readPattern } from "../../kernel/pattern.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { Counters } from "../../ports/counters.ts";
import type { Clock } from "../../ports/world.ts";
import { SlidingWindow } from "./window.ts";

/** What is limited, and where long windows are kept. */
export interface LimitsInput {
  /** L1: every leaf credential. */
  readonly perCredential: { readonly calls: number; readonly perMs: number };
  /** L2: calls per minute and per day of one owner, all credentials together, by the plan of the credential that calls. */
  readonly plans: Readonly<Record<string, { readonly minute: number; readonly day: number }>>;
  /** L4: calls of one owner to all tools that the pattern names, together. */
  readonly tools: readonly { readonly match: string; readonly calls: number; readonly perMs: number }[];
  readonly counters: Counters;
  readonly clock: Clock;
}

/** Whether a call was counted; if not, which limit is used up and in how many seconds a call fits again (L5). */
export type Taken =
  | { readonly ok: true }
  | { readonly ok: false; readonly limit: string; readonly retryAfter: number; readonly control: "L1" | "L2" | "L4" };

/**
 * The limits of all tenants. Both `take` methods look at every window first and count in all or none; both throw Refused
 * (`control_failed`) while counts cannot be written, and for a plan that is not configured.
 */
export interface Limits {
  /** Takes one call from the credential's window and the owner's minute and day (L1, L2). */
  take(principal: Principal): Taken;
  /** Takes one call from each of the owner's windows whose pattern names the tool (L4). */
  takeTool(principal: Principal, server: string, tool: string): Taken;
  /**
   * Writes what was counted since the last time and forgets idle windows. To be called every second and before the
   * store closes: a crash loses the counts since. Rejects when the store failed; calls are then refused until a later
   * flush succeeds.
   */
  flush(): Promise<void>;
}

/** A kind of window. */
interface Rule {
  readonly name: string;
  readonly perMs: number;
  readonly control: "L1" | "L2" | "L4";
  /** Whose, and of what: `for this credential`. */
  readonly whose: string;
  /** Kept across restarts, and counted by the wall clock. */
  readonly durable: boolean;
}

/** One holder's window. */
interface Counted {
  readonly rule: Rule;
  readonly tenant: string;
  readonly holder: string;
  readonly window: SlidingWindow;
  dirty: boolean;
}

/** Windows that a call takes from, with the most calls of each. */
type Wanted = readonly { readonly one: Counted; readonly calls: number }[];

const FREE: Taken = { ok: true };
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Windows from one hour on survive a restart; shorter ones are over almost as soon. */
const DURABLE_FROM = 3_600_000;

const rule = (name: string, perMs: number, control: Rule["control"], whose: string): Rule => {
  return { name: `${name} ${perMs}`, perMs, control, whose, durable: perMs >= DURABLE_FROM };
};

/**
 * Loads the long windows and starts counting. Memory holds one window per holder and rule that was used within the
 * window's length.
 * @throws Error (rejects) when the store cannot be read, or a tool pattern cannot
 */
export async function createLimits(input: LimitsInput): Promise<Limits> {
  const { counters, clock, perCredential } = input;
  const plans = new Map(Object.entries(input.plans));
  const credentialRule = rule("credential", perCredential.perMs, "L1", "for this credential");
  const minuteRule = rule("plan", MINUTE, "L2", "for all credentials of this owner");
  const dayRule = rule("plan", DAY, "L2", "for all credentials of this owner");
  const tools = input.tools.map(({ match, calls, perMs }) => {
    return { pattern: mustRead(match), calls, rule: rule(`tool ${match}`, perMs, "L4", `to ${match}`) };
  });

  const windows = new Map<string, Counted>();
  let dirty: Counted[] = [];
  let broken = false;
  let turn = Promise.resolve();
  let swept = clock.monotonic();

  function counted(of: Rule, tenant: string, holder: string): Counted {
    // Ids and rule names hold no line break, so the key reads one way only whatever the tenant is called.
    const key = `${of.name}\n${holder}\n${tenant}`;
    let one = windows.get(key);
    if (one === undefined) {
      one = { rule: of, tenant, holder, window: new SlidingWindow(of.perMs), dirty: false };
      windows.set(key, one);
    }
    return one;
  }

  const durable = new Map(
    [credentialRule, dayRule, ...tools.map((one) => one.rule)]
      .filter((one) => one.durable)
      .map((one) => [one.name, one]),
  );
  for (const row of await counters.load(clock.now())) {
    const of = durable.get(row.window);
    if (of !== undefined) counted(of, row.tenant, row.holder).window.restore(row.head, row.counts);
  }

  /** The windows of a credential, so that they are not looked up by name for every call; until windows are forgotten. */
  let found = new WeakMap<Principal, Wanted>();
  function wantedOf({ tenant, credential, subject, plan }: Principal): Wanted {
    const allowed =
      plans.get(plan) ?? refuse("control_failed", "The plan of this credential is not configured", { control: "L2" });
    return [
      { one: counted(credentialRule, tenant, credential), calls: perCredential.calls },
      { one: counted(minuteRule, tenant, subject), calls: allowed.minute },
      { one: counted(dayRule, tenant, subject), calls: allowed.day },
    ];
  }

  const timeFor = (of: Rule): number => (of.durable ? clock.now() : clock.monotonic());

  function takeAll(wanted: Wanted): Taken {
    let worst = FREE;
    const [first] = wanted;
    const monotonic = first === undefined ? 0 : clock.monotonic();
    for (const { one, calls } of wanted) {
      const now = one.rule.durable ? clock.now() : monotonic;
      if (one.window.total(now) < calls) continue;
      const retryAfter = Math.max(1, Math.ceil(one.window.wait(now, calls) / 1000));
      if (worst.ok || retryAfter > worst.retryAfter)
        worst = { ok: false, limit: sentence(one.rule, calls), retryAfter, control: one.rule.control };
    }
    if (!worst.ok) return worst;
    for (const { one } of wanted) {
      one.window.add();
      if (one.dirty || !one.rule.durable) continue;
      one.dirty = true;
      dirty.push(one);
    }
    return worst;
  }

  function mustCount(): void {
    if (broken)
      refuse("control_failed", "Calls cannot be counted now; try again in a moment", { control: "L2", retryAfter: 1 });
  }

  async function write(): Promise<void> {
    const batch = dirty;
    dirty = [];
    const rows = batch.map((one) => {
      one.dirty = false;
      return { tenant: one.tenant, holder: one.holder, window: one.rule.name, ...one.window.save() };
    });
    try {
      if (rows.length > 0) await counters.write(rows, clock.now());
      broken = false;
    } catch (error) {
      broken = true;
      for (const one of batch) if (!one.dirty) dirty.push(Object.assign(one, { dirty: true }));
      throw error;
    }
  }

  /** A window without calls is the same as none. */
  function sweep(): void {
    if (clock.monotonic() - swept < MINUTE) return;
    swept = clock.monotonic();
    for (const [key, one] of windows) if (one.window.total(timeFor(one.rule)) === 0) windows.delete(key);
    found = new WeakMap();
  }

  return {
    take(principal) {
      mustCount();
      let wanted = found.get(principal);
      if (wanted === undefined) found.set(principal, (wanted = wantedOf(principal)));
      return takeAll(wanted);
    },
    takeTool({ tenant, subject }, server, tool) {
      mustCount();
      if (tools.length === 0) return FREE;
      const named = tools.filter(({ pattern }) => matches(pattern, server, "tool", tool));
      return takeAll(named.map(({ rule, calls }) => ({ one: counted(rule, tenant, subject), calls })));
    },
    flush() {
      // One after another, so that the last one before closing has everything.
      const mine = turn.then(write);
      turn = mine.catch(() => {});
      sweep();
      return mine;
    },
  };
}

function mustRead(match: string): Pattern {
  const pattern = readPattern(match, true);
  if (typeof pattern === "string") throw new Error(pattern);
  return pattern;
}

/** `60 calls per 1m for this credential` */
function sentence({ perMs, whose }: Rule, calls: number): string {
  const units: [number, string][] = [
    [DAY, "d"],
    [DURABLE_FROM, "h"],
    [MINUTE, "m"],
    [1000, "s"],
    [1, "ms"],
  ];
  const [ms, unit] = units.find(([ms]) => perMs % ms === 0) ?? [1, "ms"];
  return `${calls} ${calls === 1 ? "call" : "calls"} per ${perMs / ms}${unit} ${whose}`;
}
