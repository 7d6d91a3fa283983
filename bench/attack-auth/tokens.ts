/** Attacks on renewal, on other clients' tokens, and with what is over. */
import { call } from "../../test/gateway/raw-client.ts";
import {
  adas,
  clients,
  codeFor,
  pkce,
  redeem,
  refusedCall,
  renew,
  signIn,
  token,
  tokensFor,
  type Tokens,
} from "./flow.ts";
import { type Attack, bcp, denied, rfc9700, said } from "./table.ts";
import { csrfOf } from "./visitor.ts";
import type { World } from "./world.ts";

/** A little longer than honest parallel requests have, milliseconds. */
const GRACE_MS = 10_500;

const RENEWAL: readonly Attack[] = [
  {
    id: "refresh.parallel",
    source: rfc9700("4.14.2"),
    attack: "A refresh token is used fifty times at once",
    run: async (world) => {
      const { refresh_token: refresh } = await adas(world);
      const all = await Promise.all(Array.from({ length: 50 }, () => renew(world, clients.web, refresh)));
      const successors = new Set(all.flatMap((one) => one.refresh_token ?? []));
      return {
        refused: successors.size <= 1,
        answer: `${all.filter((one) => one.access_token).length} answers of 50 with ${successors.size} successor in all`,
      };
    },
  },
  {
    id: "refresh.reuse",
    source: rfc9700("4.14.2"),
    attack:
      "A refresh token is used again after its successor was, and the grace for parallel requests: the family must end",
    run: async (world) => {
      const first = await adas(world);
      const second = await renew(world, clients.web, first.refresh_token);
      const third = await renew(world, clients.web, second.refresh_token ?? "");
      await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      const again = await renew(world, clients.web, first.refresh_token);
      const works = await call(world.gateway.endpoint, third.access_token ?? "", "files__echo");
      const renewal = await renew(world, clients.web, third.refresh_token ?? "");
      return {
        refused: again.access_token === undefined && works.status === 401 && renewal.access_token === undefined,
        answer: `${said(again)}; the newest token: ${works.status}; its refresh token: ${said(renewal)}`,
        record: denied("token.reuse"),
      };
    },
  },
  {
    id: "refresh.other-client",
    source: rfc9700("4.14.2"),
    attack: "Another client renews with a stolen refresh token",
    run: async (world) => {
      const { refresh_token: refresh } = await adas(world);
      const got = await renew(world, clients.desk, refresh);
      return {
        refused: got.access_token === undefined,
        answer: said(got),
        record: denied("token.refused", "token.reuse"),
      };
    },
  },
  {
    id: "refresh.wider",
    source: bcp("scope minimization"),
    attack: "A renewal asks for more scopes than were allowed",
    run: async (world) => {
      const { refresh_token: refresh } = await adas(world);
      const got = await renew(world, clients.web, refresh, { scope: "files:read files:write notes:write" });
      return {
        refused: got.access_token === undefined || !(got.scope ?? "").includes("write"),
        answer: `${said(got)} ${got.scope ?? ""}`,
        ...(got.access_token === undefined && { record: denied("token.refused") }),
      };
    },
  },
  {
    id: "refresh.other-resource",
    source: rfc9700("2.3"),
    attack: "A renewal asks for a token of another server than was allowed",
    run: async (world) => {
      const { refresh_token: refresh } = await adas(world, { resource: `${world.base}/mcp/files` });
      const got = await renew(world, clients.web, refresh, { resource: `${world.base}/mcp/notes` });
      const works = await call(`${world.gateway.endpoint}/notes`, got.access_token ?? "none", "echo");
      return {
        refused: works.status === 401,
        answer: `${said(got)}; a call: ${works.status}`,
        record: (record) => record.decision === "deny",
      };
    },
  },
];

const asked = (
  world: World,
  client: typeof clients.web,
  path: string,
  what: string,
): Promise<Tokens & { active?: boolean }> => token(world, client, { token: what }, path);

