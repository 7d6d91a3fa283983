import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Account, Grant } from "../../ports/directory.ts";
import type { KeyRecord } from "../../ports/keys.ts";
import { csrfField } from "./form.ts";
import { type Html, page } from "./page.ts";
import { display } from "./sign-in-page.ts";

/** One line of what was done lately in a person's name. */
export interface Activity {
  /** This and the other times: milliseconds since the epoch. */
  readonly time: number;
  readonly server?: string;
  /** The tool, or the method where it is none. */
  readonly what: string;
  readonly decision: "allow" | "deny" | "hold";
}

/** Everything the page of one's own shows (I10). */
export interface AccountPage {
  readonly session: BrowserSession;
  readonly account: Account;
  readonly grants: readonly Grant[];
  readonly sessions: readonly BrowserSession[];
  readonly keys: readonly KeyRecord[];
  readonly activity: readonly Activity[];
  /** Undefined: the person is no local user, so that a second factor is their provider's. */
  readonly secondFactor: boolean | undefined;
  readonly now: number;
  readonly status?: string;
}

/** The page of one's own. */
export function accountPage(shown: AccountPage): HtmlEscapedString {
  const { session, account } = shown;
  const login = account.owner.replace(/^person:/, "");
  const body = html`<h1>${account.name ?? login}</h1>
<p class="lead">${account.name === undefined ? "" : html`${login} · `}${rolesText(account.roles)}</p>
<p><a class="button secondary slim" href="/approvals">Approvals</a> <a class="button secondary slim" href="/me/flow">What was read</a> <a class="button secondary slim" href="/quarantine">Withheld results</a></p>
${clients(shown)}${keys(shown)}${sessions(shown)}${accounts(shown)}${activity(shown)}
<section class="card" aria-labelledby="everywhere"><div class="head"><h2 id="everywhere">Something looks wrong?</h2></div>
<p>Sign out everywhere: every browser session and every token ends at once. Clients have to ask you again; keys stay.</p>
${act(session, "/me/sign-out-everywhere", "Sign out everywhere", "danger", "")}</section>`;
  const { status } = shown;
  return page("My page", body, { wide: true, aside: signOut(session), ...(status === undefined ? {} : { status }) });
}

/** The way out, for the header of pages of signed-in people. */
export function signOut(session: BrowserSession): Html {
  return html`<form method="post" action="/sign-out">${csrfField(session)}<button class="link" type="submit">Sign out</button></form>`;
}

function clients({ grants, session, now }: AccountPage): Html {
  const rows = grants.map(
    (
      grant,
    ) => html`<li><div class="what"><p><strong>${grant.clientName}</strong>${grant.redirectHost === undefined ? "" : html` <span class="muted">${grant.redirectHost}</span>`}</p>
<p>${grant.scopes.map((scope) => html`<span class="badge${scope.endsWith(":write") ? " write" : ""}">${scope}</span> `)}</p>
<p class="muted small">Until ${day(grant.expiresAt)} · ${used(grant.lastUsedAt, now)}</p></div>
${act(session, `/me/clients/${grant.id}/revoke`, "Revoke", "secondary", grant.clientName)}</li>`,
  );
  return section(
    "clients",
    "My clients",
    rows,
    "No program may act for you. Paste the gateway's address into a client to begin.",
  );
}

function keys({ keys: mine, session, now }: AccountPage): Html {
  const rows = mine.map(
    (key) => html`<li><div class="what"><p><strong>${key.label ?? "Key"}</strong> <code>${key.id}</code></p>
<p class="muted small">${key.environment} · ${key.expiresAt === undefined ? "no end" : html`until ${day(key.expiresAt)}`} · ${used(key.lastUsedAt, now)}${key.scope === undefined ? "" : html` · only ${key.scope.join(", ")}`}</p></div>
${act(session, `/me/keys/${key.id}/revoke`, "Revoke", "secondary", key.label ?? key.id)}</li>`,
  );
  return section("keys", "My keys", rows, "You have no API keys.");
}

