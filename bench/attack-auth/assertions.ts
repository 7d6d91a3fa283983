/** Attacks with forged client assertions and identity assertions. */
import { randomUUID } from "node:crypto";
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { request } from "undici";
import { clients, token, type Tokens } from "./flow.ts";
import { claims, confused, now, pemOf, unsigned } from "./issuer.ts";
import { type Attack, bcp, denied, rfc9700, said } from "./table.ts";
import { ownAddress } from "./visitor.ts";
import type { Forge, World } from "./world.ts";

const BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The robot asks for a token with this assertion. */
const asRobot = (world: World, assertion: string): Promise<Tokens> =>
  token(world, undefined, {
    grant_type: "client_credentials",
    client_id: "robot",
    resource: `${world.base}/mcp`,
    scope: "files:read",
    client_assertion_type: BEARER,
    client_assertion: assertion,
  });

const robots = ({ base }: World, more: JWTPayload = {}): JWTPayload =>
  claims({ iss: "robot", sub: "robot", aud: base, ...more });

const CLIENT: readonly (readonly [id: string, what: string, forge: Forge])[] = [
  ["none", "alg none", async (world) => unsigned(robots(world), { alg: "none" })],
  [
    "confusion",
    "alg HS256 with the public key as the secret",
    async (world) => confused(robots(world), await pemOf(world.issuer.robotKey), { kid: "robot" }),
  ],
  ["stranger", "a stranger's signature", (world) => world.issuer.signAsStranger(robots(world), { kid: "robot" })],
  [
    "audience",
    "another audience",
    (world) => world.issuer.signAsRobot(robots(world, { aud: "https://other.example.com" })),
  ],
  [
    "expired",
    "an end in the past",
    (world) => world.issuer.signAsRobot(robots(world, { iat: now() - 900, exp: now() - 600 })),
  ],
  ["subject", "another client as its subject", (world) => world.issuer.signAsRobot(robots(world, { sub: "desk" }))],
  [
    "no-id",
    "no id that could be remembered (jti)",
    (world) => world.issuer.signAsRobot(robots(world, { jti: undefined })),
  ],
];

const ROBOT: readonly Attack[] = [
  ...CLIENT.map(
    ([id, what, forge]): Attack => ({
      id: `client-assertion.${id}`,
      source: rfc9700("2.5"),
      attack: `A forged client assertion (private_key_jwt): ${what}`,
      run: async (world) => {
        const honest = await asRobot(world, await world.issuer.signAsRobot(robots(world)));
        const got = await asRobot(world, await forge(world));
        return {
          refused: got.access_token === undefined && honest.access_token !== undefined,
          answer: `${said(got)}; a right one: ${said(honest)}`,
          record: denied("token.refused"),
        };
      },
    }),
  ),
  {
    id: "client-assertion.replay",
    source: "RFC 7523, 3",
    attack: "A client assertion is used ten times at once, and later",
    run: async (world) => {
      const assertion = await world.issuer.signAsRobot(robots(world));
      const all = await Promise.all(Array.from({ length: 10 }, () => asRobot(world, assertion)));
      all.push(await asRobot(world, assertion));
      const given = all.filter((one) => one.access_token !== undefined).length;
      return {
        refused: given === 1,
        answer: `${given} of 11 gave a token`,
        record: denied("token.refused", "token.reuse"),
      };
    },
  },
];

/** The desk brings an identity assertion. */
const asDesk = (world: World, assertion: string, more: Record<string, string> = {}): Promise<Tokens> =>
  token(world, clients.desk, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion, ...more });

const asserted = ({ issuer, base }: World, more: JWTPayload = {}): JWTPayload =>
  claims({
    iss: issuer.url,
    sub: "carol",
    email: "carol@example.com",
    groups: ["engineers"],
    aud: base,
    client_id: "desk",
    resource: `${base}/mcp`,
    scope: "files:read",
    ...more,
  });
const JAG: Partial<JWTHeaderParameters> = { typ: "oauth-id-jag+jwt" };

