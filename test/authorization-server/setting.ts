import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings, StaticClient } from "../../src/adapters/authorization-server/parts.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";
import { createAuthorizationServer } from "../../src/adapters/authorization-server/server.ts";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { systemRandom } from "../../src/adapters/system/world.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { createBrowserSessions } from "../../src/domain/identity/browser-sessions.ts";
import { createDirectory, grantId } from "../../src/domain/identity/directory.ts";
import { type ConsentEvent, consentRoutes } from "../../src/doors/web/consent.ts";
import { createWebDoor } from "../../src/doors/web/door.ts";
import type { Account } from "../../src/ports/directory.ts";
import { Browser } from "./browser.ts";

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const SERVERS = ["files", "crm", "vault"];

export interface Options {
  readonly clients?: readonly StaticClient[];
  readonly settings?: Partial<Settings>;
  readonly secondFactorMs?: number;
  /** What clients see, where it is not the address that is listened on. */
  readonly base?: string;
  renew?(account: Account): Promise<boolean>;
  /** Called before each event is recorded. */
  recording?(event: LifecycleEvent | ConsentEvent): void;
}

/**
 * A real server on a free port: this adapter, the store in a folder of its own, the directory, sessions of browsers and
 * the pages of consent. Ada may touch `files` and `crm`, nobody `vault`.
 */
