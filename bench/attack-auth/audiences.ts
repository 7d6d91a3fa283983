/** Attacks with tokens that are for somebody else, for something else, or in another place than the header. */
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { call, modern } from "../../test/gateway/raw-client.ts";
import { adas, clients, codeFor, pkce, renew, refusedCall, signIn, throughProvider } from "./flow.ts";
import { type Attack, type Attempt, atTheDoor, bcp, denied, rfc9700, said } from "./table.ts";
import { Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

/** The provider's own tokens, which are the upstream's or somebody else's from here. */
async function ofTheProvider(world: World): Promise<Record<string, string>> {
  const callback = `${world.base}/sign-in/callback/corp`;
  const visitor = new Visitor();
  const proof = pkce();
  const { provider } = world;
  const question = new URLSearchParams({
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: callback,
    scope: "openid profile email groups",
    nonce: "n",
    state: "s",
    code_challenge: proof.challenge,
    code_challenge_method: "S256",
  });
  const back = await throughProvider(world, visitor, "ada", new URL(`${provider.issuer}/auth?${question}`));
  const { body } = await request(`${provider.issuer}/token`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: back.searchParams.get("code") ?? "",
      redirect_uri: callback,
      code_verifier: proof.verifier,
    }).toString(),
  });
  return (await body.json()) as Record<string, string>;
}

const AUDIENCE: readonly Attack[] = [
  {
    id: "audience.other-server",
    source: bcp("token passthrough"),
    attack: "A token for one server's endpoint is used at another's",
    run: async (world) => {
      const { access_token: bearer } = await adas(world, { resource: `${world.base}/mcp/files` });
      return refusedCall(`${world.gateway.endpoint}/notes`, bearer, "echo");
    },
  },
  {
    id: "audience.aggregate",
    source: bcp("token passthrough"),
    attack: "A token for one server's endpoint is used at the endpoint of all",
    run: async (world) => {
      const { access_token: bearer } = await adas(world, { resource: `${world.base}/mcp/files` });
      return refusedCall(world.gateway.endpoint, bearer);
    },
  },
  {
    id: "audience.other-gateway",
    source: bcp("token passthrough"),
    attack: "A token of one gateway is used at another",
    run: async (world) => {
      const { access_token: bearer } = await adas(world);
      const { headers, body } = modern(bearer, "tools/call", { name: "files__echo", arguments: {} });
      const answer = await request(`${world.outerBase}/mcp`, {
        method: "POST",
        dispatcher: world.outside,
        headers,
        body,
      });
      await answer.body.dump();
      return { refused: answer.statusCode === 401, answer: `${answer.statusCode}`, record: atTheDoor };
    },
  },
  {
    id: "passthrough.access-token",
    source: bcp("token passthrough"),
    attack: "An access token of the identity provider is used here",
    run: async (world) => refusedCall(world.gateway.endpoint, (await ofTheProvider(world))["access_token"] ?? ""),
  },
  {
    id: "passthrough.id-token",
    source: rfc9700("2.3"),
    attack: "An ID token of the identity provider is used as an access token",
    run: async (world) => refusedCall(world.gateway.endpoint, (await ofTheProvider(world))["id_token"] ?? ""),
  },
  {
    id: "passthrough.upstream",
    source: bcp("token passthrough"),
    attack: "The server behind the gateway waits for the client's token",
    run: async (world) => {
      const { access_token: bearer } = await adas(world);
      world.upstreamSaw.length = 0;
      const { status } = await call(world.gateway.endpoint, bearer, "files__echo", { word: "hello" });
      const leaked = JSON.stringify(world.upstreamSaw).includes(bearer.slice(0, 12));
      return {
        refused: status === 200 && world.upstreamSaw.length > 0 && !leaked,
        answer: `the call: ${status}; the token in ${leaked ? "some" : "none"} of ${world.upstreamSaw.length} requests`,
      };
    },
  },
];

