import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { waitForLocks } from "../../src/adapters/sqlite/db.ts";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";
import { DAY, request, type Stage, stage, token, tokens } from "./setting.ts";

const register = async (set: Stage, metadata: Record<string, unknown>) => {
  const answer = await fetch(`${set.address}/oauth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(metadata),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const NEW = {
  client_name: "Inspector",
  redirect_uris: ["http://localhost:6274/oauth/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};

describe("dynamic registration (RFC 7591)", () => {
  let set: Stage;
  before(async () => {
    set = await stage();
  });
  after(() => set.close());

  it("takes a public client and is recorded; the client then works", async () => {
    const { status, body } = await register(set, NEW);
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(body["application_type"], "native");
    assert.equal(body["client_secret"], undefined);
    assert.equal(body["registration_access_token"], undefined);
    assert.equal(set.events.at(-1)?.type, "client.registered");
    const answer = await tokens(set, await set.signedIn(), {
      client: String(body["client_id"]),
      redirect: "http://localhost:51000/oauth/callback",
      scope: "files:read",
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const page = await (await set.signedIn()).open(
      request(set, { client: String(body["client_id"]), redirect: "http://localhost:51000/oauth/callback" }).url,
    );
    assert.match(page.text, /Nobody has verified that/);
    assert.match(page.text, /Your answer goes to <strong><code>localhost:51000<\/code>/, "two programs are told apart");
    assert.match(page.text, /That is a program on this computer/);
  });

  it("takes a confidential client, which then has to prove itself", async () => {
    const { body } = await register(set, {
      ...NEW,
      redirect_uris: ["https://app.example.com/cb"],
      token_endpoint_auth_method: "client_secret_post",
    });
    assert.ok(String(body["client_secret"]).length >= 43);
    const flow = { client: String(body["client_id"]), redirect: "https://app.example.com/cb", scope: "files:read" };
    const without = await tokens(set, await set.signedIn(), flow);
    assert.deepEqual([without.status, without.body["error"]], [401, "invalid_client"]);
  });

  for (const [title, redirect] of [
    ["plain http off loopback", "http://app.example.com/cb"],
    ["plain http in the local network", "http://192.168.1.5/cb"],
    ["a name that only looks like loopback", "http://localhost.evil.example/cb"],
    ["javascript:", "javascript:alert(1)"],
    ["data:", "data:text/html,x"],
    ["file:", "file:///etc/passwd"],
    ["vbscript:", "VBScript:x"],
    ["blob:", "blob:https://a.example/x"],
    ["ms-settings:", "ms-settings:privacy"],
    ["search-ms:", "search-ms:query=x"],
    ["smb:", "smb://host/share"],
    ["ldap:", "ldap://host/x"],
    ["urn:", "urn:ietf:wg:oauth:2.0:oob"],
    ["x-safari-https:", "x-safari-https://evil.example/"],
    ["cardea:", "cardea://callback"],
    ["a private scheme without a dot", "myapp://callback"],
    ["a fragment", "https://app.example.com/cb#x"],
    ["a user name", "https://app.example.com@evil.example/cb"],
    ["a wildcard", "https://*.example.com/cb"],
    ["a backslash", "https://app.example.com\\@evil.example/cb"],
    ["a line break", "https://app.example.com/cb\r\nx: y"],
    ["no URI at all", "/cb"],
  ])
    it(`refuses a redirect with ${title}`, async () => {
      const { status, body } = await register(set, { ...NEW, redirect_uris: [redirect] });
      assert.equal(status, 400);
      assert.equal(body["error"], "invalid_redirect_uri", JSON.stringify(body));
    });

  it("takes a private scheme with a dot, and those of well-known clients", async () => {
    for (const redirect of [
      "com.example.app:/cb",
      "cursor://anysphere.cursor-mcp/oauth/cb",
      "vscode-insiders://x.y/cb",
    ])
      assert.equal((await register(set, { ...NEW, redirect_uris: [redirect] })).status, 201, redirect);
  });

  it("refuses a redirect to the gateway itself", async () => {
    const { status, body } = await register(set, { ...NEW, redirect_uris: [`${set.base}/me`] });
    assert.equal(status, 400);
    assert.match(String(body["error_description"]), /this gateway itself/);
  });

  it("refuses what nobody who registers themselves needs", async () => {
    for (const more of [
      { redirect_uris: [] },
      { redirect_uris: Array.from({ length: 21 }, (_, i) => `https://app.example.com/${i}`) },
      { response_types: ["token"] },
      { token_endpoint_auth_method: "client_secret_jwt" },
      { token_endpoint_auth_method: "private_key_jwt", jwks_uri: "http://169.254.169.254/latest" },
      { token_endpoint_auth_method: "private_key_jwt" },
      { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty: "oct", k: "AAAA" }] } },
      { sector_identifier_uri: "https://evil.example/x" },
    ]) {
      const { status } = await register(set, { ...NEW, ...more });
      assert.equal(status, 400, JSON.stringify(more));
    }
    const { body } = await register(set, {
      ...NEW,
      grant_types: ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    });
    assert.deepEqual(body["grant_types"], ["authorization_code"]);
  });

  it("stores nothing that is longer than an honest registration", async () => {
    const wrong: [more: Record<string, unknown>, said: RegExp][] = [
      [{ client_name: "x".repeat(201) }, /client_name has at most 200 characters/],
      [{ client_name: "x".repeat(50_000) }, /at most 16384 bytes/],
      [{ unknown: "x".repeat(17_000) }, /at most 16384 bytes/],
      [{ client_uri: `https://app.example.com/${"x".repeat(2_000)}` }, /client_uri has at most 2000 characters/],
      [{ contacts: ["a@example.com", "x".repeat(2_001)] }, /contacts has at most 2000 characters/],
    ];
    for (const [more, said] of wrong) {
      const { status, body } = await register(set, { ...NEW, ...more });
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(String(body["error_description"]), said);
    }
    assert.equal((await register(set, { ...NEW, client_name: "x".repeat(200) })).status, 201);
    const large = await register(set, { ...NEW, unknown: "x".repeat(70_000) });
    assert.deepEqual([large.status, large.body["error"]], [400, "invalid_request"]);
  });

  it("waits for use at most a thousand times; what waits for more than an hour makes room", async () => {
    const full = await stage();
    const { body: first } = await register(full, NEW);
    const redirect = "http://localhost:1/oauth/callback";
    await tokens(full, await full.signedIn(), { client: String(first["client_id"]), redirect, scope: "files:read" });
    const expiresAt = full.clock.now() + DAY;
    for (let i = 0; i < 1_000; i++)
      await full.artifacts.put("Client", `c${i}`, {}, { tenant: "default", expiresAt: expiresAt + i });
    const { status, body } = await register(full, NEW);
    assert.deepEqual([status, body["error"]], [429, "temporarily_unavailable"]);
    assert.match(String(body["error_description"]), /too many registrations/);
    assert.equal(full.events.at(-1)?.type, "client.refused");
    await full.artifacts.remove("Client", "c0");
    assert.equal((await register(full, NEW)).status, 201, "those that are used do not count");
    assert.equal((await register(full, NEW)).status, 429);
    full.ahead.ms += 3_600_001;
    assert.equal((await register(full, NEW)).status, 201);
    assert.equal(await full.artifacts.find("Client", "c1"), undefined);
    assert.ok(await full.artifacts.find("Client", String(first["client_id"])), "a used one stays");
    await full.close();
  });

  it("while another process holds the store, 503 and not a bare failure (RFC 6749, 4.1.2.1), and it is recorded", async () => {
    waitForLocks(50);
    const held = await stage();
    waitForLocks(2_000);
    const { body } = await register(held, NEW);
    const other = new DatabaseSync(held.file);
    other.exec("BEGIN EXCLUSIVE");
    const asked = request(held, { client: String(body["client_id"]), redirect: "http://localhost:1/oauth/callback" });
    const page = await fetch(asked.url, { headers: { accept: "text/html" }, redirect: "manual" });
    assert.equal(page.status, 503, page.headers.get("location") ?? "");
    assert.match(await page.text(), /cannot reach its store/);
    const again = await register(held, NEW);
    assert.deepEqual([again.status, again.body["error"]], [503, "temporarily_unavailable"]);
    assert.equal(held.events.at(-1)?.type, "client.refused");
    other.exec("ROLLBACK");
    other.close();
    assert.equal((await register(held, NEW)).status, 201);
    await held.close();
  });

  it("ends when nobody uses it, and stays once a person consented", async () => {
    const [unused, used] = await Promise.all([register(set, NEW), register(set, NEW)]);
    const browser = await set.signedIn();
    const redirect = "http://localhost:1/oauth/callback";
    await tokens(set, browser, { client: String(used.body["client_id"]), redirect, scope: "files:read" });
    set.ahead.ms += 8 * DAY;
    assert.ok(await set.artifacts.sweep(set.clock.now()));
    const later = await set.signedIn();
    const open = async (id: unknown) =>
      (await later.open(request(set, { client: String(id), redirect }).url)).form !== undefined;
    assert.equal(await open(unused.body["client_id"]), false);
    assert.equal(await open(used.body["client_id"]), true);
    set.ahead.ms = 0;
  });

  it("can be switched off", async () => {
    const closed = await stage({
      settings: { registration: { dynamic: false, metadata: [], unusedMs: DAY, private: [] } },
    });
    assert.equal((await fetch(`${closed.address}/oauth/register`, { method: "POST" })).status, 405);
    const told = (await (await fetch(`${closed.address}/.well-known/oauth-authorization-server`)).json()) as Record<
      string,
      unknown
    >;
    assert.equal(told["registration_endpoint"], undefined);
    assert.equal(told["client_id_metadata_document_supported"], undefined);
    await closed.close();
  });
});

