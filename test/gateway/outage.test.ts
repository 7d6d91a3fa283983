import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, modern, post, textOf } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream } from "./raw-upstream.ts";
import { type Gateway, place, start, until } from "./setting.ts";

let upstream: RawUpstream;
let gateway: Gateway;
let key: string;

before(async () => {
  upstream = await startRawUpstream();
  upstream.prompts = [{ name: "greet" }];
  const where = place(
    [
      "limits: { perCredential: { calls: 10000, per: 1m }, plans: { default: { minute: 10000, day: 100000 } } }",
      `servers: { raw: { url: ${upstream.url}, refresh: 1s } }`,
      'access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("raw");
  ({ key } = await where.key("tester"));
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

test("H4: a list that fails makes its tools unavailable, not unknown, and only as long as it fails", async () => {
  const echo = () => call(gateway.endpoint, key, "raw__echo", { word: "x" });
  assert.equal(textOf(await echo()), "echo x");
  upstream.broken = "tools/list";
  await post(gateway.endpoint, modern(key, "tools/list"));
  const broken = await until("the outage is seen", async () => {
    const answer = await echo();
    return answer.body.error === undefined ? undefined : answer;
  });
  assert.equal(broken.body.error?.code, 50200, broken.text);
  assert.ok((await post(gateway.endpoint, modern(key, "prompts/get", { name: "raw__greet" }))).body.result);
  assert.equal(
    (await post(gateway.endpoint, modern(key, "prompts/get", { name: "raw__no" }))).body.error?.code,
    -32602,
  );
  upstream.broken = undefined;
  await until("it is back", async () => textOf(await echo()) === "echo x", 3_000);
  assert.equal((await call(gateway.endpoint, key, "raw__nothing")).body.error?.code, -32602);
});
