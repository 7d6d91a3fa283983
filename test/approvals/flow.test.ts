import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PROOF } from "../fixtures/administrator.ts";
import { until } from "../gateway/setting.ts";
import { type Asked, connectAs, GENERATIONS } from "./clients.ts";
import { OWNER_PASSWORD } from "../fixtures/grants.ts";
import { type ApprovalStage, startApprovals } from "./stage.ts";

let stage: ApprovalStage;
before(async () => {
  stage = await startApprovals(["trusted: [TRUSTED]"], "300ms");
});
after(() => stage?.stop());

let texts = 0;
/** Arguments that no other call of this file has. */
const fresh = (): { folder: string; text: string } => ({ folder: "/reports", text: `text ${++texts}` });
const savedOf = ({ text }: { text: string }): number => stage.upstream.saved.filter((one) => one.endsWith(text)).length;

/** Ada decides on the page that the client was sent to. */
async function onPage(url: string | undefined, decision: "allow" | "deny"): Promise<void> {
  const ada = await stage.person("ada");
  const path = new URL(url ?? "").pathname;
  const { status, text } = await ada.post(path, { decision, password: stage.passwords.ada });
  assert.equal(status, 303, text);
}

for (const generation of GENERATIONS)
  describe(`H1 H2 H3: a client of the SDK ${generation}`, () => {
    test("H3: is sent to the page where it has links; what is allowed there is sent once", async () => {
      const args = fresh();
      const decide = async ({ url }: Asked) => {
        await onPage(url, "allow");
        return { action: "accept" } as const;
      };
      const client = await connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key, ["url"], decide);
      assert.equal(await client.say("box__save", args), `saved ${args.text}`);
      assert.deepEqual(
        client.asked.map(({ mode }) => mode),
        ["url"],
      );
      assert.equal(new URL(client.asked[0]?.url ?? "").origin, stage.base);
      assert.equal(savedOf(args), 1);
      await client.say("box__save", args);
      assert.equal(client.asked.length, 2, "the next one is asked about again");
      await client.close();
    });

    test("H3: accepting the link decides nothing; who decides while it waits lets it go on", async () => {
      const args = fresh();
      let url: string | undefined;
      const client = await connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key, ["url"], (asked) => {
        url = asked.url;
        return { action: "accept" };
      });
      const said = client.say("box__save", args);
      await until("the question", () => url);
      await new Promise((later) => setTimeout(later, 300));
      assert.equal(savedOf(args), 0);
      await onPage(url, "allow");
      assert.equal(await said, `saved ${args.text}`);
      assert.equal(savedOf(args), 1);
      await client.close();
    });

    test("H3: who declines, or denies on the page, is refused, and nothing is sent", async () => {
      const args = fresh();
      const declining = await connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key, ["url"], () => ({
        action: "decline",
      }));
      await assert.rejects(declining.say("box__save", args), /has to decide/);
      await declining.close();
      const denying = await connectAs(
        generation,
        stage.gateway.endpoint,
        stage.keys.ada.key,
        ["url"],
        async ({ url }) => {
          await onPage(url, "deny");
          return { action: "accept" };
        },
      );
      await assert.rejects(denying.say("box__save", args), /A person refused this call/);
      await assert.rejects(denying.say("box__save", args), /A person refused this call/);
      await denying.close();
      assert.equal(savedOf(args), 0);
    });

    test("H3: a form counts from a trusted client alone", async () => {
      const args = fresh();
      const yes = () => ({ action: "accept", content: { decision: "allow" } }) as const;
      const trusted = await connectAs(generation, stage.gateway.endpoint, stage.keys.trusted.key, ["form"], yes);
      assert.equal(await trusted.say("box__save", args), `saved ${args.text}`);
      assert.match(trusted.asked[0]?.message ?? "", /box: save \(write\)[^]*"folder": "\/reports"/);
      await trusted.close();
      const other = await connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key, ["form"], yes);
      await assert.rejects(other.say("box__save", args), /\/approvals\/a_/);
      assert.equal(other.asked.length, 0);
      await other.close();
      assert.equal(savedOf(args), 1);
    });

    test("H3: a client that cannot be asked is told the page, and a retry finds the decision", async () => {
      const args = fresh();
      const client = await connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key);
      const fault = await client.say("box__save", args).catch((error: Error) => error);
      const url = /http:\S+\/approvals\/[\w-]+/.exec(String(fault))?.[0];
      await onPage(url, "allow");
      assert.equal(await client.say("box__save", args), `saved ${args.text}`);
      assert.equal(savedOf(args), 1);
      await client.close();
    });

    test("H1: one approval covers the legs of a call whose server asks back", async () => {
      const args = fresh();
      const client = await connectAs(
        generation,
        stage.gateway.endpoint,
        stage.keys.ada.key,
        ["url", "form"],
        async ({ mode, url }) => {
          if (mode === "form") return { action: "accept", content: { city: "Oslo" } };
          await onPage(url, "allow");
          return { action: "accept" };
        },
      );
      assert.equal(await client.say("box__ask", args), "asked Oslo");
      assert.deepEqual(
        client.asked.map(({ mode }) => mode),
        ["url", "form"],
      );
      await client.close();
    });
  });

