import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { join } from "node:path";
import { type ClientEra, connect, type Heard } from "./client.ts";
import { startLegacyUpstream } from "./legacy-upstream.ts";
import { startModernUpstream } from "./modern-upstream.ts";
import type { UpstreamFixture } from "./script.ts";
import { type Gateway, place, start, until } from "./setting.ts";

type Way = "modern" | "legacy" | "pipe" | "aggregate";
interface Pair {
  readonly client: ClientEra;
  readonly upstream: Way;
  /** The server's name; each pair has its own, because `grow` changes it for good. */
  readonly server: string;
}
const WAYS: readonly Way[] = ["modern", "legacy", "pipe", "aggregate"];
const PAIRS: readonly Pair[] = (["legacy", "modern"] as const).flatMap((client) =>
  WAYS.map((upstream) => ({ client, upstream, server: `${client}-${upstream}` })),
);

const fixtures = new Map<string, UpstreamFixture>();
let gateway: Gateway;
let ada: string;
let bob: string;

before(async () => {
  for (const { server, upstream } of PAIRS)
    if (upstream !== "pipe")
      fixtures.set(server, await (upstream === "legacy" ? startLegacyUpstream() : startModernUpstream()));
  const root = join(import.meta.dirname, "../..");
  const source = (server: string): string =>
    fixtures.has(server)
      ? `url: ${fixtures.get(server)?.url}`
      : `{ run: ["${process.execPath}", "${join(import.meta.dirname, "legacy-upstream.ts")}"], sandbox: { read: ["${root}"] } }`.slice(
          2,
          -2,
        );
  const where = place(
    [
      "limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }",
      "servers:",
      ...PAIRS.map(({ server }) => `  ${server}: { ${source(server)}, requests: { elicitation: true } }`),
      "access:",
      `  - { role: tester, allow: [${PAIRS.map(({ server }) => `"${server}.*"`).join(", ")}], effects: [read, write], approval: none }`,
    ].join("\n"),
  );
  await where.approve(...PAIRS.map(({ server }) => server));
  ada = (await where.key("tester", "person:ada@example.com")).key;
  bob = (await where.key("tester", "person:bob@example.com")).key;
  gateway = await start(where);
  assert.deepEqual(
    gateway.ready.servers.filter((server) => server.status !== "ready"),
    [],
  );
});

after(async () => {
  await gateway?.stop();
  for (const fixture of fixtures.values()) await fixture.close();
});

