import type { Effect } from "../../kernel/call.ts";
import type { FlowLabel } from "../../ports/flow.ts";

/** What a call that runs a tool can do with what was read. */
export type Sink = "outbound" | "public" | "destructive" | "payment" | "access-change" | "execute";

/** What is configured of one server and one of its tools; undefined: nothing. */
export interface FlowRules {
  /** Reached by url, or a program that may use the network. */
  readonly reachesOut: boolean;
  /** The operator answers for what it returns. */
  readonly trusted: boolean;
  readonly source?: FlowLabel | "none";
  readonly reads?: readonly FlowLabel[];
  readonly sink?: "outbound" | "destructive" | "public" | "none";
}

/** What one tool is for the flow of information. */
export interface ToolFlow {
  /** What its results are by where they come from. */
  readonly reads: ReadonlySet<FlowLabel>;
  /** Somebody said what its results are, so that findings in them add nothing. */
  readonly said: boolean;
  readonly sink: Sink | undefined;
  /** It only reads: what it sends out is its arguments. */
  readonly only: boolean;
  /** What it is given leaves for somebody whom the operator does not answer for. */
  readonly leaves: boolean;
}

/** Without a word of the operator, what comes from outside is untrusted, and the effect says what a tool can do. */
export function toolFlow(rules: FlowRules, effect: Effect): ToolFlow {
  const { reachesOut, trusted, source, reads } = rules;
  const outside = reachesOut && !trusted;
  const byServer: readonly FlowLabel[] =
    source === undefined ? (outside ? ["untrusted"] : []) : source === "none" ? [] : [source];
  const sink =
    rules.sink === "none" ? undefined : (rules.sink ?? (effect === "read" || effect === "write" ? undefined : effect));
  return {
    reads: new Set(reads ?? byServer),
    said: reads !== undefined || source !== undefined,
    sink,
    only: effect === "read",
    leaves: rules.sink !== "none" && (outside || sink === "outbound" || sink === "public" || sink === "payment"),
  };
}

/** What the operator lets pass without asking (`flow.allow`). */
export interface FlowAllow {
  /** `server.tool`, `*` as wildcard. */
  readonly match: string;
  /** Servers whose content may have been read before; undefined: any. */
  readonly from?: readonly string[];
  /** What the texts of arguments must be; `*` stands for anything but white space and separators of lists. */
  readonly arguments: Readonly<Record<string, readonly string[]>>;
  /** Also lets private content through. */
  readonly private: boolean;
}

/** Whether a rule takes this call, by its name and its arguments. */
export function allows(
  rule: FlowAllow,
  server: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): boolean {
  if (!fits(rule.match, `${server}.${name}`)) return false;
  return Object.entries(rule.arguments).every(([argument, patterns]) => {
    const value = Object.hasOwn(args, argument) ? args[argument] : undefined;
    const texts = Array.isArray(value) ? (value as unknown[]) : [value];
    return (
      texts.length > 0 &&
      texts.every((text) => typeof text === "string" && patterns.some((pattern) => fits(pattern, text)))
    );
  });
}

const PATTERNS = new Map<string, RegExp>();

function fits(pattern: string, text: string): boolean {
  let compiled = PATTERNS.get(pattern);
  if (compiled === undefined) {
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
    PATTERNS.set(pattern, (compiled = new RegExp(`^${parts.join(String.raw`[^\s,;<>"]*`)}$`, "iu")));
  }
  return compiled.test(text);
}
