import type { FlowDemand } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { FlowMark } from "../../ports/flow.ts";
import { viewsOf } from "./disguises.ts";
import { type FlowMemory, MOST_SAYING, type Reading, sourceOf } from "./memory.ts";
import { destinationsOf, givenIn } from "./given.ts";
import { placeOf } from "./place.ts";
import { lettersOf, type Printer, printsOf } from "./prints.ts";
import type { Seen } from "./trail.ts";
import { allows, type FlowAllow, type Sink, type ToolFlow } from "./rules.ts";
import { turnsOf } from "./turns.ts";

/** A call, as far as the flow of information looks at it. */
export interface FlowCall {
  readonly server: string;
  /** Published name. */
  readonly name: string;
  readonly args: JsonObject;
  readonly flow: ToolFlow;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface JudgeParts {
  readonly memory: Pick<FlowMemory, "marks" | "recall">;
  readonly printer: Printer;
  readonly allow: readonly FlowAllow[];
  /** A text whose letters are what they look like. */
  readonly plain: (text: string) => string;
}

const DOES: Readonly<Record<Sink, string>> = {
  outbound: "sends something outside",
  public: "makes something public",
  destructive: "changes something in a way that cannot be taken back",
  payment: "moves money",
  "access-change": "changes who may do what",
  execute: "runs a program or code",
};

/** Most characters of arguments that are compared. */
const LONGEST = 1 << 18;
/** An answer is about something else than what was read as private so many calls before. */
const APART = 4;
const ADDRESS = "part of an address";
/** So many fingerprints are of some 50 letters. */
const MUCH = 9;
/** Most sources that a reason names. */
const MOST_NAMED = 3;

/**
 * Whether a person has to decide because of what was read before (S8), and why; undefined: nobody. After untrusted content
 * a sensitive sink is asked for, but for an answer to where the content came from; private content does not leave, by its
 * label through what sends outside, and by its text, also re-encoded, through everything that is given to somebody outside.
 */
export function judgeFlow(parts: JudgeParts, reading: Reading, call: FlowCall): FlowDemand | undefined {
  const { flow, server } = call;
  if (flow.sink === undefined && !(flow.leaves && mayLeak(reading))) return undefined;
  const rules = parts.allow.filter((rule) => allows(rule, server, call.name, call.args));
  const passes = (mark: { server: string }, label: "untrusted" | "private"): boolean =>
    rules.some((rule) => (label === "untrusted" || rule.private) && (rule.from?.includes(mark.server) ?? true));
  const untrusted = parts.memory.marks(reading, "untrusted", call.now);
  const secret = parts.memory
    .marks(reading, "private", call.now)
    .filter((mark) => mark.server !== server && !passes(mark, "private"));
  const cause = new Set<string>();
  const reasons: string[] = [];
  let found: Found | undefined;
  const look = (): Found => (found ??= compare(parts, reading, call));

  const steering = untrusted.filter((mark) => !passes(mark, "untrusted"));
  const answer = isAnswer(reading, call, look);
  if (flow.sink !== undefined && !flow.only && steering.length > 0 && !answer) {
    for (const mark of steering) cause.add(`untrusted ${mark.server}`);
    for (const mark of steering.slice(0, MOST_NAMED))
      reasons.push(`${whereOf(mark)}, which comes from outside, and what was read there may have asked for this.`);
    reasons.push(`This call ${DOES[flow.sink]}.`);
  }
  if (flow.leaves && secret.length > 0) {
    const { held, whole } = look();
    const leaking = secret.filter((mark) => held.has(sourceOf(mark)));
    for (const mark of leaking.slice(0, MOST_NAMED))
      reasons.push(
        `What would be sent holds private content: ${whereOf(mark)}${written(held.get(sourceOf(mark)) ?? "")}.`,
      );
    const open = !whole || secret.some(({ full }) => full);
    const label = sendsOut(reading, call) && rules.length === 0 && !(answer && isOlder(reading, call));
    if (leaking.length === 0 && (open || label))
      reasons.push(
        ...secret
          .slice(0, MOST_NAMED)
          .map(
            (mark) => `Private content was read before, and this call gives something to ${server}: ${whereOf(mark)}.`,
          ),
      );
    else if (leaking.length === 0) secret.length = 0;
    for (const mark of leaking.length > 0 ? leaking : secret) cause.add(`private ${mark.server}`);
  }
  if (flow.leaves && cause.size === 0 && untrusted.length > 0 && (reading.own || reading.unsure)) {
    const { hidden, unknown } = look();
    if (hidden !== undefined && !passes(hidden, "private")) {
      cause.add(`hidden ${hidden.server}`);
      reasons.push(
        `What would be sent holds content of ${hidden.server}${written(hidden.how)}, and content from outside was read before.`,
      );
    } else if (reading.partial && unknown && !rules.some((rule) => rule.private)) {
      cause.add(`hidden ${server}`);
      reasons.push(
        "An address carries much text, content from outside was read before, and not all that was read is known any more.",
      );
    }
  }
  if (cause.size === 0) return undefined;
  return { cause: [...cause].sort().join("; "), reasons: [...new Set(reasons)], propose: proposal(call, cause) };
}

/** Whether anything was read, or may have been, that is not from outside. */
const mayLeak = ({ own, unsure, marks }: Reading): boolean =>
  own || unsure || marks.some(({ label }) => label === "private");

/** What a source is for a person: `get_issue of github (number 12) was read at 14:02 UTC`. */
function whereOf({ server, name, what, at }: FlowMark): string {
  const about = what === "" ? "" : ` (${what})`;
  return `${name} of ${server}${about} was read at ${new Date(at).toISOString().slice(11, 16)} UTC`;
}

const written = (how: string): string => (how === "" ? "" : `, written as ${how}`);

/** Whether a call of a sink sends out, or a reading one goes where nothing went before. */
function sendsOut(reading: Reading, { flow, args }: FlowCall): boolean {
  if (flow.sink !== "outbound" && flow.sink !== "public" && flow.sink !== "payment") return false;
  if (!flow.only) return true;
  const hosts = destinationsOf(args, LONGEST) ?? [];
  return hosts.length === 0 || hosts.some((host) => !reading.hosts.has(host));
}

/**
 * An answer to the thing that was read, to the same server, which holds nothing that was read elsewhere: it goes back to
 * where it came from. What destroys, pays, runs or opens something is none.
 */
function isAnswer(reading: Reading, { server, args, flow }: FlowCall, look: () => Found): boolean {
  if (flow.sink !== "outbound" && flow.sink !== "public") return false;
  const place = placeOf(args);
  if (place === undefined || reading.partial || reading.places.get(`${server} ${place}`) === undefined) return false;
  const { whole, from } = look();
  return whole && from.every((ones) => ones.some((one) => one.server === server && one.place === place));
}

/** Whether what is answered was read after everything private, and not right after it. */
function isOlder(reading: Reading, { server, args }: FlowCall): boolean {
  if (reading.lastPrivate === 0) return true;
  const first = reading.places.get(`${server} ${placeOf(args)}`) ?? 0;
  return first > reading.lastPrivate && reading.calls - reading.lastPrivate >= APART;
}

interface Found {
  /** Sources whose private content is in the arguments, and how it is written there. */
  readonly held: ReadonlyMap<string, string>;
  /** What else of what was read is in the arguments. */
  readonly from: readonly (readonly Seen[])[];
  /** Content of a server that is not outside, re-encoded or in an address. */
  readonly hidden: { readonly server: string; readonly how: string } | undefined;
  /** An address holds much that nothing is known of. */
  readonly unknown: boolean;
  readonly whole: boolean;
}

function compare({ printer, memory, plain }: JudgeParts, reading: Reading, { args, server }: FlowCall): Found {
  const all = memory.recall(reading, (read) => printsOf(printer, read));
  const held = new Map<string, string>();
  const from = new Set<readonly Seen[]>();
  let hidden: Found["hidden"];
  const { texts, addresses, whole } = givenIn(args, LONGEST);
  let open: Set<number> | undefined;
  // Where a view changes a few letters alone, the rest of it is as it was.
  const openly = (): Set<number> =>
    (open ??= new Set(texts.flatMap((text) => [...printer.every(lettersOf(text)), ...printer.words(text)])));
  const look = (prints: readonly number[], how: string): void => {
    for (const print of prints) {
      const mark = reading.private.get(print);
      if (mark !== undefined && !held.has(mark)) held.set(mark, how);
      const seen = all.get(print);
      if (seen === undefined || seen.length >= MOST_SAYING) continue;
      from.add(seen);
      const own = seen.every((one) => !one.outside && one.server !== server) ? seen[0] : undefined;
      if (own === undefined || how === "" || hidden !== undefined) continue;
      if (how === ADDRESS || !openly().has(print)) hidden = { server: own.server, how };
    }
  };
  const given = viewsOf([...texts, ...texts.map(plain)]);
  for (const { how, text, turned } of given.views) {
    look(printsOf(printer, text), how);
    if (turned) continue;
    for (const turn of turnsOf(lettersOf(text)))
      look(printer.prints(turn.letters), how === "" ? turn.how : `${turn.how} in ${how}`);
  }
  let unknown = false;
  for (const address of addresses) {
    const prints = printsOf(printer, address);
    look(prints, ADDRESS);
    unknown ||= prints.filter((print) => !all.has(print)).length >= MUCH;
  }
  return { held, from: [...from], hidden, unknown, whole: whole && given.whole };
}

/** The narrowest rule that lets the like of this call pass, ready to be pasted. */
function proposal({ server, name, args }: FlowCall, cause: ReadonlySet<string>): string {
  const from = [...new Set([...cause].map((one) => one.slice(one.indexOf(" ") + 1)))].sort();
  const short = Object.entries(args).filter(
    ([, value]) => typeof value === "string" && value.length <= 120 && !/[\s,;<>"*]/.test(value),
  );
  const limits = short.map(([argument, value]) => `${JSON.stringify(argument)}: [${JSON.stringify(value)}]`).join(", ");
  const also = [...cause].some((one) => !one.startsWith("untrusted")) ? ", private: true" : "";
  return `flow:\n  allow:\n    - { match: ${JSON.stringify(`${server}.${name}`)}, from: [${from.join(", ")}]${limits === "" ? "" : `, arguments: { ${limits} }`}${also} }\n`;
}
