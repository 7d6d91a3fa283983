/** Attacks on the authorization request and on codes. */
import { call } from "../../test/gateway/raw-client.ts";
import {
  ask,
  authorizeUrl,
  type Client,
  clients,
  codeFor,
  type Pkce,
  pkce,
  redeem,
  renew,
  signIn,
  token,
  type Tokens,
} from "./flow.ts";
import { type Attack, type Attempt, bcp, denied, rfc9700, shown } from "./table.ts";
import type { World } from "./world.ts";

const said = ({ status, error, error_description: why }: Tokens): string =>
  `${status} ${error ?? "tokens"}${why ? `: ${why}` : ""}`;

/** A token request that must not give anything. */
async function noTokens(answer: Promise<Tokens>): Promise<Attempt> {
  const got = await answer;
  return { refused: got.access_token === undefined, answer: said(got), record: denied("token.refused", "token.reuse") };
}

/** Begins with a code of Ada's for the web client. */
const withCode =
  (run: (world: World, code: string, proof: Pkce) => Promise<Attempt>) =>
  async (world: World): Promise<Attempt> => {
    const { visitor } = await signIn(world, "ada");
    const proof = pkce();
    return run(world, await codeFor(world, visitor, clients.web, proof), proof);
  };

/** An authorization request that must not give a code, asked by somebody who is signed in. */
const noCode =
  (more: Record<string, string | undefined>, client: Client = clients.web) =>
  async (world: World): Promise<Attempt> => {
    const { visitor } = await signIn(world, "ada");
    const page = await ask(world, visitor, authorizeUrl(world, client, pkce(), more));
    const consent = page.url.pathname.startsWith("/interaction/");
    const code =
      page.next?.searchParams.get("code") ?? new URLSearchParams(page.next?.hash.slice(1)).get("access_token");
    return { refused: !consent && !code, answer: shown(page), record: denied("authorization.refused") };
  };

/** A redirect address that nobody registered: there must be a page, and no way to it. */
const badRedirect =
  (redirect: string, client: Client = clients.web) =>
  async (world: World): Promise<Attempt> => {
    const { visitor } = await signIn(world, "ada");
    const page = await ask(world, visitor, authorizeUrl(world, client, pkce(), { redirect_uri: redirect }));
    const led =
      page.next !== undefined ||
      page.url.pathname.startsWith("/interaction/") ||
      page.text.includes(`href="${redirect}"`);
    return { refused: !led && page.status === 400, answer: shown(page), record: denied("authorization.refused") };
  };

const REDIRECTS: readonly (readonly [id: string, what: string, uri: string])[] = [
  ["host", "another host", "https://attacker.example/callback"],
  ["path", "another path", "https://app.example.com/callback/more"],
  ["dots", "a path with ..", "https://app.example.com/callback/../open"],
  ["query", "a query added", "https://app.example.com/callback?next=https://attacker.example"],
  ["subdomain", "a subdomain", "https://x.app.example.com/callback"],
  ["suffix", "a host that begins alike", "https://app.example.com.attacker.example/callback"],
  ["port", "another port off loopback", "https://app.example.com:8443/callback"],
  ["userinfo", "a user name before the host", "https://app.example.com@attacker.example/callback"],
  ["fragment", "a fragment", "https://app.example.com/callback#x"],
  ["encoded", "an encoded slash", "https://app.example.com%2f@attacker.example/callback"],
  ["case", "a path in other case", "https://app.example.com/CALLBACK"],
  ["scheme", "plain http", "http://app.example.com/callback"],
  ["javascript", "javascript:", "javascript:alert(1)//app.example.com/callback"],
  ["data", "data:", "data:text/html,<script>alert(1)</script>"],
  ["backslash", "a backslash", "https://app.example.com\\@attacker.example/callback"],
];

