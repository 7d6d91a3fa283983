/** How far an "always" reaches, and how much one person may ask for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { beginningOf } from "../../src/domain/approvals/standing.ts";
import type { Located } from "../../src/kernel/call.ts";
import type { Verdict } from "../../src/kernel/control.ts";
import { callOf, OWNER, type Stage, stage } from "./setting.ts";

const BOSS = "person:boss@example.com";
const idOf = (verdict: Verdict<Located>): string =>
  verdict.kind === "hold" ? String(verdict.refusal.data?.["approval"]) : assert.fail(`${verdict.kind}, not held`);
const always = (of: Stage, id: string, prefix: string) =>
  of.approvals.decide({
    ...{ tenant: "default", id, verdict: "always", by: OWNER, channel: "page" },
    limits: { free: [], prefix: { to: prefix } },
  });

test("H4: a beginning that could go on as something else is refused", async () => {
  const here = stage({ caps: { perCredential: 100, perTenant: 100 } });
  const wrong: [value: string, prefix: string][] = [
    ["https://api.good.example", "https://api.good.example"],
    ["https://api.good.example/v1", "https://api.good.example"],
    ["https://api.good.example/v1", "https://api.good.example/v1"],
    ["https://api.good.example/v1", "https://"],
    ["https://me@good.example/v1/", "https://me@good.example/"],
    ["bob@good.example", "bob@good.example"],
    ["bob@good.example", "bob@"],
    ["/reports/may", "/reports"],
    ["//good.example/x", "//"],
    ["ls; rm", "ls;"],
  ];
  for (const [to, prefix] of wrong) {
    const id = idOf(await here.judge(callOf({ to })));
    await assert.rejects(always(here, id, prefix), /could go on as something else/, prefix);
  }
});

test("H4: a beginning holds host and folder, and nothing leads out of it", async () => {
  const cases: [value: string, prefix: string, inside: string[], outside: string[]][] = [
    [
      "https://api.good.example/v1/x",
      "https://api.good.example/v1/",
      ["https://api.good.example/v1/y/z?q=1"],
      [
        "https://api.good.example.evil.example/v1/x",
        "https://api.good.example/v1/../admin",
        "https://api.good.example/v1/\uff0e\uff0e/admin",
        "https://api.good.example/v1/x, https://evil.example/",
        "https://api.good.example/v1/a\\b",
      ],
    ],
    [
      "/reports/may",
      "/reports/",
      ["/reports/2026/june.md"],
      ["/reports-secret/x", "/reports/a;rm", "/reports/\u200bx"],
    ],
    ["Report May", "Report ", ["Report June 2026"], ["Report, eve@evil.example", "Report https://evil.example"]],
  ];
  for (const [to, prefix, inside, outside] of cases) {
    const here = stage({ caps: { perCredential: 100, perTenant: 100 } });
    await always(here, idOf(await here.judge(callOf({ to }))), prefix);
    await here.judge(callOf({ to }));
    await here.approvals.poll();
    for (const one of inside) assert.equal((await here.judge(callOf({ to: one }))).kind, "pass", one);
    for (const one of outside) assert.equal((await here.judge(callOf({ to: one }))).kind, "hold", one);
  }
});

test("H4: the page suggests no beginning that would be refused", () => {
  assert.equal(beginningOf("https://api.good.example/v1/x"), "https://api.good.example/v1/");
  assert.equal(beginningOf("/reports/may"), "/reports/");
  assert.equal(beginningOf("Report May"), "Report May");
  for (const none of ["https://api.good.example", "bob@good.example", "x; y"])
    assert.equal(beginningOf(none), undefined, none);
});

test("H3: one person fills the queue for nobody else, however many keys they have", async () => {
  const here = stage({ caps: { perCredential: 2, perPerson: 3, perTenant: 100 } });
  const ask = (n: number, credential: string, owner = OWNER) => {
    const call = callOf({ n });
    return here.judge({ ...call, principal: { ...call.principal, credential, owner } });
  };
  for (const n of [1, 2, 3]) idOf(await ask(n, `k_${n}`));
  await assert.rejects(ask(4, "k_4"), /As many calls of this person/);
  idOf(await ask(5, "k_5", BOSS));
});

test("H5: a refused call of a service that is not listed says so", async () => {
  const here = stage({ caps: { perCredential: 1, perTenant: 100 } });
  const said = [];
  for (const n of [1, 2]) {
    const call = callOf({ n });
    const verdict = await here.judge({ ...call, principal: { ...call.principal, owner: "service:nightly" } });
    said.push(verdict.kind === "deny" ? verdict.refusal.message : verdict.kind);
  }
  assert.match(said[0] ?? "", /An approver can allow the like of it/);
  assert.match(said[1] ?? "", /is not listed for an approver/);
});
