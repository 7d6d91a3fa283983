import { type DefinitionVerdict, inspectDefinition } from "../domain/inspection/definition/index.ts";
import type { Finding, Surface } from "../domain/inspection/finding.ts";
import { inspect, type Inspection } from "../domain/inspection/inspect.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { nearest } from "../kernel/nearest.ts";
import { readFlags, UsageFault } from "./args.ts";
import { LONGEST_INPUT, linesOf, NotUtf8, textOf } from "./inspect-lines.ts";
import { definitionReport, textReport } from "./inspect-report.ts";
import type { Io } from "./io.ts";

const HELP = `cardea inspect --surface result|argument|definition [--jsonl] [--json] [FILE…]

Runs the detectors over texts: hidden text, secrets, personal data, injected instructions; over definitions of tools: poisoning.
Needs no configuration and no home, connects to nothing. Without FILE, or for -, it reads standard input.

  --surface WHAT  where the text stands: result (of a tool, the default), argument, definition
  --jsonl         one JSON object per line: {"id", "text"}, or {"id", "tool"} for definitions; a line is answered as it comes
  --json          one line of JSON for each file in place of the report

Verdicts: pass, mark (framed as data), quarantine (withheld until a person looks), block; of definitions pass, flag, block.
Exit codes: 0 nothing found, 1 findings, 2 something could not be inspected.

Examples:
  cardea inspect page.html
  cardea inspect --surface definition --jsonl < tools.jsonl
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  jsonl: { type: "boolean" },
  surface: { type: "string" },
} as const;

const SURFACES: readonly Surface[] = ["result", "argument", "definition"];

/** What became of the inputs: something was found, something could not be inspected. */
interface Outcome {
  found: boolean;
  failed: boolean;
}

/** What a command line asks for. */
interface Task {
  readonly io: Io;
  readonly surface: Surface;
  readonly json: boolean;
  readonly outcome: Outcome;
}

/**
 * `cardea inspect`.
 * @param argv what follows `inspect`
 * @returns the exit code: 0 nothing found, 1 findings, 2 something could not be inspected
 */
export async function inspectCommand(argv: readonly string[], io: Io): Promise<number> {
  const { flags, positionals } = readFlags(argv, FLAGS, ["file..."]);
  if (flags.help) {
    io.out(HELP);
    return 0;
  }
  const task: Task = {
    io,
    surface: surfaceOf(flags.surface),
    json: flags.json || io.json,
    outcome: { found: false, failed: false },
  };
  for (const file of positionals.length === 0 ? ["-"] : positionals) {
    try {
      await (flags.jsonl ? inspectLines(file, task) : inspectFile(file, task));
    } catch (error) {
      io.err(`${faultOf(file, error)}.\n`);
      task.outcome.failed = true;
    }
  }
  return task.outcome.failed ? 2 : task.outcome.found ? 1 : 0;
}

function surfaceOf(given: string | undefined): Surface {
  const surface = SURFACES.find((name) => name === (given ?? "result"));
  if (surface !== undefined) return surface;
  const near = nearest(given as string, SURFACES);
  throw new UsageFault(
    `--surface ${JSON.stringify(given)} is unknown${near === undefined ? "" : `, did you mean ${near}?`} (accepted: ${SURFACES.join(", ")})`,
  );
}

/** @throws what is no fault of the file */
function faultOf(file: string, error: unknown): string {
  if (error instanceof RowFault || error instanceof NotUtf8) return `${nameOf(file)}: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return `${nameOf(file)} cannot be read (${code})`;
}

const nameOf = (file: string) => (file === "-" ? "standard input" : file);

/** A row that cannot be inspected; the message says why. */
class RowFault extends Error {}

const TOO_LONG = `it is longer than ${LONGEST_INPUT} bytes`;

async function inspectLines(file: string, task: Task): Promise<void> {
  for await (const { number, text } of linesOf(file)) {
    try {
      if (text === undefined) throw new RowFault(TOO_LONG);
      if (text instanceof NotUtf8) throw new RowFault(text.message);
      task.io.out(`${JSON.stringify(answerTo(text, task))}\n`);
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      task.io.err(`${nameOf(file)}, line ${number}: ${error.message}.\n`);
      task.outcome.failed = true;
    }
  }
}

function answerTo(line: string, task: Task): JsonObject {
  const row = parsed(line);
  if (!isObject(row)) throw new RowFault("it is no JSON object");
  const { id = null, text, tool } = row;
  if (task.surface === "definition") {
    if (!isObject(tool ?? null))
      throw new RowFault('it has no member "tool" that is an object ({"id", "tool"} is expected)');
    return { id, ...definitionAnswer(inspected(tool as JsonObject, task)) };
  }
  if (typeof text !== "string")
    throw new RowFault('it has no member "text" that is a string ({"id", "text"} is expected)');
  return { id, ...textAnswer(read(text, task)) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new RowFault("it is no JSON");
  }
}

async function inspectFile(file: string, task: Task): Promise<void> {
  const { io, json } = task;
  const text = await textOf(file);
  if (text === undefined) throw new RowFault(TOO_LONG);
  if (task.surface === "definition") return inspectTools(file, text, task);
  const inspection = read(text, task);
  io.out(
    json
      ? `${JSON.stringify({ file: nameOf(file), ...textAnswer(inspection) })}\n`
      : textReport(nameOf(file), text, inspection, io.colour),
  );
}

/** A file with one definition, a list of them, or an answer to `tools/list`. */
function inspectTools(file: string, text: string, task: Task): void {
  const { io, json } = task;
  const tools = toolsOf(text);
  if (tools === undefined) {
    io.err(`${nameOf(file)}: it is no definition (a JSON object, a list of them, or {"tools": […]} is expected).\n`);
    task.outcome.failed = true;
    return;
  }
  for (const tool of tools) {
    const verdict = inspected(tool, task);
    const name = typeof tool["name"] === "string" ? tool["name"] : "a definition without a name";
    io.out(
      json
        ? `${JSON.stringify({ file: nameOf(file), name, ...definitionAnswer(verdict) })}\n`
        : definitionReport(name, verdict, io.colour),
    );
  }
}

function toolsOf(text: string): JsonObject[] | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const listed = isObject(value) && Array.isArray(value["tools"]) ? value["tools"] : value;
  const tools = Array.isArray(listed) ? listed : [listed];
  return tools.every((tool) => isObject(tool)) ? (tools as JsonObject[]) : undefined;
}

function read(text: string, { surface, outcome }: Task): Inspection {
  const inspection = inspect(text, { surface });
  if (inspection.findings.length > 0 || inspection.cut) outcome.found = true;
  return inspection;
}

function inspected(tool: JsonObject, { outcome }: Task): DefinitionVerdict {
  const verdict = inspectDefinition(tool);
  if (verdict.verdict !== "pass") outcome.found = true;
  return verdict;
}

/** What was found, without the reasons: places and kinds for programs. */
const textAnswer = ({ verdict, findings, redacted, cut }: Inspection): JsonObject => ({
  verdict,
  findings: findings.map(findingRow),
  redacted,
  ...(cut && { cut }),
});

const findingRow = ({ detector, kind, tier, start, end }: Finding): JsonObject => ({
  detector,
  kind,
  ...(tier !== undefined && { tier }),
  start,
  end,
});

const definitionAnswer = ({ verdict, findings }: DefinitionVerdict): JsonObject => ({
  verdict,
  findings: findings.map((finding) => ({ ...finding })),
});
