import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { arrive, decide, press } from "./person.ts";
import { type DocumentHost, startDocuments } from "./documents.ts";
import { connectAs, type Known } from "./program.ts";
import { PASSWORD, type Stage, startStage } from "./stage.ts";

let stage: Stage;
let documents: DocumentHost;
/** Where the client that is known beforehand listens. */
let port: number;

before(async () => {
  documents = await startDocuments();
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((up) => probe.once("listening", up));
  port = (probe.address() as { port: number }).port;
  await new Promise((closed) => probe.close(closed));
  stage = await startStage({
    identity: [
      `registration: { metadata: ["${new URL(documents.origin).host}"], private: ["127.0.0.0/8"] }`,
      "clients:",
      `  reporting: { name: Reporting, redirects: ["http://127.0.0.1:${port}/callback"] }`,
    ],
    env: { NODE_EXTRA_CA_CERTS: documents.authority },
  });
});
after(async () => {
  await stage?.stop();
  await documents?.close();
});

const document = (name: string) => (redirect: string) =>
  documents.publish("/client.json", (url) =>
    JSON.stringify({
      client_id: url,
      client_name: name,
      redirect_uris: [redirect],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    }),
  );

const WAYS: readonly { way: string; known: () => Known; says: RegExp }[] = [
  {
    way: "its metadata document (client id metadata documents)",
    known: () => ({ metadata: document("Described") }),
    says: /is described by[^]*127\.0\.0\.1/,
  },
  { way: "dynamic registration (RFC 7591)", known: () => ({}), says: /calls itself[^]*Nobody has verified/ },
  {
    way: "its registration beforehand",
    known: () => ({ client: { client_id: "reporting" }, port }),
    says: /was set up by whoever looks after this gateway/,
  },
];

for (const { way, known, says } of WAYS)
  test(`I3: the SDK's own OAuth flow completes unmodified, the client known by ${way}; iss is checked (RFC 9207)`, async () => {
    const program = await stage.program("Described", known());
    const client = await connectAs(program, "v2", stage.gateway.endpoint, async (visit) => {
      const answer = program.answer();
      const page = await stage.browser.person();
      await arrive(page, visit, { name: "ada", password: PASSWORD });
      assert.match(await page.locator("main").innerText(), says);
      await press(page, "allow");
      const said = await answer;
      assert.equal(said.get("iss"), stage.base);
      return said;
    });
    assert.equal(await client.say("files__echo", { word: way }), way);
    await client.close();
  });

test("I3: an answer with the iss of another issuer is not taken by the SDK (mix-up, RFC 9207, 2.4)", async () => {
  const program = await stage.program("Mixed up");
  await assert.rejects(
    connectAs(program, "v2", stage.gateway.endpoint, async (visit) => {
      const answer = program.answer();
      await decide(await stage.browser.person(), visit, { name: "ada", password: PASSWORD, decision: "allow" });
      const said = new URLSearchParams(await answer);
      said.set("iss", "https://attacker.example");
      return said;
    }),
    /issuer/i,
  );
  assert.equal(program.kept.tokens, undefined);
});
