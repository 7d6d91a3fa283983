import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { openLocalUsers } from "../../src/adapters/sqlite/local-users.ts";
import { createSealer } from "../../src/adapters/vault/sealer.ts";
import type { KeyEvent } from "../../src/domain/identity/key-admin.ts";
import { createLocalUsers, type LocalUsers } from "../../src/domain/identity/local-users.ts";
import { createPeople } from "../../src/domain/identity/people-admin.ts";
import { apiRoutes } from "../../src/doors/web/api.ts";
import { maker } from "../identity/setting.ts";
import { codeOf } from "./people-stage.ts";
import { HOUR, type Stage, stage } from "./setting.ts";

type Json = Record<string, unknown>;

let set: Stage;
let local: LocalUsers;
const keys = openKeys(":memory:");
const events: KeyEvent[] = [];

/** A signed-in administrator, as their browser asks. */
async function who(login: string, roles: readonly string[], secondFactorAt?: number, authAt = set.clock.now()) {
  const owner = `person:${login}`;
  const at = set.clock.now();
  if (set.directory.account("default", owner) === undefined)
    await set.directory.save({
      ...{ tenant: "default", owner, source: "corp", sub: login, roles, createdAt: at, checkedAt: at },
    });
  const second = secondFactorAt === undefined ? {} : { secondFactorAt };
  const { cookie, session } = await set.sessions.begin({ tenant: "default", owner, authAt, ...second });
  return async (method: string, path: string, body?: Json | string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${set.base}${path}`, {
      method,
      headers: {
        cookie: `cardea=${cookie}`,
        ...(method === "GET" ? {} : { "x-csrf": session.csrf }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      body: (await answer.json()) as Json & { error?: { code: string; message: string } },
    };
  };
}

before(async () => {
  set = await stage(({ artifacts, directory, clock, random, record }) => {
    const sealer = createSealer(Buffer.alloc(32, 1));
    const store = openLocalUsers(":memory:");
    const users = { tenant: "default", store, artifacts, directory, sealer, clock, random, issuer: "t", record };
    local = createLocalUsers(users);
    const claim = async () => "claimed" as const;
    const named = () => "s_admin";
    return [
      apiRoutes({
        people: createPeople({
          approvals: { endOwner: async () => ({ pending: 0, given: 0, standing: 0 }) },
          quarantine: { endOwner: async () => 0 },
          flow: { endOwner: async () => 0 },
          ...{ tenant: "default", directory, keys, artifacts, local, clock, random, claim, named },
          record,
        }),
        keys: {
          ...{ store: keys, directory, clock, random, tenant: "default", environment: "dev" },
          record: async (event) => void events.push(event),
        },
        proof: {
          tenant: "default",
          account: (owner) => directory.account("default", owner),
          secondFactor: true,
          record,
        },
        verify: local.verify,
        secondFactorMs: HOUR,
        known: { roles: ["engineer"], plans: ["default"], servers: ["files"] },
      }),
    ];
  });
});

after(() => set.close());

describe("The API of administration (I5, I9, I11)", () => {
  test("nobody who is not signed in, or has not the duty, learns anything", async () => {
    assert.equal((await fetch(`${set.base}/api/people`)).status, 401);
    const ada = await who("ada@example.com", ["engineer"], set.clock.now());
    for (const [method, path] of [
      ["GET", "/api/people"],
      ["GET", "/api/keys"],
      ["POST", "/api/keys"],
      ["POST", "/api/people/person:ada@example.com/offboard"],
    ] as const) {
      const { status, body } = await ada(method, path);
      assert.deepEqual([status, body.error?.code], [403, "not_permitted"]);
      assert.match(body.error?.message ?? "", /administrator with the duty/);
    }
    assert.equal(set.events.filter(({ type }) => type === "admin.refused").length, 4);
    const auditor = await who("auditor", ["admin:auditor"], set.clock.now());
    assert.equal((await auditor("GET", "/api/keys")).status, 200);
    assert.equal((await auditor("POST", "/api/keys", { owner: "service:x", roles: ["engineer"] })).status, 403);
  });

  test("a change needs the token of the session, our own origin and a fresh second factor", async () => {
    const body = { owner: "service:x", roles: ["engineer"] };
    const root = await who("root", ["admin:security"], set.clock.now());
    assert.equal((await root("POST", "/api/keys", body, { "x-csrf": "x" })).body.error?.code, "forbidden_origin");
    assert.equal((await root("POST", "/api/keys", body, { "sec-fetch-site": "cross-site" })).status, 403);
    const stale = await who("root", [], set.clock.now() - HOUR - 1);
    assert.match((await stale("GET", "/api/keys")).body.error?.message ?? "", /second factor/);
    const none = await who("root", []);
    assert.match((await none("POST", "/api/keys", body)).body.error?.message ?? "", /second factor/);
    assert.deepEqual(await keys.list("default"), []);
  });

  test("keys are made, listed, rotated and revoked; what cannot be meant is a sentence", async () => {
    const root = await who("root", ["admin:security"], set.clock.now());
    const wrong: [body: Json | string, said: RegExp][] = [
      [{ owner: "x", roles: ["engineer"] }, /owner must be person:NAME/],
      [{ owner: "service:x", roles: ["enginer"] }, /did you mean engineer\?/],
      [{ owner: "service:x", roles: "engineer" }, /roles must be a list of texts/],
      [{ owner: "service:x", roles: ["engineer"], scope: ["file.*"] }, /server "file" is not configured/],
      [{ owner: "service:x", roles: ["engineer"], label: "x".repeat(101) }, /label has at most 100 characters/],
      [{ owner: "service:x", roles: ["engineer"], expiresAt: 5 }, /expiresAt must lie in the future/],
      [{ owner: "service:x", roles: ["engineer"], admin: true }, /"admin" is no field/],
      ['{"owner":"service:x","owner":"service:y"}', /./],
      ["[]", /must be a JSON object/],
    ];
    for (const [body, said] of wrong) {
      const answer = await root("POST", "/api/keys", body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(answer.body.error?.message ?? "", said);
    }
    const made = await root("POST", "/api/keys", { owner: "service:x", roles: ["engineer"], scope: ["files.read_*"] });
    assert.equal(made.status, 201);
    assert.match(String(made.body["key"]), /^ck_dev_/);
    const id = String(made.body["id"]);
    const rotated = await root("POST", `/api/keys/${id}/rotate`, { overlapMs: 1_000 });
    assert.deepEqual(rotated.body["rotated"], { id, expiresAt: set.clock.now() + 1_000 });
    const revoked = await root("DELETE", `/api/keys/${String(rotated.body["id"])}`);
    assert.equal(revoked.status, 200);
    assert.equal((await root("DELETE", "/api/keys/k_none")).status, 404);
    const listed = await root("GET", "/api/keys");
    assert.equal((listed.body["keys"] as Json[]).length, 2);
    assert.ok(!JSON.stringify(listed.body).includes("hash"));
    assert.deepEqual(
      events.map(({ type, by }) => [type, by?.owner]),
      ["key.created", "key.created", "key.rotated", "key.revoked"].map((type) => [type, "person:root"]),
    );
  });

  test("a person is made, and ended with everything they have", async () => {
    const root = await who("root", ["admin:security"], set.clock.now());
    const made = await root("POST", "/api/people", {
      login: "eve@example.com",
      roles: ["engineer"],
      duties: ["auditor"],
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual(made.body["roles"], ["engineer", "admin:auditor"]);
    assert.match(String(made.body["password"]), /^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    const eve = "/api/people/person:eve@example.com";
    await root("POST", "/api/keys", { owner: "person:eve@example.com", roles: ["engineer"] });
    await set.sessions.begin({ tenant: "default", owner: "person:eve@example.com", authAt: set.clock.now() });
    assert.equal(((await root("GET", eve)).body["keys"] as Json[]).length, 1);
    const ended = await root("POST", `${eve}/offboard`);
    assert.deepEqual(ended.body, {
      owner: "person:eve@example.com",
      account: "ended",
      keys: 1,
      grants: 0,
      artifacts: { browser: 1 },
      approvals: 0,
      standing: 0,
      quarantined: 0,
      labels: 0,
      failures: [],
    });
    assert.equal((await root("POST", "/api/people/person:nobody/offboard")).status, 404);
    const refused = await root("POST", "/api/keys", { owner: "person:eve@example.com", roles: ["engineer"] });
    assert.match(refused.body.error?.message ?? "", /was offboarded/);
    const last = await root("POST", "/api/people/person:root/offboard");
    assert.match(last.body.error?.message ?? "", /last administrator/);
  });

  test("invariant 12: a session of a local user grants nothing without password and code in the request", async () => {
    const password = "correct horse battery";
    await local.create({ login: "owner", password, roles: ["admin:security"], reason: "test" }, await maker());
    await local.beginSecondFactor("owner", "b_1");
    const secret = (await local.pendingSecondFactor("owner", "b_1"))?.secret ?? "";
    assert.ok(await local.confirmSecondFactor("owner", "b_1", codeOf(secret, set.clock.time)));
    const owner = await who("owner", [], set.clock.now());
    const made = await owner("GET", "/api/keys");
    assert.equal(made.status, 200, "reading needs the session alone");
    const before = (await keys.list("default")).length;
    const seen = set.events.length;
    const body = { owner: "service:x", roles: ["engineer"] };
    const code = () => codeOf(secret, (set.clock.time += 60_000));
    const refused: [proof: Json | undefined, said: RegExp][] = [
      [undefined, /needs your password in the request/],
      [{ password: "wrong wrong wrong" }, /not right/],
      [{ password }, /second factor/],
      [{ password, code: "000000" }, /code is not right/],
      [{ login: "root", password, code: "000000" }, /of the account that is signed in/],
    ];
    for (const [proof, said] of refused)
      for (const [path, fields] of [
        ["/api/keys", body],
        ["/api/keys/k_x/rotate", {}],
        ["/api/people", { login: "mallory", duties: ["security"] }],
      ] as const) {
        set.clock.time += HOUR;
        const answer = await owner("POST", path, { ...fields, ...(proof === undefined ? {} : { proof }) });
        assert.equal(answer.status, 403, JSON.stringify([path, proof]));
        assert.match(answer.body.error?.message ?? "", said);
      }
    assert.equal((await keys.list("default")).length, before);
    assert.equal(set.directory.account("default", "person:mallory"), undefined);
    const reasons = new Set(set.events.slice(seen).map(({ type, reason }) => `${type} ${reason}`));
    for (const reason of ["proof_missing", "proof_invalid", "proof_of_another"])
      assert.ok(reasons.has(`admin.refused ${reason}`), reason);

    set.clock.time += HOUR;
    const right = await owner("POST", "/api/keys", { ...body, proof: { password, code: code() } });
    assert.equal(right.status, 201, JSON.stringify(right.body));
    const named = { login: "owner", password, code: code() };
    const id = String(right.body["id"]);
    const now = await who("owner", [], set.clock.now());
    assert.equal((await owner("POST", `/api/keys/${id}/rotate`, { proof: named })).status, 201);
    assert.equal((await now("DELETE", `/api/keys/${id}`)).status, 200, "taking power away needs the session alone");
    for (const proof of ["x", [], { password: 5 }, { password, more: 1 }, { code: "1" }])
      assert.equal((await owner("POST", "/api/keys", { ...body, proof })).status, 400, JSON.stringify(proof));
    assert.equal((await now("POST", "/api/people/person:owner/offboard")).status, 200);
  });

  test("invariant 12: a sign-in at a provider grants power for five minutes", async () => {
    const at = set.clock.now();
    const body = { owner: "service:x", roles: ["engineer"] };
    const fresh = await who("root", ["admin:security"], at, at - 300_000);
    const answer = await fresh("POST", "/api/keys", body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const old = await who("root", ["admin:security"], at, at - 300_001);
    for (const [path, fields] of [
      ["/api/keys", body],
      [`/api/keys/${String(answer.body["id"])}/rotate`, {}],
      ["/api/people", { login: "mallory", duties: ["security"] }],
    ] as const)
      assert.match((await old("POST", path, fields)).body.error?.message ?? "", /last five minutes/);
    assert.equal((await old("DELETE", `/api/keys/${String(answer.body["id"])}`)).status, 200);
  });
});
