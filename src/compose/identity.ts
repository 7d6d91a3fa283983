import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { html } from "hono/html";
import type { Config } from "../config/config.ts";
import { createBrowserSessions } from "../domain/identity/browser-sessions.ts";
import { createDirectory, grantId } from "../domain/identity/directory.ts";
import { createExternalTokens } from "../domain/identity/external-tokens.ts";
import { createFirstAdministrator, hasLocalUsers } from "../domain/identity/first-administrator.ts";
import { createSignIn } from "../domain/identity/people.ts";
import type { Proven } from "../domain/identity/proof.ts";
import { createTokens } from "../domain/identity/tokens.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Account } from "../ports/directory.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import { createAuthorizationServer } from "../adapters/authorization-server/server.ts";
import { createExternalIssuer } from "../adapters/external-issuer/issuer.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { createSignInProvider } from "../adapters/oidc-client/provider.ts";
import { openArtifacts } from "../adapters/sqlite/artifacts.ts";
import { openDirectory } from "../adapters/sqlite/directory.ts";
import { openLocalUsers } from "../adapters/sqlite/local-users.ts";
import { readCookieOf } from "../doors/web/cookies.ts";
import { page } from "../doors/web/page.ts";
import { acceptanceOf, localUsersOf, TENANT } from "./administration.ts";
import { administratorRecorded } from "./first-start.ts";
import { type openState, STATE_DB } from "./state.ts";
import type { LifecycleEvent } from "../ports/records.ts";

interface IdentityParts {
  readonly config: Config;
  readonly files: ProjectFiles;
  readonly state: Awaited<ReturnType<typeof openState>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Roles of the policy. */
  readonly roles: readonly string[];
  /** Base URL without a slash at the end; known once the gateway listens. */
  base(): string;
  reaches(principal: Principal, server: string): boolean;
}

/** What knows people, clients and their credentials. */
export type Identity = Awaited<ReturnType<typeof openIdentity>>;

