import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call } from "../gateway/raw-client.ts";
import { until } from "../gateway/setting.ts";
import { decide } from "./person.ts";
import { connectAs, type Generation, type Program } from "./program.ts";
import { PASSWORD, type Stage, startStage } from "./stage.ts";

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.stop());

const ada = { name: "ada", password: PASSWORD } as const;

/** Lets the person allow these scopes, and hands the answer back. */
async function allow(program: Program, visit: URL, scopes?: readonly string[]): Promise<URLSearchParams> {
  const answer = program.answer();
  await decide(stage.page, visit, { ...ada, decision: "allow", ...(scopes && { scopes }) });
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
