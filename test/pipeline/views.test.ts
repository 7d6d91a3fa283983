import assert from "node:assert/strict";
import { test } from "node:test";
import type { Judge } from "../../src/domain/catalogue/view.ts";
import { createViews } from "../../src/domain/catalogue/views.ts";
import type { Change, LinkKey, Upstream } from "../../src/ports/upstream.ts";
import { CALL } from "./setting.ts";

const judge: Judge = {
  forwarded: (_kind, raw) => raw,
  digest: (definition) => JSON.stringify(definition),
  pinned: (_server, _kind, _name, digest) => (digest.includes("evil") ? "changed" : undefined),
  usable: () => undefined,
  faces: (_server, _kind, name, definition, digest) => [
    { name, alias: undefined, effect: "read", published: { definition, digest }, quarantine: undefined },
  ],
};

/** Views of one server `s`; what it publishes, and what happens while it lists, a test decides. */
function setting() {
  const at = { description: "good", lists: 0, during() {} };
  let told: (key: LinkKey, change: Change) => void = () => {};
  const links = new Map<string, object>();
  const list = async () => {
    at.lists++;
    const tools = [{ name: "t", description: at.description }];
    at.during();
    return { tools, prompts: [], resources: [], templates: [], capabilities: { tools: {} }, faults: [] };
  };
  const upstream = {
    name: "s",
    async link({ credential }: LinkKey) {
      if (!links.has(credential)) links.set(credential, { list });
      return links.get(credential);
    },
    onListChange: (listener: typeof told) => void (told = listener),
  } as unknown as Upstream;
  const views = createViews({
    upstreams: new Map([["s", upstream]]),
    judge,
    clock: { now: () => 1_000, monotonic: () => 1_000 },
    refreshMs: () => 60_000,
    barred: () => undefined,
    onView() {},
  });
  const principal = (credential: string) => ({ ...CALL.principal, credential });
  const see = (credential: string) => views.see("s", principal(credential), CALL.profile);
  return {
    at,
    see,
    tell: (credential: string) => told({ ...principal(credential), profile: CALL.profile }, { kind: "tools" }),
  };
}

test("T3: a change that is heard during a listing is fetched by the next call", async () => {
  const { at, see, tell } = setting();
  at.during = () => {
    at.during = () => {};
    at.description = "evil";
    tell("k_1");
  };
  await see("k_1");
  assert.equal((await see("k_1")).view.tools.get("t")?.quarantine, "changed");
  assert.equal(at.lists, 2);
});

test("T3: what changed for one caller is looked at again for all", async () => {
  const { at, see, tell } = setting();
  await see("k_1");
  await see("k_2");
  at.description = "evil";
  tell("k_1");
  await see("k_1");
  assert.equal((await see("k_2")).view.tools.get("t")?.quarantine, "changed");
});
