import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { argumentText, type FindSecrets, visible } from "../../domain/approvals/shown.ts";
import { argumentsOf, beginningOf, mayStand } from "../../domain/approvals/standing.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Effect } from "../../kernel/call.ts";
import type { Json } from "../../kernel/json.ts";
import type { Approval } from "../../ports/approvals.ts";
import { signOut } from "./account-page.ts";
import type { HowProved } from "./approvals-desk.ts";
import { effectBadge, left, moment, seen, stateText } from "./approvals-page.ts";
import { csrfField } from "./form.ts";
import { type Html, page } from "./page.ts";
import { faultOf } from "./sign-in-page.ts";

/** Everything that the page of one approval shows. */
export interface ApprovalPage {
  readonly session: BrowserSession;
  readonly approval: Approval;
  /** Whether this person may decide. */
  readonly may: boolean;
  readonly how: HowProved;
  readonly secrets: FindSecrets;
  /** This in milliseconds since the epoch, and the longest life of a standing allow in milliseconds. */
  readonly now: number;
  readonly standingMs: number;
  readonly fault?: string;
}

const DAY_MS = 86_400_000;

/** What a call with this effect does, for a person. */
const EFFECTS: Readonly<Record<Effect, string>> = {
  read: "It reads and changes nothing.",
  write: "It changes something.",
  destructive: "It changes something in a way that cannot be taken back.",
  outbound: "It sends something outside.",
  payment: "It moves money.",
  "access-change": "It changes who may do what.",
  execute: "It runs a program or code.",
};

/** The page where a person sees exactly what will happen, and decides. */
export function approvalPage(shown: ApprovalPage): HtmlEscapedString {
  const { session, approval, now, fault, secrets } = shown;
  const { held } = approval;
  const waits = approval.state === "pending" && approval.expiresAt > now;
  const body = html`<h1>${waits ? "May this call be made?" : "A call"}</h1>
${faultOf(fault)}
${waits ? html`<p class="lead">${expiry(approval, now)}</p>` : html`<p class="notice" role="status">This call: ${stateText(approval, now)}.${approval.decidedBy === undefined ? "" : html` Decided by ${seen(approval.decidedBy)}.`}</p>`}
<section class="card" aria-labelledby="what"><div class="head"><h2 id="what">What will happen</h2>${effectBadge(approval)}</div>
<dl class="facts"><dt>Tool</dt><dd><code>${seen(approval.name)}</code>${held.title === undefined ? "" : html` · ${seen(held.title)}`}</dd>
<dt>Server</dt><dd>${approval.server}</dd>
<dt>Effect</dt><dd>${EFFECTS[approval.effect]}</dd>
<dt>Asked by</dt><dd>${seen(approval.owner)}${approval.owner === session.owner ? " (you)" : ""}</dd>
<dt>Client</dt><dd>${approval.clientName === undefined ? "unknown" : html`calls itself ${seen(approval.clientName)}`} · ${approval.client === undefined ? html`key <code>${approval.credential}</code>` : html`<code>${seen(approval.client)}</code>`}</dd>
<dt>Asked at</dt><dd>${moment(approval.askedAt)}</dd></dl>
${held.description === undefined ? "" : html`<p class="muted small">The server describes the tool as: “${seen(held.description)}”</p>`}</section>
${
  held.flow === undefined
    ? ""
    : html`<section class="card" aria-labelledby="why"><div class="head"><h2 id="why">Why you are asked</h2></div>
<ul>${held.flow.reasons.map((reason) => html`<li>${seen(reason)}</li>`)}</ul>
<details><summary>This is always fine</summary><p class="small">Then this rule in <code>cardea.yaml</code> lets calls like it pass:</p><pre class="held" role="region" aria-labelledby="why" tabindex="0">${seen(held.flow.propose)}</pre></details></section>`
}
<section class="card" aria-labelledby="args"><div class="head"><h2 id="args">Exactly these arguments</h2></div>
<pre class="held" role="region" aria-labelledby="args" tabindex="0">${seen(argumentText(argumentsOf(held.sent), secrets))}</pre>
${held.bound.length === 0 ? "" : html`<p class="small">Filled in by the gateway: ${held.bound.map((name, at) => html`${at === 0 ? "" : ", "}<code>${seen(name)}</code>`)}.</p>`}
<p class="muted small">Characters that cannot be seen stand as <mark>⟦U+…⟧</mark>; keys that were recognised are hidden as ••••••, and nothing else is. Text that runs from right to left stands in the order in which it is sent.</p></section>
${waits ? decision(shown) : ""}
<p><a href="/approvals">All approvals</a></p>`;
  return page("Approval", body, { wide: true, aside: signOut(session) });
}

