import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { policyCommand } from "../../src/cli/policy.ts";
import { replayed } from "../../src/cli/policy-names.ts";
import { openPolicyAdmin } from "../../src/compose/policy-admin.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "cardea-policy-"));
after(() => rmSync(folder, { recursive: true }));
cpSync(join(root, "examples/policy"), folder, { recursive: true });
cpSync(join(root, "defaults/cardea.lock"), join(folder, "cardea.lock"));

const files = resolveFiles({
  ...{ home: join(folder, ".cardea"), config: join(folder, "cardea.yaml") },
  ...{ cwd: folder, env: {} },
});

async function run(...args: string[]) {
  let [stdout, stderr] = ["", ""];
  const out = (text: string): void => void (stdout += text);
  const err = (text: string): void => void (stderr += text);
  const io = { out, err, json: false, home: files.home, colour: false };
  try {
    const code = await policyCommand(args, io, () => openPolicyAdmin(files, () => Date.parse("2026-11-21T12:00:00Z")));
    return { code, stdout, stderr };
  } catch (error) {
    return { code: 2, stdout, stderr: error instanceof Error ? error.message : "" };
  }
}

test("P7: the example's cases are as expected, and what docs/policy.md shows is in the example", async () => {
  const { code, stdout, stderr } = await run("test", join(folder, "tests.yaml"));
  assert.deepEqual([code, stdout, stderr], [0, "6 of 6 cases are as expected\n", ""]);
  const page = readFileSync(join(root, "docs/policy.md"), "utf8");
  const example = ["cardea.yaml", "tests.yaml", "policies/files.cedar"]
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const shown = [...page.matchAll(/^```(?:yaml|cedar)\n(.*?)^```/gms)].map((block) => block[1] ?? "");
  assert.equal(shown.length, 3);
  for (const block of shown) assert.ok(example.includes(block), block);
});

test("P7: policy test says line and expectation of a case that fails, and of one that cannot be read", async () => {
  const cases = join(folder, "failing.yaml");
  writeFileSync(
    cases,
    'cases:\n  - { name: "<a>", principal: { roles: [reader] }, call: { server: files, tool: write_file }, expect: allow }\n',
  );
  const report = join(folder, "report.xml");
  const failed = await run("test", cases, "--junit", report);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /failing\.yaml:2 {2}<a>: expected allow, got deny \(no policy permits it\)/);
  assert.match(
    readFileSync(report, "utf8"),
    /tests="1" failures="1">\n {2}<testcase .*name="&lt;a&gt;".*<failure message="expected allow/,
  );
  writeFileSync(cases, "cases:\n  - { principal: {}, call: { server: files }, expect: perhaps }\n");
  const unread = await run("test", cases);
  assert.equal(unread.code, 2);
  assert.match(unread.stderr, /failing\.yaml:2 {2}call names exactly one of tool, prompt and resource/);
  assert.match(unread.stderr, /failing\.yaml:2 {2}expect is not well formed/);
  assert.equal((await run("test", join(folder, "nowhere.yaml"))).code, 2);
});

test("P7: policy explain names the rules that decided, and what would have to change", async () => {
  const ask = async (...args: string[]) => {
    const { code, stdout } = await run("explain", "files.read_text_file", "--json", ...args);
    return {
      code,
      ...(JSON.parse(stdout) as {
        decision: string;
        rules: { id: string; holds: boolean }[];
        change?: string;
        looksAt: string[];
      }),
    };
  };
  const pem = await ask("--role", "reader", "--arguments", '{"path":"a.pem"}');
  assert.deepEqual([pem.code, pem.decision, pem.looksAt], [1, "deny", ["/path"]]);
  assert.deepEqual(
    pem.rules.map(({ id, holds }) => [id, holds]),
    [
      ["policies/files.cedar#no-keys", true],
      ["access/reader/files.*", true],
    ],
  );
  assert.match(pem.change ?? "", /no-keys must not hold/);
  const day = await ask("--role", "nightly", "--arguments", '{"path":"workspace/a"}', "--time", "2027-01-10T12:00:00Z");
  assert.deepEqual([day.code, day.decision], [1, "deny"]);
  const nobody = await ask("--arguments", '{"path":"a"}');
  assert.match(nobody.change ?? "", /roles nightly, reader is needed|roles reader, nightly is needed|One of the roles/);
  assert.equal((await ask("--role", "reader", "--arguments", '{"path":"a"}')).code, 0);
});