/** Opens what knows people, clients and their credentials. What is opened here ends with `opening`. */
export async function openIdentity(parts: IdentityParts, opening: AsyncDisposableStack) {
  const { config, files, state, clock, random, log, base } = parts;
  const { identity } = config;
  const { master, subjects, records } = state;
  const path = join(files.home, STATE_DB);
  const closing = <T extends { close(): unknown }>(one: T): T => {
    opening.defer(async () => void (await one.close()));
    return one;
  };
  const artifacts = closing(openArtifacts(path, master, clock));
  const users = closing(openLocalUsers(path, state.rows));
  const directory = await createDirectory(closing(openDirectory(path, state.rows)), clock);
  const folder = dirname(files.configFile);
  const secrets = createSecrets(folder);
  const subjectOf = (tenant: string, owner: string): string => subjects.ensure(tenant, owner).subject;

  /** @param by the administrator who did it; the record names them */
  const record = ({ owner, ...event }: LifecycleEvent, by?: Proven): Promise<void> =>
    records.append({
      kind: "event",
      time: clock.now(),
      call: random.id("c_"),
      ...event,
      ...(owner === undefined ? {} : { subject: subjectOf(event.tenant, owner) }),
      ...(by === undefined ? {} : { detail: { ...event.detail, by: subjectOf(by.tenant, by.owner) } }),
    });

  const sessions = createBrowserSessions({
    artifacts,
    accounts: directory,
    clock,
    random,
    lifeMs: identity.sessionMs,
  });
  // Commands take the proof of local administrators whoever else may sign in with a password.
  const administrators = localUsersOf({ master, config, store: users, artifacts, directory, clock, random, record });
  const local = hasLocalUsers(identity) ? administrators : undefined;
  const before = async (): Promise<boolean> =>
    (await acceptanceOf(artifacts, files, record).any()) || administratorRecorded(files.home, TENANT);
  const first =
    local &&
    createFirstAdministrator({
      tenant: TENANT,
      artifacts,
      directory,
      local,
      before,
      clock,
      random,
      roles: parts.roles,
    });

  /** What an account is for policy, before any credential. */
  const principalOf = ({ tenant, owner, roles }: Account): Principal => ({
    tenant,
    owner,
    subject: subjectOf(tenant, owner),
    credential: "-",
    roles: roles.filter((role) => !role.startsWith("admin:")),
    environment: config.environment,
    plan: "default",
  });
  const mayTouch = (account: Account, server: string): boolean => parts.reaches(principalOf(account), server);

  /** Ends browser sessions and tokens of a person; the account and its consents stay. */
  async function endAccess({ tenant, owner, by }: { tenant: string; owner: string; by: string }): Promise<void> {
    const ended = await artifacts.removeOwner(tenant, owner);
    tokens.forget();
    const detail = {
      by: subjects.find(tenant, by) ?? (by.startsWith("provider:") ? by : "self"),
      ...Object.fromEntries(ended),
    };
    await record({ type: "session.ended", tenant, owner, decision: "allow", reason: "ok", detail });
  }

  const signIn = createSignIn({
    tenant: TENANT,
    providers: new Map(
      Object.entries(identity.providers).map(([name, provider]) => [
        name,
        { provider: createSignInProvider(provider, { secrets, clock, log }), rules: provider },
      ]),
    ),
    directory,
    artifacts,
    clock,
    random,
    log,
    sessions,
    keys: state.keys,
    sessionMs: identity.sessionMs,
    record,
    endAccess,
    removed: endAccess,
  });

  const servers = Object.keys(config.servers);
  const authorization =
    identity.issuer === undefined
      ? closing(
          createAuthorizationServer({
            artifacts,
            people: directory,
            settings: {
              ...identity,
              clients: Object.values(identity.clients).map(({ secret, keys, ...client }) => ({
                ...client,
                ...(secret === undefined ? {} : { secret: () => secrets.resolve(secret) }),
                // Public keys: anybody may read them.
                ...(keys === undefined
                  ? {}
                  : { keys: () => readFileSync(resolve(folder, keys.slice("file:".length)), "utf8") }),
              })),
              assertions: identity.assertions.map((issuer) => ({
                ...issuer,
                source: Object.values(identity.providers).find((one) => one.issuer === issuer.issuer)?.name ?? "issuer",
              })),
            },
            tenant: TENANT,
            environment: config.environment,
            master,
            clock,
            log,
            base,
            servers: () => servers,
            mayTouch,
            grantId,
            browserSession: (req) => sessions.of(readCookieOf(req, "cardea", base().startsWith("https:"))),
            renew: (account) => signIn.renew(account),
            allowsOrigin: (origin) => config.listen.origins.includes(origin),
            errorPage: ({ message }) =>
              String(
                page(
                  "This did not work",
                  html`<h1>This did not work</h1>
<p class="lead">${message}</p>`,
                ),
              ),
            record,
          }),
        )
      : undefined;

  const isResource = (audience: string): boolean =>
    audience === `${base()}/mcp` || servers.some((server) => audience === `${base()}/mcp/${server}`);
  const tokens = createTokens({
    ...(authorization === undefined ? {} : { find: (token) => authorization.find(token) }),
    ...(identity.issuer === undefined
      ? {}
      : {
          external: createExternalTokens({
            issuer: closing(createExternalIssuer(identity.issuer, { clock, log })),
            directory,
            clock,
            log,
            tenant: TENANT,
            environment: config.environment,
            roles: identity.issuer.roles,
            isResource,
            record,
          }),
        }),
    directory,
    clock,
    environment: config.environment,
    resourceOf: (endpoint) => (endpoint === undefined ? `${base()}/mcp` : `${base()}/mcp/${endpoint}`),
    subjectOf,
    secondFactor: identity.secondFactor,
  });

  let removals: number | undefined = await artifacts.version();
  return {
    artifacts,
    directory,
    sessions,
    local,
    administrators,
    subjectOf,
    first,
    signIn,
    authorization,
    tokens,
    record,
    endAccess,
    principalOf,
    mayTouch,
    /** Identifier of the authorization server whose tokens count. */
    issuer: (): string => identity.issuer?.issuer ?? base(),
    /**
     * Follows what any process changed; to be called every 200 ms or so.
     * @returns grants that count for nothing any more, and owners whose account ended
     */
    async poll() {
      // A lost store has no version: what is remembered of tokens is then looked up again, and refused.
      const version = await artifacts.version().catch(() => undefined);
      if (version === undefined || version !== removals) tokens.forget();
      removals = version;
      return directory.poll();
    },
  };
}