function expiry({ expiresAt, by, unattended }: Approval, now: number): string {
  if (unattended) return "A service asked, and nobody waits for it: this call was refused.";
  const who = by === "other" ? "A second person decides. " : "";
  return `${who}It ends at ${moment(expiresAt)}: ${left(expiresAt - now)}.`;
}

function decision(shown: ApprovalPage): Html {
  const { approval, session, may, how } = shown;
  if (!may)
    return html`<p class="warning">${approval.owner === session.owner ? "A second person decides on this call, not you. Send them the address of this page." : "Deciding on this call needs the duty approver."}</p>`;
  if (how.kind === "sign-in" && !how.fresh) return signInAgain(`/approvals/${approval.id}`);
  return html`<section class="card" aria-labelledby="decide"><div class="head"><h2 id="decide">Your decision</h2></div>
<form method="post" action="/approvals/${approval.id}">${csrfField(session)}${proofFields(how)}
<div class="actions">${approval.unattended ? "" : html`<button type="submit" name="decision" value="allow">Allow once</button>`}
<button class="danger" type="submit" name="decision" value="deny">Deny</button></div>
${mayStand(approval) ? always(shown) : html`<p class="muted small">The like of this call cannot be allowed beforehand: each one is decided on.</p>`}</form></section>`;
}

/** What is said to people of a provider whose sign-in is too old for a decision. @param path where they go on */
export function signInAgain(path: string): Html {
  return html`<p class="warning">To decide, sign in again: your last sign-in was more than five minutes ago.</p>
<p class="actions"><a class="button" href="/sign-in?again=1&amp;to=${path}">Sign in again</a></p>`;
}

/** The fields of a form that needs a proof. */
export function proofFields(how: HowProved): Html {
  if (how.kind !== "password") return html``;
  return html`<div class="field"><label for="password">Your password</label>
<input type="password" id="password" name="password" autocomplete="current-password" maxlength="1024" required aria-describedby="password-hint">
<span class="hint" id="password-hint">It shows that you decide, and no program that uses your browser.</span></div>
${how.code ? html`<div class="field"><label for="code">One-time code</label><input class="code" type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required></div>` : ""}`;
}

function always({ approval, now, standingMs, secrets }: ApprovalPage): Html {
  const entries = Object.entries(argumentsOf(approval.held.sent));
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const last = now + standingMs;
  return html`<details><summary>Always allow calls like this</summary>
<p class="small">Until a date, for ${seen(approval.owner)}, this tool as it is now, and these limits. It can be taken back at any time.</p>
<fieldset><legend>Arguments</legend>
${entries.length === 0 ? html`<p class="muted small">It has none.</p>` : entries.map(([name, value], at) => limit(name, beginning(value, secrets), at))}</fieldset>
<div class="field"><label for="until">Last day</label><input type="date" id="until" name="until" value="${day(Math.min(now + 7 * DAY_MS, last))}" min="${day(now)}" max="${day(last)}"></div>
<div class="actions"><button class="secondary" type="submit" name="decision" value="always">Always allow within these limits</button></div></details>`;
}

/** Longest beginning that is suggested, in characters. */
const LONGEST_PREFIX = 300;

/** What may stand in a field as it is: a short beginning without a secret and without anything that cannot be seen. */
function beginning(value: Json, secrets: FindSecrets): string | undefined {
  const text = typeof value === "string" ? beginningOf(value) : undefined;
  if (text === undefined || text.length > LONGEST_PREFIX || visible(text) !== text) return undefined;
  return argumentText(text, secrets) === JSON.stringify(text) ? text : undefined;
}

function limit(name: string, text: string | undefined, at: number): Html {
  return html`<div class="field"><label for="limit.${at}"><code>${seen(name)}</code></label>
<select id="limit.${at}" name="limit.${at}"><option value="is">exactly as now</option>${text === undefined ? "" : html`<option value="prefix">begins with …</option>`}<option value="any">anything</option></select>
${text === undefined ? "" : html`<label class="hint" for="prefix.${at}">Where it has to begin so (up to a slash, or plain words):</label><input type="text" id="prefix.${at}" name="prefix.${at}" value="${text}" maxlength="${LONGEST_PREFIX}" autocomplete="off" spellcheck="false">`}</div>`;
}
