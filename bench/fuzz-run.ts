import { setTimeout as pause } from "node:timers/promises";
import { changedBody, cursors, largeBody, randomRpc, suiteBody } from "./fuzz-bodies.ts";
import { Dice } from "./fuzz-dice.ts";
import { around, type Attempt, bytesOf, mark, plainCall, plainOwn, type World } from "./fuzz-draft.ts";
import { faultOfForm, judge } from "./fuzz-judge.ts";
import { expect } from "./fuzz-oracle.ts";
import { PROBE, rawCase } from "./fuzz-raw.ts";
import { listening, sessionLife } from "./fuzz-sessions.ts";
import { twist } from "./fuzz-twists.ts";
import type { Watch } from "./fuzz-tap.ts";
import { Hang, type Reply, Wire, WireFault } from "./fuzz-wire.ts";

/** Milliseconds after which a request counts as hanging. */
const PATIENCE_MS = 5_000;

/** So many findings are told, and so many that were made alike. */
const MOST_FINDINGS = 40;
const MOST_ALIKE = 2;

/** What was found, with what repeats it: `--seed` and `--only`. */
export interface Finding {
  readonly case: number;
  readonly made: string;
  readonly what: string;
  readonly request: string;
  readonly answer: string;
}

type Make = (world: World, dice: Dice, n: number) => Attempt & { readonly forbidden?: readonly string[] };

const KINDS: readonly {
  readonly kind: string;
  readonly weight: number;
  readonly make?: Make;
  readonly life?: typeof sessionLife;
}[] = [
  { kind: "valid", weight: 12, make: valid },
  { kind: "headers", weight: 36, make: twisted },
  { kind: "bodies", weight: 20, make: changedBody },
  { kind: "jsonTestSuite", weight: 8, make: suiteBody },
  { kind: "randomRpc", weight: 8, make: randomRpc },
  { kind: "rawHttp", weight: 13, make: rawCase },
  { kind: "cursors", weight: 1, make: cursors },
  { kind: "large", weight: 0.05, make: largeBody },
  { kind: "sessions", weight: 0.8, life: sessionLife },
  { kind: "subscriptions", weight: 0.4, life: listening },
];

function valid(world: World, dice: Dice, n: number): Attempt {
  const from = dice.chance(0.9) ? plainCall(world, dice, n) : plainOwn(world, dice, n);
  from.chunked = dice.chance(0.1);
  return {
    made: `valid ${from.rpc.method} (${from.era})`,
    pieces: bytesOf(from, dice),
    expected: expect(from.body, around(from)),
  };
}

function twisted(world: World, dice: Dice, n: number): Attempt {
  const from = dice.chance(0.9) ? plainCall(world, dice, n) : plainOwn(world, dice, n);
  const good = expect(from.body, around(from));
  const done = twist(from, dice, world);
  const verdicts = done.map(({ verdict }) => verdict);
  const verdict = verdicts.includes("refuse") ? "refuse" : verdicts.includes("either") ? "either" : good.verdict;
  const [only] = done;
  return {
    made: `${done.map(({ name }) => name).join(", ")} (${from.era})`,
    pieces: bytesOf(from, dice),
    expected: { ...good, verdict },
    ...(done.length === 1 && only?.statuses && { statuses: only.statuses }),
    ...(from.method === "HEAD" && { head: true }),
    ...(from.method === "OPTIONS" && { preflight: true }),
  };
}

/** What a run counts. */
export class Tally {
  readonly kinds: Record<string, number> = {};
  readonly statuses: Record<string, number> = {};
  readonly findings: Finding[] = [];
  unexpected = 0;
  /** Requests that had to be served, and were. */
  served = 0;
  /** Connections that ended without an answer where that is right. */
  closed = 0;
}

/** Sends cases, each on a connection that is kept as long as it may be. */
export class Worker {
  readonly #world: World;
  readonly #watch: Watch;
  readonly #tally: Tally;
  readonly #seed: number;
  #wire: Wire | undefined;

  constructor(world: World, watch: Watch, tally: Tally, seed: number) {
    this.#world = world;
    this.#watch = watch;
    this.#tally = tally;
    this.#seed = seed;
  }

