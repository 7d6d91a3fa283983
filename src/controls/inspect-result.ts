import { markOf, maskedNote, withNotes } from "../domain/inspection/frame.ts";
import type { ScreenedResult } from "../domain/inspection/screen-result.ts";
import { dropMembers, restructured } from "../domain/inspection/structured.ts";
import type { Treatments } from "../domain/inspection/screen-text.ts";
import type { TreatmentsOf } from "../domain/inspection/treatments.ts";
import type { Answered } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { boundBy, type ValidateOutput } from "./validate-result.ts";

/** What screening results stands on. */
export interface InspectResultParts {
  readonly treatments: TreatmentsOf;
  /**
   * Screens a result; a long one elsewhere.
   * @param call whose result it is, as far as it matters for where it may be cut already
   */
  readonly screen: (
    result: JsonObject,
    treatments: Treatments,
    call: Answered,
  ) => ScreenedOrCut | Promise<ScreenedOrCut>;
  /** Keeps a withheld result for a person. It never rejects: what cannot be kept is withheld all the same. */
  readonly quarantine: (call: Answered, screened: ScreenedOrCut) => Promise<Waiting | NotKept>;
  /** What results of this server say of whose they are; undefined: nothing. */
  readonly frame: (server: string) => string | undefined;
  readonly validate: ValidateOutput;
}

/**
 * Every string of a result is screened before the caller sees it: secrets and card numbers masked, hidden text shown,
 * instructions to the model marked or withheld (S1 to S4), and it says whose it is (S7). Text in content blocks, resources,
 * prompts, completions, questions to the client and in base64 is treated alike; structured content keeps to its schema. What
 * is quarantined waits for a person (S5), and the caller is told where.
 */
export function inspectResult(parts: InspectResultParts): Control<Answered> {
  return {
    name: "inspect-result",
    ids: ["S1", "S2", "S3", "S4", "S5", "S7"],
    judge(call) {
      const { target, principal } = call;
      const own = parts.treatments("result", target, principal.roles);
      const treatments = asks(call) ? { ...own, ...ASKED } : call.method === "prompts/get" ? { ...own, ...TOLD } : own;
      const said = parts.screen(call.result, treatments, call);
      return said instanceof Promise ? said.then((screened) => judge(parts, call, screened)) : judge(parts, call, said);
    },
  };
}

/** What was screened; of what has more than the caps allow the beginning, with the whole as JSON in UTF-8. What is quarantined comes whole alone. */
export type ScreenedOrCut = ScreenedResult & { readonly whole?: Uint8Array };

/** A prompt, and what is asked of a person or a model, is meant to tell them what to do. */
const TOLD = { T2: "pass", "imitated-gateway": "mark" } as const;
/** What a server asks is never for secrets, nor in the gateway's name (S10). */
const ASKED = { ...TOLD, "secret-request": "block", "imitated-gateway": "block" } as const;

const asks = ({ result }: Answered): boolean => result["resultType"] === "input_required";

/** Where a withheld result waits. */
export interface Waiting {
  readonly id: string;
  /** Somebody released the same answer to this credential before. */
  readonly released: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Where a person decides, and where the caller reads it once it is released. */
  readonly page: string;
  readonly address: string;
}

/** Why it waits nowhere, as a sentence and as a word for the record. */
export interface NotKept {
  readonly sentence: string;
  readonly why: string;
}

/** Answers that can wait: what is asked of a client, and completions, are of no use later. */
export const WAITS: ReadonlySet<string> = new Set(["tools/call", "resources/read", "prompts/get"]);

