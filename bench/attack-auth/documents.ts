/** Attacks by clients whose metadata document the gateway fetches (client id metadata documents). */
import { request } from "undici";
import { ask, authorizeUrl, pkce, signIn } from "./flow.ts";
import { type Attack, type Attempt, bcp, denied, rfc9700 } from "./table.ts";
import { ownAddress } from "./visitor.ts";
import type { World } from "./world.ts";

const REDIRECT = "https://app.example.com/callback";
const REFUSED = denied("authorization.refused", "client.refused");

/** Asks for authorization as a client whose document is there. It must not get to the consent page. */
async function asDocument(world: World, id: string, redirect = REDIRECT): Promise<Attempt> {
  const before = world.trap.visits();
  const { visitor } = await signIn(world, "ada");
  const began = Date.now();
  const page = await ask(world, visitor, authorizeUrl(world, { id, redirect }, pkce()));
  const came = world.trap.visits() - before;
  const consent = page.url.pathname.startsWith("/interaction/") || page.next !== undefined;
  const ms = Date.now() - began;
  return {
    refused: !consent && came === 0 && ms < 9_000,
    answer: `${page.status}${came > 0 ? `; ${came} connections to a private address` : ""}`,
    record: REFUSED,
  };
}

const described = (id: string, more: object = {}): string =>
  JSON.stringify({
    client_id: id,
    client_name: "Described",
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    ...more,
  });

const ADDRESSES: readonly (readonly [id: string, what: string, host: (world: World) => string])[] = [
  ["loopback", "another loopback address", ({ trap }) => `127.0.0.2:${trap.port}`],
  ["loopback-v6", "the loopback address of IPv6", ({ trap }) => `[::1]:${trap.port}`],
  ["mapped", "a loopback address as IPv4 in IPv6", ({ trap }) => `[::ffff:127.0.0.2]:${trap.port}`],
  ["decimal", "a loopback address as a number", ({ trap }) => `2130706434:${trap.port}`],
  ["hex", "a loopback address in hexadecimal", ({ trap }) => `0x7f000002:${trap.port}`],
  ["short", "a short loopback address", ({ trap }) => `127.2:${trap.port}`],
  ["zero", "the address that means every address", ({ trap }) => `0.0.0.0:${trap.port}`],
  ["localhost", "a name that resolves to loopback", ({ trap }) => `localhost:${trap.port}`],
  ["metadata", "the credentials of a cloud", () => "169.254.169.254"],
  ["link-local", "a link-local address", () => "[fe80::1]"],
];

export const documents: readonly Attack[] = [
  ...ADDRESSES.map(
    ([id, what, host]): Attack => ({
      id: `cimd.ssrf.${id}`,
      source: bcp("SSRF"),
      attack: `A client id whose document would be fetched from ${what}`,
      run: (world) => asDocument(world, `https://${host(world)}/client.json`),
    }),
  ),
  {
    id: "cimd.ssrf.redirect",
    source: bcp("SSRF"),
    attack: "A metadata document that redirects to a private address",
    run: (world) => {
      const id = world.documents.publish("/redirect.json", () => ({
        location: `http://127.0.0.2:${world.trap.port}/client.json`,
      }));
      return asDocument(world, id);
    },
  },
  {
    id: "cimd.http",
    source: bcp("SSRF"),
    attack: "A client id that is a plain http address",
    run: (world) => asDocument(world, `http://127.0.0.1:${world.trap.port}/client.json`),
  },
  {
    id: "cimd.too-large",
    source: bcp("SSRF"),
    attack: "A metadata document of 8 MiB",
    run: (world) =>
      asDocument(
        world,
        world.documents.publish("/large.json", (url) => described(url, { client_name: "x".repeat(8 << 20) })),
      ),
  },
  {
    id: "cimd.other-id",
    source: bcp("CIMD trust policies"),
    attack: "A metadata document that names another client id",
    run: (world) =>
      asDocument(
        world,
        world.documents.publish("/other.json", () => described("https://trusted.example.com/client.json")),
      ),
  },
  {
    id: "cimd.no-json",
    source: bcp("CIMD trust policies"),
    attack: "A metadata document that is none",
    run: (world) =>
      asDocument(
        world,
        world.documents.publish("/page.json", () => "<html>"),
      ),
  },
  {
    id: "cimd.secret",
    source: bcp("CIMD trust policies"),
    attack: "A metadata document with a shared secret in it",
    run: (world) =>
      asDocument(
        world,
        world.documents.publish("/secret.json", (url) =>
          described(url, { token_endpoint_auth_method: "client_secret_basic", client_secret: "known to all" }),
        ),
      ),
  },
  {
    id: "cimd.other-redirect",
    source: rfc9700("4.1.1"),
    attack: "A redirect address that the metadata document does not name",
    run: (world) =>
      asDocument(
        world,
        world.documents.publish("/redirects.json", (url) => described(url)),
        "https://attacker.example/callback",
      ),
  },
  {
    id: "cimd.javascript",
    source: bcp("authorization URL validation"),
    attack: "A metadata document whose redirect address is javascript:",
    run: (world) => {
      const redirect = "javascript:alert(1)//";
      return asDocument(
        world,
        world.documents.publish("/script.json", (url) => described(url, { redirect_uris: [redirect] })),
        redirect,
      );
    },
  },
  {
    id: "cimd.keys",
    source: bcp("SSRF"),
    attack: "A metadata document whose keys would be fetched from a private address",
    run: async (world) => {
      const before = world.trap.visits();
      const keys = `https://127.0.0.2:${world.trap.port}/keys`;
      const id = world.documents.publish("/keys.json", (url) =>
        described(url, { token_endpoint_auth_method: "private_key_jwt", jwks_uri: keys }),
      );
      const assertion = await world.issuer.signAsStranger({
        iss: id,
        sub: id,
        aud: world.base,
        jti: "1",
        exp: Math.floor(Date.now() / 1000) + 60,
      });
      const got = await request(`${world.base}/oauth/token`, {
        method: "POST",
        headers: { ...ownAddress(), "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: "x",
          client_id: id,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: assertion,
        }).toString(),
      });
      await got.body.dump();
      return {
        refused: got.statusCode >= 400 && world.trap.visits() === before,
        answer: `${got.statusCode}`,
        record: denied("token.refused"),
      };
    },
  },
];