export async function stage(options: Options = {}) {
  const home = mkdtempSync(join(tmpdir(), "cardea-oauth-"));
  const ahead = { ms: 0 };
  const clock = { now: () => Date.now() + ahead.ms, monotonic: () => performance.now() };
  const master = openMasterKey(home);
  const artifacts = openArtifacts(join(home, "cardea.db"), master, clock);
  const store = openDirectory(join(home, "cardea.db"));
  const people = await createDirectory(store, clock);
  const random = systemRandom();
  const events: (LifecycleEvent | ConsentEvent)[] = [];
  const logged: string[] = [];
  const log = {
    info() {},
    warn() {},
    error: (event: string, fields = {}) => void logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  const sessions = createBrowserSessions({ artifacts, accounts: people, clock, random, lifeMs: DAY });
  const record = async (event: LifecycleEvent | ConsentEvent) => {
    options.recording?.(event);
    events.push(event);
  };
  const mayTouch = (roles: readonly string[], server: string) =>
    server !== "vault" && (roles.includes("engineer") || (roles.includes("reader") && server === "files"));

  const server = createServer((req, res) => {
    if (authorization.serves(req.url ?? "")) void authorization.handle(req, res);
    else if (web.serves(req.url)) void web.handle(req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const base = options.base ?? address;
  const secure = base.startsWith("https:");
  const cookieOf = (header: string | undefined) =>
    new RegExp(`(?:^|; )${secure ? "__Host-" : ""}cardea=([^;]+)`).exec(header ?? "")?.[1];

  const authorization = createAuthorizationServer({
    artifacts,
    people,
    settings: {
      accessTokenMs: 10 * 60_000,
      refreshTokenMs: 30 * DAY,
      sessionMs: DAY,
      consentMs: 90 * DAY,
      clients: options.clients ?? [],
      assertions: [],
      ...options.settings,
      registration: { dynamic: true, metadata: [], unusedMs: 7 * DAY, private: [], ...options.settings?.registration },
    },
    tenant: "default",
    environment: "dev",
    master,
    clock,
    log,
    base: () => base,
    servers: () => SERVERS,
    mayTouch: (account, name) => mayTouch(account.roles, name),
    grantId,
    browserSession: (req) => sessions.of(cookieOf(req.headers.cookie)),
    ...(options.renew === undefined ? {} : { renew: options.renew }),
    allowsOrigin: (origin) => origin === "https://inspector.example.com",
    errorPage: ({ error, message }) => `<!doctype html><title>Error</title><h1>${error}</h1><p>${message}</p>`,
    record,
  });
  const web = createWebDoor(
    {
      base: () => base,
      guard: () => {},
      secure,
      sessions,
      refuse: async (_arrived, refusal) => ({ kind: "refusal", refusal }),
      clock,
      random,
      log,
    },
    [
      consentRoutes({
        authorization,
        base: () => base,
        servers: () => SERVERS,
        mayTouch: (tenant, owner, name) => mayTouch(people.account(tenant, owner)?.roles ?? [], name),
        toolsOf: (_tenant, _owner, name) => ({ read: [`read_${name}`], write: name === "files" ? ["write_file"] : [] }),
        secondFactorMs: () => options.secondFactorMs,
        consentMs: 90 * DAY,
        clock,
        record,
      }),
    ],
  );

  const save = (login: string, more: Partial<Account> = {}) =>
    people.save({
      tenant: "default",
      owner: `person:${login}`,
      source: "local",
      sub: login,
      roles: ["engineer"],
      createdAt: clock.now(),
      checkedAt: clock.now(),
      ...more,
    });
  await save("ada@example.com");

  return {
    base,
    address,
    /** The store. */
    file: join(home, "cardea.db"),
    clock,
    ahead,
    artifacts,
    people,
    sessions,
    authorization,
    events,
    logged,
    save,
    browser: () => new Browser(address, base),
    /** A browser in which somebody is signed in. */
    async signedIn(owner = "person:ada@example.com", more: { authAt?: number; secondFactorAt?: number } = {}) {
      const browser = new Browser(address, base);
      const { cookie } = await sessions.begin({ tenant: "default", owner, authAt: clock.now(), ...more });
      browser.cookies.set(`${secure ? "__Host-" : ""}cardea`, { value: cookie, path: "/" });
      return browser;
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await authorization.close();
      await artifacts.close();
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export type Stage = Awaited<ReturnType<typeof stage>>;

/** A pair for PKCE (RFC 7636, 4). */
export function pkce() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** A client that people know from somewhere, with an https redirect. */
export const WEB: StaticClient = {
  id: "web",
  name: "Reporting",
  redirects: ["https://app.example.com/callback"],
  assertions: false,
};

/** Asks the token endpoint (RFC 6749, 3.2). */
export async function token(
  stage: Stage,
  fields: Record<string, string | undefined>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${stage.address}/oauth/token`, { method: "POST", body: form(fields), headers });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

export function form(fields: Record<string, string | undefined>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export interface Flow {
  readonly client?: string;
  readonly redirect?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly more?: Record<string, string | undefined>;
  readonly tick?: readonly string[];
}

/** The address of an authorization request, and the verifier of its challenge. */
export function request(
  stage: Stage,
  { client = "web", redirect = WEB.redirects[0], scope, resource, more }: Flow = {},
) {
  const { verifier, challenge } = pkce();
  const query = form({
    response_type: "code",
    client_id: client,
    redirect_uri: redirect,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "st",
    scope,
    resource: resource ?? `${stage.base}/mcp`,
    ...more,
  });
  return { url: `${stage.base}/oauth/authorize?${query}`, verifier };
}

/** Goes through consent with a signed-in browser; answers the code and what belongs to it. */
export async function authorize(stage: Stage, browser: Browser, flow: Flow = {}) {
  const { url, verifier } = request(stage, flow);
  let page = await browser.open(url);
  if (page.form !== undefined) page = await browser.allow(page, flow.tick);
  const answer = page.left;
  if (answer === undefined) throw new Error(`The browser stayed here: ${page.status} ${page.text.slice(0, 400)}`);
  return {
    code: answer.searchParams.get("code") ?? "",
    verifier,
    answer,
    resource: flow.resource ?? `${stage.base}/mcp`,
  };
}

/** The whole way to tokens. */
export async function tokens(stage: Stage, browser: Browser, flow: Flow = {}) {
  const { code, verifier, resource } = await authorize(stage, browser, flow);
  return token(stage, {
    grant_type: "authorization_code",
    client_id: flow.client ?? "web",
    code,
    code_verifier: verifier,
    redirect_uri: flow.redirect ?? WEB.redirects[0],
    resource,
  });
}
