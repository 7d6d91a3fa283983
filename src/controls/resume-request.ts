import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { DEFAULT_LIMITS, parseJson } from "../protocol/json.ts";
import type { Approval } from "../ports/approvals.ts";
import type { Clock } from "../ports/world.ts";
import { type AllowedKinds, isAllowed, missingCapability } from "./govern-requests.ts";
import type { Sealer } from "../ports/sealer.ts";

/** How long a client may take to answer what an upstream asked, in milliseconds. */
export const RESUME_MS = 5 * 60_000;

/** The key of the gateway's own question to a person. Its answers never go to a server, whoever sends them. */
export const QUESTION = "cardea.approval";

/** What a sealed `requestState` holds. */
export interface Kept {
  /** The upstream's own state; null where it gave none. */
  readonly state: string | null;
  /** Digest of the call: `bindingOf`. */
  readonly call: string;
  /** What was asked, by key: the method, and for a form its schema. */
  readonly asked: JsonObject;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** How much the server asked in the legs of this call. */
  readonly count?: number;
  /** The approval that the call used, and how many legs of it were sent. */
  readonly approval?: { readonly id: string; readonly leg: number };
  /** The standing allow under which the leg before ran. */
  readonly standing?: string;
  /** The gateway itself asked: about which approval, and whether by a form that held everything. */
  readonly question?: { readonly approval: string; readonly digest: string; readonly form: boolean };
}

/** What a state is bound to beside the caller: server, method, name and exact arguments, as the caller sends them. */
export function bindingOf(call: Located): string {
  const { inputResponses: _responses, requestState: _state, ...rest } = call.params;
  return JSON.stringify([call.target.server, call.method, call.endpoint ?? null, rest]);
}

export function stateContext(call: Located): string {
  return `request-state\n${call.principal.tenant}\n${call.principal.credential}`;
}

/** Checks answers against what was asked; undefined where they fit, else a sentence. */
export type CheckAnswer = (schema: JsonObject, content: Json) => string | undefined;

/**
 * Multi-round-trip requests (2026-07-28, MRTR): a `requestState` counts only for the caller, call and time that it was
 * sealed for, and `inputResponses` are judged like arguments: with a state only keys that were asked for and answers
 * that fit; without one only answers that have a shape of the protocol.
 */
export function resumeRequest(
  sealer: Sealer,
  clock: Clock,
  check: CheckAnswer,
  allowed: (server: string) => AllowedKinds,
): Control<Located> {
  return {
    name: "resume-request",
    ids: ["W3", "W7"],
    judge(call) {
      const { requestState, inputResponses } = call.sent;
      if (requestState === undefined && inputResponses === undefined) return pass(call);
      const refusal = (message: string, path: string) =>
        deny({ code: "invalid_params", message, path, control: "W7", executed: "no" });
      let kept: Kept | undefined;
      if (requestState !== undefined) {
        kept = openState(sealer, call, requestState, clock);
        if (kept === undefined)
          return refusal(
            "`requestState` is not valid for this call: it was changed, has expired, or belongs to another call. Start the call again without it.",
            "/params/requestState",
          );
      }
      const legs = kept?.count === undefined ? call : { ...call, asked: kept.count };
      if (kept?.question !== undefined) return pass(answeredQuestion(legs, kept.question, inputResponses));
      const responses: JsonObject = {};
      for (const [key, value] of Object.entries(isObject(inputResponses) ? inputResponses : {})) {
        // Nobody of ours asked that here: it counts for nothing, and is not passed on.
        if (key === QUESTION) continue;
        const asked = kept?.asked[key];
        if (kept !== undefined && !isObject(asked)) continue;
        const fault = answerFault(isObject(asked) ? asked : { method: guess(value) }, value, check);
        if (fault !== undefined) return refusal(`The answer \`${key}\` ${fault}`, `/params/inputResponses/${key}`);
        // Without a state nobody here asked: only what the server could ask of this client is passed on.
        const uncalled = kept === undefined ? uncalledFor(call, guess(value), allowed(call.target.server)) : undefined;
        if (uncalled !== undefined) return deny(uncalled);
        responses[key] = value;
      }
      const { requestState: _sealed, inputResponses: _answers, ...rest } = call.sent;
      const sent: JsonObject = { ...rest, inputResponses: responses };
      if (kept !== undefined && kept.state !== null) sent["requestState"] = kept.state;
      const { approval, standing } = kept ?? {};
      if (approval === undefined) return pass({ ...legs, sent, ...(standing === undefined ? {} : { standing }) });
      return pass({ ...legs, sent, resumed: { approval: approval.id, leg: approval.leg + 1 } });
    },
  };
}

