import { frameOf, markOf, maskedNote, withNotes } from "../domain/inspection/frame.ts";
import type { ScreenedResult } from "../domain/inspection/screen-result.ts";
import { dropMembers, restructured } from "../domain/inspection/structured.ts";
import type { TextScreen } from "../domain/inspection/screen-text.ts";
import type { TreatmentsOf } from "../domain/inspection/treatments.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { boundBy, type ValidateOutput } from "./validate-result.ts";

/** What screening results stands on. */
export interface InspectResultParts {
  readonly treatments: TreatmentsOf;
  /** Screens a result; a long one elsewhere. */
  readonly screen: (result: JsonObject, how: Omit<TextScreen, "hashKey">) => ScreenedResult | Promise<ScreenedResult>;
  /** Whether results of this server say whose they are. */
  readonly framed: (server: string) => boolean;
  readonly validate: ValidateOutput;
}

/**
 * Every string of a result is screened before the caller sees it: secrets and card numbers masked, hidden text shown,
 * instructions to the model marked or withheld (S1 to S4), and it says whose it is (S7). Text in content blocks, resources,
 * prompts, completions, questions to the client and in base64 is treated alike; structured content keeps to its schema.
 */
export function inspectResult(parts: InspectResultParts): Control<Answered> {
  return {
    name: "inspect-result",
    ids: ["S1", "S2", "S3", "S4", "S7"],
    judge(call) {
      const { target, principal } = call;
      const own = parts.treatments("result", target, principal.roles);
      const treatments = asks(call) ? { ...own, ...ASKED } : call.method === "prompts/get" ? { ...own, ...TOLD } : own;
      const said = parts.screen(call.result, { surface: "result", treatments });
      return said instanceof Promise ? said.then((screened) => judge(parts, call, screened)) : judge(parts, call, said);
    },
  };
}

/** A prompt, and what is asked of a person or a model, is meant to tell them what to do. */
const TOLD = { T2: "pass" } as const;
/** What a server asks is never for secrets (S10). */
const ASKED = { ...TOLD, "secret-request": "block" } as const;

const asks = ({ result }: Answered): boolean => result["resultType"] === "input_required";

function judge(parts: InspectResultParts, call: Answered, screened: ScreenedResult): Verdict<Answered> {
  const { verdict, counts } = screened;
  if (verdict === "block") return deny(withheld(call, screened));
  const structured = fitted(parts, call, screened);
  if ("code" in structured) return deny(structured);
  const { server } = call.target;
  const before = verdict === "mark" ? markOf(server) : undefined;
  const masked = call.screened?.masked ?? [];
  const behind = [
    ...(before === undefined && !asks(call) && parts.framed(server) && says(structured.result)
      ? [frameOf(server)]
      : []),
    ...(masked.length === 0 ? [] : [maskedNote(masked)]),
  ];
  const result = withNotes(call.method, structured.result, before, behind);
  if (result === call.result && Object.keys(counts).length === 0) return pass(call);
  return pass({ ...call, result, screened: { ...call.screened, result: counts } });
}

/** Whether there is anything to be framed. */
function says({ content, structuredContent, contents, messages }: JsonObject): boolean {
  if (structuredContent !== undefined || messages !== undefined) return true;
  const list = content ?? contents;
  return Array.isArray(list) && list.length > 0;
}

function withheld(call: Answered, { why, counts }: ScreenedResult): Refusal {
  const what = why === undefined ? "" : ` At ${why.path}: ${why.why} (${why.kind})`;
  return {
    code: "withheld",
    message: `The gateway withheld the answer of the server ${call.target.server}. The call was carried out.${what}`,
    control: "S3",
    executed: "yes",
    findings: counts,
    ...(why === undefined ? {} : { rule: why.kind }),
  };
}

/** What was masked in structured content may not fit its schema: then optional members go, or the whole is refused. */
function fitted(
  { validate }: InspectResultParts,
  call: Answered,
  { value: result, masked, counts }: ScreenedResult,
): { result: JsonObject } | Refusal {
  const before = call.result["structuredContent"];
  const content = result["structuredContent"];
  const { definition, digest } = boundBy(call);
  if (content === undefined || content === before || before === undefined) return { result };
  if (definition?.["outputSchema"] === undefined || digest === undefined || call.result["isError"] === true)
    return { result };
  if (validate(digest, definition, content).length === 0) return { result };
  const paths = masked.flatMap(({ path }) =>
    path.startsWith("/structuredContent/") ? [path.slice("/structuredContent".length)] : [],
  );
  const without = dropMembers(content, paths);
  if (validate(digest, definition, without).length === 0) return { result: restructured(result, without) };
  return {
    code: "withheld",
    message: `The gateway withheld the answer of the server ${call.target.server}: it holds values that are masked, and what is left does not fit its output schema. The call was carried out.`,
    control: "S1",
    executed: "yes",
    findings: counts,
  };
}
