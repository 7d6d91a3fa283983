import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createShaping } from "../../src/compose/shaping.ts";
import { guardValues } from "../../src/domain/shaping/guarding.ts";
import { placeOf } from "../../src/domain/shaping/place.ts";
import { NO_PLAN } from "../../src/domain/shaping/plan.ts";
import type { GuardRules } from "../../src/domain/shaping/rules.ts";

const home = mkdtempSync(join(tmpdir(), "cardea-guards-"));
after(() => rmSync(home, { recursive: true, force: true }));
mkdirSync(join(home, "data/inner"), { recursive: true });
mkdirSync(join(home, "outside"));
writeFileSync(join(home, "outside/secret"), "x");
symlinkSync(join(home, "outside"), join(home, "data/out"));
symlinkSync(join(home, "data/inner"), join(home, "data/in"));
symlinkSync(join(home, "outside/new"), join(home, "data/dangling"));
symlinkSync("../outside/new", join(home, "data/relative"));
symlinkSync("inner/../../outside/new", join(home, "data/dots"));
symlinkSync("dangling", join(home, "data/twice"));
symlinkSync("inner/later", join(home, "data/fine"));
symlinkSync(join(home, "data/loop"), join(home, "data/loop"));

const config = { servers: { local: { source: { kind: "run" } }, remote: { source: { kind: "url" } } } };
const shaping = createShaping(config as never, home, () => undefined);
const guard = (text: string, rules: GuardRules, server = "remote"): string | undefined => {
  const said = shaping.guard(text, rules, server);
  return said !== undefined && "rule" in said ? said.rule : undefined;
};
const all = (rules: GuardRules, fine: readonly string[], wrong: readonly string[], server?: string): void => {
  for (const text of fine) assert.equal(guard(text, rules, server), undefined, JSON.stringify(text));
  for (const text of wrong) assert.notEqual(guard(text, rules, server), undefined, JSON.stringify(text));
};

test("V3: a path stays below its roots in every spelling", () => {
  all(
    { kind: "path", roots: ["/srv/data"] },
    [
      "/srv/data",
      "/srv/data/",
      "/srv/data/a.txt",
      "/srv/data//a/./b",
      "/srv/data/a b%20c",
      "/srv/data/..a",
      "file:///srv/data/x",
      "/srv/data/100%",
    ],
    [
      "/srv/database",
      "/srv",
      "/etc/passwd",
      "srv/data/x",
      "/srv/data/../x",
      "/srv/data/%2e%2e/x",
      "/srv/data/%252e%252e%252fx",
      "/srv/data/%25252525252e",
      "/srv/data/..%c0%afx",
      "/srv/data/%u002e%u002e/x",
      "/srv/data/．．/x",
      "/srv/data\\..\\x",
      "/srv/data/..;/x",
      "/srv/data/... /x",
      "/srv/data/x.",
      "/srv/data/x ",
      "/srv/data/x.txt::$DATA",
      "/srv/data/x.txt:hidden",
      "/srv/data/x\0.txt",
      "/srv/data/x\n",
      "//srv/data/x",
      "\\\\srv\\data\\x",
      "C:\\srv\\data",
      "C:x",
      "~/x",
      "$HOME/x",
      "%HOME%/x",
      "file://host/srv/data/x",
      "file:///etc/passwd",
      "http://srv/data",
      "",
    ],
  );
  all(
    { kind: "path", roots: ["C:\\data"] },
    ["C:\\data\\x", "C:/data/x"],
    ["D:\\data\\x", "C:\\data\\..\\x", "C:\\database"],
  );
  all({ kind: "path", roots: ["."] }, ["a/b", "./a"], ["../a", "/a", "a/../../b"]);
});

test("V3: of a server on this machine symbolic links count, and what cannot be looked at is refused", async () => {
  const look = async (path: string): Promise<string | undefined> => {
    const said = shaping.guard(path, { kind: "path", roots: ["./data"] }, "local");
    assert.ok(said !== undefined);
    return "rule" in said ? said.rule : shaping.files("local", [said.path], said.roots);
  };
  assert.equal(await look(join(home, "data/inner/new.txt")), undefined);
  assert.equal(await look(join(home, "data/in/new.txt")), undefined);
  assert.match(String(await look(join(home, "data/out/secret"))), /symbolic link/);
  assert.match(String(await look(join(home, "data/out/not/there"))), /symbolic link/);
  assert.match(String(await look(join(home, "data/loop/x"))), /symbolic link/);
  assert.equal(await look("data/x"), "path: absolute");
  for (const name of ["dangling", "relative", "dots", "twice", "dangling/x", "dangling/"])
    assert.match(String(await look(join(home, `data/${name}`))), /symbolic link/, name);
  assert.equal(await look(join(home, "data/fine")), undefined);
  assert.equal(await look(join(home, "data/fine/deeper")), undefined);
});