function judge(
  parts: InspectResultParts,
  call: Answered,
  screened: ScreenedOrCut,
): Verdict<Answered> | Promise<Verdict<Answered>> {
  const { verdict, counts, whole } = screened;
  if (verdict === "quarantine" && WAITS.has(call.method) && !asks(call))
    return parts.quarantine(call, screened).then((kept) => deny(quarantined(call, screened, kept)));
  if (verdict === "block" || verdict === "quarantine") return deny(withheld(call, screened));
  const structured = fitted(parts, call, screened);
  if ("code" in structured) return deny(structured);
  const { server } = call.target;
  const before = verdict === "mark" ? markOf(server) : undefined;
  const masked = call.screened?.masked ?? [];
  const frame = before === undefined && !asks(call) ? parts.frame(server) : undefined;
  const behind: string[] = [];
  if (frame !== undefined && (whole !== undefined || says(structured.result))) behind.push(frame);
  if (masked.length > 0) behind.push(maskedNote(masked));
  const result = withNotes(call.method, structured.result, before, behind);
  if (Object.keys(counts).length > 0)
    return pass({ ...call, result, screened: { ...call.screened, result: counts }, ...(whole && { whole }) });
  return pass(result === call.result ? call : { ...call, result, ...(whole && { whole }) });
}

/** Whether there is anything to be framed. */
function says({ content, structuredContent, contents, messages }: JsonObject): boolean {
  if (structuredContent !== undefined || messages !== undefined) return true;
  const list = content ?? contents;
  return Array.isArray(list) && list.length > 0;
}

function withheld(call: Answered, { why, counts }: ScreenedResult): Refusal {
  const what = why === undefined ? "" : ` At ${PROTOCOL.exec(why.path)?.[0] ?? "/"}: ${why.why} (${why.kind})`;
  return {
    code: "withheld",
    message: `The gateway withheld the answer of the server ${call.target.server}. The call was carried out.${what}`,
    control: "S3",
    executed: "yes",
    findings: counts,
    ...(why === undefined ? {} : { rule: why.kind }),
  };
}

/** The beginning of a path that is made of members of the protocol: other names are the server's own text. */
const PROTOCOL =
  /^(?:\/(?:content|contents|messages|completion|values|resource|text|blob|data|structuredContent|inputRequests|_meta|\d{1,6})(?![^/]))+/;

/** What the caller is told of a result that waits: kinds of findings, and nothing that the server wrote. */
export function quarantined(call: Answered, { why, counts }: ScreenedResult, kept: Waiting | NotKept): Refusal {
  const { server, kind, name } = call.target;
  const what = kind === "resource" ? "a resource" : `the ${kind} ${name}`;
  const tier = why?.tier === undefined ? "" : ` (${why.tier})`;
  const found = why === undefined ? "" : ` It is withheld for: ${why.kind}${tier}.`;
  const more = Object.keys(counts).filter((one) => one !== why?.kind);
  const also = more.length === 0 ? "" : ` Found besides: ${more.slice(0, MOST_NAMED).join(", ")}.`;
  const message = `The gateway withheld the answer of the server ${server} to ${what}. The call was carried out.${found}${also}`;
  const refusal = { control: "S5", executed: "yes", findings: counts, ...(why && { rule: why.kind }) } as const;
  if ("sentence" in kept)
    return { ...refusal, code: "withheld", message: `${message} ${kept.sentence}`, secretReason: kept.why };
  const until = `${new Date(kept.expiresAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const next = kept.released
    ? `A person released this answer: read it at the resource ${kept.address} until ${until}.`
    : `It is kept as ${kept.id} until ${until}. A person decides on it at ${kept.page}. Calling again changes nothing; once it is released, it is read at the resource ${kept.address}`;
  const { id: quarantine, page, address, expiresAt } = kept;
  const data = { quarantine, page, address, expiresAt: new Date(expiresAt).toISOString() };
  return { ...refusal, code: "quarantined", message: `${message} ${next}`, data };
}

/** Kinds of findings that a message names at most. */
const MOST_NAMED = 10;

/** What was masked in structured content may not fit its schema: then optional members go, or the whole is refused. */
function fitted(
  { validate }: InspectResultParts,
  call: Answered,
  { value: result, masked, counts }: ScreenedResult,
): { result: JsonObject } | Refusal {
  const before = call.result["structuredContent"];
  const content = result["structuredContent"];
  if (content === undefined || content === before || before === undefined) return { result };
  const { definition, digest } = boundBy(call);
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
