import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { pieces } from "../../domain/approvals/shown.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Approval, Limit, Standing } from "../../ports/approvals.ts";
import { signOut } from "./account-page.ts";
import { csrfField } from "./form.ts";
import { type Html, page } from "./page.ts";

/** Everything that the page of all approvals shows. */
export interface ApprovalsPage {
  readonly session: BrowserSession;
  readonly mine: readonly Approval[];
  readonly others: readonly Approval[];
  readonly standing: readonly Standing[];
  readonly now: number;
  readonly status?: string;
}

/** The page of all approvals: what waits, what stands, and what became of the rest. */
export function approvalsPage(shown: ApprovalsPage): HtmlEscapedString {
  const { session, mine, others, standing, now, status } = shown;
  const waits = (one: Approval): boolean => one.state === "pending" && one.expiresAt > now;
  const body = html`<h1>Approvals</h1>
<p class="lead">Calls that wait for a person, and what you allowed beforehand.</p>
${list("mine", "My calls that wait", mine.filter(waits), now, "None of your calls waits for a person.")}
${others.length === 0 ? "" : list("others", "Calls of others that wait", others.filter(waits), now, "No call of anybody else waits.")}
${standingList(standing, session, now)}
${list("past", "Decided or over", [...mine, ...others].filter((one) => !waits(one)).slice(0, 50), now, "Nothing yet.")}
<p><a href="/me">Back to my page</a></p>`;
  return page("Approvals", body, { wide: true, aside: signOut(session), ...(status === undefined ? {} : { status }) });
}

function list(id: string, title: string, rows: readonly Approval[], now: number, none: string): Html {
  const items = rows.map(
    (
      one,
    ) => html`<li><div class="what"><p><a href="/approvals/${one.id}"><strong>${seen(one.name)}</strong></a> <span class="muted">${one.server}</span> ${effectBadge(one)}</p>
<p class="muted small">${seen(one.owner)}${one.clientName === undefined ? "" : html` · ${seen(one.clientName)}`} · ${stateText(one, now)}</p></div>
${one.state === "pending" && one.expiresAt > now ? html`<a class="button secondary slim" href="/approvals/${one.id}" aria-label="Look at ${one.name}">Look</a>` : ""}</li>`,
  );
  return section(id, title, items, none);
}

function standingList(standing: readonly Standing[], session: BrowserSession, now: number): Html {
  const items = standing.map(
    (
      one,
    ) => html`<li><div class="what"><p><strong>${seen(one.name)}</strong> <span class="muted">${one.server}</span></p>
<p class="small">${limitsText(one.limits)}</p>
<p class="muted small">For ${seen(one.owner)} · until ${moment(one.until)} · ${one.lastUsedAt === undefined ? "never used" : html`last used ${moment(one.lastUsedAt)}`}${one.until <= now ? " · over" : ""}</p></div>
<form method="post" action="/approvals/standing/${one.id}/revoke">${csrfField(session)}<button class="slim danger" type="submit" aria-label="Take back ${one.name}">Take back</button></form></li>`,
  );
  return section("standing", "Always allowed", items, "Nothing is allowed beforehand.");
}

function section(id: string, title: string, rows: readonly Html[], none: string): Html {
  return html`<section class="card" aria-labelledby="${id}"><div class="head"><h2 id="${id}">${title}</h2></div>
${rows.length === 0 ? html`<p class="muted">${none}</p>` : html`<ul class="rows">${rows}</ul>`}</section>`;
}

function limitsText(limits: Readonly<Record<string, Limit>>): Html {
  const texts = Object.entries(limits).map(([name, limit]) => {
    if (limit.kind === "any") return html`<code>${seen(name)}</code> anything`;
    if (limit.kind === "prefix") return html`<code>${seen(name)}</code> begins with <code>${seen(limit.prefix)}</code>`;
    return html`<code>${seen(name)}</code> exactly as then`;
  });
  return html`${texts.map((text, at) => html`${at === 0 ? "" : ", "}${text}`)}`;
}

/** A text in which nothing is hidden: what cannot be seen stands there as its number, marked. */
export function seen(text: string): Html {
  return html`${pieces(text).map((piece) => (piece.hidden ? html`<mark>${piece.text}</mark>` : piece.text))}`;
}

/** What becomes of an approval, in words. */
export function stateText({ state, expiresAt, unattended }: Approval, now: number): string {
  if (state === "pending" && unattended) return "refused: nobody waits for it";
  if (state === "pending") return expiresAt > now ? `waits, ${left(expiresAt - now)}` : "nobody decided in time";
  if (state === "allowed")
    return expiresAt > now ? `allowed, not used yet, ${left(expiresAt - now)}` : "allowed, never used";
  if (state === "used") return "allowed and used";
  return state === "denied" ? "denied" : "over";
}

export function effectBadge({ effect }: Pick<Approval, "effect">): Html {
  return html`<span class="badge${effect === "read" ? "" : " write"}">${effect}</span>`;
}

/** A time that is left, in words. */
export function left(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} seconds left`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes left`;
  return `${Math.floor(seconds / 3_600)} hours left`;
}

export const moment = (at: number): string => {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)}, ${text.slice(11, 19)} UTC`;
};
