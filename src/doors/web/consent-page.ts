import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Interaction } from "../../ports/authorization-server.ts";
import { csrfField } from "./form.ts";
import { type Html, page } from "./page.ts";

/** What a person can allow on one server. */
export interface Offer {
  readonly server: string;
  /** Names of tools. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** The scopes that a server is offered with: reading always, changing where there is something to change it with. */
export function scopesOf({ server, write }: Offer): string[] {
  return write.length > 0 ? [`${server}:read`, `${server}:write`] : [`${server}:read`];
}

/** Tools that are named; the rest is counted. */
const MOST_NAMES = 12;
const HOUR = 3_600_000;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The page that asks a person what a program may do for them. Allow and deny are of equal rank. */
export function consentPage(about: {
  interaction: Interaction;
  session: BrowserSession;
  offers: readonly Offer[];
  /** Milliseconds; the first is the default. */
  spans: readonly number[];
  /** Milliseconds since the epoch. */
  now: number;
}): HtmlEscapedString {
  const { interaction, session, offers, spans, now } = about;
  const { client } = interaction;
  const nothing = offers.length === 0;
  const body = html`<h1>Allow <q>${client.name}</q> to work for you?</h1>
<p class="lead">You are signed in as <strong>${session.owner.replace(/^[a-z]+:/, "")}</strong>.</p>
<section class="card">
<h2>Who asks</h2>
${known(interaction)}
<p>Your answer goes to <strong><code>${client.redirectHost}</code></strong>.</p>
${local(client.redirectHost)}
</section>
<form method="post" action="/interaction/${interaction.uid}">
${csrfField(session)}
<section class="card">
<h2>What it may do</h2>
${nothing ? html`<p class="warning">There is nothing here that you could allow. Ask whoever looks after this gateway.</p>` : ""}
${offers.map((offer) => offered(offer, interaction))}
${nothing ? "" : until(spans, now)}
</section>
<p class="actions">
${nothing ? "" : html`<button name="decision" value="allow">Allow</button>`}
<button name="decision" value="deny">Deny</button>
</p>
</form>
<p class="muted small">Policies still apply to every call. You can take this back at any time on <a href="/me">your page</a>.</p>`;
  return page(`Allow ${client.name}?`, body);
}

/** How the program is known, and how little that may say. */
function known({ client }: Interaction): Html {
  if (client.kind === "static")
    return html`<p><strong>${client.name}</strong> was set up by whoever looks after this gateway.</p>`;
  if (client.kind === "metadata")
    return html`<p><strong>${client.name}</strong> is described by <strong><code>${new URL(client.id).host}</code></strong>. The name is its own claim.</p>
<p class="muted small">Its description: <code>${client.id}</code></p>`;
  return html`<p>It calls itself <strong>${client.name}</strong>. <strong>Nobody has verified that</strong>: any program can choose this name.</p>`;
}

/** Any program on the computer can receive what is sent to it, so the person has to know that they started one. */
function local(host: string): Html {
  if (LOOPBACK.has(host.replace(/:\d+$/, "")))
    return html`<p class="warning">That is a program on this computer. Allow it only if you have just started this yourself, in a program that you trust.</p>`;
  if (host.includes(":") && !/^[^:/]+:\d+$/.test(host))
    return html`<p class="warning">That opens whichever program on this computer claims such links. Allow it only if you have just started this yourself, in a program that you trust.</p>`;
  return html``;
}

function offered(offer: Offer, { scopes, granted }: Interaction): Html {
  const { server, read, write } = offer;
  const asked = (scope: string) => scopes.includes(scope) || granted.includes(scope);
  const reads = scopes.length === 0 || asked(`${server}:read`) || asked(`${server}:write`);
  return html`<fieldset>
<legend>${server}</legend>
<label class="choice"><input type="checkbox" name="scope" value="${server}:read"${reads ? html` checked` : ""}>
<span>Read<span class="hint">${names(read, "Its resources and prompts")}</span></span></label>
${
  write.length === 0
    ? ""
    : html`<label class="choice"><input type="checkbox" name="scope" value="${server}:write"${asked(`${server}:write`) ? html` checked` : ""}>
<span>Read and change <span class="badge write">can change things</span><span class="hint">${names(write, "")}</span></span></label>`
}
</fieldset>`;
}

function names(tools: readonly string[], none: string): string {
  if (tools.length === 0) return none;
  const rest = tools.length - MOST_NAMES;
  return `${tools.slice(0, MOST_NAMES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function until(spans: readonly number[], now: number): Html {
  const options = spans.map((ms) => html`<option value="${ms}">${span(ms)}, until ${day(now + ms)}</option>`);
  return html`<div class="field"><label for="span">For how long</label><select id="span" name="span">${options}</select></div>`;
}

function span(ms: number): string {
  const hours = Math.round(ms / HOUR);
  if (hours < 1) return `${Math.round(ms / 60_000)} minutes`;
  if (hours < 48 && hours !== 24) return hours === 1 ? "1 hour" : `${hours} hours`;
  const days = Math.round(hours / 24);
  return days === 1 ? "1 day" : `${days} days`;
}

/** In UTC, because the gateway does not know where the reader is. */
function day(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** Signing in was not enough: there was no second factor in it. */
export function factorPage(again: string): HtmlEscapedString {
  const body = html`<h1>A second factor is needed</h1>
<p class="lead">With your roles, programs are allowed only after a sign-in with a second factor, and yours had none or it is too long ago.</p>
<p>If you have none yet, set one up on your page first.</p>
<p class="actions"><a class="button" href="${again}">Sign in again</a> <a class="button secondary" href="/me">Go to your page</a></p>`;
  return page("A second factor is needed", body);
}