export const codes: readonly Attack[] = [
  {
    id: "code.replay",
    source: rfc9700("2.1.1, 4.5"),
    attack: "A code is used twice; what the first use gave must end, too",
    run: withCode(async (world, code, proof) => {
      const first = await redeem(world, clients.web, code, proof);
      const second = await redeem(world, clients.web, code, proof);
      const works = await call(world.gateway.endpoint, first.access_token ?? "", "files__echo");
      const renewal = await renew(world, clients.web, first.refresh_token ?? "");
      return {
        refused: second.access_token === undefined && works.status === 401 && renewal.access_token === undefined,
        answer: `${said(second)}; the token of the first use: ${works.status}; its refresh token: ${renewal.error ?? "works"}`,
        record: denied("token.reuse"),
      };
    }),
  },
  {
    id: "code.parallel",
    source: rfc9700("4.5"),
    attack: "A code is used twenty times at once",
    run: withCode(async (world, code, proof) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => redeem(world, clients.web, code, proof)));
      const given = all.filter((one) => one.access_token !== undefined);
      return {
        refused: given.length <= 1,
        answer: `${given.length} of 20 gave tokens`,
        record: denied("token.reuse", "token.refused"),
      };
    }),
  },
  {
    id: "code.other-client",
    source: rfc9700("4.5"),
    attack: "Another client redeems a stolen code",
    run: withCode((world, code, proof) =>
      noTokens(redeem(world, { ...clients.desk, redirect: clients.web.redirect }, code, proof)),
    ),
  },
  {
    id: "code.other-redirect",
    source: rfc9700("4.1.3"),
    attack: "A code is redeemed with another redirect address",
    run: withCode((world, code, proof) =>
      noTokens(redeem(world, { ...clients.web, redirect: "https://attacker.example/" }, code, proof)),
    ),
  },
  {
    id: "code.without-secret",
    source: rfc9700("2.5"),
    attack: "A confidential client's code is redeemed without its secret",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const proof = pkce();
      const code = await codeFor(world, visitor, clients.desk, proof);
      const { secret: _, ...open } = clients.desk;
      return noTokens(redeem(world, open, code, proof));
    },
  },
  {
    id: "pkce.wrong",
    source: rfc9700("2.1.1"),
    attack: "A code is redeemed with the wrong verifier",
    run: withCode((world, code) => noTokens(redeem(world, clients.web, code, pkce()))),
  },
  {
    id: "pkce.no-verifier",
    source: rfc9700("4.8"),
    attack: "A code is redeemed without a verifier (downgrade)",
    run: withCode((world, code) => {
      const form = { grant_type: "authorization_code", code, redirect_uri: clients.web.redirect };
      return noTokens(token(world, clients.web, form));
    }),
  },
  {
    id: "pkce.missing",
    source: rfc9700("2.1.1"),
    attack: "An authorization request without PKCE",
    run: noCode({ code_challenge: undefined, code_challenge_method: undefined }),
  },
  {
    id: "pkce.plain",
    source: rfc9700("2.1.1"),
    attack: "PKCE with the method plain",
    run: noCode({ code_challenge_method: "plain" }),
  },
  {
    id: "pkce.implied-plain",
    source: rfc9700("2.1.1"),
    attack: "PKCE without a method, which means plain",
    run: noCode({ code_challenge_method: undefined }),
  },
  {
    id: "request.implicit",
    source: rfc9700("2.1.2"),
    attack: "The implicit grant: a token in the address",
    run: noCode({ response_type: "token" }),
  },
  {
    id: "request.hybrid",
    source: rfc9700("2.1.2"),
    attack: "A hybrid answer: code and token",
    run: noCode({ response_type: "code id_token token", nonce: "n" }),
  },
  {
    id: "request.fragment",
    source: rfc9700("4.1.3"),
    attack: "The code is asked for in the fragment",
    run: noCode({ response_mode: "fragment" }),
  },
  {
    id: "request.object",
    source: rfc9700("4.4"),
    attack: "Parameters by an unsigned request object",
    run: noCode({ request: "eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImZpbGVzOndyaXRlIn0." }),
  },
  {
    id: "request.uri",
    source: bcp("SSRF"),
    attack: "Parameters at an address that the server would fetch",
    run: noCode({ request_uri: "https://169.254.169.254/latest" }),
  },
  {
    id: "request.foreign-resource",
    source: bcp("token passthrough"),
    attack: "A token is asked for another gateway (RFC 8707)",
    run: noCode({ resource: "https://other.example.com/mcp" }),
  },
  {
    id: "request.unknown-resource",
    source: bcp("token passthrough"),
    attack: "A token is asked for the administration in place of MCP",
    run: async (world) => noCode({ resource: `${world.base}/api` })(world),
  },
  {
    id: "request.no-client",
    source: rfc9700("4.11.2"),
    attack: "An unknown client with an address of the attacker's (open redirector)",
    run: noCode({ client_id: "nobody", redirect_uri: "https://attacker.example/" }),
  },
  ...REDIRECTS.map(
    ([id, what, uri]): Attack => ({
      id: `redirect.${id}`,
      source: rfc9700("4.1.1"),
      attack: `A redirect address that is not registered: ${what}`,
      run: badRedirect(uri),
    }),
  ),
];
