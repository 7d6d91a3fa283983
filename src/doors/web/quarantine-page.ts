import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Quarantined } from "../../ports/quarantine.ts";
import { signOut } from "./account-page.ts";
import { proofFields, signInAgain } from "./approval-page.ts";
import type { HowProved } from "./approvals-desk.ts";
import { moment, seen } from "./approvals-page.ts";
import { csrfField } from "./form.ts";
import { type Html, page } from "./page.ts";
import { faultOf } from "./sign-in-page.ts";

/** Everything that the page of one withheld result shows. */
export interface WithheldPage {
  readonly session: BrowserSession;
  readonly item: Quarantined;
  /** The content, masked; undefined: this person does not see it. */
  readonly content?: string;
  readonly may: { readonly release: boolean; readonly discard: boolean };
  readonly how: HowProved;
  readonly fault?: string;
  readonly status?: string;
}

/** The page of all results that wait. */
export function quarantinePage(
  session: BrowserSession,
  { mine, others }: { readonly mine: readonly Quarantined[]; readonly others: readonly Quarantined[] },
  status?: string,
): HtmlEscapedString {
  const body = html`<h1>Withheld results</h1>
<p class="lead">Answers of servers that hold what reads like an order to a model. Nobody gets them until a person releases them.</p>
${list("mine", "Of my calls", mine, "Nothing is withheld from your calls.")}
${others.length === 0 ? "" : list("others", "Of calls of others", others, "")}
<p><a href="/me">Back to my page</a></p>`;
  const said = status === undefined ? {} : { status };
  return page("Withheld results", body, { wide: true, aside: signOut(session), ...said });
}

function list(id: string, title: string, items: readonly Quarantined[], none: string): Html {
  const rows = items.map(
    (
      item,
    ) => html`<li><div class="what"><p><a href="/quarantine/${item.id}"><strong>${nameOf(item)}</strong></a> <span class="muted">${item.server}</span> ${badge(item)}</p>
<p class="muted small">${seen(item.owner)} · ${item.about.why.kind} · ${moment(item.at)} · until ${moment(item.expiresAt)}</p></div>
<a class="button secondary slim" href="/quarantine/${item.id}" aria-label="Look at ${item.id}">Look</a></li>`,
  );
  return html`<section class="card" aria-labelledby="${id}"><div class="head"><h2 id="${id}">${title}</h2></div>
${rows.length === 0 ? html`<p class="muted">${none}</p>` : html`<ul class="rows">${rows}</ul>`}</section>`;
}

/** The page where a person sees what is withheld, and decides. */
export function withheldPage(shown: WithheldPage): HtmlEscapedString {
  const { session, item, content, fault, status } = shown;
  const { about } = item;
  const body = html`<h1>A withheld result</h1>
${faultOf(fault)}
<section class="card" aria-labelledby="what"><div class="head"><h2 id="what">What is withheld</h2>${badge(item)}</div>
<dl class="facts"><dt>Server</dt><dd>${item.server}</dd>
<dt>Asked with</dt><dd>${about.method} <code>${nameOf(item)}</code></dd>
<dt>Call of</dt><dd>${seen(item.owner)}${item.owner === session.owner ? " (you)" : ""} · <code>${item.credential}</code></dd>
<dt>Withheld for</dt><dd>${about.why.kind}${about.why.tier === undefined ? "" : ` (${about.why.tier})`}</dd>
<dt>Found</dt><dd>${Object.entries(about.findings).map(([kind, count], at) => `${at === 0 ? "" : ", "}${kind}: ${count}`)}</dd>
<dt>When</dt><dd>${moment(item.at)}; removed at ${moment(item.expiresAt)}</dd>
<dt>In the record</dt><dd><code>${about.call}</code></dd></dl></section>
<section class="card" aria-labelledby="content"><div class="head"><h2 id="content">The content</h2></div>
${
  content === undefined
    ? html`<p class="muted">Seeing it needs the duty security.</p>`
    : html`<p class="warning">Somebody may have written this to mislead whoever reads it. Nothing here is a message of the gateway.</p>
<pre class="held" role="region" aria-labelledby="content" tabindex="0">${seen(content)}</pre>
<p class="muted small">Characters that cannot be seen stand as <mark>⟦U+…⟧</mark>. Where a value was masked before it was kept, its kind stands after <mark>⟦U+27E6⟧</mark>; a server can write the like.</p>`
}</section>
${decision(shown)}
<p><a href="/quarantine">All withheld results</a></p>`;
  const said = status === undefined ? {} : { status };
  return page("A withheld result", body, { wide: true, aside: signOut(session), ...said });
}

function decision({ session, item, may, how }: WithheldPage): Html {
  const release = may.release && item.state === "held";
  return html`<section class="card" aria-labelledby="decide"><div class="head"><h2 id="decide">Your decision</h2></div>
${item.firstBy === undefined || item.state === "released" ? "" : html`<p class="notice">${seen(item.firstBy)} wants it released; a second administrator has to do the same within an hour.</p>`}
${
  !release
    ? html`<p class="muted">${item.state === "released" ? "It is released: its caller can read it." : "Releasing it needs the duty security."}</p>`
    : how.kind === "sign-in" && !how.fresh
      ? signInAgain(`/quarantine/${item.id}`)
      : html`<form method="post" action="/quarantine/${item.id}/release">${csrfField(session)}${proofFields(how)}
<div class="actions"><button type="submit">Release to its caller</button></div>
<p class="muted small">The caller then reads it, framed as data; what it does next is judged as after any untrusted content.</p></form>`
}
${may.discard ? html`<form method="post" action="/quarantine/${item.id}/discard">${csrfField(session)}<div class="actions"><button class="danger" type="submit">Discard for good</button></div></form>` : ""}</section>`;
}

const nameOf = ({ about }: Quarantined): Html => seen(about.name.slice(0, 200));

const badge = ({ state }: Quarantined): Html =>
  html`<span class="badge${state === "held" ? " write" : ""}">${state === "held" ? "waits" : "released"}</span>`;
