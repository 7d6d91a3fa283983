import type { Control, Pending, Verdict } from "../kernel/control.ts";
import { type Refusal, Refused } from "../kernel/errors.ts";
import type { Log } from "../ports/world.ts";

/** How often a control ran, denied and failed. */
export interface Measure {
  runs: number;
  denials: number;
  failures: number;
}

/** A row of the table with what implements it. */
export interface Step<Fact> {
  readonly name: string;
  readonly control: Control<Fact>;
  readonly measure: Measure;
}

/** A refusal that a person can lift. */
export class Held extends Refused {
  readonly pending: Pending;
  constructor(refusal: Refusal, pending: Pending = {}) {
    super(refusal);
    this.pending = pending;
  }
}

/**
 * Runs steps in order and returns the last fact: at once while every control answers at once, which spares the usual
 * call several turns of the event loop. A control that throws anything but `Refused` denies, and says so in the log.
 * @throws Refused (or rejects with it)
 */
export function run<In, Out extends In>(steps: readonly Step<In>[], call: In, log: Log, from = 0): Out | Promise<Out> {
  let fact: In = call;
  for (let at = from; at < steps.length; at++) {
    const step = steps[at] as Step<In>;
    step.measure.runs++;
    let said: Verdict<In> | Promise<Verdict<In>>;
    try {
      said = step.control.judge(fact);
    } catch (error) {
      throw failure(step, error, log);
    }
    if (said instanceof Promise)
      return said.then(
        (verdict) => run<In, Out>(steps, accept(step, verdict), log, at + 1),
        (error: unknown) => {
          throw failure(step, error, log);
        },
      );
    fact = accept(step, said);
  }
  return fact as Out;
}

function accept<In>(step: Step<In>, verdict: Verdict<In>): In {
  if (verdict.kind === "pass") return verdict.fact;
  step.measure.denials++;
  throw verdict.kind === "hold" ? new Held(verdict.refusal, verdict.pending) : new Refused(verdict.refusal);
}

function failure<In>(step: Step<In>, error: unknown, log: Log): Refused {
  if (error instanceof Refused) {
    step.measure.denials++;
    return error;
  }
  step.measure.failures++;
  log.error("control.failed", { control: step.name, fault: error instanceof Error ? error.message : String(error) });
  return new Refused({
    code: "control_failed",
    message: `The control ${step.name} failed, so the call was refused. The operator finds the reason in the log.`,
    control: step.control.ids[0],
  });
}
