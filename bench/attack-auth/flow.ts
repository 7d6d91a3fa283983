/** The way to a token, step by step, so that each step can be attacked. */
import { createHash, randomBytes } from "node:crypto";
import { request } from "undici";
import { call } from "../../test/gateway/raw-client.ts";
import { type Attempt, atTheDoor } from "./table.ts";
import { type Answer, csrfOf, ownAddress, Visitor } from "./visitor.ts";
import { DESK, PASSWORD, WEB, type World } from "./world.ts";

/** What the token endpoint answers. */
export interface Tokens {
  readonly status: number;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly scope?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** A client of the flow. */
export interface Client {
  readonly id: string;
  readonly redirect: string;
  readonly secret?: string;
}

/** What a sign-in needs: the gateway and its identity provider. */
export type Site = Pick<World, "base" | "provider">;

export const clients: { readonly web: Client; readonly desk: Client } = { web: WEB, desk: DESK };

/** Signs somebody in through the identity provider; they arrive at `to`. */
export async function signIn(
  world: Site,
  name: string,
  { visitor = new Visitor(), to = "/me", provider = "corp" } = {},
): Promise<{ visitor: Visitor; arrived: Answer }> {
  const { base } = world;
  const form = await visitor.get(`${base}/sign-in?${new URLSearchParams({ to })}`);
  const sent = await visitor.post(`${base}/sign-in/with/${provider}`, { csrf: csrfOf(form.text), to });
  const back = await throughProvider(world, visitor, name, sent.next);
  return { visitor, arrived: await visitor.follow(await visitor.get(back), base) };
}

/** What the provider's own page does: password, consent, and back. The address that the browser is sent back to. */
export async function throughProvider(world: Site, visitor: Visitor, name: string, to: URL | undefined): Promise<URL> {
  if (to === undefined) throw new Error("The sign-in did not lead to the provider");
  const origin = new URL(world.provider.issuer).origin;
  const json = { "content-type": "application/json" };
  await visitor.send("POST", `${origin}/api/auth/`, json, JSON.stringify({ username: name, password: PASSWORD }));
  const scope = to.searchParams.get("scope") ?? "openid";
  await visitor.send("PUT", `${origin}/api/auth/grant/${world.provider.clientId}`, json, JSON.stringify({ scope }));
  // It comes from its own page, which says that there is nothing more to ask.
  const answer = await visitor.get(`${to}&g_continue`);
  if (answer.next === undefined)
    throw new Error(`The provider answered ${answer.status}: ${answer.text.slice(0, 200)}`);
  return answer.next;
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** The authorization request of a client; undefined takes a parameter away. */
export function authorizeUrl(
  { base }: Pick<World, "base">,
  client: Client,
  { challenge }: Pkce,
  more: Record<string, string | undefined> = {},
): string {
  const all: Record<string, string | undefined> = {
    response_type: "code",
    client_id: client.id,
    redirect_uri: client.redirect,
    scope: "files:read",
    state: "a state",
    resource: `${base}/mcp`,
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...more,
  };
  const said = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `${base}/oauth/authorize?${new URLSearchParams(said)}`;
}

/** Goes to the consent page, or to whatever comes instead. */
export async function ask(world: Site, visitor: Visitor, url: string): Promise<Answer> {
  return visitor.follow(await visitor.get(url), world.base);
}

/** Presses a button of a consent page. The answer whose `next` is the client's redirect address. */
export async function answer(
  world: Site,
  visitor: Visitor,
  page: Answer,
  decision: "allow" | "deny",
  scopes: readonly string[] = ["files:read"],
): Promise<Answer> {
  const span = /<option value="(\d+)"/.exec(page.text)?.[1] ?? "";
  const ticked = scopes.map((one): [string, string] => ["scope", one]);
  const fields: [string, string][] = [["csrf", csrfOf(page.text)], ["decision", decision], ["span", span], ...ticked];
  return visitor.follow(await visitor.post(page.url, fields), world.base);
}

/** A code for a client, with the person's consent where it is asked. */
export async function codeFor(
  world: Site,
  visitor: Visitor,
  client: Client,
  proof: Pkce,
  { scopes = ["files:read"], ...more }: { scopes?: readonly string[]; resource?: string; redirect_uri?: string } = {},
): Promise<string> {
  const page = await ask(world, visitor, authorizeUrl(world, client, proof, { scope: scopes.join(" "), ...more }));
  const left = page.next === undefined ? await answer(world, visitor, page, "allow", scopes) : page;
  const code = left.next?.searchParams.get("code");
  if (code === null || code === undefined)
    throw new Error(
      `No code came: ${left.status} ${left.next?.search ?? left.text.replace(/<[^>]*>/g, " ").slice(0, 300)}`,
    );
  return code;
}

/** Asks the token endpoint, or another endpoint of the authorization server; each time from another address. */
export async function token(
  { base }: Pick<World, "base">,
  client: Client | undefined,
  form: Record<string, string>,
  path = "/oauth/token",
): Promise<Tokens> {
  const { statusCode, body } = await request(`${base}${path}`, {
    method: "POST",
    headers: {
      ...ownAddress(),
      "content-type": "application/x-www-form-urlencoded",
      ...(client?.secret === undefined
        ? {}
        : {
            authorization: `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString("base64")}`,
          }),
    },
    body: new URLSearchParams({
      ...(client !== undefined && client.secret === undefined ? { client_id: client.id } : {}),
      ...form,
    }).toString(),
  });
  const text = await body.text();
  return { status: statusCode, ...(text.startsWith("{") ? (JSON.parse(text) as object) : {}) };
}

export const redeem = (world: Pick<World, "base">, client: Client, code: string, { verifier }: Pkce): Promise<Tokens> =>
  token(world, client, {
    grant_type: "authorization_code",
    code,
    redirect_uri: client.redirect,
    code_verifier: verifier,
  });

export const renew = (
  world: Pick<World, "base">,
  client: Client,
  refresh: string,
  more: Record<string, string> = {},
): Promise<Tokens> => token(world, client, { grant_type: "refresh_token", refresh_token: refresh, ...more });

/** All of it: tokens of a person for a client. */
export async function tokensFor(
  world: Site,
  visitor: Visitor,
  client: Client,
  options: { scopes?: readonly string[]; resource?: string } = {},
): Promise<Required<Pick<Tokens, "access_token" | "refresh_token">> & Tokens> {
  const proof = pkce();
  const tokens = await redeem(world, client, await codeFor(world, visitor, client, proof, options), proof);
  if (tokens.access_token === undefined || tokens.refresh_token === undefined)
    throw new Error(`No tokens came: ${tokens.status} ${tokens.error} ${tokens.error_description}`);
  return tokens as Required<Pick<Tokens, "access_token" | "refresh_token">> & Tokens;
}

/** Ada's tokens for the web client. */
export async function adas(world: World, options: { scopes?: readonly string[]; resource?: string } = {}) {
  const { visitor } = await signIn(world, "ada");
  return tokensFor(world, visitor, clients.web, options);
}

/** A call with something that is no token for this endpoint. */
export async function refusedCall(endpoint: string, bearer: string, tool = "files__echo"): Promise<Attempt> {
  const { status } = await call(endpoint, bearer, tool);
  return { refused: status === 401, answer: `${status}`, record: atTheDoor };
}
