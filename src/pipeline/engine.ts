import type { Answered, Arrived, Asked, Identified, Located } from "../kernel/call.ts";
import type { Control } from "../kernel/control.ts";
import { type Executed, Refused, type Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { grant, type Permit } from "../kernel/permit.ts";
import type { Decision, RecordFields, Records } from "../ports/records.ts";
import type { UpstreamLink } from "../ports/upstream.ts";
import type { Clock, Log } from "../ports/world.ts";
import type { Controls } from "./controls.ts";
import { type Fingerprints, recordOf } from "./describe.ts";
import { cancelled, endedBy } from "./ended.ts";
import type { Hear } from "./hear.ts";
import { type ControlName, ORDER, type Phase } from "./order.ts";
import type { Strangers } from "./strangers.ts";
import { Held, type Measure, run, type Step } from "./run.ts";

/** What a door sends back. `text` is the JSON of the result exactly as it was recorded. */
export type Answer =
  | { readonly kind: "result"; readonly result: JsonObject; readonly text: string }
  | { readonly kind: "refusal"; readonly refusal: Refusal };

/** Turns the neutral result into the text that this caller's era reads. */
export type Present = (result: JsonObject) => string;

const plain: Present = (result) => JSON.stringify(result);

/** The engine: runs the table, fails closed, records, measures, and alone grants permits. */
export function createEngine(parts: {
  controls: Controls;
  records: Records;
  clock: Clock;
  log: Log;
  fingerprints: Fingerprints;
  /** Which refusals of nobody are recorded one by one; undefined: all. */
  strangers?: Strangers;
  /** Milliseconds that a call to this server may take. */
  timeoutMs(server: string): number;
  link(call: Located): UpstreamLink | Promise<UpstreamLink>;
  /** Takes a place among the calls under way and returns what gives it back; throws `Refused` (L6). */
  enter(call: Located): () => void;
  /** What is heard of an upstream beside its results: errors, progress and log messages, screened one by one. */
  hear: Hear;
  /** Told after a server could not be reached, so that the next caller gets a new link. */
  distrust(call: Located): void;
}) {
  const measures = new Map<ControlName, Measure>();
  const steps = <Fact>(phase: Phase): readonly Step<Fact>[] =>
    ORDER.filter((row) => row.phase === phase).map(({ control: name }) => {
      const measure = { runs: 0, denials: 0, failures: 0 };
      measures.set(name, measure);
      return { name, control: parts.controls[name] as unknown as Control<Fact>, measure };
    });
  const identify = steps<Arrived>("identify");
  const admit = steps<Asked>("admit");
  const locate = steps<Asked>("locate");
  const gate = steps<Located>("gate");
  const screen = steps<Answered>("screen");
  const { fingerprints, log } = parts;

  const asRefusal = (error: unknown, executed?: Executed): Refusal => {
    if (error instanceof Refused)
      return executed && !error.refusal.executed ? { ...error.refusal, executed } : error.refusal;
    log.error("engine.failed", { fault: error instanceof Error ? error.message : String(error) });
    return {
      code: "control_failed",
      message: "The gateway failed, so the call was refused.",
      ...(executed ? { executed } : {}),
    };
  };

  /** Writes the record before the answer leaves; one that cannot be made or written turns every answer into a refusal. */
  async function answer(fields: () => RecordFields, given: Answer, executed: Executed): Promise<Answer> {
    try {
      await parts.records.append(fields());
      return given;
    } catch {
      return unrecorded(executed);
    }
  }

  const unrecorded = (executed: Executed): Answer => ({
    kind: "refusal",
    refusal: {
      code: "record_failed",
      message: "The record could not be written, so nothing is answered. The operator finds the reason in the log.",
      control: "A1",
      executed,
    },
  });

  function refused(
    call: Partial<Located> & Arrived,
    error: unknown,
    method: string,
    executed?: Executed,
  ): Promise<Answer> {
    const refusal = asRefusal(error, executed);
    if (call.principal === undefined && parts.strangers?.has(refusal.code) === false)
      return Promise.resolve({ kind: "refusal", refusal });
    const decision: Decision = error instanceof Held ? "hold" : "deny";
    const fields = () => recordOf(call, parts, { kind: "call", type: method, decision, refusal, fingerprints });
    return answer(fields, { kind: "refusal", refusal }, refusal.executed ?? "no");
  }

  /** Only here, after every row of the gate: the request is frozen into a permit. */
  function permit(call: Located, params: JsonObject): Permit {
    return grant({
      id: call.id,
      trace: call.trace,
      principal: call.principal,
      server: call.target.server,
      method: call.method,
      effect: call.target.effect,
      target: call.target,
      params: JSON.stringify(params),
      profile: call.profile,
      talk: parts.hear.talk(call),
      deadline: parts.clock.monotonic() + parts.timeoutMs(call.target.server),
    });
  }

  async function forward(
    asked: Asked,
    present: Present,
    arrived: Arrived | undefined,
    mayWait: boolean,
  ): Promise<Answer> {
    let call: Partial<Located> & Asked = asked;
    let executed: Executed | undefined;
    let intended = false;
    let screening = false;
    let leave: (() => void) | undefined;
    try {
      const admitted = run<Asked, Asked>(admit, asked, log);
      if (admitted instanceof Promise) await admitted;
      const found = run<Asked, Located>(locate, asked, log);
      call = found instanceof Promise ? await found : found;
      const judged = run<Located, Located>(gate, call as Located, log);
      const located = judged instanceof Promise ? await judged : judged;
      call = located;
      const granted = permit(located, located.sent);
      leave = parts.enter(located);
      const linked = parts.link(located);
      const link = linked instanceof Promise ? await linked : linked;
      if (located.target.effect !== "read") {
        await record(recordOf(located, parts, { kind: "intent", type: asked.method, decision: "allow", fingerprints }));
        intended = true;
      }
      const { signal } = located.talk;
      if (signal.aborted) throw cancelled(signal);
      const sentAt = parts.clock.monotonic();
      executed = "unknown";
      const reply = await link.send(granted);
      const upstreamMs = parts.clock.monotonic() - sentAt;
      if (reply.kind === "error") {
        executed = reply.executed;
        if (reply.refusal.code === "upstream_unavailable") parts.distrust(located);
        const refusal = parts.hear.error(located, { ...reply.refusal, executed });
        throw (signal.aborted && endedBy(signal, executed)) || new Refused(refusal);
      }
      executed = "yes";
      screening = true;
      const shown = run<Answered, Answered>(screen, { ...located, result: reply.result }, log);
      const screened = shown instanceof Promise ? await shown : shown;
      const text = present(screened.result);
      const ended = signal.aborted ? endedBy(signal, "yes") : undefined;
      if (ended !== undefined) throw ended;
      const asks = screened.result["resultType"] === "input_required";
      try {
        // As `answer` does, without its turn of the microtasks.
        await parts.records.append(
          recordOf(screened, parts, {
            kind: intended ? "outcome" : "call",
            type: asked.method,
            decision: "allow",
            // An upstream that asks first has perhaps done a part.
            executed: asks ? "unknown" : "yes",
            upstreamMs,
            text,
            reason: asks ? "input_required" : undefined,
            fingerprints,
          }),
        );
      } catch {
        return unrecorded("yes");
      }
      return { kind: "result", result: screened.result, text };
    } catch (error) {
      if (error instanceof Held && executed === undefined) return held(call, error, asked, present, arrived, mayWait);
      const refusal = asRefusal(error, executed ?? "no");
      // What the caller is told and what is recorded of the execution are one value.
      const happened = refusal.executed ?? "no";
      const denied = screening || executed === undefined || executed === "no";
      const fields = () =>
        recordOf(call, parts, {
          kind: intended ? "outcome" : "call",
          type: asked.method,
          decision: denied ? "deny" : "allow",
          refusal,
          executed: happened,
          fingerprints,
        });
      return await answer(fields, { kind: "refusal", refusal }, happened);
    } finally {
      leave?.();
    }
  }

  /**
   * A person has to decide first. Where the caller waits and it is decided meanwhile, everything is judged again, from the
   * credential on; else the client is asked, or told where the page is.
   */
  async function held(
    call: Partial<Located> & Asked,
    error: Held,
    asked: Asked,
    present: Present,
    arrived: Arrived | undefined,
    mayWait: boolean,
  ): Promise<Answer> {
    const { wait, question } = error.pending;
    const { signal } = asked.talk;
    if (wait !== undefined && mayWait && arrived !== undefined) {
      const decided = await wait(signal).catch((fault: unknown) => asRefusal(fault));
      if (typeof decided === "object") return refused(call, new Refused(decided), asked.method, "no");
      if (signal.aborted) return refused(call, cancelled(signal), asked.method, "no");
      if (decided) return identifiedAnew(asked, present, arrived, false);
    }
    if (question === undefined) return refused(call, error, asked.method, "no");
    const text = present(question);
    const how = { kind: "call", type: asked.method, decision: "hold", executed: "no" } as const;
    const fields = () => recordOf(call, parts, { ...how, refusal: error.refusal, text, fingerprints });
    return answer(fields, { kind: "result", result: question, text }, "no");
  }

  async function identifiedAnew(asked: Asked, present: Present, arrived: Arrived, mayWait: boolean): Promise<Answer> {
    try {
      const { principal } = await run<Arrived, Identified>(identify, arrived, log);
      const { tenant, owner, credential } = asked.principal;
      if (principal.tenant !== tenant || principal.owner !== owner || principal.credential !== credential)
        throw new Error("A bearer names somebody else than a moment ago");
      return await forward({ ...asked, principal }, present, arrived, mayWait);
    } catch (error) {
      return refused(asked, error, asked.method);
    }
  }

  return {
    measures,

    /** Names the principal of a request before anything else of it is read; a refusal is recorded. */
    identify(arrived: Arrived): Identified | Promise<Identified | Answer> {
      try {
        const identified = run<Arrived, Identified>(identify, arrived, log);
        if (!(identified instanceof Promise)) return identified;
        return identified.catch((error: unknown) => refused(arrived, error, "http"));
      } catch (error) {
        return refused(arrived, error, "http");
      }
    },

    /** Records a refusal that a door decided on (bad HTTP, bad JSON, unknown method …). */
    refuse(call: Arrived | Identified | Asked, refusal: Refusal, type = "http"): Promise<Answer> {
      // Of a caller who is known it takes from the window of lists, unless the call was counted already (L1).
      if (!("principal" in call) || "method" in call) return refused(call, new Refused(refusal), type);
      const counted = async (): Promise<Answer> => {
        try {
          await run<Asked, Asked>(admit, { ...(call as Asked), method: "refused" }, log);
        } catch (error) {
          return refused(call, error, type);
        }
        return refused(call, new Refused(refusal), type);
      };
      return counted();
    },

    /**
     * A call that goes upstream: the whole table, the permit, the intent, the screen, the outcome, the answer.
     * @param arrived what the call is identified by anew after a person was waited for; undefined: nobody is waited for
     */
    forward(asked: Asked, present: Present = plain, arrived?: Arrived): Promise<Answer> {
      return forward(asked, present, arrived, true);
    },

    /** A further leg of a call whose client was asked something meanwhile: identified anew before the whole table. */
    again(asked: Asked, present: Present, arrived: Arrived): Promise<Answer> {
      return identifiedAnew(asked, present, arrived, true);
    },

    /** A request that the gateway answers itself (lists, discovery, ping): limited and recorded like a call. */
    async own(asked: Asked, make: () => JsonObject | Promise<JsonObject>, present: Present = plain): Promise<Answer> {
      try {
        await run<Asked, Asked>(admit, asked, log);
        const result = await make();
        const { signal } = asked.talk;
        const ended = signal.aborted ? endedBy(signal, "no") : undefined;
        if (ended !== undefined) throw ended;
        const text = present(result);
        const fields = () =>
          recordOf(asked, parts, { kind: "call", type: asked.method, decision: "allow", text, fingerprints });
        return await answer(fields, { kind: "result", result, text }, "yes");
      } catch (error) {
        return refused(asked, error, asked.method);
      }
    },

    /** A permit to watch one resource: judged like a read, recorded like one. */
    async watch(asked: Asked): Promise<{ call: Located; permit: Permit; link: UpstreamLink } | Answer> {
      let call: Partial<Located> & Asked = asked;
      try {
        await run<Asked, Asked>(admit, asked, log);
        call = await run<Asked, Located>(locate, asked, log);
        const located = await run<Located, Located>(gate, call as Located, log);
        const notifications = { resourceSubscriptions: [located.target.sentName] };
        const granted = { call: located, permit: permit(located, { notifications }) };
        const link = await parts.link(located);
        await record(
          recordOf(granted.call, parts, { kind: "call", type: asked.method, decision: "allow", fingerprints }),
        );
        return { ...granted, link };
      } catch (error) {
        return refused(call, error, asked.method);
      }
    },
  };

  async function record(fields: RecordFields): Promise<void> {
    try {
      await parts.records.append(fields);
    } catch {
      throw new Refused({
        code: "record_failed",
        message: "The record could not be written, so the call was refused. The operator finds the reason in the log.",
        control: "A1",
      });
    }
  }
}

export type Engine = ReturnType<typeof createEngine>;