const ID_JAG: readonly (readonly [id: string, what: string, forge: Forge])[] = [
  ["none", "alg none", async (world) => unsigned(asserted(world), { alg: "none", ...JAG })],
  [
    "confusion",
    "alg HS256 with the public key as the secret",
    async (world) => confused(asserted(world), await pemOf(world.issuer.publicKey), { kid: "one", ...JAG }),
  ],
  ["stranger", "a stranger's signature", (world) => world.issuer.signAsStranger(asserted(world), JAG)],
  ["type", "an ID token in its place", (world) => world.issuer.sign(asserted(world), { typ: "JWT" })],
  [
    "audience",
    "another authorization server's",
    (world) => world.issuer.sign(asserted(world, { aud: "https://other.example.com" }), JAG),
  ],
  ["client", "another client's", (world) => world.issuer.sign(asserted(world, { client_id: "web" }), JAG)],
  [
    "resource",
    "for another server",
    (world) => world.issuer.sign(asserted(world, { resource: "https://other.example.com/mcp" }), JAG),
  ],
  [
    "issuer",
    "of an issuer that nobody trusts",
    (world) => world.issuer.sign(asserted(world, { iss: "https://attacker.example" }), JAG),
  ],
  ["expired", "over", (world) => world.issuer.sign(asserted(world, { iat: now() - 900, exp: now() - 600 }), JAG)],
  [
    "no-id",
    "without an id that could be remembered (jti)",
    (world) => world.issuer.sign(asserted(world, { jti: undefined }), JAG),
  ],
];

const ASSERTIONS: readonly Attack[] = [
  ...ID_JAG.map(
    ([id, what, forge]): Attack => ({
      id: `id-jag.${id}`,
      source: "MCP enterprise-managed authorization, ID-JAG",
      attack: `A forged identity assertion: ${what}`,
      run: async (world) => {
        const honest = await asDesk(world, await world.issuer.sign(asserted(world), JAG));
        const got = await asDesk(world, await forge(world));
        return {
          refused: got.access_token === undefined && honest.access_token !== undefined,
          answer: `${said(got)}; a right one: ${said(honest)}`,
          record: denied("token.refused"),
        };
      },
    }),
  ),
  {
    id: "id-jag.replay",
    source: "MCP enterprise-managed authorization, ID-JAG",
    attack: "An identity assertion is used ten times at once, and later",
    run: async (world) => {
      const assertion = await world.issuer.sign(asserted(world), JAG);
      const all = await Promise.all(Array.from({ length: 10 }, () => asDesk(world, assertion)));
      all.push(await asDesk(world, assertion));
      const given = all.filter((one) => one.access_token !== undefined).length;
      return {
        refused: given === 1,
        answer: `${given} of 11 gave a token`,
        record: denied("token.refused", "token.reuse"),
      };
    },
  },
  {
    id: "id-jag.wider",
    source: bcp("scope minimization"),
    attack: "More scopes are asked for than the identity assertion allows",
    run: async (world) => {
      const assertion = await world.issuer.sign(asserted(world), JAG);
      const got = await asDesk(world, assertion, { scope: "files:read files:write notes:write" });
      return {
        refused: got.access_token === undefined || !(got.scope ?? "").includes("write"),
        answer: `${said(got)} ${got.scope ?? ""}`,
        ...(got.access_token === undefined && { record: denied("token.refused") }),
      };
    },
  },
  {
    id: "logout.forged",
    source: "OpenID Connect Back-Channel Logout 1.0, 2.6",
    attack: "A logout token that the provider did not sign ends somebody's sessions",
    run: async (world) => {
      const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
      const forge = await new SignJWT({
        iss: world.provider.issuer,
        aud: world.provider.clientId,
        sub: "ada",
        events,
        jti: randomUUID(),
        iat: now(),
        exp: now() + 60,
      })
        .setProtectedHeader({ alg: "HS256", typ: "logout+jwt" })
        .sign(Buffer.from(world.provider.clientSecret));
      const answer = await request(`${world.base}/sign-in/backchannel/corp`, {
        method: "POST",
        headers: { ...ownAddress(), "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ logout_token: forge }).toString(),
      });
      await answer.body.dump();
      return {
        refused: answer.statusCode === 400,
        answer: `${answer.statusCode}`,
        record: denied("session.ended", "page"),
      };
    },
  },
];

export const assertions: readonly Attack[] = [...ROBOT, ...ASSERTIONS];
