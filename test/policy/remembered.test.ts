import assert from "node:assert/strict";
import { test } from "node:test";
import type { Caller } from "../../src/domain/policy/question.ts";
import { asks, NOW } from "./setting.ts";

test("P2: what is remembered of one caller and thing answers for no other server, kind, effect, role or owner", () => {
  const { policy } = asks({
    access: [
      { role: "reader", allow: ["files.*"], effects: ["read"] },
      { role: "writer", allow: ["crm.*"], effects: ["read", "write"] },
    ],
    cedar: [
      {
        file: "policies/x.cedar",
        text: 'forbid (principal == Cardea::User::"person:eve@example.com", action, resource);',
      },
    ],
  });
  const callers: Caller[] = ["reader", "writer"].flatMap((role) =>
    ["ada", "eve"].map((name) => ({
      tenant: "default",
      owner: `person:${name}@example.com`,
      credential: "k_1",
      environment: "dev",
      plan: "default",
      roles: [role],
    })),
  );
  const wanted = ["files", "crm"].flatMap((server) =>
    (["tool", "prompt"] as const).flatMap((kind) =>
      (["read", "write"] as const).flatMap((effect) => ["a", "b"].map((name) => ({ server, kind, effect, name }))),
    ),
  );
  let allowed = 0;
  for (let round = 0; round < 3; round++)
    for (const thing of wanted)
      for (const caller of callers) {
        // Of another time nothing is remembered.
        const anew = policy.judge(caller, thing, { time: NOW });
        assert.deepEqual(policy.judge(caller, thing, {}), anew, JSON.stringify({ caller, thing }));
        assert.equal(policy.decide(caller, { ...thing }).allow || !anew.allow, true);
        assert.equal(policy.reaches(caller, thing.server) || !anew.allow, true);
        if (anew.allow) allowed++;
      }
  assert.ok(allowed > 0 && allowed < 3 * wanted.length * callers.length);
  assert.ok(policy.counts().remembered > wanted.length * callers.length);
});
