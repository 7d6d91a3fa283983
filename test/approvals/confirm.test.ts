import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { modern, post } from "../gateway/raw-client.ts";
import { connectAs, GENERATIONS } from "./clients.ts";
import { type ApprovalStage, startApprovals } from "./stage.ts";

let stage: ApprovalStage;
before(async () => {
  stage = await startApprovals([], "300ms");
});
after(() => stage?.stop());

const wiped = (folder: string): string[] => stage.upstream.saved.filter((one) => one.includes(`"${folder}"`));

/** Ada decides on the page that the client was sent to. */
async function onPage(url: string | undefined, decision: "allow" | "deny"): Promise<string> {
  const ada = await stage.person("ada");
  const path = new URL(url ?? "").pathname;
  const { text } = await ada.get(path);
  const sent = await ada.post(path, { decision, password: stage.passwords.ada });
  assert.equal(sent.status, 303, sent.text);
  return text;
}

test("H4: the argument that confirms is in no schema that callers see", async () => {
  const { body } = await post(`${stage.gateway.endpoint}/box`, modern(stage.keys.ada.key, "tools/list", {}));
  const tools = body.result?.["tools"] as { name: string; inputSchema: { properties: object; required: string[] } }[];
  const wipe = tools.find(({ name }) => name === "wipe");
  assert.deepEqual(
    [Object.keys(wipe?.inputSchema.properties ?? {}), wipe?.inputSchema.required],
    [["folder"], ["folder"]],
  );
});

for (const generation of GENERATIONS)
  describe(`H4: confirm, with a client of the SDK ${generation}`, () => {
    const connect = (decision: "allow" | "deny", pages: string[]) =>
      connectAs(generation, stage.gateway.endpoint, stage.keys.ada.key, ["url"], async ({ url }) => {
        pages.push(await onPage(url, decision));
        return { action: "accept" };
      });

    test("H4: whatever the rules say a person is asked, and only then true is sent, once", async () => {
      const [folder, pages]: [string, string[]] = [`/allowed ${generation}`, []];
      const client = await connect("allow", pages);
      assert.equal(await client.say("box__wipe", { folder }), `wiped ${folder}`);
      assert.deepEqual(wiped(folder), [`wipe ${JSON.stringify({ folder, confirmed: true })}`]);
      assert.match(pages[0] ?? "", /&quot;confirmed&quot;: true/, "the page shows what will be sent");
      assert.doesNotMatch(pages[0] ?? "", /Always allow/);
      await client.say("box__wipe", { folder });
      assert.deepEqual([client.asked.length, wiped(folder).length], [2, 2], "the next one is asked about again");
      await client.close();
    });

    test("H4: who says no is refused, and a caller who sends the argument too; nothing is sent", async () => {
      const [folder, pages]: [string, string[]] = [`/denied ${generation}`, []];
      const client = await connect("deny", pages);
      await assert.rejects(client.say("box__wipe", { folder }), /A person refused this call/);
      const forged = { folder: `${folder} forged`, confirmed: true } as unknown as Record<string, string>;
      await assert.rejects(client.say("box__wipe", forged), /confirmed/);
      assert.equal(client.asked.length, 1, "nobody is asked about what is refused anyway");
      assert.deepEqual([wiped(folder), wiped(`${folder} forged`)], [[], []]);
      await client.close();
    });
  });
