import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { policyCommand } from "../../src/cli/policy.ts";
import { openAdministration, TENANT } from "../../src/compose/administration.ts";
import { readConfig } from "../../src/compose/commands.ts";
import { openPolicyAdmin } from "../../src/compose/policy-admin.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "cardea-unknown-"));
after(() => rmSync(folder, { recursive: true }));
cpSync(join(root, "examples/policy"), folder, { recursive: true });
cpSync(join(root, "defaults/cardea.lock"), join(folder, "cardea.lock"));
const config = join(folder, "cardea.yaml");
const files = resolveFiles({ home: join(folder, ".cardea"), config, cwd: folder, env: {} });

writeFileSync(
  join(folder, "policies/names.cedar"),
  `
forbid (principal == Cardea::User::"person:eve@example.com", action, resource);
forbid (principal == Cardea::User::"person:adam@example.com", action, resource);
forbid (principal, action, resource) when { principal in Cardea::Key::"k_0123456789abcdef" };
forbid (principal in Cardea::Client::"reportng", action, resource);
forbid (principal, action, resource) when { principal.client == "" || context.client.id == "nosuch" };
forbid (principal, action, resource) when { principal.plan == "defualt" };
forbid (principal, action, resource) when { context.scopes.containsAny(["files:read", "flies:write"]) };
`,
);

async function lint() {
  let text = "";
  const io = { out: (one: string) => void (text += one), err() {}, json: false, home: files.home, colour: false };
  const code = await policyCommand(["lint"], io, () => openPolicyAdmin(files, () => Date.now()));
  assert.equal(code, 1);
  return text.split("\n").filter((line) => /^(?:unknown|not looked)/.test(line));
}

test("P7: lint finds rules that name people, keys, clients, plans and scopes that are nowhere, with the nearest name", async () => {
  assert.deepEqual(
    (await lint()).map((line) =>
      line
        .replace(/:.* names /, ": ")
        .replace(/ {2}policies.*/, "")
        .replace(folder, ""),
    ),
    [
      'unknown: "defualt": no plan is called so, did you mean default?',
      'unknown: "flies:write": no scope is called so, did you mean files:write?',
      "not looked at: people, keys and clients; there is no state in /.cardea",
    ],
  );
  const people = await openAdministration(files, readConfig(files), { create: true });
  const [account, key] = [{ source: "corp", createdAt: 0, checkedAt: 0, roles: ["reader"] }, "k_0123456789abcdeg"];
  const [eve, bob] = ["person:eve@example.com", "person:bob@example.com"];
  await people.directory.save({ ...account, tenant: TENANT, owner: eve, sub: "1" });
  const record = { id: key, tenant: TENANT, owner: bob, roles: [], environment: "dev", plan: "default", createdAt: 0 };
  await people.keys.create(TENANT, { record, hash: "0".repeat(64) });
  const grant = { id: "g_1", tenant: TENANT, owner: eve, environment: "dev", client: "reporting", clientName: "R" };
  await people.directory.saveGrant({ ...grant, scopes: [], createdAt: 0, expiresAt: Date.now() + 1e6 });
  await people.close();
  const found = await lint();
  assert.deepEqual(
    found.map((line) => [
      Number(/names\.cedar:(\d+)$/.exec(line)?.[1]),
      ...(/names "(.*)": .* called so(?:, did you mean (.*)\?)?/.exec(line)?.slice(1) ?? []),
    ]),
    [
      [3, "person:adam@example.com", "person:eve@example.com"],
      [4, "k_0123456789abcdef", key],
      [5, "reportng", "reporting"],
      [6, "nosuch", undefined],
      [7, "defualt", "default"],
      [8, "flies:write", "files:write"],
    ],
    found.join("\n"),
  );
});

test("P7: what exists is no finding, and whoever was offboarded is one", async () => {
  const people = await openAdministration(files, readConfig(files), { create: false });
  await people.directory.end(TENANT, "person:eve@example.com");
  await people.close();
  assert.ok((await lint()).some((line) => /names "person:eve@example\.com": nobody here is called so/.test(line)));
});
