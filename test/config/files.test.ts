import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { createSecrets } from "../../src/adapters/files/secrets.ts";
import { Refused } from "../../src/kernel/errors.ts";

const room = mkdtempSync(join(tmpdir(), "cardea-files-"));
after(() => rmSync(room, { recursive: true }));

test("the configuration is looked for where --config, --home, CARDEA_HOME and the folder say, in this order", () => {
  const cwd = join(room, "cwd");
  const home = join(room, "home");
  for (const folder of [cwd, home]) mkdirSync(folder, { recursive: true });
  const at = (given: { home?: string; config?: string }, env: Record<string, string> = {}) => {
    const files = resolveFiles({ ...given, cwd, env });
    assert.equal(files.lockFile, files.configFile.replace(/yaml$/, "lock"));
    return [files.home, files.configFile, files.exists].map((one) => String(one).replace(room, ""));
  };
  assert.deepEqual(at({}), ["/cwd/.cardea", "/cwd/cardea.yaml", "false"]);
  assert.deepEqual(at({ home }), ["/home", "/home/cardea.yaml", "false"]);
  assert.deepEqual(at({}, { CARDEA_HOME: home }), ["/home", "/home/cardea.yaml", "false"]);
  assert.deepEqual(at({}, { CARDEA_HOME: "" }), ["/cwd/.cardea", "/cwd/cardea.yaml", "false"]);
  writeFileSync(join(cwd, "cardea.yaml"), "");
  assert.deepEqual(at({ home: "../home" }), ["/home", "/cwd/cardea.yaml", "true"]);
  writeFileSync(join(home, "cardea.yaml"), "");
  assert.deepEqual(at({ home }), ["/home", "/home/cardea.yaml", "true"]);
  assert.deepEqual(at({}), ["/cwd/.cardea", "/cwd/cardea.yaml", "true"]);
  assert.deepEqual(at({ home, config: "x/cardea.yaml" }), ["/home", "/cwd/x/cardea.yaml", "false"]);
});

const secrets = createSecrets(room, { TOKEN: "t0ken", EMPTY: "", NUL: "a\0b" });

function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  writeFileSync(join(room, name), content);
  chmodSync(join(room, name), mode);
  return `file:${name}`;
}

test("C2: references are resolved from the environment and from files beside the configuration", () => {
  assert.equal(secrets.resolve("env:TOKEN"), "t0ken");
  assert.equal(secrets.resolve(file("one", "s3cret\n")), "s3cret");
  assert.equal(secrets.resolve(file("crlf", "s3cret\r\n")), "s3cret");
  assert.equal(secrets.resolve(file("lines", " a\nb\n\n", 0o400)), " a\nb\n");
  assert.equal(secrets.resolve(`file:${join(room, "one")}`), "s3cret");
  assert.equal(secrets.expand("Bearer ${env:TOKEN}:${file:one}$&"), "Bearer t0ken:s3cret$&");
  file("pattern", "$&$1\n");
  assert.equal(secrets.expand("Bearer ${file:pattern}"), "Bearer $&$1", "a secret is no replacement pattern");
});

test("C2: what cannot be resolved is refused by the name of the reference, never with a value", () => {
  mkdirSync(join(room, "folder"), { mode: 0o700 });
  const refused: [reference: string, message: RegExp][] = [
    ["env:MISSING", /^The secret env:MISSING is not set/],
    ["env:constructor", /^The secret env:constructor is not set/],
    ["env:EMPTY", /^The secret env:EMPTY is empty/],
    ["env:NUL", /^The secret env:NUL holds a NUL/],
    ["file:missing", /^The secret file:missing cannot be read/],
    ["file:folder", /^The secret file:folder is no regular file/],
    [file("void", "\n"), /^The secret file:void is empty/],
    [file("group", "hunter2", 0o640), /^The secret file:group can be read by others; run chmod 600/],
    [file("all", "hunter2", 0o604), /^The secret file:all can be read by others/],
    [file("bytes", Uint8Array.from([0xff, 0xfe])), /^The secret file:bytes is not UTF-8/],
    [file("long", "x".repeat(70_000)), /^The secret file:long is longer than 64 KiB/],
    ["vault:x", /unknown kind; accepted: env:NAME, file:path/],
    ["hunter2", /unknown kind; accepted: env:NAME, file:path/],
    ["env:", /unknown kind/],
  ];
  for (const [reference, message] of refused) {
    assert.throws(
      () => secrets.resolve(reference),
      (error) => {
        assert.ok(error instanceof Refused, String(error));
        assert.equal(error.refusal.code, "upstream_unavailable");
        assert.match(error.message, message);
        assert.ok(!error.message.includes("hunter2") && !error.message.includes(room));
        return true;
      },
      reference,
    );
    assert.throws(() => secrets.expand(`Bearer \${${reference}}`), Refused);
  }
});
