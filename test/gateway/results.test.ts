import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { call, textOf } from "./raw-client.ts";
import { answerText, said, startRawUpstream, tool } from "./raw-upstream.ts";
import { place, start } from "./setting.ts";

const SECRET = "upstream-secret-0123456789";

/** A gateway before one raw server, which it reaches with a credential of its own. */
async function setting(t: { after(end: () => Promise<unknown>): void }, output?: object) {
  const upstream = await startRawUpstream();
  t.after(() => upstream.close());
  upstream.tools = [tool("echo", output === undefined ? {} : { outputSchema: output })];
  const yaml = `servers:
  raw:
    url: ${JSON.stringify(upstream.url)}
    credential: { header: Authorization, value: "Bearer \${env:RAW_TOKEN}" }
    tools: { echo: { effect: read } }
access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]
`;
  const where = place(yaml, { RAW_TOKEN: SECRET });
  await where.approve("raw");
  const gateway = await start(where, { RAW_TOKEN: SECRET });
  t.after(() => gateway.stop());
  return { upstream, gateway, key: (await gateway.key("tester")).key, url: `${gateway.endpoint}/raw` };
}

test("V4: structured content that breaks the pinned output schema is refused, and so is none at all", async (t) => {
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const { upstream, gateway, key, url } = await setting(t, schema);
  let result: Record<string, unknown> = {};
  upstream.spoil = ({ id, method }, res) => {
    if (method !== "tools/call") return false;
    res.writeHead(200, { "content-type": "application/json" }).end(answerText(id, result));
    return true;
  };
  result = { ...said("ok"), structuredContent: { n: 1 } };
  assert.deepEqual((await call(url, key, "echo", { word: "a" })).body.result?.["structuredContent"], { n: 1 });
  for (const wrong of [{ structuredContent: { n: "1" } }, { structuredContent: {} }, {}]) {
    result = { ...said("secret text"), ...wrong };
    const refused = await call(url, key, "echo", { word: "a" });
    assert.equal(refused.body.error?.data?.["reason"], "upstream_invalid");
    assert.equal(refused.body.error?.data?.["executed"], "yes");
    assert.doesNotMatch(refused.text, /secret text/);
    const [record] = await gateway.recordsOf(refused.call);
    assert.deepEqual([record?.decision, record?.reason, record?.control], ["deny", "upstream_invalid", "V4"]);
  }
  result = { ...said("it failed"), isError: true };
  assert.equal(textOf(await call(url, key, "echo", { word: "a" })), "it failed");
});

test("C2 C4: the server gets its own credential and never the caller's key; neither is kept in clear", async (t) => {
  const { upstream, gateway, key, url } = await setting(t);
  await call(url, key, "echo", { word: "a" });
  const sent = upstream.received.filter(({ method }) => method === "tools/call");
  assert.ok(sent.length > 0);
  for (const { headers } of upstream.received) {
    assert.equal(headers.authorization, `Bearer ${SECRET}`);
    assert.ok(!JSON.stringify(headers).includes(key));
  }
  const files = readdirSync(gateway.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 3);
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    assert.ok(!bytes.includes(SECRET) && !bytes.includes(key), file.name);
  }
  assert.ok(!gateway.said().includes(SECRET) && !gateway.said().includes(key));
});
