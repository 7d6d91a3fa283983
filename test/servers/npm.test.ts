import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PROGRAM, stage } from "./stage.ts";

const room = mkdtempSync(join(tmpdir(), "cardea-registry-"));
/** What npm would otherwise read of the machine: its registry, and a cache that answers for one. */
const set = { npm_config_registry: "", npm_config_cache: join(room, "cache"), npm_config_fetch_retries: "0" };
const held = new Map(Object.keys(set).map((name) => [name, process.env[name]]));
let registry: Server;
/** Packages by name: `name@version` → tarball. */
const tarballs = new Map<string, Buffer>();
let lie = false;

/** Packs `name@version`, whose program is the one of the tests. */
function publish(name: string, version: string, more: object = {}): void {
  const folder = join(room, `${name}-${version}`);
  mkdirSync(folder);
  const manifest = { name, version, type: "module", bin: "server.mjs", ...more };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "server.mjs"), `#!/usr/bin/env node\n${PROGRAM}`);
  execFileSync("npm", ["pack", "--silent", "--pack-destination", room], { cwd: folder, stdio: "ignore" });
  tarballs.set(`${name}@${version}`, readFileSync(join(room, `${name}-${version}.tgz`)));
}

function packument(name: string, base: string): object | undefined {
  const versions: Record<string, object> = {};
  for (const [spec, tarball] of tarballs) {
    const [of = "", version = ""] = spec.split("@");
    if (of !== name) continue;
    const manifest = JSON.parse(readFileSync(join(room, `${name}-${version}`, "package.json"), "utf8")) as object;
    const bytes = lie ? Buffer.from("another") : tarball;
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    const dist = {
      integrity,
      tarball: `${base}/${name}/-/${name}-${version}.tgz`,
      signatures: [{ keyid: "k", sig: "s" }],
    };
    const scripts = "scripts" in manifest ? { hasInstallScript: true } : {};
    versions[version] = { ...manifest, ...scripts, dist };
  }
  const latest = Object.keys(versions).at(-1);
  return latest === undefined ? undefined : { name, "dist-tags": { latest }, versions };
}

