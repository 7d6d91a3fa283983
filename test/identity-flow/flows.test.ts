import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { screenshot } from "../fixtures/browser.ts";
import { call } from "../gateway/raw-client.ts";
import { until } from "../gateway/setting.ts";
import { type DocumentHost, startDocuments } from "./documents.ts";
import { arrive, decide, openOwn, press } from "./person.ts";
import { connectAs, type Generation, type Known, type Program } from "./program.ts";
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

const ada = { name: "ada", password: PASSWORD } as const;

for (const generation of ["v2", "v1"] as const satisfies readonly Generation[])
  describe(`I3 I4: a client on the SDK ${generation} and one URL`, () => {
    test("the person signs in at the provider, consents, and the call succeeds", async () => {
      const program = await stage.program(`Notebook ${generation}`);
      const page = await stage.browser.person(generation === "v2" ? "desk" : "phone");
      const client = await connectAs(program, generation, stage.gateway.endpoint, async (visit) => {
        assert.equal(visit.origin, stage.base, "the gateway's own authorization server is asked");
        assert.equal(visit.searchParams.get("code_challenge_method"), "S256");
        assert.equal(visit.searchParams.get("resource"), stage.gateway.endpoint);
        const answer = program.answer();
        await decide(page, visit, { ...ada, decision: "allow", pictures: `flow-${generation}` });
        return answer;
      });
      assert.equal(await client.say("files__echo", { word: "hello" }), "hello");
      assert.equal(
        program.kept.tokens?.scope,
        "files:read notes:read",
        "a client that names no scope is offered reading",
      );
      await client.close();
      const record = await until("the call in the record", async () =>
        (await stage.gateway.audit({ server: "files" })).find(
          ({ client, credential }) => client === program.name && credential?.startsWith("g_"),
        ),
      );
      assert.equal(record.decision, "allow");
    });

    test("who says no is told nothing more: the client gets access_denied (RFC 6749, 4.1.2.1) with iss (RFC 9207)", async () => {
      const program = await stage.program(`Refused ${generation}`);
      const answers: URLSearchParams[] = [];
      await assert.rejects(
        connectAs(program, generation, stage.gateway.endpoint, async (visit) => {
          const answer = program.answer();
          await decide(await stage.browser.person(), visit, { ...ada, decision: "deny" });
          answers.push(await answer);
          return answer;
        }),
      );
      assert.equal(answers[0]?.get("error"), "access_denied");
      assert.equal(answers[0]?.get("iss"), stage.base);
      assert.equal(answers[0]?.get("state"), program.kept.state);
      assert.equal(answers[0]?.get("code"), null);
      assert.equal(program.kept.tokens, undefined);
    });
  });

test("I3 P9: a second client of the same person needs a consent of its own", async () => {
  const page = await stage.browser.person();
  for (const name of ["First", "Second"]) {
    const program = await stage.program(name);
    const client = await connectAs(program, "v2", stage.gateway.endpoint, async (visit) => {
      const answer = program.answer();
      await arrive(page, visit, ada);
      assert.match(await page.locator("h1").innerText(), new RegExp(name), "the page names the program that asks");
      assert.match(await page.locator("main").innerText(), /127\.0\.0\.1/, "and the host where the answer goes");
      await page.getByRole("button", { name: "Allow" }).click();
      return answer;
    });
    assert.equal(await client.say("files__echo", { word: name }), name);
    await client.close();
  }
  await page.goto(`${stage.base}/me`);
  assert.equal(new URL(page.url()).pathname, "/sign-in", "whoever was sent to a program on this machine is signed out");
  await openOwn(page, stage.base, ada);
  const clients = await page.locator("section[aria-labelledby=clients] li").allInnerTexts();
  assert.ok(["First", "Second"].every((name) => clients.some((text) => text.includes(name))));
});

test("P9: a token reaches what was ticked and nothing else", async () => {
  const program = await stage.program("Narrow");
  const client = await connectAs(program, "v2", stage.gateway.endpoint, async (visit) => {
    const answer = program.answer();
    await decide(await stage.browser.person(), visit, { ...ada, decision: "allow", scopes: ["files:read"] });
    return answer;
  });
  assert.equal(program.kept.tokens?.scope, "files:read");
  assert.equal(await client.say("files__echo", { word: "in" }), "in");
  const answer = await call(stage.gateway.endpoint, program.kept.tokens?.access_token ?? "", "notes__echo");
  assert.equal(answer.status, 403);
  assert.match(String(answer.headers["www-authenticate"]), /error="insufficient_scope"[^]*scope="notes:read"/);
  await client.close();
});

test("I3: what belongs to nobody's request is an error page in plain words, and nothing is sent anywhere", async () => {
  const page = await stage.browser.person();
  await page.goto(`${stage.base}/oauth/authorize?client_id=nobody&redirect_uri=https://attacker.example/`);
  assert.equal(new URL(page.url()).origin, stage.base);
  assert.match(await page.locator("main").innerText(), /client/i);
  await screenshot(page, "error");
});

/** Lets the person allow these scopes, and hands the answer back. */
async function allow(program: Program, visit: URL, scopes?: readonly string[]): Promise<URLSearchParams> {
  const answer = program.answer();
  await decide(await stage.browser.person(), visit, { ...ada, decision: "allow", ...(scopes && { scopes }) });
  return answer;
}

for (const generation of ["v2", "v1"] as const satisfies readonly Generation[])
  test(`I7: a token for reading calls a tool that writes; the SDK ${generation} steps up and succeeds`, async () => {
    const program = await stage.program(`Writer ${generation}`);
    const endpoint = `${stage.gateway.endpoint}/files`;
    const client = await connectAs(program, generation, endpoint, (visit) => allow(program, visit, ["files:read"]));
    assert.equal(program.kept.tokens?.scope, "files:read");

    const refused = await call(endpoint, program.kept.tokens?.access_token ?? "", "touch");
    assert.equal(refused.status, 403);
    const challenge = String(refused.headers["www-authenticate"]);
    assert.match(challenge, /^Bearer /);
    assert.match(challenge, /error="insufficient_scope"/);
    assert.equal(/scope="([^"]*)"/.exec(challenge)?.[1], "files:write", "exactly what is missing");
    assert.match(challenge, /resource_metadata="[^"]*\/\.well-known\/oauth-protected-resource\/mcp\/files"/);

    // The first generation renews before it asks its person, and a renewal widens nothing (RFC 6749, 6).
    if (generation === "v1") delete program.kept.tokens?.refresh_token;
    await assert.rejects(client.say("touch"), /[Uu]nauthorized/);
    const visit = program.visits.pop() as URL;
    assert.ok(visit.searchParams.get("scope")?.split(" ").includes("files:write"));
    await client.finish(await allow(program, visit, ["files:read", "files:write"]));
    assert.match(await client.say("touch", { word: "changed" }), /touched|changed/);
    assert.ok(program.kept.tokens?.scope?.split(" ").includes("files:write"));
    await client.close();

    const elevated = await until("the elevation in the record", async () => {
      const { code, stdout } = await stage.gateway.run("audit", "query", "--json", "--limit", "200");
      assert.equal(code, 0);
      const rows = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      return rows.find((row) => row["event"] === "scope.elevated" || row["type"] === "scope.elevated");
    });
    assert.match(String(elevated["call"]), /\S/, "with its correlation id");
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