describe("client id metadata documents", () => {
  let documents: ReturnType<typeof createServer>;
  let origin: string;
  let fetched: string[];
  const answers = new Map<string, { status?: number; headers?: Record<string, string>; body: string }>();
  let set: Stage;

  before(async () => {
    fetched = [];
    setDefaultCACertificates([...getCACertificates(), CERTIFICATE]);
    documents = createServer({ cert: CERTIFICATE, key: KEY }, (req, res) => {
      fetched.push(String(req.url));
      const answer = answers.get(String(req.url)) ?? { status: 404, body: "" };
      res.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers }).end(answer.body);
    });
    await new Promise<void>((resolve) => documents.listen(0, "127.0.0.1", resolve));
    origin = `https://127.0.0.1:${(documents.address() as AddressInfo).port}`;
    set = await stage({
      settings: {
        registration: { dynamic: false, metadata: [new URL(origin).host], unusedMs: DAY, private: ["127.0.0.1/32"] },
      },
    });
  });
  after(async () => {
    await set.close();
    documents.closeAllConnections();
    await new Promise((resolve) => documents.close(resolve));
  });

  const serve = (
    path: string,
    more: Record<string, unknown> = {},
    answer: { status?: number; headers?: Record<string, string> } = {},
  ) => {
    const client = `${origin}${path}`;
    const metadata = {
      client_id: client,
      client_name: "Claude",
      redirect_uris: ["https://claude.example/cb"],
      ...more,
    };
    answers.set(path, { ...answer, body: JSON.stringify(metadata) });
    return client;
  };
  const REDIRECT = "https://claude.example/cb";
  const open = async (on: Stage, client: string, redirect = REDIRECT) =>
    (await on.signedIn()).open(request(on, { client, redirect, scope: "files:read" }).url);

  it("make a client known, whose document's host the consent page shows", async () => {
    const client = serve("/good.json", { grant_types: ["authorization_code", "refresh_token", "urn:example:other"] });
    const page = await open(set, client);
    assert.equal(page.status, 200, page.text);
    assert.ok(page.text.includes(`described by <strong><code>${new URL(origin).host}</code>`));
    const answer = await tokens(set, await set.signedIn(), { client, redirect: REDIRECT, scope: "files:read" });
    assert.equal(answer.status, 200);
    assert.ok(answer.body["refresh_token"]);
    const renewed = await token(set, {
      grant_type: "refresh_token",
      client_id: client,
      refresh_token: String(answer.body["refresh_token"]),
    });
    assert.equal(renewed.status, 200);
    assert.equal(fetched.filter((path) => path === "/good.json").length, 1, "kept by its headers");
    const told = (await (await fetch(`${set.address}/.well-known/oauth-authorization-server`)).json()) as Record<
      string,
      unknown
    >;
    assert.equal(told["client_id_metadata_document_supported"], true);
  });

  it("of programs on the computer may be used by anybody, so people are asked each time", async () => {
    const client = serve("/local.json", { redirect_uris: ["http://localhost:3000/cb"] });
    const flow = { client, redirect: "http://localhost:4000/cb", scope: "files:read" };
    const browser = await set.signedIn();
    assert.equal((await tokens(set, browser, flow)).status, 200);
    assert.match((await browser.open(request(set, flow).url)).text, /program on this computer/);
  });

  it("are refused where they are not exactly what they have to be", async () => {
    const bad = [
      serve("/other.json", { client_id: `${origin}/elsewhere.json` }),
      serve("/secret.json", { client_secret: "x" }),
      serve("/basic.json", { token_endpoint_auth_method: "client_secret_basic" }),
      serve("/http.json", { redirect_uris: ["http://claude.example/cb"] }),
      serve("/large.json", { junk: "x".repeat(20_000) }),
      serve("/error.json", {}, { status: 500 }),
      serve("/redirect.json", {}, { status: 302, headers: { location: `${origin}/good.json` } }),
      `${origin}/missing.json`,
      `${origin}/`,
      `${origin}/good.json?x=1`,
      `${origin}/a/../good.json`,
      `${origin}/good.json#x`,
      `https://user@${new URL(origin).host}/good.json`,
    ];
    answers.set("/text.json", { body: "<html>" });
    answers.set("/list.json", { body: "[]" });
    for (const client of [...bad, `${origin}/text.json`, `${origin}/list.json`]) {
      const page = await open(set, client);
      assert.equal(page.form, undefined, client);
      assert.equal(page.left, undefined, client);
      assert.equal(page.status, 400, client);
      assert.doesNotMatch(page.text, /node_modules|at Object|ECONN|127\.0\.0\.1:\d+:\d/);
    }
    assert.deepEqual(set.logged, []);
  });

  it("are fetched from listed hosts alone, and from no private address that was not declared (SSRF)", async () => {
    const client = serve("/ssrf.json");
    const before = fetched.length;
    for (const registration of [
      { metadata: ["claude.ai", "*.example.com"], private: ["127.0.0.1/32"] },
      { metadata: ["*"], private: [] },
      { metadata: [new URL(origin).host], private: ["10.0.0.0/8"] },
    ]) {
      const other = await stage({ settings: { registration: { dynamic: false, unusedMs: DAY, ...registration } } });
      assert.equal((await open(other, client)).status, 400, JSON.stringify(registration));
      for (const host of ["localhost", "[::1]", "2130706433", "169.254.169.254", "[::ffff:127.0.0.1]"])
        assert.equal((await open(other, `https://${host}:${new URL(origin).port}/ssrf.json`)).status, 400, host);
      await other.close();
    }
    assert.equal(fetched.length, before);
    assert.equal((await open(set, client.replace("https:", "http:"))).status, 400);
  });
});