const SUBSTITUTION: readonly Attack[] = [
  {
    id: "substitution.refresh",
    source: rfc9700("2.3"),
    attack: "A refresh token is used as an access token",
    run: async (world) => refusedCall(world.gateway.endpoint, (await adas(world)).refresh_token),
  },
  {
    id: "substitution.code",
    source: rfc9700("2.3"),
    attack: "A code is used as an access token",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      return refusedCall(world.gateway.endpoint, await codeFor(world, visitor, clients.web, pkce()));
    },
  },
  {
    id: "substitution.access-as-refresh",
    source: rfc9700("2.3"),
    attack: "An access token is used for a renewal",
    run: async (world) => {
      const got = await renew(world, clients.web, (await adas(world)).access_token);
      return { refused: got.access_token === undefined, answer: said(got), record: denied("token.refused") };
    },
  },
  {
    id: "substitution.cookie",
    source: bcp("state handle hijacking"),
    attack: "The cookie of a browser session is used as an access token",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      return refusedCall(world.gateway.endpoint, visitor.cookie(world.base, "cardea") ?? "");
    },
  },
  {
    id: "substitution.token-as-cookie",
    source: rfc9700("2.3"),
    attack: "An access token opens the page of one's own as a cookie",
    run: async (world) => {
      const { access_token: bearer } = await adas(world);
      const visitor = new Visitor();
      visitor.plant(world.base, "cardea", bearer);
      const page = await visitor.get(`${world.base}/me`, { authorization: `Bearer ${bearer}` });
      return {
        refused: page.status >= 300 && !page.text.includes("ada@"),
        answer: `${page.status} to ${page.next?.pathname ?? "nowhere"}`,
      };
    },
  },
  {
    id: "token.guessed",
    source: bcp("state handle hijacking"),
    attack: "A hundred guessed tokens",
    run: async (world) => {
      const guesses = Array.from({ length: 100 }, () =>
        call(world.gateway.endpoint, randomBytes(32).toString("base64url"), "files__echo"),
      );
      const statuses = new Set((await Promise.all(guesses)).map(({ status }) => status));
      return {
        refused: [...statuses].every((status) => status === 401 || status === 429),
        answer: [...statuses].join(", "),
        record: atTheDoor,
      };
    },
  },
  {
    id: "token.truncated",
    source: bcp("state handle hijacking"),
    attack: "A token with one letter changed, cut, or with another letter's case",
    run: async (world) => {
      const { access_token: bearer } = await adas(world);
      const last = bearer.endsWith("A") ? "B" : "A";
      const tries = [`${bearer.slice(0, -1)}${last}`, bearer.slice(0, -1), `${bearer}x`, bearer.toUpperCase()];
      const statuses = await Promise.all(
        tries.map(async (one) => (await call(world.gateway.endpoint, one, "files__echo")).status),
      );
      return { refused: statuses.every((status) => status === 401), answer: statuses.join(", "), record: atTheDoor };
    },
  },
];

/** A call whose token is somewhere else than in the header. */
const placed =
  (how: (bearer: string, world: World) => { path?: string; headers?: Record<string, string>; body?: string }) =>
  async (world: World): Promise<Attempt> => {
    const { access_token: bearer } = await adas(world);
    const plain = modern("", "tools/call", { name: "files__echo", arguments: {} });
    const { authorization: _, ...headers } = plain.headers;
    const { path = "", headers: more = {}, body = plain.body } = how(bearer, world);
    const answer = await request(`${world.gateway.endpoint}${path}`, {
      method: "POST",
      headers: { ...headers, ...more },
      body,
    });
    await answer.body.dump();
    const refused = answer.statusCode === 401 || answer.statusCode === 400;
    return { refused, answer: `${answer.statusCode}`, record: atTheDoor };
  };

const PLACES: readonly Attack[] = [
  {
    id: "place.query",
    source: rfc9700("4.3.2"),
    attack: "An access token in the query",
    run: placed((bearer) => ({ path: `?access_token=${bearer}` })),
  },
  {
    id: "place.query-key",
    source: rfc9700("4.3.2"),
    attack: "An API key in the query",
    run: async (world) => {
      const { key } = await world.gateway.key("engineer");
      return placed(() => ({ path: `?api_key=${key}` }))(world);
    },
  },
  {
    id: "place.body",
    source: rfc9700("2.1"),
    attack: "An access token in a form body",
    run: placed((bearer) => ({
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ access_token: bearer }).toString(),
    })),
  },
  {
    id: "place.cookie",
    source: bcp("state handle hijacking"),
    attack: "An access token in a cookie",
    run: placed((bearer) => ({ headers: { cookie: `access_token=${bearer}; cardea=${bearer}` } })),
  },
  {
    id: "place.browser-session",
    source: bcp("state handle hijacking"),
    attack: "A call with a browser's session alone, as a page of another site would send it",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const cookie = `cardea=${visitor.cookie(world.base, "cardea")}`;
      return placed(() => ({ headers: { cookie } }))(world);
    },
  },
  {
    id: "place.twice",
    source: rfc9700("4.3"),
    attack: "Two credentials at once: a token in the header and another in the query",
    run: placed((bearer) => ({ path: `?access_token=${bearer}`, headers: { authorization: `Bearer ${bearer}` } })),
  },
];

export const audiences: readonly Attack[] = [...AUDIENCE, ...SUBSTITUTION, ...PLACES];