for (const pair of PAIRS) {
  const { server } = pair;
  const aggregate = pair.upstream === "aggregate";
  /** A tool or prompt as the client knows it. */
  const named = (name: string): string => (aggregate ? `${server}__${name}` : name);
  const uri = (plain: string): string => (aggregate ? `${server}+${plain}` : plain);

  describe(`W1 W2 W3: a ${pair.client} client with a ${pair.upstream} upstream`, () => {
    let a: Heard;
    let b: Heard;
    before(async () => {
      const endpoint = aggregate ? gateway.endpoint : `${gateway.endpoint}/${server}`;
      a = await connect(endpoint, ada, pair.client);
      b = await connect(endpoint, bob, pair.client);
    });
    after(async () => {
      await a?.close();
      await b?.close();
    });
    const tools = async (who: Heard): Promise<string[]> => {
      const { tools } = await who.client.listTools(undefined, { cacheMode: "reload" } as never);
      return tools.map((tool) => tool.name).filter((name) => !aggregate || name.startsWith(`${server}__`));
    };

    test("list and call", async () => {
      assert.ok((await tools(a)).includes(named("echo")));
      assert.equal(await a.say(named("echo"), "hello"), "hello");
    });

    test("progress and log messages arrive while the call runs", async () => {
      a.progress.length = a.logs.length = 0;
      assert.equal(await a.say(named("steps"), "up"), "done up");
      assert.deepEqual(
        a.progress.map((step) => step.progress),
        [1, 2, 3],
      );
      assert.deepEqual(a.logs, ["up 1", "up 2", "up 3"]);
    });

    test("cancelling reaches the upstream", async () => {
      const stop = new AbortController();
      a.progress.length = 0;
      const call = a.say(named("wait"), "stopped", stop.signal);
      await until("the call runs", () => a.progress.length > 0);
      stop.abort();
      await assert.rejects(call);
      await until("the upstream saw it", async () => (await a.say(named("cancelled"))).includes("stopped"));
    });

    test("a form is asked, accepted and declined", async () => {
      a.asked.length = 0;
      a.answer = { action: "accept", content: { city: "Rome" } };
      assert.equal(await a.say(named("ask"), "ada"), "ada accept Rome");
      a.answer = { action: "decline" };
      assert.equal(await a.say(named("ask"), "ada"), "ada decline -");
      assert.equal(a.asked.length, 2);
      for (const message of a.asked) assert.match(message, /^The server [a-z-]+ asks: City of ada\?$/);
    });

    test("prompts and completion", async () => {
      const { prompts } = await a.client.listPrompts();
      assert.ok(prompts.some((prompt) => prompt.name === named("greet")));
      const { messages } = await a.client.getPrompt({ name: named("greet"), arguments: { name: "Ada" } });
      assert.deepEqual(messages[0]?.content, { type: "text", text: "Greet Ada" });
      const { completion } = await a.client.complete({
        ref: { type: "ref/prompt", name: named("greet") },
        argument: { name: "name", value: "ad" },
      });
      assert.deepEqual(completion.values, ["ada", "adam"]);
    });

    test("a resource is listed, read and watched; only who watches is told", async () => {
      const one = uri("note://one");
      const { resources } = await a.client.listResources();
      assert.ok(resources.some((resource) => resource.uri === one));
      const watch =
        pair.client === "modern"
          ? await a.client.listen({ resourceSubscriptions: [one] })
          : await a.client.subscribeResource({ uri: one }).then(() => undefined);
      await b.say(named("touch"), "second");
      // A process of its own sees nothing of what another did.
      if (pair.upstream === "pipe") await a.say(named("touch"), "second");
      await until("the update arrives", () => a.updated.includes(one));
      assert.deepEqual(b.updated, []);
      const { contents } = await a.client.readResource({ uri: one });
      assert.deepEqual(contents, [{ uri: one, mimeType: "text/plain", text: "second" }]);
      await watch?.close();
    });

    test("two principals at once never see each other's", async () => {
      for (const who of [a, b]) who.progress.length = who.logs.length = who.asked.length = 0;
      a.answer = { action: "accept", content: { city: "Ada-town" } };
      b.answer = { action: "accept", content: { city: "Bob-town" } };
      const both = async (who: Heard, word: string): Promise<string[]> => {
        const calls = Array.from({ length: 3 }, () => who.say(named("steps"), word));
        const asking = who.say(named("ask"), word);
        return Promise.all([...calls, asking, who.say(named("echo"), word)]);
      };
      const [ofA, ofB] = await Promise.all([both(a, "ada"), both(b, "bob")]);
      assert.deepEqual(ofA, ["done ada", "done ada", "done ada", "ada accept Ada-town", "ada"]);
      assert.deepEqual(ofB, ["done bob", "done bob", "done bob", "bob accept Bob-town", "bob"]);
      for (const [who, mine, other] of [
        [a, "ada", "bob"],
        [b, "bob", "ada"],
      ] as const) {
        const all = JSON.stringify([who.progress, who.logs, who.asked]);
        assert.ok(all.includes(mine) && !all.includes(other), all);
        // The SDK reports its own rounds of questions as progress, without a total.
        assert.equal(who.progress.filter((step) => step.total !== undefined).length, 9, all);
        assert.equal(who.logs.length, 9, all);
      }
    });

    if (pair.upstream === "legacy" || pair.upstream === "pipe")
      test("W2: each principal has a session or process of its own", async () => {
        const [ofA, ofB] = [await a.say(named("remember"), "a1"), await b.say(named("remember"), "b1")];
        const [serverOfA, memoryOfA] = ofA.split(" ");
        const [serverOfB, memoryOfB] = ofB.split(" ");
        assert.notEqual(serverOfA, serverOfB);
        assert.equal(memoryOfA, "a1");
        assert.equal(memoryOfB, "b1");
        assert.equal((await a.say(named("remember"), "a2")).split(" ")[1], "a1,a2", "the session is kept");
        // The gateway's own look at the server is the third.
        if (pair.upstream === "legacy") assert.equal(fixtures.get(server)?.sessions(), 3);
      });

    test("T3: a tool that is added is told of, but neither listed nor called before it is approved", async () => {
      const watch = pair.client === "modern" ? await a.client.listen({ toolsListChanged: true }) : undefined;
      const before = a.changes;
      assert.equal(await a.say(named("grow")), "grown");
      await until("the client is told", () => a.changes > before);
      assert.ok(!(await tools(a)).includes(named("late")));
      await assert.rejects(a.say(named("late"), "x"), /no such tool/);
      await watch?.close();
      if (pair.upstream === "pipe") return;
      await gateway.approve(server);
      await until("it is listed", async () => (await tools(a)).includes(named("late")));
      assert.equal(await a.say(named("late"), "x"), "x");
    });
  });
}

test("A1 A3: everything is in the record, and the record verifies", async () => {
  const records = await gateway.audit({ limit: 10_000 });
  for (const { server } of PAIRS)
    assert.ok(records.some((record) => record.server === server && record.reason === "input_required"));
  assert.ok(records.some((record) => record.reason === "cancelled"));
  const { code, stdout } = await gateway.run("audit", "verify");
  assert.equal(code, 0, stdout);
});