/** The call as it was when the gateway asked, with what the client says that the person answered. */
function answeredQuestion(
  call: Located,
  { approval, digest, form }: NonNullable<Kept["question"]>,
  inputResponses: Json | undefined,
): Located {
  const { requestState: _sealed, inputResponses: _answers, ...sent } = call.sent;
  const answer = isObject(inputResponses) ? inputResponses[QUESTION] : undefined;
  const given = isObject(answer) ? answer : {};
  const action = typeof given["action"] === "string" ? given["action"] : undefined;
  const content = isObject(given["content"]) ? given["content"] : undefined;
  return { ...call, sent, answered: { approval, digest, form, action, content } };
}

/** Seals the gateway's own question: for this caller and call alone, until the approval expires. */
export function sealQuestion(
  call: Located,
  approval: Pick<Approval, "id" | "digest" | "expiresAt">,
  asked: JsonObject,
  sealer: Sealer,
  clock: Clock,
): string {
  const kept: Kept = {
    state: null,
    call: bindingOf(call),
    asked: { [QUESTION]: asked },
    ...(call.asked === undefined ? {} : { count: call.asked }),
    expires: Math.max(clock.now(), approval.expiresAt) + RESUME_MS,
    question: { approval: approval.id, digest: approval.digest, form: asked["schema"] !== undefined },
  };
  return sealer.seal(JSON.stringify(kept), stateContext(call));
}

function openState(sealer: Sealer, call: Located, sealed: Json, clock: Clock): Kept | undefined {
  const text = typeof sealed === "string" ? sealer.open(sealed, stateContext(call)) : undefined;
  const kept = text === undefined ? undefined : (parseJson(text, DEFAULT_LIMITS) as unknown as Kept);
  return kept?.call === bindingOf(call) && kept.expires >= clock.now() ? kept : undefined;
}

function uncalledFor(call: Located, method: string, allowed: AllowedKinds): Refusal | undefined {
  const { server } = call.target;
  const more = { path: "/params/inputResponses", control: "W3", executed: "no" } as const;
  if (!isAllowed(method, allowed))
    return {
      code: "request_not_governed",
      message: `An answer to ${method} came without \`requestState\`, and the server ${server} may not ask for it. The operator allows it in the configuration under servers.${server}.requests.`,
      ...more,
    };
  const missing = missingCapability(method, {}, call.profile);
  if (missing === undefined || (method === "elicitation/create" && call.profile.elicitationUrl)) return undefined;
  return {
    code: "missing_capability",
    message: `An answer to ${method} came without \`requestState\` from a client that did not declare that it can be asked.`,
    data: { requiredCapabilities: missing },
    ...more,
  };
}

/** An answer that came with no state was asked for by nobody here; its shape says what it answers. */
function guess(answer: Json): string {
  if (!isObject(answer) || answer["action"] !== undefined) return "elicitation/create";
  return answer["roots"] === undefined ? "sampling/createMessage" : "roots/list";
}

function answerFault(asked: JsonObject, answer: Json, check: CheckAnswer): string | undefined {
  if (!isObject(answer)) return "must be an object.";
  switch (asked["method"]) {
    case "elicitation/create": {
      const action = answer["action"];
      if (action !== "accept" && action !== "decline" && action !== "cancel")
        return 'must have an `action` of "accept", "decline" or "cancel".';
      if (action === "accept" && isObject(asked["schema"])) return check(asked["schema"], answer["content"] ?? {});
      return undefined;
    }
    case "sampling/createMessage":
      return typeof answer["role"] === "string" &&
        typeof answer["model"] === "string" &&
        answer["content"] !== undefined
        ? undefined
        : "must be a sampling result with `role`, `model` and `content`.";
    case "roots/list":
      return Array.isArray(answer["roots"]) ? undefined : "must be a result with `roots`.";
    default:
      return "answers nothing that was asked.";
  }
}
