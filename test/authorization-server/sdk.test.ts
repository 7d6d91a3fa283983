import assert from "node:assert/strict";
import { after, before, describe, it, mock } from "node:test";
import {
  discoverAuthorizationServerMetadata,
  exchangeAuthorization,
  refreshAuthorization,
  registerClient,
  startAuthorization,
} from "@modelcontextprotocol/client";
import { type Stage, stage } from "./setting.ts";

describe("the official client's own functions", () => {
  let set: Stage;
  const printed: unknown[] = [];
  before(async () => {
    for (const name of ["log", "info", "warn", "error", "debug"] as const)
      mock.method(console, name, (...words: unknown[]) => void printed.push(words));
    set = await stage();
  });
  after(async () => {
    await set.close();
    mock.restoreAll();
  });

  it("discover, register, authorize, exchange and refresh, and nothing is printed meanwhile", async () => {
    const metadata = await discoverAuthorizationServerMetadata(set.base);
    assert.ok(metadata !== undefined);
    assert.equal(metadata.issuer, set.base);
    const redirectUrl = "http://localhost:8123/callback";
    const clientMetadata = {
      client_name: "A client",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
    const clientInformation = await registerClient(set.base, { metadata, clientMetadata });
    const resource = new URL(`${set.base}/mcp`);
    const { authorizationUrl, codeVerifier } = await startAuthorization(set.base, {
      metadata,
      clientInformation,
      redirectUrl,
      resource,
      scope: "files:read",
      state: "abc",
    });
    const browser = await set.signedIn();
    const answer = (await browser.allow(await browser.open(authorizationUrl.href))).left;
    assert.equal(answer?.searchParams.get("iss"), metadata.issuer);
    const authorizationCode = answer?.searchParams.get("code") ?? "";
    const known = { metadata, clientInformation, resource };
    const tokens = await exchangeAuthorization(set.base, {
      ...known,
      authorizationCode,
      iss: answer?.searchParams.get("iss") ?? "",
      codeVerifier,
      redirectUri: redirectUrl,
    });
    assert.equal(tokens.scope, "files:read");
    const renewed = await refreshAuthorization(set.base, { ...known, refreshToken: tokens.refresh_token ?? "" });
    assert.notEqual(renewed.refresh_token, tokens.refresh_token);
    assert.equal((await set.authorization.find(renewed.access_token))?.audience, resource.href);
    assert.deepEqual(printed, []);
    assert.deepEqual(set.logged, []);
  });
});
