import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { createAcceptance } from "../../src/compose/acceptance.ts";
import { lineChanges } from "../../src/domain/acceptance/accepted.ts";
import { claimOf } from "../../src/domain/identity/administration.ts";
import { prove } from "../../src/domain/identity/proof.ts";
import {
  approve,
  EMPTY_LOCK,
  type Lock,
  pinServer,
  removeDefinition,
  serializeLock,
} from "../../src/domain/pins/index.ts";
import type { Account } from "../../src/ports/directory.ts";
import { clockAt, folder } from "./setting.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";

const made: string[] = [];
after(() => made.forEach((path) => rmSync(path, { recursive: true })));

const ROOT: Account = {
  ...{ tenant: "default", owner: "person:root", source: "local", sub: "root", roles: ["admin:security"] },
  ...{ createdAt: 0, checkedAt: 0 },
};

const WHO = { by: "person:root", at: "2026-11-21" };
const tool = (name: string, description = "x") => ({ name, description, inputSchema: { type: "object" } });
const pinned = (lock: Lock, name: string, description?: string): Lock =>
  approve(lock, "files", "tool", tool(name, description), WHO, "replace");
const reviewed = pinServer(EMPTY_LOCK, "files", { url: "http://one" }, WHO);
const BOTH = pinned(pinned(reviewed, "read"), "write");

const file = (name: string, text: string) => ({ name, bytes: Buffer.from(text) });
const bytes = (lock: Lock): Buffer => Buffer.from(serializeLock(lock));
const files = (yaml: string, lock = BOTH) => [file("cardea.yaml", yaml), { name: "cardea.lock", bytes: bytes(lock) }];

function stage(foreign?: () => ReturnType<typeof files>) {
  const events: LifecycleEvent[] = [];
  const clock = clockAt(1_000);
  const artifacts = openArtifacts(":memory:", openMasterKey(folder()), clock);
  const record = async (event: LifecycleEvent) => void events.push(event);
  const acceptance = createAcceptance({
    ...{ artifacts, tenant: "default", clock, ownedByAnother: () => foreign?.(), record },
    secondPerson: (yaml) => yaml.includes("two"),
  });
  const by = (act: "config.accept" | "pins.change", owner = "person:root") =>
    prove(
      {
        ...{ tenant: "default", account: () => ROOT, secondFactor: false, record },
        verify: async () => ({ owner, secondFactor: false }),
      },
      { login: "root", password: "right" },
      act,
    );
  const reasons = () => events.filter(({ type }) => type === "config.accepted").map(({ reason }) => reason);
  return { acceptance, by, clock, reasons, events };
}

test("invariant 12: without an administrator everything starts; with one, only what was accepted does, and the record says what did not", async () => {
  const { acceptance, by, events } = stage();
  await acceptance.mustBeAccepted(files("a: 1\n"), "none");
  assert.ok(await acceptance.takesLock(bytes(BOTH), "none"));
  for (const claim of ["claimed", "lost"] as const)
    await assert.rejects(
      acceptance.mustBeAccepted(files("a: 1\n"), claim),
      /No administrator has accepted.*cardea accept/,
    );
  await acceptance.accept(files("a: 1\n"), await by("config.accept"));
  await acceptance.mustBeAccepted(files("a: 1\n"), "claimed");
  const more = [...files("a: 2\n"), file("policies/x.cedar", "permit(principal,action,resource);")];
  await assert.rejects(
    acceptance.mustBeAccepted(more, "claimed"),
    /cardea\.yaml, policies\/x\.cedar changed since an administrator accepted them/,
  );
  const refused = events.at(-1);
  assert.deepEqual([refused?.type, refused?.decision], ["config.refused", "deny"]);
  assert.deepEqual(refused?.detail, { files: ["cardea.yaml", "policies/x.cedar"] });
  assert.deepEqual((await acceptance.differences(more)).changes, [
    "cardea.yaml  - a: 1",
    "cardea.yaml  + a: 2",
    "policies/x.cedar  + permit(principal,action,resource);",
  ]);
  await assert.rejects(acceptance.accept(more, await by("pins.change")), /given for another act/);
});

