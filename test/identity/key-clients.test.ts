import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeyClients } from "../../src/domain/identity/key-clients.ts";
import type { Principal } from "../../src/kernel/principal.ts";

const who = (credential: string, client?: string): Principal => ({
  tenant: "default",
  subject: "s_1",
  owner: "person:ada",
  credential,
  roles: [],
  environment: "dev",
  plan: "default",
  ...(client === undefined ? {} : { client }),
});

test("I5: a second client of a key alerts, once for each further name", () => {
  const told: string[] = [];
  const seen = createKeyClients((key, first, name) => void told.push(`${key.credential} ${first} ${name}`));
  for (const name of ["claude", "claude", undefined, "cursor", "claude", "cursor", "x\u0007"]) seen(who("k_1"), name);
  seen(who("k_2"), "cursor");
  assert.deepEqual(told, ["k_1 claude cursor", "k_1 claude x\ufffd"]);
});

test("I5: names of OAuth clients and a flood of names tell nothing", () => {
  let told = 0;
  const seen = createKeyClients(() => void told++);
  for (const name of ["a", "b"]) seen(who("g_1", "client"), name);
  assert.equal(told, 0);
  for (let i = 0; i < 1_000; i++) seen(who("k_1"), `name ${i}`);
  assert.equal(told, 15);
});
