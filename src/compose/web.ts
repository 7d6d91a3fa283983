import type { IncomingMessage } from "node:http";
import { isLoopback } from "../config/addresses.ts";
import type { Config } from "../config/config.ts";
import type { ServerView } from "../domain/catalogue/view.ts";
import type { Approvals } from "../domain/approvals/approvals.ts";
import type { Quarantine } from "../domain/quarantine/quarantine.ts";
import { keyEvent, revokeKey } from "../domain/identity/key-admin.ts";
import type { Decide } from "../controls/check-visible.ts";
import type { Door } from "../doors/listen.ts";
import { guard, type GuardOptions } from "../doors/mcp/guard.ts";
import { createOAuthDoor } from "../doors/oauth.ts";
import { type Activity } from "../doors/web/account-page.ts";
import { accountRoutes } from "../doors/web/account.ts";
import { approvalRoutes } from "../doors/web/approvals.ts";
import { claimRoutes } from "../doors/web/claim.ts";
import { consentRoutes } from "../doors/web/consent.ts";
import { readCookieOf } from "../doors/web/cookies.ts";
import { createWebDoor } from "../doors/web/door.ts";
import { flowRoutes } from "../doors/web/flow.ts";
import { quarantineRoutes } from "../doors/web/quarantine.ts";
import { signInRoutes } from "../doors/web/sign-in.ts";
import { createWellKnownDoor } from "../doors/well-known.ts";
import type { Engine } from "../pipeline/engine.ts";
import type { FlowStore } from "../ports/flow.ts";
import type { KeyStore } from "../ports/keys.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { openAuditReader } from "../adapters/audit-log/reader.ts";
import { TENANT } from "./administration.ts";
import { openApi, proofIn } from "./api.ts";
import { secretsIn } from "./approvals.ts";
import type { Identity } from "./identity.ts";

const HOUR_MS = 3_600_000;
/** Lines of activity that the page of one's own shows. */
const MOST_ACTIVITY = 100;

/** What the ways in for browsers and OAuth clients stand on. */
interface WebDoorsParts {
  readonly config: Config;
  readonly home: string;
  readonly identity: Identity;
  readonly keys: KeyStore;
  readonly engine: Engine;
  readonly approvals: Approvals;
  readonly quarantine: Quarantine;
  readonly flow: FlowStore;
  readonly guard: GuardOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Roles that `access` and policies know. */
  readonly roles: readonly string[];
  base(): string;
  readonly decide: Decide;
  /** What a server publishes, as it was last seen; undefined: it was not yet. */
  seen(server: string): ServerView | undefined;
  /** The client's address, behind trusted proxies too. */
  address(req: IncomingMessage): string;
  /** Counts a request of an address; throws `Refused` where there were too many. */
  count(req: IncomingMessage): void;
}