test("invariant 12: what an administrator's first sign-in finds in force is accepted, once", async () => {
  const { acceptance, reasons } = stage();
  await acceptance.settle(files("a: 1\n"));
  await acceptance.settle(files("a: 2\n"));
  await acceptance.mustBeAccepted(files("a: 1\n"), "claimed");
  assert.deepEqual(reasons(), ["first administrator"]);
});

test("invariant 12: a lockfile that approves less is taken by itself, and never back; another source or more is not", async () => {
  const { acceptance, by, reasons } = stage();
  await acceptance.accept(files("a: 1\n"), await by("config.accept"));
  const others: Lock[] = [
    pinned(BOTH, "more"),
    pinned(BOTH, "read", "changed"),
    pinServer(BOTH, "files", { url: "http://two" }, WHO),
    pinServer(BOTH, "new", { url: "http://one" }, WHO),
  ];
  for (const other of others) assert.equal(await acceptance.takesLock(bytes(other), "claimed"), false);
  assert.equal(await acceptance.takesLock(Buffer.from("{"), "claimed"), false);
  const less = removeDefinition(BOTH, "files", "tool", "write");
  assert.ok(await acceptance.takesLock(bytes(less), "claimed"));
  assert.equal(await acceptance.takesLock(bytes(BOTH), "claimed"), false);
  await acceptance.mustBeAccepted(files("a: 1\n", less), "claimed");
  assert.ok(await acceptance.takesLock(undefined, "claimed"));
  assert.equal(await acceptance.takesLock(bytes(less), "claimed"), false);
  assert.deepEqual(reasons(), ["ok", "narrowed", "narrowed"]);
  await acceptance.acceptChange([{ name: "cardea.lock", bytes: bytes(BOTH) }], await by("pins.change"));
  assert.ok(await acceptance.takesLock(bytes(BOTH), "claimed"));
});

test("invariant 12: files that belong to another OS user count as accepted, and that is recorded", async () => {
  let theirs = files("a: 2\n");
  const { acceptance, by, reasons } = stage(() => theirs);
  await acceptance.accept(files("a: 1\n"), await by("config.accept"));
  await acceptance.mustBeAccepted(files("a: 2\n"), "claimed");
  const more = pinned(BOTH, "more");
  assert.equal(await acceptance.takesLock(bytes(more), "claimed"), false, "theirs is another one");
  theirs = files("a: 2\n", more);
  assert.ok(await acceptance.takesLock(bytes(more), "claimed"));
  assert.deepEqual(reasons(), ["ok", "owned by another user", "owned by another user"]);
  for (const read of [files("a: 3\n", more), [...files("a: 2\n", more), file("policies/x.cedar", "")]])
    await assert.rejects(acceptance.mustBeAccepted(read, "claimed"), /changed since/, "what was read is not theirs");
});