test("P7: policy who and what say the roles, the tools and the conditions, and what is missing to know people", async () => {
  const who = JSON.parse((await run("who", "files.create_directory", "--json")).stdout) as {
    roles: { role: string; rules: { approval: string }[] }[];
    missing: string;
  };
  assert.deepEqual(
    who.roles.map(({ role, rules }) => [role, rules[0]?.approval]),
    [["editor", "self"]],
  );
  assert.match(who.missing, /there is no state/);
  const what = JSON.parse((await run("what", "service:nightly", "--role", "nightly", "--json")).stdout) as {
    things: { name: string; rules: { condition: string }[] }[];
  };
  // Outside the hours of the rule nothing is left of it, so that only the tool itself is compared.
  assert.ok(what.things.every(({ name }) => name === "files.read_text_file"));
  assert.equal((await run("what", "ada@example.com")).code, 2);
});

test("P10: policy lint and unused tell rules without owner, review or use, and say what they could not look at", async () => {
  const clean = await run("lint");
  assert.match(clean.stdout, /^\d+ findings? in \d+ rules$/m);
  const [path, text] = [join(folder, "cardea.yaml"), readFileSync(join(folder, "cardea.yaml"), "utf8")];
  try {
    writeFileSync(
      path,
      text.replace(
        "  - { role: nightly",
        '  - { role: reader, allow: ["files.list_directory"] }\n  - { role: all, allow: ["files.*"], effects: [read, write], review: 2026-01-01 }\n  - { role: nightly',
      ),
    );
    const found = (await run("lint", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; rule: string });
    const kinds = (rule: string) => found.filter((one) => one.rule === rule).map(({ kind }) => kind);
    assert.deepEqual(kinds("access/reader/files.list_directory"), ["owner", "review", "overlap"]);
    assert.deepEqual(kinds("access/all/files.*"), ["owner", "wildcard-writes"]);
    const { code, stdout } = await run("unused", "--json");
    const unused = JSON.parse(stdout) as { reviews: { id: string }[]; notes: string[] };
    assert.equal(code, 1);
    assert.deepEqual(
      unused.reviews.map(({ id }) => id),
      ["access/all/files.*"],
    );
    assert.equal(unused.notes.length, 2);
  } finally {
    writeFileSync(path, text);
  }
});

test("P7: policy diff needs a record, and each command has help with an example and knows its neighbours", async () => {
  assert.match((await run("diff", "current", folder)).stderr, /There is no record/);
  for (const name of ["test", "explain", "who", "what", "diff", "unused", "lint"]) {
    const { code, stdout } = await run(name, "--help");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Example:\n  cardea policy ${name}`));
  }
  const wrong = await run("explian");
  assert.deepEqual([wrong.code, /did you mean explain/.test(wrong.stderr)], [2, true]);
});

test("P7: what lies in policies/ as if it were rules and is not read is a fault", async () => {
  const at = (name: string) => join(folder, "policies", name);
  for (const name of ["DENY.CEDAR", "deny.cedar.txt", "deny.json"]) {
    writeFileSync(at(name), "forbid (principal, action, resource);");
    const { code, stderr } = await run("lint");
    rmSync(at(name));
    assert.deepEqual([code, stderr.split("\n")[0]], [2, `policies/${name}  This file is not read`]);
  }
  for (const name of ["sub", "dir.cedar"]) {
    mkdirSync(at(name));
    const { code, stderr } = await run("lint");
    rmSync(at(name), { recursive: true });
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^policies/${name} {2}This is a folder, and nothing in it is read\n`));
  }
  writeFileSync(at("README.md"), "Rules of this installation.");
  assert.match((await run("lint")).stdout, /rules\n$/);
  rmSync(at("README.md"));
});