function sessions({ sessions: mine, session, now }: AccountPage): Html {
  const rows = mine.map(
    (
      one,
    ) => html`<li><div class="what"><p><strong>Signed in ${ago(one.authAt, now)}</strong>${one.id === session.id ? html` <span class="badge">this browser</span>` : ""}</p>
<p class="muted small">${one.secondFactorAt === undefined ? "without a second factor" : "with a second factor"} · ends ${moment(one.expiresAt)}</p></div>
${one.id === session.id ? "" : act(session, `/me/sessions/${one.id}/end`, "End", "secondary", `the session of ${moment(one.authAt)}`)}</li>`,
  );
  return section("sessions", "My sessions", rows, "");
}

function accounts({ account, secondFactor, now }: AccountPage): Html {
  const from =
    account.source === "local" ? "A password of this gateway" : html`Signed in by ${display(account.source)}`;
  const row = html`<li><div class="what"><p><strong>${from}</strong></p>
<p class="muted small">since ${day(account.createdAt)}${account.source === "local" ? "" : html` · confirmed ${ago(account.checkedAt, now)}`}</p></div></li>`;
  const factor =
    secondFactor === undefined
      ? []
      : [
          html`<li><div class="what"><p><strong>Second factor</strong></p>
<p class="muted small">${secondFactor ? "One-time codes of your authenticator." : "None yet. With one, a stolen password is not enough."}</p></div>
<a class="button secondary slim" href="/me/second-factor">${secondFactor ? "Renew" : "Set up"}</a></li>`,
        ];
  return section("accounts", "Connected accounts", [row, ...factor], "");
}

function activity({ activity: rows }: AccountPage): Html {
  const lines = rows.map(
    (
      row,
    ) => html`<tr><td><time datetime="${new Date(row.time).toISOString()}">${clock(row.time)}</time></td><td>${row.server ?? ""}</td><td><code>${row.what}</code></td>
<td>${row.decision === "allow" ? "allowed" : html`<span class="badge deny">${row.decision === "deny" ? "refused" : "held"}</span>`}</td></tr>`,
  );
  const table = html`<div class="scroll" role="region" aria-labelledby="activity" tabindex="0"><table>
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">Server</th><th scope="col">What</th><th scope="col">Decision</th></tr></thead>
<tbody>${lines}</tbody></table></div>`;
  return html`<section class="card" aria-labelledby="activity"><div class="head"><h2 id="activity">Activity of the last hour</h2></div>
${rows.length === 0 ? html`<p class="muted">Nothing was done in your name.</p>` : table}</section>`;
}

function section(id: string, title: string, rows: readonly Html[], none: string): Html {
  return html`<section class="card" aria-labelledby="${id}"><div class="head"><h2 id="${id}">${title}</h2></div>
${rows.length === 0 ? html`<p class="muted">${none}</p>` : html`<ul class="rows">${rows}</ul>`}</section>`;
}

/** A button that changes something. `what` tells screen readers which of many it is. */
function act(session: BrowserSession, action: string, text: string, kind: string, what: string): Html {
  return html`<form method="post" action="${action}">${csrfField(session)}<button class="slim ${kind}" type="submit"${what === "" ? "" : html` aria-label="${text} ${what}"`}>${text}</button></form>`;
}

function rolesText(roles: readonly string[]): string {
  if (roles.length === 0)
    return "You have no role here yet, so no tool can be used in your name. Ask your administrator.";
  const duties = roles.filter((role) => role.startsWith("admin:")).map((role) => role.slice(6));
  const others = roles.filter((role) => !role.startsWith("admin:"));
  const texts = [
    ...(others.length > 0 ? [`Roles: ${others.join(", ")}`] : []),
    ...(duties.length > 0 ? [`Administration: ${duties.join(", ")}`] : []),
  ];
  return texts.join(" · ");
}

const used = (at: number | undefined, now: number): string =>
  at === undefined ? "never used" : `last used ${ago(at, now)}`;

const iso = (at: number): string => new Date(at).toISOString();
const day = (at: number): string => iso(at).slice(0, 10);
const clock = (at: number): string => iso(at).slice(11, 19);
const moment = (at: number): string => `${day(at)}, ${iso(at).slice(11, 16)} UTC`;

function ago(at: number, now: number): string {
  const minutes = Math.max(0, Math.floor((now - at) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} days ago`;
}