test("invariant 12: another user's files are those that this process can change neither themselves nor by their folders", () => {
  const root = process.getuid?.() === 0;
  const script = `
    import { ownedByAnother } from ${JSON.stringify(join(import.meta.dirname, "../../src/compose/granting.ts"))};
    const [configFile, lockFile, policiesDir] = process.argv.slice(1);
    console.log(ownedByAnother({ configFile, lockFile, policiesDir }) !== undefined);`;
  const asked = (...paths: [config: string, lock: string, policies: string]): string =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script, ...paths], {
      encoding: "utf8",
      ...(root ? { uid: 65_534, gid: 65_534 } : {}),
    }).stdout.trim();
  // Of the system's own, which belong to root: a file, one that is missing, a folder that is missing.
  assert.equal(asked("/etc/passwd", "/etc/cardea.lock", "/etc/no-policies"), "true");
  const mine = mkdtempSync(join(tmpdir(), "cardea-own-"));
  made.push(mine);
  const yaml = join(mine, "cardea.yaml");
  writeFileSync(yaml, "a: 1\n");
  if (root) for (const path of [mine, yaml]) chownSync(path, 65_534, 65_534);
  chmodSync(yaml, 0o444);
  assert.equal(
    asked(yaml, join(mine, "cardea.lock"), join(mine, "policies")),
    "false",
    "the owner can make it writable",
  );
  assert.equal(asked("/etc/passwd", "/etc/cardea.lock", mine), "false", "a policy can be put into its folder");
  const link = join(mine, "link");
  symlinkSync("/etc", link);
  assert.equal(
    asked(join(link, "passwd"), join(link, "cardea.lock"), join(link, "no-policies")),
    "false",
    "the link can be turned elsewhere",
  );
  assert.equal(asked("/etc/passwd", "/etc/cardea.lock", join(link, "no-policies")), "false");
  const linked = join(mine, "linked.yaml");
  symlinkSync("/etc/passwd", linked);
  assert.equal(asked(linked, "/etc/cardea.lock", "/etc/no-policies"), "false");
  const theirs = readdirSync("/etc").find((name) => lstatSync(join("/etc", name)).isSymbolicLink());
  if (theirs !== undefined)
    assert.equal(asked(join("/etc", theirs), "/etc/cardea.lock", "/etc/no-policies"), "false", "the file is a link");
  mkdirSync(join(mine, "open"));
  assert.equal(asked("/etc/passwd", join(mine, "open", "cardea.lock"), "/etc/no-policies"), "false");
});

test("I11: where two administrators are asked for, another one confirms exactly the same within an hour", async () => {
  const { acceptance, by, clock } = stage();
  const root = () => by("config.accept");
  const grace = () => by("config.accept", "person:grace");
  await acceptance.accept(files("a: two\n"), await root());
  const wanted = files("a: three\n");
  const needs = /needs a second administrator/;
  await assert.rejects(acceptance.accept(wanted, await root()), needs);
  await assert.rejects(acceptance.accept(wanted, await root()), needs, "not by the same one");
  await assert.rejects(acceptance.accept(files("a: four\n"), await grace()), needs, "not something else");
  clock.advance(3_600_000);
  await assert.rejects(acceptance.accept(wanted, await grace()), needs, "too late");
  await acceptance.accept(wanted, await root());
  await acceptance.mustBeAccepted(wanted, "claimed");

  await acceptance.accept(files("a: two\n"), await root());
  const change = (text: string) => ({ name: "cardea.lock", bytes: Buffer.from(text) });
  const more = serializeLock(pinned(BOTH, "more"));
  await assert.rejects(acceptance.acceptChange([change(more)], await by("pins.change")), needs);
  const later = more.replaceAll(WHO.at, "2026-11-22").replaceAll(WHO.by, "person:grace");
  await acceptance.acceptChange([change(later)], await by("pins.change", "person:grace"));
  assert.ok(await acceptance.takesLock(Buffer.from(later), "claimed"));
});

test("I11: where an administrator was lost, there is no second first one", () => {
  assert.equal(claimOf([], false), "none");
  assert.equal(claimOf([], true), "lost");
  assert.equal(claimOf([ROOT], false), "claimed");
  assert.equal(claimOf([{ ...ROOT, endedAt: 1 }], false), "lost");
  assert.equal(claimOf([{ ...ROOT, roles: ["admin:operator"] }], true), "lost");
});

test("changed lines are shown, and a flood of them is cut", () => {
  assert.deepEqual(lineChanges("a\nb\n", "b\nc\n"), ["- a", "+ c"]);
  assert.deepEqual(lineChanges("a\nb\n", "b\na\n"), ["(only the order of lines or empty lines)"]);
  const many = Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n");
  const shown = lineChanges("", many);
  assert.equal(shown.length, 41);
  assert.match(shown.at(-1) ?? "", /and 60 more lines/);
});