test("V3: a URL is http(s), public or listed, and read alike by everybody", () => {
  all(
    { kind: "url" },
    [
      "https://example.com/a?b=c@d#e",
      "http://1.1.1.1/",
      "https://münchen.de/",
      "https://[2606:4700::1111]/x",
      "https://example.com./x",
    ],
    [
      "file:///etc/passwd",
      "javascript:alert(1)",
      "https://user:pass@example.com/",
      "http://127.0.0.1/",
      "http://2130706433/",
      "http://0x7f.1/",
      "http://0177.0.0.1/",
      "http://[::1]/",
      "http://[::ffff:10.0.0.1]/",
      "http://169.254.169.254/latest",
      "http://①②⑦.⓪.⓪.①/",
      "http://localhost/",
      "http://intranet/",
      "http://db.internal/",
      "http://metadata.google.internal/",
      "http://10.0.0.1.nip.io/",
      "http://192-168-0-1.dyn.example.com/",
      "http://example.com\\@10.0.0.1/",
      "http://example.com#@10.0.0.1/",
      "http://exa\nmple.com/",
      " http://example.com",
      "//example.com/",
      "example.com",
    ],
  );
  all(
    { kind: "url", hosts: ["api.example.com", "*.docs.example"] },
    ["https://api.example.com/x", "https://API.example.com/", "https://a.docs.example/"],
    [
      "https://example.com/",
      "https://api.example.com.evil.net/",
      "https://docs.example/",
      "https://api.example.com@evil.net/",
    ],
  );
});

test("V3: e-mail addresses, identifiers and dates are exactly that", () => {
  all(
    { kind: "email", domains: ["example.com"] },
    ["ada@example.com", "a.b+c@EXAMPLE.com"],
    [
      "ada@evil.net",
      "ada@sub.example.com",
      "a@example.com,b@evil.net",
      "a@example.com\nBcc: b@evil.net",
      "Ada <a@example.com>",
      '"a b"@example.com',
      "@example.com",
    ],
  );
  all(
    { kind: "id" },
    ["a1", "0f8fad5b-d9cb-469f-a165-70867728950e", "org:team_1.x"],
    ["", "a/b", "../a", "a..b", "a b", "a'", "-a", "a%2f"],
  );
  all(
    { kind: "date" },
    ["2026-02-28", "2024-02-29", "2026-09-01T12:00:00Z", "2026-09-01T12:00:00.5+02:00"],
    ["2026-02-29", "2026-13-01", "today", "2026-9-1", "2026-09-01; x"],
  );
});

test("V3: what ends in a shell, a query, a page, a template or a directory looks harmless however it is decoded", () => {
  all(
    { kind: "shell" },
    ["main", "feature/login-page", "report 2026.txt", "München"],
    [
      "a;b",
      "a|b",
      "$(id)",
      "`id`",
      "a&&b",
      "a\nb",
      "--output=x",
      "LD_PRELOAD=/tmp/x.so",
      "a -rf",
      "'x'",
      "%PATH%",
      "a%0ab",
      "a＆b",
      "*",
    ],
  );
  all(
    { kind: "sql" },
    ["Ada Lovelace", "O'Brien", "Acme (UK)", "50 %", "update", "Selection of and for"],
    [
      "' OR 1=1 --",
      "1 or 1=1",
      "1; drop table x",
      "x'--",
      "a/*b*/",
      "1 union select 2",
      "%27 or 1",
      "sleep(5)",
      "admin'#",
      "O'Brien' or 'a",
      "\\'",
    ],
  );
  all(
    { kind: "html" },
    ["It's 3 < 4 & fine", 'She said "yes"', "a -> b", "C++ and C#"],
    [
      "<script>",
      "<img src=x onerror=alert(1)>",
      "%3Cscript%3E",
      "&lt;b",
      "java\tscript:x",
      '" onclick="x',
      "\\u003cb",
      "＜script＞",
    ],
  );
  all(
    { kind: "template" },
    ["Hello Ada, it costs $5", "ada@example.com", "#1 of 10"],
    ["{{7*7}}", "${x}", "#{x}", "<%= x %>", "{% x %}", "$class.x", "#set($x=1)", "@(1+1)", "[[x]]"],
  );
  all({ kind: "ldap" }, ["ada", "Ada Lovelace", "O'Brien"], ["*", "a)(b", "a\\2a", "%2a", "x|y", "a=b"]);
});

