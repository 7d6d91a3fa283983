/** Attacks with forged access tokens, where an authorization server elsewhere signs them. */
import { randomUUID } from "node:crypto";
import type { JWTHeaderParameters, JWTPayload } from "jose";
import { request } from "undici";
import { modern } from "../../test/gateway/raw-client.ts";
import { claims, confused, now, pemOf, unsigned } from "./issuer.ts";
import { type Attack, type Attempt, atTheDoor, rfc9700 } from "./table.ts";
import type { Forge, World } from "./world.ts";

/** Claims of an access token (RFC 9068) that is right but for what is said. */
const right = ({ issuer, outerBase }: World, more: JWTPayload = {}): JWTPayload =>
  claims({
    iss: issuer.url,
    sub: "ada",
    email: "ada@example.com",
    groups: ["engineers"],
    aud: `${outerBase}/mcp`,
    client_id: "c",
    scope: "files:read notes:read",
    ...more,
  });
const TYPED: Partial<JWTHeaderParameters> = { typ: "at+jwt" };

/** Calls the outer gateway. */
async function callOuter({ outerBase, outside }: World, bearer: string): Promise<number> {
  const { headers, body } = modern(bearer, "tools/call", { name: "files__echo", arguments: {} });
  const answer = await request(`${outerBase}/mcp`, {
    method: "POST",
    dispatcher: outside,
    headers,
    body,
  });
  await answer.body.dump();
  return answer.statusCode;
}

/** The forged token is refused, and the right one is not, so that the refusal means something. */
const forged =
  (forge: Forge) =>
  async (world: World): Promise<Attempt> => {
    const honest = await callOuter(world, await world.issuer.sign(right(world), TYPED));
    const status = await callOuter(world, await forge(world));
    return {
      refused: status === 401 && honest === 200,
      answer: `${status}; a right one: ${honest}`,
      record: atTheDoor,
    };
  };

const KIDS = [
  "../../../../dev/null",
  "' UNION SELECT 'x' --",
  "https://attacker.example/keys",
  "",
  "__proto__",
  "one\u0000",
];

const ACCESS: readonly (readonly [id: string, what: string, forge: Forge])[] = [
  ["none", "alg none", async (world) => unsigned(right(world), { alg: "none", typ: "at+jwt" })],
  ["none-case", "alg nOnE", async (world) => unsigned(right(world), { alg: "nOnE", typ: "at+jwt", kid: "one" })],
  [
    "confusion-pem",
    "alg HS256 with the public key (PEM) as the secret",
    async (world) => confused(right(world), await pemOf(world.issuer.publicKey), { typ: "at+jwt", kid: "one" }),
  ],
  [
    "confusion-jwk",
    "alg HS256 with the public key (JWK) as the secret",
    async (world) => confused(right(world), JSON.stringify(world.issuer.publicKey), { typ: "at+jwt", kid: "one" }),
  ],
  ["stranger", "the right kid and a stranger's signature", (world) => world.issuer.signAsStranger(right(world), TYPED)],
  [
    "own-key",
    "the attacker's key in the header (jwk)",
    (world) => world.issuer.signAsStranger(right(world), { ...TYPED, kid: "two", jwk: world.issuer.robotKey as never }),
  ],
  [
    "key-address",
    "the attacker's key set in the header (jku, x5u)",
    (world) =>
      world.issuer.signAsStranger(right(world), {
        ...TYPED,
        kid: "two",
        jku: "https://169.254.169.254/keys",
        x5u: "https://169.254.169.254/x",
      }),
  ],
  [
    "critical",
    "a critical header that nobody knows (crit)",
    (world) =>
      world.issuer
        .sign(right(world), { ...TYPED, crit: ["exp-ignore"], "exp-ignore": true })
        .catch(() => unsigned(right(world), { alg: "RS256", crit: ["x"], x: 1 })),
  ],
  [
    "audience",
    "the audience of another server",
    (world) => world.issuer.sign(right(world, { aud: "https://other.example.com/mcp" }), TYPED),
  ],
  ["no-audience", "no audience", (world) => world.issuer.sign(right(world, { aud: undefined }), TYPED)],
  ["issuer", "another issuer", (world) => world.issuer.sign(right(world, { iss: "https://attacker.example" }), TYPED)],
  [
    "issuer-slash",
    "the issuer with a slash more",
    (world) => world.issuer.sign(right(world, { iss: `${world.issuer.url}/` }), TYPED),
  ],
  [
    "expired",
    "an end in the past",
    (world) => world.issuer.sign(right(world, { iat: now() - 7200, exp: now() - 3600 }), TYPED),
  ],
  ["endless", "no end", (world) => world.issuer.sign(right(world, { exp: undefined }), TYPED)],
  ["early", "a begin in the future", (world) => world.issuer.sign(right(world, { nbf: now() + 3600 }), TYPED)],
  [
    "id-token",
    "an ID token in place of an access token",
    (world) => world.issuer.sign(right(world, { aud: "c", nonce: "n" }), { typ: "JWT" }),
  ],
  [
    "assertion",
    "an identity assertion in place of an access token",
    (world) => world.issuer.sign(right(world), { typ: "oauth-id-jag+jwt" }),
  ],
];

export const accessTokens: readonly Attack[] = [
  ...ACCESS.map(
    ([id, what, forge]): Attack => ({
      id: `jwt.${id}`,
      source: rfc9700("2.3, RFC 8725"),
      attack: `A forged access token: ${what}`,
      run: forged(forge),
    }),
  ),
  {
    id: "jwt.kid",
    source: "RFC 8725, 3.10",
    attack: `Key ids that mean paths, queries and addresses: ${KIDS.length} of them`,
    run: async (world) => {
      const statuses = [];
      for (const kid of KIDS)
        statuses.push(await callOuter(world, await world.issuer.signAsStranger(right(world), { ...TYPED, kid })));
      return { refused: statuses.every((status) => status === 401), answer: statuses.join(", "), record: atTheDoor };
    },
  },
  {
    id: "jwt.flood",
    source: "RFC 8725, 2.10",
    attack: "Three hundred tokens with unknown key ids: the issuer must not be flooded with fetches of its keys",
    run: async (world) => {
      const before = world.issuer.fetches();
      const statuses = new Set<number>();
      for (let at = 0; at < 300; at += 30) {
        const some = Array.from({ length: 30 }, async () =>
          callOuter(world, await world.issuer.signAsStranger(right(world), { ...TYPED, kid: randomUUID() })),
        );
        for (const status of await Promise.all(some)) statuses.add(status);
      }
      const fetched = world.issuer.fetches() - before;
      return {
        refused: fetched <= 3 && [...statuses].every((status) => status === 401 || status === 429 || status === 503),
        answer: `${fetched} fetches; ${[...statuses].join(", ")}`,
        record: atTheDoor,
      };
    },
  },
];
