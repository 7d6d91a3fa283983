import type { AnsweredQuestion, Located } from "../kernel/call.ts";
import { type Control, deny, pass, type Pending, type Verdict } from "../kernel/control.ts";
import type { EndSignal } from "../kernel/ending.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Approvals, NewApproval } from "../domain/approvals/approvals.ts";
import { approvalDigest, sentArguments, strictest, type Terms } from "../domain/approvals/digest.ts";
import { argumentText, type FindSecrets, visible } from "../domain/approvals/shown.ts";
import { argumentsOf } from "../domain/approvals/standing.ts";
import type { Approval, Held } from "../ports/approvals.ts";
import type { Sealer } from "../ports/sealer.ts";
import type { Clock } from "../ports/world.ts";
import { QUESTION, sealQuestion } from "./resume-request.ts";

/** What asking a person stands on. */
export interface AskPersonParts {
  readonly approvals: Approvals;
  /** What the operator demands of this tool itself; undefined: nothing. */
  readonly toolApproval: (server: string, name: string) => Terms | undefined;
  /** Names of the arguments that the gateway filled in. */
  readonly bound: (call: Located) => readonly string[];
  /** Whether the operator trusts what this client says that its person answered: a client id or a key id. */
  readonly trusts: (id: string) => boolean;
  /** The page of an approval. */
  readonly pageOf: (id: string) => string;
  /** Waits for a decision, at most as long as the operator says. */
  readonly wait: (approval: Approval, signal: EndSignal) => Promise<boolean>;
  readonly secrets: FindSecrets;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Longest text of arguments in a form, in characters; a longer one is decided on the page. */
const LONGEST_FORM = 2_000;

/**
 * Last of the gate: what the rules or the tool itself want a person for goes on only with an approval of exactly this call,
 * which is used up here (H1, H2), or under a standing allow (H4). Where nobody can be asked it is refused (H5).
 */
export function askPerson(parts: AskPersonParts): Control<Located> {
  return {
    name: "ask-person",
    ids: ["H1", "H2", "H3", "H4", "H5", "A10"],
    judge(call) {
      const { kind, server, name } = call.target;
      const own = kind === "tool" ? parts.toolApproval(server, name) : undefined;
      const asked = strictest(call.obligations?.approval, own);
      // After what was read a person decides anew, whatever the rules say (S8); "always" is for writes alone (H4).
      const flow = call.flow?.demand && { ...FLOW, always: call.target.effect === "write" };
      const terms = strictest(asked, flow);
      return terms === undefined ? pass(call) : judge(parts, call, terms);
    },
  };
}

async function judge(parts: AskPersonParts, call: Located, terms: Terms): Promise<Verdict<Located>> {
  const { approvals } = parts;
  const { tenant, owner } = call.principal;
  const digest = approvalDigest(call, terms);
  if (call.resumed !== undefined) {
    const leg = await approvals.useLeg(tenant, call.resumed, digest);
    if (leg === "ok") return pass(call);
    if (leg === "used") return deny(legUsed);
    // Something of it changed between the legs: it is another call, which a person has not seen.
  }
  // Under a standing allow only what the server asked in an earlier leg under it may be answered.
  if (goesOn(call) && call.standing === undefined) return deny(fromTheStart);
  const standing = await approvals.stands(call, terms);
  if (standing !== undefined) return pass({ ...call, standing });
  if (goesOn(call)) return deny(fromTheStart);
  const unattended = !owner.startsWith("person:");
  const { answered } = call;
  if (answered?.digest === digest && !unattended) {
    const before = await decideHere(parts, call, answered, terms);
    if (before !== undefined && isExpired(before, parts.clock.now())) return deny(notInTime(before, parts));
  }
  const request = requestOf(parts, call, terms, digest, unattended);
  if (unattended) {
    return deny(nobodyToAsk(call, await approvals.note(request)));
  }
  // Of two equal calls that wait for one approval one gets it; the other asks for its own.
  for (let tries = 0; tries < 2; tries++) {
    const { approval, made } = await approvals.ask(request, terms.expiresMs);
    if (approval.state === "pending") return hold(parts, call, terms, approval, made);
    if (approval.state === "denied") return deny(refusedByPerson(approval));
    if (await approvals.use(approval, terms)) return pass({ ...call, resumed: { approval: approval.id, leg: 1 } });
    // It counts no more, for whatever reason: nobody finds it again.
    await approvals.drop(approval);
  }
  return deny({
    code: "needs_person",
    message: "The approval of this call was used by another call at the same moment. Send it again to ask anew.",
    ...MORE,
  });
}

/** By whoever asks, and soon. */
const FLOW = { by: "self", expiresMs: 300_000 } as const;

const MORE = { control: "H1", executed: "no" } as const;

const legUsed: Refusal = {
  code: "invalid_params",
  message: "This answer was sent already: each step of an approved call is taken once. Start the call again.",
  path: "/params/requestState",
  control: "H2",
  executed: "no",
};

/** Whether it brings answers to questions, or a server's state: nobody sees these, and no digest or limit holds them. */
const goesOn = ({ sent }: Located): boolean =>
  sent["requestState"] !== undefined ||
  (isObject(sent["inputResponses"]) && Object.keys(sent["inputResponses"]).length > 0);

const fromTheStart: Refusal = {
  code: "invalid_params",
  message:
    "This call needs a person's approval, which covers no answers that were given before it. Start the call again without `inputResponses` and `requestState`; once it is allowed, the server can ask.",
  path: "/params/inputResponses",
  control: "H1",
  executed: "no",
};

const nobodyToAsk = (call: Located, listed: boolean): Refusal => ({
  code: "needs_person",
  message: `The ${call.target.kind} ${call.target.name} needs a person's approval, and this credential belongs to a service, so that nobody can be asked.${becauseOf(call)} ${listed ? "An approver can allow the like of it until a date (cardea approvals list)" : "It is not listed for an approver: as many calls of this credential are as may be. Let some of them be decided on (cardea approvals list) and send it again"}, or a rule of the operator says that no approval is needed.`,
  control: call.flow?.demand === undefined ? "H5" : "S8",
  executed: "no",
});

const refusedByPerson = ({ id }: Approval): Refusal => ({
  code: "denied_by_person",
  message: "A person refused this call. Do not send it again; ask them what they want instead.",
  data: { approval: id },
  control: "H3",
  executed: "no",
});

const isExpired = ({ state, expiresAt }: Approval, now: number): boolean =>
  state === "ended" || (state !== "used" && expiresAt <= now);

function notInTime({ id }: Approval, parts: AskPersonParts): Refusal {
  return {
    code: "needs_person",
    message: "Nobody decided in time on this call. Start it again to ask anew.",
    data: { approval: id, url: parts.pageOf(id) },
    control: "H2",
    executed: "no",
  };
}

/**
 * What the client says that its person answered. A form of a client that the operator trusts decides, where the person
 * themself may; everything else, an opened link too, decides nothing (H3).
 * @returns the approval that was asked about
 */
async function decideHere(
  parts: AskPersonParts,
  call: Located,
  answered: AnsweredQuestion,
  terms: Terms,
): Promise<Approval | undefined> {
  const { tenant, owner, credential } = call.principal;
  const approval = await parts.approvals.get(tenant, answered.approval);
  if (approval === undefined || approval.owner !== owner || approval.credential !== credential) return undefined;
  if (approval.state !== "pending" || !answered.form || channelOf(parts, call, terms, approval) !== "form")
    return approval;
  if (isExpired(approval, parts.clock.now())) return approval;
  const choice = answered.action === "accept" ? answered.content?.["decision"] : answered.action;
  const verdict = choice === "allow" ? "allow" : choice === "deny" || choice === "decline" ? "deny" : undefined;
  if (verdict === undefined) return approval;
  return parts.approvals.decide({ tenant, id: approval.id, verdict, by: owner, channel: "client" });
}

type Way = "link" | "form" | "none";

function channelOf(parts: AskPersonParts, { profile, principal }: Located, terms: Terms, { held }: Approval): Way {
  if (profile.elicitationUrl) return "link";
  const trusted =
    parts.trusts(principal.credential) || (principal.client !== undefined && parts.trusts(principal.client));
  const form = profile.elicitationForm && trusted && terms.by === "self";
  // What a form cannot hold whole is decided on the page.
  return form && heldText(parts, held).length <= LONGEST_FORM ? "form" : "none";
}

/** Asks the client where it can be asked; where not, the caller waits a while and is told where the page is. */
function hold(parts: AskPersonParts, call: Located, terms: Terms, approval: Approval, made: boolean): Verdict<Located> {
  const url = parts.pageOf(approval.id);
  const who = terms.by === "other" ? "A second person" : "A person";
  const action = made || call.answered?.digest !== approval.digest ? "new" : call.answered.action;
  const closed =
    action === "decline" || action === "cancel" ? "The client did not open the page, which decides nothing. " : "";
  const refusal: Refusal = {
    code: "needs_person",
    message: `${closed}${who} has to decide on this call first, on the page ${url}.${becauseOf(call)} Once it is allowed, send the same call again within the time that is left.`,
    data: { approval: approval.id, url, expiresAt: new Date(approval.expiresAt).toISOString() },
    ...MORE,
    control: call.flow?.demand === undefined ? "H3" : "S8",
  };
  const wait = (signal: EndSignal): Promise<boolean> => parts.wait(approval, signal);
  const way = channelOf(parts, call, terms, approval);
  const pending = ((): Pending => {
    if (way === "none") return { wait };
    const question = questionOf(parts, call, approval, way, url);
    if (action === "new") return { question };
    // Saying that the page was opened is no decision: the person has the page before them.
    if (action === "accept") return { wait, question };
    // A session's own stream was asked and gave no answer; to ask it again would never end.
    if (action === undefined) return call.era === "legacy" ? { wait } : { question };
    return {};
  })();
  return { kind: "hold", refusal, pending };
}

/** Why a person is asked although no rule says so. */
const becauseOf = ({ flow }: Located): string =>
  flow?.demand === undefined ? "" : ` Why: ${visible(flow.demand.reasons.join(" "))}`;

function questionOf(
  parts: AskPersonParts,
  call: Located,
  approval: Approval,
  way: "link" | "form",
  url: string,
): JsonObject {
  const { target } = call;
  const what = `${target.server}: ${visible(target.name)} (${target.effect})`;
  const requested: JsonObject =
    way === "link"
      ? {
          mode: "url",
          message: `Cardea asks whether this call may be made: ${what}. Decide on its page.${becauseOf(call)}`,
          url,
        }
      : { mode: "form", message: `${formText(parts, approval, what)}${becauseOf(call)}`, requestedSchema: FORM };
  const asked: JsonObject = { method: "elicitation/create", ...(way === "form" ? { schema: FORM } : {}) };
  return {
    resultType: "input_required",
    inputRequests: { [QUESTION]: { method: "elicitation/create", params: requested } },
    requestState: sealQuestion(call, approval, asked, parts.sealer, parts.clock),
  };
}

const FORM: JsonObject = {
  type: "object",
  properties: {
    decision: {
      type: "string",
      title: "Decision",
      enum: ["allow", "deny"],
      description: "Allow this call once, or deny it",
    },
  },
  required: ["decision"],
};

function formText(parts: AskPersonParts, { held }: Approval, what: string): string {
  return `Cardea asks whether this call may be made: ${what}\n${heldText(parts, held)}`;
}

/** Everything that a person has to see of what is held, as plain text. */
function heldText({ secrets }: AskPersonParts, { sent, bound }: Held): string {
  const filled = bound.length === 0 ? "" : `\nFilled in by the gateway: ${bound.map(visible).join(", ")}`;
  return visible(argumentText(argumentsOf(sent), secrets)) + filled;
}

function requestOf(
  parts: AskPersonParts,
  call: Located,
  terms: Terms,
  digest: string,
  unattended: boolean,
): NewApproval {
  const { principal, target } = call;
  return {
    digest,
    ...{ tenant: principal.tenant, owner: principal.owner, credential: principal.credential },
    ...(principal.client === undefined ? {} : { client: principal.client }),
    ...(call.clientName === undefined ? {} : { clientName: call.clientName.slice(0, 64) }),
    ...{ era: call.era, server: target.server, name: target.name, method: call.method, effect: target.effect },
    ...(target.digest === undefined ? {} : { pinned: target.digest }),
    ...(target.published === undefined ? {} : { published: target.published.digest }),
    ...{ by: terms.by, always: terms.always && target.effect === "write", unattended },
    held: heldOf(parts, call),
  };
}

/** Longest texts of a definition that are shown beside a call, in characters. */
const [LONGEST_TITLE, LONGEST_DESCRIPTION] = [120, 600];

function heldOf(parts: AskPersonParts, call: Located): Held {
  const { definition } = call.target.published ?? {};
  const [title, description] = [definition?.["title"], definition?.["description"]];
  return {
    sent: sentArguments(call),
    ...(call.flow?.demand === undefined ? {} : { flow: call.flow.demand }),
    bound: parts.bound(call),
    ...(typeof title === "string" ? { title: title.slice(0, LONGEST_TITLE) } : {}),
    ...(typeof description === "string" ? { description: description.slice(0, LONGEST_DESCRIPTION) } : {}),
  };
}