  /** Runs the case of this number. */
  async run(n: number): Promise<void> {
    const dice = new Dice(this.#seed, n);
    const { kind, make, life } = dice.weighted(KINDS);
    this.#tally.kinds[kind] = (this.#tally.kinds[kind] ?? 0) + 1;
    if (life !== undefined) return life(this.#world, dice, n, (attempt) => this.#ask(n, attempt));
    const attempt = make?.(this.#world, dice, n);
    if (attempt === undefined) return;
    const { expected } = attempt;
    this.#watch.forbid(attempt.forbidden ?? (expected.verdict === "refuse" ? [mark(n)] : []));
    if (attempt.alone === undefined) await this.#ask(n, attempt);
    else await this.#alone(n, attempt, attempt.alone);
    if (expected.verdict === "accept" && expected.text?.includes(mark(n)) && !this.#watch.saw(mark(n)))
      this.#find(n, attempt, "answered, but it never reached the upstream");
  }

  end(): void {
    this.#wire?.destroy();
  }

  /** One well-framed request on the kept connection. */
  async #ask(n: number, attempt: Attempt): Promise<Reply | undefined> {
    if (this.#wire === undefined || !this.#wire.usable) {
      this.#wire?.destroy();
      this.#wire = new Wire(this.#world.port);
    }
    const wire = this.#wire;
    if (wire.surplus.length > 0)
      this.#find(n, attempt, `more answers than requests: ${wire.surplus.toString("latin1").slice(0, 200)}`);
    try {
      await wire.send(attempt.pieces);
      const reply = await wire.reply(performance.now() + PATIENCE_MS, attempt);
      if (reply === undefined) this.#find(n, attempt, "the connection was closed without an answer");
      else this.#count(n, attempt, reply);
      if (wire.finished) {
        this.#wire = undefined;
        wire.destroy();
      }
      return reply;
    } catch (error) {
      this.#wire = undefined;
      wire.destroy();
      this.#fault(n, attempt, error);
      return undefined;
    }
  }

  /** What is no single well-framed request, on a connection of its own. */
  async #alone(n: number, attempt: Attempt, { replies, then, front }: NonNullable<Attempt["alone"]>): Promise<void> {
    const wire = new Wire(this.#world.port);
    try {
      await wire.send(attempt.pieces);
      if (then === "reset") {
        await pause(n % 3);
        return wire.reset();
      }
      // Half-closing at once would cut off the answer to the call in front.
      const by = (): number => performance.now() + PATIENCE_MS;
      if (front !== undefined) {
        const reply = await wire.reply(by());
        if (reply !== undefined)
          this.#count(n, { ...attempt, made: `the call before ${attempt.made}`, expected: front }, reply);
        else this.#tally.closed++;
      }
      if (then === "half-close") wire.halfClose();
      let answers = 0;
      while (answers < replies && wire.usable) {
        const reply = await wire.reply(by(), { event: true });
        if (reply === undefined) break;
        answers++;
        this.#count(n, attempt, reply);
      }
      if (then === "probe" && wire.usable) {
        const probe = plainCall(this.#world, new Dice(this.#seed, n + PROBE), n + PROBE);
        await wire.send(bytesOf(probe));
        const reply = await wire.reply(by());
        const expected = expect(probe.body, around(probe));
        if (reply !== undefined)
          this.#count(n, { ...attempt, made: `the call after ${attempt.made}`, expected }, reply);
        else this.#tally.closed++;
      } else if (answers === 0) this.#tally.closed++;
      if (then === "half-close" || wire.finished) await wire.end(by());
      if (wire.surplus.length > 0)
        this.#find(n, attempt, `more answers than requests: ${wire.surplus.toString("latin1").slice(0, 200)}`);
    } catch (error) {
      this.#fault(n, attempt, error);
    } finally {
      wire.destroy();
    }
  }

  #count(n: number, attempt: Attempt, reply: Reply): void {
    this.#tally.statuses[reply.status] = (this.#tally.statuses[reply.status] ?? 0) + 1;
    const wrong = judge(attempt, reply, this.#world) ?? faultOfForm(reply, this.#world);
    if (wrong !== undefined) this.#find(n, attempt, wrong, reply);
    else if (attempt.expected.verdict === "accept") this.#tally.served++;
  }

  #fault(n: number, attempt: Attempt, error: unknown): void {
    if (!(error instanceof Hang) && !(error instanceof WireFault)) throw error;
    this.#find(n, attempt, error.message);
  }

  #find(n: number, attempt: Attempt, what: string, reply?: Reply): void {
    this.#tally.unexpected++;
    const { findings } = this.#tally;
    const alike = findings.filter(({ made }) => made === attempt.made).length;
    if (findings.length >= MOST_FINDINGS || alike >= MOST_ALIKE) return;
    const hide = (text: string): string =>
      this.#world.secrets.reduce((all, secret) => all.replaceAll(secret, "…"), text);
    findings.push({
      case: n,
      made: attempt.made,
      what,
      request: hide(Buffer.concat(attempt.pieces).subarray(0, 1000).toString("latin1")),
      answer: reply === undefined ? "" : hide(`${reply.status} ${reply.body.slice(0, 500)}`),
    });
  }
}