const OTHERS: readonly Attack[] = [
  {
    id: "introspection.other",
    source: rfc9700("4.2"),
    attack: "A client asks what another client's token is (RFC 7662)",
    run: async (world) => {
      const got = await asked(world, clients.desk, "/oauth/introspect", (await adas(world)).access_token);
      return { refused: got.active !== true, answer: `${got.status} active: ${got.active ?? "not said"}` };
    },
  },
  {
    id: "introspection.public",
    source: rfc9700("4.2"),
    attack: "Somebody without a secret asks what a token is",
    run: async (world) => {
      const got = await asked(world, clients.web, "/oauth/introspect", (await adas(world)).access_token);
      return { refused: got.active !== true, answer: `${got.status} active: ${got.active ?? "not said"}` };
    },
  },
  {
    id: "revocation.other",
    source: rfc9700("2.2"),
    attack: "A client ends another client's token (RFC 7009)",
    run: async (world) => {
      const { access_token: bearer, refresh_token: refresh } = await adas(world);
      const got = await asked(world, clients.desk, "/oauth/revoke", bearer);
      await asked(world, clients.desk, "/oauth/revoke", refresh);
      const works = await call(world.gateway.endpoint, bearer, "files__echo", { word: "still" });
      const renewal = await renew(world, clients.web, refresh);
      return {
        refused: works.status === 200 && renewal.access_token !== undefined,
        answer: `${got.status}; the token still works: ${works.status}, and is renewed: ${said(renewal)}`,
      };
    },
  },
  {
    id: "revocation.own",
    source: rfc9700("2.2"),
    attack: "A token is used after its client ended it",
    run: async (world) => {
      const { access_token: bearer } = await adas(world);
      await asked(world, clients.web, "/oauth/revoke", bearer);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return refusedCall(world.gateway.endpoint, bearer);
    },
  },
  {
    id: "client.no-secret",
    source: rfc9700("2.5"),
    attack: "A confidential client's secret is guessed ten times",
    run: async (world) => {
      const guesses = Array.from({ length: 10 }, (_, at) =>
        token(world, { ...clients.desk, secret: `guess ${at}` }, { grant_type: "client_credentials" }),
      );
      const all = await Promise.all(guesses);
      return {
        refused: all.every((one) => one.access_token === undefined),
        answer: [...new Set(all.map(said))].join(", "),
        record: denied("token.refused"),
      };
    },
  },
  {
    id: "client.for-itself",
    source: bcp("scope minimization"),
    attack: "A client that acts for people takes a token for itself (client credentials)",
    run: async (world) => {
      const got = await token(world, clients.desk, { grant_type: "client_credentials", resource: `${world.base}/mcp` });
      return { refused: got.access_token === undefined, answer: said(got), record: denied("token.refused") };
    },
  },
  {
    id: "client.password-grant",
    source: rfc9700("2.4"),
    attack: "The password grant",
    run: async (world) => {
      const got = await token(world, clients.desk, {
        grant_type: "password",
        username: "ada@example.com",
        password: "x",
      });
      return { refused: got.access_token === undefined, answer: said(got), record: denied("token.refused") };
    },
  },
];

const ENDED: readonly Attack[] = [
  {
    id: "ended.person",
    source: rfc9700("4.14"),
    attack: "Everything of a person who was offboarded: token, refresh token, code, key, cookie",
    run: async (world) => {
      const { visitor } = await signIn(world, "leaver");
      const tokens = await tokensFor(world, visitor, clients.web);
      const proof = pkce();
      const code = await codeFor(world, visitor, clients.web, proof);
      const { key } = await world.gateway.key("engineer", "person:leaver@example.com");
      const ended = await world.gateway.grant("offboard", "leaver@example.com", "--yes", "--json");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const works = [
        (await call(world.gateway.endpoint, tokens.access_token, "files__echo")).status === 200,
        (await call(world.gateway.endpoint, key, "files__echo")).status === 200,
        (await renew(world, clients.web, tokens.refresh_token)).access_token !== undefined,
        (await redeem(world, clients.web, code, proof)).access_token !== undefined,
        (await visitor.get(`${world.base}/me`)).status === 200,
        (await signIn(world, "leaver").catch(() => undefined))?.arrived.text.includes("leaver@") === true,
      ];
      return {
        refused: ended.code === 0 && works.every((one) => !one),
        answer: `offboard ended with ${ended.code} ${ended.stderr.slice(0, 100)}; token, key, refresh, code, cookie, new sign-in work: ${works.join(" ")}`,
        record: (record) => record.type === "account.ended",
      };
    },
  },
  {
    id: "ended.forms",
    source: bcp("confused deputy"),
    attack: "A consent form that was open when its person signed out is sent afterwards",
    run: async (world) => {
      const { visitor } = await signIn(world, "bob");
      const me = await visitor.get(`${world.base}/me`);
      const csrf = csrfOf(me.text);
      await visitor.post(`${world.base}/sign-out`, { csrf });
      const sent = await visitor.post(`${world.base}/me/sign-out-everywhere`, { csrf });
      return { refused: sent.status >= 300, answer: `${sent.status} to ${sent.next?.pathname ?? "nowhere"}` };
    },
  },
];

export const tokens: readonly Attack[] = [...RENEWAL, ...OTHERS, ...ENDED];
