import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";

/** What this provider says, and how it lies. Everything may be changed between two requests. */
export interface Says {
  /** Over what the metadata say. */
  metadata: Record<string, unknown>;
  /** Over what the ID token says. */
  idToken: JWTPayload;
  userinfo: Record<string, unknown>;
  /** Over what the token endpoint answers. */
  tokens: Record<string, unknown>;
  /** How ID tokens are signed. */
  sign: "key" | "none" | "hmac" | "other-key";
  /** Answers of the token endpoint instead of tokens: status and body. */
  fails: [status: number, body: string] | undefined;
  /** Sends every request elsewhere. */
  redirects: string | undefined;
  /** Answers nothing at all. */
  silent: boolean;
}

/** A provider of OpenID Connect for faults that no real one shows on demand. */
export async function startDishonestProvider(secret: string) {
  const says: Says = {
    metadata: {},
    idToken: {},
    userinfo: {},
    tokens: {},
    sign: "key",
    fails: undefined,
    redirects: undefined,
    silent: false,
  };
  const good = await generateKeyPair("RS256");
  const other = await generateKeyPair("RS256");
  let asked: { nonce: string; challenge: string } = { nonce: "", challenge: "" };
  let refreshes = 0;
  const requests: string[] = [];

  const body = async (req: IncomingMessage): Promise<URLSearchParams> => {
    let text = "";
    for await (const chunk of req) text += String(chunk);
    return new URLSearchParams(text);
  };
  const claims = (): JWTPayload => {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: base, aud: "cardea", sub: "s1", iat: now, exp: now + 300, nonce: asked.nonce };
    return { ...standard, email: "ada@corp.example", groups: ["engineering"], ...says.idToken };
  };
  const signed = async (payload: JWTPayload, typ = "JWT"): Promise<string> => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    if (says.sign === "none") return `${part({ alg: "none" })}.${part(payload)}.`;
    if (says.sign === "hmac")
      return new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ }).sign(new TextEncoder().encode(secret));
    const key = says.sign === "key" ? good.privateKey : other.privateKey;
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "k1", typ }).sign(key);
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname } = new URL(String(req.url), "http://x");
    requests.push(pathname);
    if (says.silent) return void req.socket.destroy();
    const send = (status: number, value: unknown): void => {
      res.writeHead(status, value === "" ? {} : { "content-type": "application/json" });
      res.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    if (says.redirects !== undefined && pathname !== "/.well-known/openid-configuration")
      return void res.writeHead(302, { location: says.redirects }).end();
    if (pathname === "/.well-known/openid-configuration")
      return send(200, {
        issuer: base,
        authorization_endpoint: `${base}/auth`,
        token_endpoint: `${base}/token`,
        userinfo_endpoint: `${base}/userinfo`,
        jwks_uri: `${base}/jwks`,
        id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
        token_endpoint_auth_methods_supported: ["client_secret_post"],
        authorization_response_iss_parameter_supported: true,
        ...says.metadata,
      });
    if (pathname === "/jwks")
      return send(200, { keys: [{ ...(await exportJWK(good.publicKey)), kid: "k1", alg: "RS256", use: "sig" }] });
    if (pathname === "/userinfo") return send(200, { sub: "s1", ...says.userinfo });
    const form = await body(req);
    if (says.fails !== undefined) return send(...says.fails);
    if (form.get("client_secret") !== secret) return send(401, { error: "invalid_client" });
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const first = form.get("grant_type") === "authorization_code";
    if (first && challenge !== asked.challenge) return send(400, { error: "invalid_grant" });
    const tokens = { access_token: "at", token_type: "Bearer", expires_in: 300, refresh_token: `r${++refreshes}` };
    return send(200, { ...tokens, ...(first ? { id_token: await signed(claims()) } : {}), ...says.tokens });
  }
  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    base,
    says,
    requests,
    /** What a browser comes back with from the authorization endpoint. */
    authorize(url: string, over: Record<string, string | undefined> = {}): URL {
      const { searchParams } = new URL(url);
      asked = {
        nonce: String(searchParams.get("nonce")),
        challenge: String(searchParams.get("code_challenge")),
      };
      const back = new URL(String(searchParams.get("redirect_uri")));
      const said = { code: "c1", state: String(searchParams.get("state")), iss: base, ...over };
      for (const [name, value] of Object.entries(said)) if (value !== undefined) back.searchParams.set(name, value);
      return back;
    },
    /** A logout token, over which `more` is written; `undefined` leaves a claim out. */
    logoutToken(more: Record<string, unknown> = {}, typ = "logout+jwt"): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const standard = { iss: base, aud: "cardea", sub: "s1", iat: now, exp: now + 120, jti: crypto.randomUUID() };
      return signed({ ...standard, events: { [LOGOUT]: {} }, ...more } as JWTPayload, typ);
    },
    stop: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type DishonestProvider = Awaited<ReturnType<typeof startDishonestProvider>>;