test("P7: explain, who and test refuse names that do not exist, with the nearest one", async () => {
  const told = async (...args: string[]) => {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2, args.join(" "));
    return stderr;
  };
  const read = ["explain", "files.read_text_file", "--role", "reader"];
  assert.match(
    await told("explain", "files.raed_text_file"),
    /no tool "raed_text_file", did you mean read_text_file\?/,
  );
  assert.match(await told("explain", "fils.read_text_file"), /no server "fils", did you mean files\?/);
  assert.match(await told("who", "files.raed_text_file"), /did you mean read_text_file\?/);
  assert.match(
    await told("explain", "files.read_text_file", "--role", "raeder"),
    /no role "raeder", did you mean reader/,
  );
  assert.match(await told(...read, "--arguments", '{"pth":"a"}'), /no argument "pth", did you mean path\?/);
  assert.match(await told(...read, "--environment", "prd"), /no environment "prd", did you mean prod\?/);
  assert.match(await told(...read, "--time", "2026-02-31T12:00:00Z"), /must be a moment/);
  const cases = join(folder, "named.yaml");
  writeFileSync(
    cases,
    "cases:\n  - { principal: { roles: [raeder] }, call: { server: files, tool: read_text_file }, expect: deny }\n" +
      "  - { principal: { roles: [reader] }, call: { server: files, tool: raed_text_file }, expect: deny }\n",
  );
  const { code, stdout } = await run("test", cases);
  assert.equal(code, 1);
  assert.match(stdout, /:2 .*did you mean reader\?[^]*:3 .*did you mean read_text_file\?[^]*0 of 2 cases/);
  writeFileSync(cases, "cases: []\n");
  assert.match((await run("test", cases)).stderr, /cases is empty/);
  assert.equal((await run("test", cases)).code, 2);
});

test("P7: explain and test know a tool's own approval and a tool that is off, and who names people whom permits name", async () => {
  const [path, rules] = [join(folder, "cardea.yaml"), join(folder, "policies/named.cedar")];
  const text = readFileSync(path, "utf8");
  try {
    writeFileSync(
      path,
      text
        .replace("read_text_file: { effect: read }", "read_text_file: { effect: read, approval: { by: other } }")
        .replace(
          "list_directory: { effect: read }",
          "list_directory: { effect: read, arguments: { nosuch: { enum: [a] } } }",
        ),
    );
    writeFileSync(
      rules,
      'permit (principal == Cardea::User::"person:eve@example.com", action == Cardea::Action::"files.create_directory", resource);',
    );
    const explained = async (...args: string[]) => {
      const { code, stdout } = await run("explain", ...args, "--role", "reader", "--json");
      return [
        code,
        ...["decision", "approval", "reason"].map((name) => (JSON.parse(stdout) as Record<string, unknown>)[name]),
      ];
    };
    const asked = await explained("files.read_text_file", "--arguments", '{"path":"a"}');
    assert.deepEqual(asked.slice(0, 3), [0, "approval", { by: "other" }]);
    const off = await explained("files.list_directory", "--arguments", '{"path":"a"}');
    assert.deepEqual(off.slice(0, 2), [1, "deny"]);
    assert.match(String(off[3]), /its rules in the configuration do not fit it/);
    const who = (await run("who", "files.create_directory")).stdout;
    assert.match(who, /User::"person:eve@example\.com", whatever the roles\n {2}permit policies\/named\.cedar#1/);
    assert.match((await run("who", "files.list_directory")).stdout, /^Nobody may use it now: its rules/);
    const admin = openPolicyAdmin(files, () => 0);
    const caller = {
      ...{ tenant: "default", owner: "person:a", credential: "k_1", plan: "default" },
      roles: ["reader"],
    };
    const past = (name: string) =>
      replayed(admin.open(), {
        caller: { ...caller, environment: "staging" },
        wanted: { server: "files", kind: "tool", name },
        ...{ time: 0, kept: { paths: [[]], values: { path: "a" } } },
      });
    assert.deepEqual(
      ["read_text_file", "list_directory"].map((name) => (past(name) as { outcome?: string }).outcome),
      ["approval", "deny"],
    );
    const cases = join(folder, "off.yaml");
    writeFileSync(
      cases,
      "cases:\n  - { principal: { roles: [reader] }, call: { server: files, tool: list_directory, arguments: { path: a } }, expect: allow }\n",
    );
    assert.match((await run("test", cases)).stdout, /expected allow, got deny \(its rules in the configuration/);
  } finally {
    writeFileSync(path, text);
    rmSync(rules, { force: true });
  }
});
