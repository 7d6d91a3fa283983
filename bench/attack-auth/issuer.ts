/** An issuer of signed statements whose keys an attacker has not: access tokens, identity assertions, client assertions. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHmac, createPublicKey, randomUUID } from "node:crypto";
import {
  exportJWK,
  generateKeyPair,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";

export interface Issuer {
  readonly url: string;
  /** Public key of the client `robot`. */
  readonly robotKey: JWK;
  /** Public key of the issuer, as everybody can fetch it. */
  readonly publicKey: JWK;
  /** Signs with the issuer's key. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Signs with the key of `robot`. */
  signAsRobot(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Signs with a key that nobody knows. */
  signAsStranger(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** How often its keys were fetched. */
  fetches(): number;
  close(): Promise<void>;
}

/** Seconds since the epoch. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** Claims that are right at this moment, but for what is said. */
export const claims = (more: JWTPayload): JWTPayload => ({
  iat: now(),
  exp: now() + 60,
  jti: randomUUID(),
  ...more,
});

/** A token without a signature. */
export function unsigned(payload: JWTPayload, header: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.`;
}

/** Signs with a public key as if it were a secret. */
export function confused(payload: JWTPayload, secret: string, header: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", ...header })}.${part(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The public key as an attacker may write it down. */
export function pemOf(jwk: object): string {
  return createPublicKey({ key: jwk as never, format: "jwk" }).export({ type: "spki", format: "pem" }) as string;
}

/** Starts it on a free port of loopback. */
export async function startIssuer(): Promise<Issuer> {
  const own = await generateKeyPair("RS256", { extractable: true });
  const robot = await generateKeyPair("RS256", { extractable: true });
  const stranger = await generateKeyPair("RS256", { extractable: true });
  const publicKey = { ...(await exportJWK(own.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const robotKey = { ...(await exportJWK(robot.publicKey)), kid: "robot", alg: "RS256", use: "sig" };
  let fetches = 0;
  const server = createServer((req, res) => {
    if (req.url !== "/keys") return void res.writeHead(404).end();
    fetches++;
    res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [publicKey] }));
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signing =
    (key: CryptoKey, kid: string) =>
    (payload: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
      new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(key);
  return {
    url,
    publicKey,
    robotKey,
    sign: signing(own.privateKey, "one"),
    signAsRobot: signing(robot.privateKey, "robot"),
    signAsStranger: signing(stranger.privateKey, "one"),
    fetches: () => fetches,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