before(async () => {
  registry = createServer((request, answer) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const [, name = "", version = ""] = /^([a-z-]+)\/-\/[a-z-]+-(\d+\.\d+\.\d+)\.tgz$/.exec(path) ?? [];
    const tarball = tarballs.get(`${name}@${version}`);
    if (tarball !== undefined) return void answer.end(tarball);
    const found = packument(path, `http://127.0.0.1:${(registry.address() as AddressInfo).port}`);
    answer.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    answer.end(JSON.stringify(found ?? { error: "not found" }));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  set.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  Object.assign(process.env, set);
  const postinstall = `node -e "require('fs').writeFileSync('${join(room, "ran")}', '')"`;
  publish("notes-server", "1.2.0");
  publish("notes-server", "1.2.3", { dependencies: { helping: "^1.0.0" }, scripts: { postinstall } });
  publish("helping", "1.0.0");
});

after(() => {
  registry.close();
  registry.closeAllConnections();
  for (const [name, value] of held)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  rmSync(room, { recursive: true });
});

const add = (spec: string): string[] => [
  "add",
  "notes",
  "--package",
  spec,
  "--write",
  "./out",
  "--env",
  "MARK=out/started",
];

test("T1: a package is installed exactly, into a folder of its server, whole and without its scripts, and pinned with all it needs", async (t) => {
  const one = await stage(t);
  const { code, out, err } = await one.run(...add("notes-server@1.2.3"));
  assert.equal(code, 0, err);
  assert.match(err, /package {4}notes-server@1\.2\.3 and 1 that it needs/);
  assert.match(err, /checked {4}npm held 2 of 2 packages against the integrity/);
  assert.match(err, /checked {4}The integrity is the one that the registry tells now/);
  assert.match(err, /checked {4}Install scripts were not run: notes-server/);
  assert.match(err, /unchecked {2}The registry tells a signature; nobody checked it here/);
  assert.match(err, /unchecked {2}There is no attestation/);
  assert.match(out, /Publishes {2}3 tools/);
  assert.equal(existsSync(join(room, "ran")), false);
  const folder = join(one.home, "packages/notes/1.2.3");
  assert.deepEqual(readdirSync(folder).sort(), ["node_modules", "package-lock.json", "package.json"]);
  const { source } = one.lock().servers["notes"] ?? assert.fail();
  assert.ok("tree" in source);
  assert.equal(source.package, "notes-server@1.2.3");
  assert.match(source.tree, /^sha256:[0-9a-f]{64}$/);
  assert.doesNotMatch(one.read("cardea.yaml") + one.read("cardea.lock"), /127\.0\.0\.1/, "no registry is written down");
  assert.equal((await one.run("approve", "notes", "--all")).code, 0);

  // One letter in what it depends on, and it starts no more.
  const begun = one.starts();
  writeFileSync(join(folder, "node_modules/helping/server.mjs"), "// other");
  const changed = await one.run("show", "notes");
  assert.match(changed.out, /installed files of notes-server@1\.2\.3 or of what it depends on are not the ones/);
  assert.equal(one.starts(), begun);

  // Somewhere else the same files are installed anew, and are the reviewed ones.
  rmSync(folder, { recursive: true });
  const anew = await one.run("install");
  assert.deepEqual([anew.code, anew.out], [0, "notes is installed\n"]);
  assert.equal((await one.run("diff", "notes")).code, 0);
  assert.equal((await one.run("remove", "notes")).code, 0);
  assert.equal(existsSync(join(one.home, "packages/notes")), false);
});

test("T1: without an exact version nothing is installed, and the newest that fits is named", async (t) => {
  const one = await stage(t);
  for (const [spec, said] of [
    ["notes-server", "notes-server has no version. The newest is: --package notes-server@1.2.3"],
    ["notes-server@latest", "The newest is: --package notes-server@1.2.3"],
    ["notes-server@~1.2", "The newest is: --package notes-server@1.2.3"],
    ["notes-server@<1.2.3", "The newest is: --package notes-server@1.2.0"],
    [
      "notes-server@9.9.9",
      "The registry has no version 9.9.9 of notes-server. The newest is: --package notes-server@1.2.3",
    ],
    [
      "nobodys-server@1.0.0",
      "The registry has no package nobodys-server, or does not show it to this account (npm: E404)",
    ],
    ["--prefix=/@1.0.0", "is no package of npm"],
  ] as const) {
    const { code, err } = await one.run("add", "notes", `--package=${spec}`);
    assert.equal(code, 2);
    assert.ok(err.includes(said), err);
  }
  untouched(one);
});

test("T1: what does not match its integrity is not installed, and a registry that does not answer is said to", async (t) => {
  const one = await stage(t);
  lie = true;
  t.after(() => {
    lie = false;
    Object.assign(process.env, set);
  });
  process.env["npm_config_cache"] = join(room, "cache-of-a-lie");
  const wrong = await one.run(...add("notes-server@1.2.0"));
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /does not match the integrity that it published; nothing was installed \(npm: EINTEGRITY\)/);
  process.env["npm_config_registry"] = "http://127.0.0.1:9/";
  process.env["npm_config_cache"] = join(room, "cache-of-nothing");
  const silent = await one.run(...add("notes-server@1.2.0"));
  assert.equal(silent.code, 2);
  assert.match(
    silent.err,
    /The registry did not answer\. Check the network, the proxy, and which registry npm is set to/,
  );
  untouched(one);
});

test("H6: a package whose command nobody consents to is not kept", async (t) => {
  const one = await stage(t);
  const { code } = await one.runAs("owner\nnot the password\n", ...add("notes-server@1.2.0"));
  assert.equal(code, 2);
  untouched(one);
  assert.equal(one.starts(), 0);
});

function untouched(one: Awaited<ReturnType<typeof stage>>): void {
  assert.equal(one.read("cardea.yaml"), "servers: {}\n");
  const left = existsSync(join(one.home, "packages"))
    ? readdirSync(join(one.home, "packages"), { recursive: true })
    : [];
  assert.deepEqual(
    left.filter((name) => /node_modules|\d/.test(String(name))),
    [],
  );
}
