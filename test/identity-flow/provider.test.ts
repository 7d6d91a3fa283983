import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { type Browser, signInAt, startBrowser } from "../fixtures/browser.ts";
import { type IdentityProvider, startIdentityProvider } from "../fixtures/identity-provider.ts";

let provider: IdentityProvider;
let browser: Browser;
before(async () => {
  [provider, browser] = await Promise.all([startIdentityProvider(), startBrowser()]);
});
after(async () => {
  await browser?.stop();
  await provider?.stop();
});

test("the provider of these tests is a real one: a person signs in in a browser, the code gives an ID token, userinfo follows a group", async () => {
  await provider.addUser("ada", "a long password", "ada@example.com", ["engineers", "security"]);
  const arrived = Promise.withResolvers<URL>();
  const callback = createServer((req, res) => {
    const url = new URL(req.url ?? "/", "http://callback");
    if (url.pathname === "/callback") arrived.resolve(url);
    res.end("Signed in.");
  });
  await new Promise<void>((up) => callback.listen(0, "127.0.0.1", up));
  const redirect = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/callback`;
  await provider.addRedirect(redirect);

  const verifier = randomBytes(32).toString("base64url");
  const question = new URLSearchParams({
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: redirect,
    scope: "openid profile email groups",
    nonce: "a nonce",
    state: "a state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const page = await browser.person();
  await page.goto(`${provider.issuer}/auth?${question}`);
  await signInAt(page, "ada", "a long password");
  const answer = (await arrived.promise).searchParams;
  assert.equal(answer.get("state"), "a state");

  const tokens = await fetch(`${provider.issuer}/token`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: answer.get("code") ?? "",
      redirect_uri: redirect,
      code_verifier: verifier,
    }),
  });
  const { id_token: idToken, access_token: token } = (await tokens.json()) as Record<string, string>;
  const claims = JSON.parse(Buffer.from(String(idToken?.split(".")[1]), "base64url").toString("utf8"));
  assert.equal(claims.iss, provider.issuer);
  assert.equal(claims.email, "ada@example.com");
  assert.deepEqual(claims.groups, ["engineers", "security"]);

  const userinfo = () => fetch(`${provider.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  await provider.setGroups("ada", ["security"]);
  assert.deepEqual(((await (await userinfo()).json()) as { groups: string[] }).groups, ["security"]);
  await provider.removeUser("ada");
  assert.equal((await userinfo()).status, 401);
  callback.closeAllConnections();
  callback.close();
});