test("V3: a guard judges every text at its place, and what stands on the way in place of a list or object", () => {
  const at = (place: string, args: object): string | undefined => {
    const plan = { ...NO_PLAN, guards: [{ place: placeOf(place), rules: { kind: "path", roots: ["/srv"] } as const }] };
    return guardValues(plan, args as never, "remote", shaping.guard, false).fault?.pointer;
  };
  assert.equal(at("/paths/*", { paths: "/etc/passwd" }), "/paths");
  assert.equal(at("/paths/*", { paths: ["/srv/a", "/etc/passwd"] }), "/paths/1");
  assert.equal(at("/paths/*", { paths: { a: "/etc/passwd" } }), "/paths/a");
  assert.equal(at("/file/path", { file: "/etc/passwd" }), "/file");
  assert.equal(at("/file/path", { file: [{ path: "/etc/passwd" }] }), "/file/0/path");
  assert.equal(at("/file/path", { file: ["/etc/passwd"] }), "/file/0");
  assert.equal(at("files", { files: { "/etc/passwd": "/srv/x" } }), "/files/~1etc~1passwd");
  assert.equal(at("/file/path", { file: { path: "/srv/a", name: "/etc/passwd" } }), undefined);
  assert.equal(at("files", { files: { name: "/srv/x", "/srv/y": "/srv/z" } }), undefined);
});

test("V3: a value of SQL is one value: no words that join, no statements, no lists of columns", () => {
  all(
    { kind: "sql" },
    [
      "Ada Select",
      "Grace Union",
      "Jürgen Table",
      "Ortega y Gasset",
      "Lovelace, Ada",
      "Terms and conditions",
      "Grant Wood",
    ],
    [
      ..."1 or id|0 OR id|1 or rowid|1 XOR id|1 or id/id|1 union table users|TABLE users|users natural join secrets".split(
        "|",
      ),
      ..."id, password|Id, Password|name, password desc|GRANT ALL ON users TO attacker|PRAGMA database_list".split("|"),
      ..."0 div id|users join secrets|1 and id|id is id|1 like 1|show tables|set role admin|1 or id-1|!id".split("|"),
    ],
  );
});

test("V3: what readers leave out, expand or add is refused in paths, URLs, addresses and pages", () => {
  all(
    { kind: "path", roots: ["/srv/data"] },
    ["/srv/data/{a}", "/srv/data/größe"],
    [
      "/srv/data/..\u200b/etc/passwd",
      "/srv/data/..\u2060/etc/passwd",
      "/srv/data/.\u00ad./etc",
      "/srv/data/{..,x}/y",
      "/srv/data/\\056\\056/x",
    ],
  );
  all(
    { kind: "url" },
    ["https://example.com:8443/", "https://example.com./"],
    [
      "http://localhost../",
      "http://metadata.google.internal../",
      "http://x.svc.cluster.local../",
      "http://fritz.box/",
      "http://example..com/",
    ],
  );
  all(
    { kind: "url", hosts: ["api.example.com"] },
    ["https://api.example.com/", "https://api.example.com:443/"],
    ["https://api.example.com:22/"],
  );
  all({ kind: "url", hosts: [] }, [], ["https://attacker.example/"]);
  all({ kind: "email" }, ["a-b@example.com"], ["-X/tmp/a.php@example.com", "-oQ@example.com"]);
  all({ kind: "email", domains: [] }, [], ["x@attacker.example"]);
  all(
    { kind: "html" },
    ["the style of x", "a href is a link"],
    ["x formaction=https://evil.example", "x style=background:url(//evil)"],
  );
});

test("V3: guards take linear time, whatever is repeated", () => {
  const pieces = [
    "\n",
    " ",
    "'",
    '"',
    "a",
    "1",
    "-",
    "+A",
    "on",
    "or ",
    "a ",
    "a, ",
    "<",
    "=",
    "%",
    "(",
    ")",
    ".",
    "/",
    "\\",
    "@",
    "[[",
    "and ",
    "é",
    "%2e",
    "&",
    "a=",
    "'-",
    "1 ",
    "#",
    "! ",
    "a. ",
    "a like ",
    "union ",
    "grant ",
    " to",
  ];
  const fronts = ["", '")', "'a", "x ", "=", "%", "1 or", "grant ", "on", "<", "select "];
  for (const kind of ["html", "template", "sql", "shell", "ldap", "path", "url", "email", "id", "date"] as const)
    for (const front of fronts)
      for (const piece of pieces) {
        const text = front + piece.repeat(60_000 / piece.length);
        const before = process.cpuUsage();
        guard(text, { kind, roots: ["/srv"] });
        const { user } = process.cpuUsage(before);
        assert.ok(user < 400_000, `${kind} ${JSON.stringify(front + piece)}: ${user} µs`);
      }
});