/** The ways in for browsers and OAuth clients: pages, the authorization server, the metadata of resources. */
export function openWebDoors(parts: WebDoorsParts): Door[] {
  const { config, identity, engine, clock, random, log, base } = parts;
  const { directory, sessions, artifacts, local, first, signIn, authorization, record } = identity;
  const { secondFactor, consentMs } = config.identity;
  const servers = Object.keys(config.servers);
  const account = (tenant: string, owner: string) => directory.account(tenant, owner);

  const deciding = {
    proof: proofIn(identity, secondFactor.administration),
    verify: identity.administrators.verify,
    local: identity.administrators,
    address: parts.address,
    secondFactorMs: secondFactor.maxAgeMs,
    standingMs: config.approvals.standingMs,
    secrets: secretsIn,
    clock,
  };
  const routes = [
    openApi(parts),
    approvalRoutes({ ...deciding, approvals: parts.approvals }),
    flowRoutes({ ...deciding, flow: parts.flow }),
    quarantineRoutes({ ...deciding, quarantine: parts.quarantine }),
    signInRoutes({
      tenant: TENANT,
      base,
      signIn,
      local,
      sessions,
      artifacts,
      clock,
      log,
      record,
      address: parts.address,
    }),
    accountRoutes({
      directory,
      sessions,
      local,
      clock,
      keys: async ({ tenant, owner }) => (await parts.keys.list(tenant)).filter((key) => key.owner === owner),
      revokeKey: ({ tenant, owner }, id) => revokeOwnKey(parts, tenant, owner, id),
      async revokeGrant({ tenant, owner }, id) {
        await directory.revokeGrant(tenant, id);
        await authorization?.endGrant(tenant, id);
        await record({ type: "consent.revoked", tenant, owner, credential: id, decision: "allow", reason: "ok" });
      },
      endAccess: identity.endAccess,
      activity: ({ tenant, owner }) => activity(parts, tenant, owner),
      record,
      address: parts.address,
    }),
    ...(first === undefined || local === undefined ? [] : [claimRoutes({ first, local, sessions, clock, record })]),
    ...(authorization === undefined
      ? []
      : [
          consentRoutes({
            authorization,
            base,
            servers: () => servers,
            mayTouch(tenant, owner, server) {
              const found = account(tenant, owner);
              return found !== undefined && identity.mayTouch(found, server);
            },
            toolsOf(tenant, owner, server) {
              const found = account(tenant, owner);
              const tools = found === undefined ? [] : [...(parts.seen(server)?.tools.values() ?? [])];
              const mine = tools.filter(
                (tool) =>
                  tool.quarantine === undefined &&
                  found !== undefined &&
                  parts.decide(identity.principalOf(found), server, "tool", tool.name, tool.effect).allow,
              );
              const names = (reads: boolean) =>
                mine.filter(({ effect }) => (effect === "read") === reads).map(({ localName }) => localName);
              return { read: names(true), write: names(false) };
            },
            secondFactorMs(tenant, owner) {
              const roles = account(tenant, owner)?.roles ?? [];
              return roles.some((role) => secondFactor.roles.includes(role)) ? secondFactor.maxAgeMs : undefined;
            },
            consentMs,
            clock,
            record,
          }),
        ]),
  ];
  const web = createWebDoor(
    {
      base,
      guard: (req) => guard(req, parts.guard),
      secure: config.listen.tls !== undefined || config.listen.publicUrl?.startsWith("https:") === true,
      sessions,
      refuse: (arrived, refusal, type) => engine.refuse(arrived, refusal, type),
      clock,
      random,
      log,
    },
    routes,
  );
  return [
    createWellKnownDoor({ engine, clock, random, guard: parts.guard, base, issuer: identity.issuer }),
    ...(authorization === undefined
      ? []
      : [
          createOAuthDoor({
            authorization,
            engine,
            guard: parts.guard,
            clock,
            random,
            leaving: (req, location) => endExposedSession(parts, req, location),
            count: parts.count,
          }),
        ]),
    web,
  ];
}

/**
 * Cookies do not know ports (RFC 6265, 8.5): a program that listens on another port of this host gets those that the
 * browser has for the gateway. So the person is signed out before the browser is sent there.
 */
async function endExposedSession(
  { base, identity }: WebDoorsParts,
  req: IncomingMessage,
  location: string,
): Promise<void> {
  const here = new URL(base());
  const there = new URL(location, here);
  const exposed = there.hostname === here.hostname || (here.protocol === "http:" && isLoopback(there.hostname));
  if (there.origin === here.origin || !exposed) return;
  const session = await identity.sessions.of(readCookieOf(req, "cardea", here.protocol === "https:"));
  if (session === undefined) return;
  const { tenant, owner, id } = session;
  // Of another name of this machine it is not known here which cookies the browser has.
  if (there.hostname === here.hostname) await identity.sessions.end(id);
  else await identity.sessions.endAll(tenant, owner);
  const detail = { why: "sent_to_another_port" };
  await identity.record({ type: "session.ended", tenant, owner, decision: "allow", reason: "ok", detail });
}

async function revokeOwnKey(
  { keys, clock, random, config, identity }: WebDoorsParts,
  tenant: string,
  owner: string,
  id: string,
) {
  const mine = (await keys.list(tenant)).some((key) => key.id === id && key.owner === owner);
  if (!mine) return;
  const { environment } = config;
  const store = { store: keys, clock, random, tenant, environment };
  await revokeKey({ ...store, record: (event) => identity.record(keyEvent(event)) }, id);
}

/** What was done in a person's name in the last hour, newest first. */
async function activity({ home, clock }: WebDoorsParts, tenant: string, owner: string): Promise<Activity[]> {
  const reader = await openAuditReader(home);
  try {
    const subject = reader.subjectOf(tenant, owner);
    if (subject === undefined) return [];
    const found = await reader.query({ tenant, subject, since: clock.now() - HOUR_MS, limit: MOST_ACTIVITY });
    return found
      .filter(({ kind }) => kind !== "intent")
      .map(({ time, server, target, type, decision }) => ({
        time,
        ...(server === undefined ? {} : { server }),
        what: target ?? type,
        decision,
      }));
  } finally {
    reader.close();
  }
}
