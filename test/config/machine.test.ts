import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { machineFaults } from "../../src/compose/machine.ts";
import { readLock } from "../../src/compose/pins.ts";
import { pathText } from "../../src/config/fault.ts";
import { loadConfig } from "../../src/config/load.ts";

const defaults = join(import.meta.dirname, "../../defaults");

/** What is missing here, as `path: message`. */
function missing(t: TestContext, yaml: string): string[] {
  const cwd = mkdtempSync(join(tmpdir(), "cardea-machine-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  cpSync(defaults, cwd, { recursive: true });
  writeFileSync(join(cwd, "cardea.yaml"), yaml);
  const files = resolveFiles({ cwd, env: {} });
  const loaded = loadConfig(yaml, "cardea.yaml");
  assert.ok("config" in loaded, JSON.stringify(loaded));
  const found = machineFaults(loaded.config, readLock(files.lockFile), files);
  for (const { expected, remedy } of found) assert.ok(expected !== "" && remedy !== "");
  return found.map(({ path, message }) => `${pathText(path)}: ${message}`);
}

test("check finds what the configuration names and this machine does not have", (t) => {
  assert.deepEqual(
    missing(
      t,
      `listen: { tls: { cert: /nonexistent/cert.pem, key: /tmp } }
servers:
  crm: { url: "https://crm.example.com/mcp", credential: { header: Authorization, value: "Bearer \${env:CARDEA_UNSET}" } }
  tool: { run: [no-such-program], env: { A: "file:no-such-file" }, sandbox: { read: [./none, /usr] } }
  pack: { package: "no-such-package@1.2.3" }
`,
    ),
    [
      "listen.tls.cert: listen.tls.cert names a file that does not exist",
      "listen.tls.key: listen.tls.key is no file",
      "servers.crm.credential.value: servers.crm.credential.value cannot be filled in here: The secret env:CARDEA_UNSET is not set",
      "servers.tool.env.A: servers.tool.env.A cannot be filled in here: The secret file:no-such-file cannot be read",
      "servers.tool.sandbox.read[0]: servers.tool.sandbox.read[0] does not exist",
      "servers.tool.run: servers.tool.run names a program that is not there",
      "servers.pack.package: servers.pack.package is not installed in this version",
    ],
  );
  assert.deepEqual(missing(t, "servers: { node: { run: [node, --version], sandbox: { read: [/usr] } } }\n"), []);
});