describe("H3: who decides, where", () => {
  const hold = async (key: string, args = fresh()) => {
    const client = await connectAs("v2 modern", stage.gateway.endpoint, key);
    await assert.rejects(client.say("box__save", args), /\/approvals\//);
    const retry = async () => {
      try {
        return await client.say("box__save", args);
      } finally {
        await client.close();
      }
    };
    return { args, retry, ...(await stage.waiting()) };
  };

  test("H3 I11: a browser session alone decides nothing, neither on the page nor in the API; a wrong password neither", async () => {
    const { id, retry, args } = await hold(stage.keys.ada.key);
    const ada = await stage.person("ada");
    assert.equal((await ada.post(`/approvals/${id}`, { decision: "allow" })).status, 403);
    assert.equal(
      (await ada.post(`/approvals/${id}`, { decision: "allow", password: "not the right one" })).status,
      403,
    );
    assert.equal((await ada.api("POST", `/api/approvals/${id}/allow`, {})).status, 403);
    const proof = { password: OWNER_PASSWORD, login: "owner" };
    assert.equal((await ada.api("POST", `/api/approvals/${id}/allow`, { proof })).status, 403, "of another account");
    await assert.rejects(retry(), /has to decide/);
    assert.equal(savedOf(args), 0);
  });

  test("H3: in the API the person themself allows, with their password", async () => {
    const { id, retry, args } = await hold(stage.keys.ada.key);
    const ada = await stage.person("ada");
    const proof = { password: stage.passwords.ada };
    const { status, body } = await ada.api("POST", `/api/approvals/${id}/allow`, { proof });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await ada.api("POST", `/api/approvals/${id}/deny`, { proof })).status, 400, "decided once");
    assert.equal(await retry(), `saved ${args.text}`);
  });

  test("H3: nobody without duty sees or decides somebody else's call; an approver does", async () => {
    const { id, retry, args } = await hold(stage.keys.ada.key);
    const bob = await stage.person("bob");
    assert.equal((await bob.get(`/approvals/${id}`)).status, 404);
    const proof = { password: stage.passwords.bob };
    assert.equal((await bob.api("POST", `/api/approvals/${id}/allow`, { proof })).status, 404);
    const owner = await stage.person("owner");
    assert.equal(
      (await owner.api("POST", `/api/approvals/${id}/allow`, { proof: { password: OWNER_PASSWORD } })).status,
      200,
    );
    assert.equal(await retry(), `saved ${args.text}`);
  });

  test("H3: where a second person is wanted the one who asks cannot decide, in no channel", async () => {
    const { id, retry, args } = await hold(stage.keys.second.key);
    const ada = await stage.person("ada");
    assert.equal(
      (await ada.post(`/approvals/${id}`, { decision: "allow", password: stage.passwords.ada })).status,
      403,
    );
    assert.match((await ada.get(`/approvals/${id}`)).text, /A second person decides/);
    const typed = await stage.gateway.runWith(`ada\n${stage.passwords.ada}\n`, [
      "approvals",
      "allow",
      id,
      "--proof-stdin",
    ]);
    assert.equal(typed.code, 2);
    const given = await stage.gateway.runWith(PROOF, ["approvals", "allow", id, "--proof-stdin", "--json"]);
    assert.equal(given.code, 0, given.stderr);
    assert.equal(await retry(), `saved ${args.text}`);
  });

  test("H3: a decision on the command line is seen by the running gateway at once", async () => {
    const args = fresh();
    const client = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.ada.key);
    await assert.rejects(client.say("box__save", args), /\/approvals\//);
    const { id } = await stage.waiting();
    const shown = await stage.gateway.run("approvals", "show", id);
    assert.match(shown.stdout, /"folder": "\/reports"/);
    const typed = `ada\n${stage.passwords.ada}\n`;
    assert.equal((await stage.gateway.runWith(typed, ["approvals", "allow", id, "--proof-stdin"])).code, 0);
    assert.equal(await client.say("box__save", args), `saved ${args.text}`);
    await client.close();
    const types = await until("the command's event", async () => {
      const found = (await stage.gateway.audit()).filter(({ detail }) => detail?.["approval"] === id);
      return found.some(({ type }) => type === "approval.allowed") && found;
    });
    assert.deepEqual(types.map(({ type }) => type).sort(), ["approval.allowed", "approval.asked", "approval.used"]);
    assert.equal(types.find(({ type }) => type === "approval.allowed")?.detail?.["channel"], "command");
    assert.ok(!JSON.stringify(types).includes(args.text) && !JSON.stringify(types).includes("person:"));
  });

  test("H1: a definition that changed while the call waited: what is allowed is not sent", async () => {
    const { id, retry, args } = await hold(stage.keys.ada.key);
    stage.upstream.describe("Saves a text, and sends it elsewhere too");
    await new Promise((later) => setTimeout(later, 1_200));
    const ada = await stage.person("ada");
    assert.equal(
      (await ada.post(`/approvals/${id}`, { decision: "allow", password: stage.passwords.ada })).status,
      303,
    );
    await assert.rejects(retry(), /no such tool/);
    assert.equal(savedOf(args), 0);
    stage.upstream.describe("Saves a text in a folder");
    await new Promise((later) => setTimeout(later, 1_200));
  });

  test("H5: a service is refused, and a standing allow of an approver lets the like of it pass", async () => {
    const args = fresh();
    const client = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.service.key, ["url"]);
    await assert.rejects(client.say("box__save", args), /nobody can be asked/);
    assert.equal(client.asked.length, 0);
    const { id } = await stage.waiting();
    const allow = await stage.gateway.runWith(PROOF, ["approvals", "allow", id, "--proof-stdin"]);
    assert.equal(allow.code, 2);
    const always = await stage.gateway.runWith(PROOF, ["approvals", "always", id, "--free", "text", "--proof-stdin"]);
    assert.equal(always.code, 0, always.stderr);
    await until("the standing allow", () => client.say("box__save", args).catch(() => undefined));
    await client.say("box__save", fresh());
    await assert.rejects(client.say("box__save", { ...args, folder: "/other" }), /nobody can be asked/);
    const { standing } = JSON.parse((await stage.gateway.run("approvals", "list", "--json")).stdout) as {
      standing: { id: string; owner: string }[];
    };
    const mine = standing.find(({ owner }) => owner === "service:nightly");
    assert.equal((await stage.gateway.run("approvals", "revoke", mine?.id ?? "")).code, 0);
    await assert.rejects(client.say("box__save", args), /nobody can be asked/);
    await client.close();
  });

  test("H4: on the page always is within limits, for writes alone, and taken back there", async () => {
    const { id, retry, args } = await hold(stage.keys.ada.key, { ...fresh(), folder: "/reports/a" });
    const ada = await stage.person("ada");
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const limits = { "limit.0": "prefix", "prefix.0": "/reports/", "limit.1": "any", until };
    const sent = await ada.post(`/approvals/${id}`, { decision: "always", password: stage.passwords.ada, ...limits });
    assert.equal(sent.status, 303, sent.text);
    assert.equal(await retry(), `saved ${args.text}`);
    await new Promise((later) => setTimeout(later, 300));
    const client = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.ada.key);
    assert.match(await client.say("box__save", { folder: "/reports/b", text: "free" }), /saved free/);
    await assert.rejects(client.say("box__save", { folder: "/other", text: "free" }), /has to decide/);
    const list = await ada.get("/approvals");
    const standing = /\/approvals\/standing\/([\w-]+)\/revoke/.exec(list.text)?.[1];
    assert.equal((await ada.post(`/approvals/standing/${standing}/revoke`, {}, "/approvals")).status, 303);
    await assert.rejects(client.say("box__save", { folder: "/reports/c", text: "free" }), /has to decide/);
    await assert.rejects(client.say("box__erase", { folder: "/reports", text: "x" }), /has to decide/);
    const erase = await stage.waiting();
    assert.equal(erase.name, "erase");
    assert.doesNotMatch((await ada.get(`/approvals/${erase.id}`)).text, /Always allow/);
    await client.close();
  });
});
