import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFault } from "../../src/config/fault.ts";
import { loadConfig } from "../../src/config/load.ts";

/** A bad configuration and every fault that it must give, in order: `line:column message`. */
type Bad = [yaml: string | Uint8Array, ...faults: string[]];

/** A server in flow style at the start of line 1. */
const server = (body: string) => `servers: {s: {${body}}}`;
const url = (address: string) => server(`url: "${address}"`);

const BAD: Record<string, Bad[]> = {
  "text that is no YAML": [
    ["", "1:1 the file is empty"],
    ["# only a comment\n", "1:1 the file is empty"],
    ["---\n...\n", "1:1 the file is empty"],
    ["- a\n", "1:1 the file is a list"],
    ["just words", "1:1 the file is text"],
    ["listen:\n\tport: 1\n", "2:1 a tab indents this line"],
    ["listen: [", "1:10 the indentation does not fit, or a bracket stays open"],
    ["listen: 'x\n", "2:1 a character is missing"],
    ["environment: dev: prod\n", "1:14 this is not YAML"],
    ["environment: dev\n---\nenvironment: prod\n", "2:1 a second document begins here"],
    ["environment: dev\nenvironment: prod\n", "2:1 environment is written twice, first on line 1"],
    ["listen: &all {}\n", "1:14 listen has a YAML anchor"],
    ["listen: &l {port: 1}\nlimits: *l\n", "1:12 listen has a YAML anchor", "2:9 limits is a YAML alias"],
    ["environment: !!str dev\n", "1:20 environment has a YAML tag"],
    ["environment: !env HOME\n", "1:19 environment has a YAML tag"],
    ["? {a: 1}\n: x\n", "1:3 this key is not a text"],
    ["__proto__: {}\n", "1:1 `__proto__` cannot be a key"],
    [Uint8Array.from([0x61, 0x3a, 0x20, 0xff]), "1:4 this byte is not UTF-8"],
    ["environment: dev\u0000\n", "1:17 a control character stands here"],
    ["environment: dev\n\u001b[2J", "2:1 a control character stands here"],
    [`a: ${"x".repeat(300_000)}`, "1:1 the file is too long"],
    [`listen: ${"[".repeat(17)}${"]".repeat(17)}`, "1:9 listen is a list", "1:25 the nesting is too deep"],
  ],
  "keys and types": [
    ["enviroment: dev\n", '1:1 "enviroment" is not a key of the configuration'],
    ["listen:\n  prot: 1\n", '2:3 "prot" is not a key of listen'],
    ["environment: production\n", "1:14 environment has an unknown value"],
    ["environment: 5\n", "1:14 environment has an unknown value"],
    ["listen:\n", "1:1 listen is empty"],
    ["listen: { port: '80' }\n", "1:17 listen.port is text"],
    ["listen: { port: 70000 }\n", "1:17 listen.port is out of range"],
    ["listen: { port: 1.5 }\n", "1:17 listen.port is a number that is not whole"],
    ["listen: { port: .inf }\n", "1:17 listen.port is a number that is not whole"],
    ["listen: { insecureHttp: yes }\n", "1:25 listen.insecureHttp is text"],
    ["listen: { hosts: a.example }\n", "1:18 listen.hosts is text"],
    ["listen: { tls: { cert: /c.pem } }\n", "1:16 listen.tls.key is missing"],
    ["servers: []\n", "1:10 servers is a list"],
    ["servers:\n  s:\n", "2:3 servers.s is empty"],
    ["limits: { body: 4MB }\n", "1:17 limits.body is not well formed"],
    ["limits: { body: 4GiB }\n", "1:17 limits.body is out of range"],
    ["limits: { requestTimeout: 60 }\n", "1:27 limits.requestTimeout is a number"],
    ["limits: { requestTimeout: 60 s }\n", "1:27 limits.requestTimeout is not well formed"],
    ["limits: { requestTimeout: 25d }\n", "1:27 limits.requestTimeout is out of range"],
    ["limits: { perCredential: { calls: 0, per: 1m } }\n", "1:35 limits.perCredential.calls is out of range"],
    ["limits: { perCredential: { calls: 5 } }\n", "1:26 limits.perCredential.per is missing"],
    ["limits: { plans: { Gold: { minute: 1, day: 1 } } }\n", '1:20 "Gold" is no name of a plan'],
    [
      "audit: { durability: fast, retention: 1s }\n",
      "1:22 audit.durability has an unknown value",
      '1:28 "retention" is not a key of audit',
    ],
    ["access: [ { role: 'a b', allow: [] } ]\n", "1:19 access[0].role is not well formed"],
    [
      server("url: https://a.example, tools: {t: {effect: reads}}"),
      "1:59 servers.s.tools.t.effect has an unknown value",
    ],
    [server("url: https://a.example, tools: {t: {efect: read}}"), '1:51 "efect" is not a key of servers.s.tools.t'],
    [
      server("run: [x], env: {A: {valeu: b}}"),
      "1:34 servers.s.env.A.value is missing",
      '1:35 "valeu" is not a key of servers.s.env.A',
    ],
    [server("run: [x], env: {A: 5}"), "1:34 servers.s.env.A is a number"],
    [server("url: https://a.example, refresh: never"), "1:48 servers.s.refresh is not well formed"],
  ],
  "W4 and W5: listening": [
    ["listen: { host: 0.0.0.0 }\n", "1:17 listen.host can be reached from outside this machine without TLS"],
    ['listen: { host: "::" }\n', "1:17 listen.host can be reached from outside this machine without TLS"],
    ["listen: { host: http://127.0.0.1 }\n", "1:17 listen.host is neither an IP address nor a host name"],
    ["listen: { tls: { cert: c.pem, key: /k.pem } }\n", "1:24 listen.tls.cert is a relative path"],
    [
      "listen: { tls: { cert: /c.pem, key: /k.pem, clientCa: ca.pem } }\n",
      "1:55 listen.tls.clientCa is a relative path",
    ],
    ["listen: { clients: [10.0.0] }\n", "1:21 listen.clients[0] is no address range"],
    ["listen: { clients: ['::/0'] }\n", "1:21 listen.clients[0] is every address there is"],
    ["listen: { publicUrl: http://mcp.example.com }\n", "1:22 listen.publicUrl is not https"],
    ["listen: { publicUrl: mcp.example.com }\n", "1:22 listen.publicUrl is no URL"],
    ["listen: { publicUrl: https://mcp.example.com?x=1 }\n", "1:22 listen.publicUrl has a query or fragment"],
    ["listen: { trustedProxies: [10.0.0.0/33] }\n", "1:28 listen.trustedProxies[0] is no address range"],
    ["listen: { trustedProxies: [0.0.0.0/0] }\n", "1:28 listen.trustedProxies[0] is every address there is"],
    ["listen: { hosts: ['*.example.com'] }\n", "1:19 listen.hosts[0] is no host name"],
    ["listen: { origins: ['*'] }\n", "1:21 listen.origins[0] is no origin"],
    ["listen: { origins: ['https://a.example/'] }\n", "1:21 listen.origins[0] is no origin"],
  ],
  "W6, T1, C2, C5: servers": [
    ["servers: {Files: {run: [x]}}\n", '1:11 "Files" is no name of a server'],
    ["servers:\n  fi1es: {run: [x]}\n  files: {run: [x]}\n", "3:3 servers.files can be confused with servers.fi1es"],
    ["servers:\n  a-b: {run: [x]}\n  ab: {run: [x]}\n", "3:3 servers.ab can be confused with servers.a-b"],
    ["servers:\n  c0: {run: [x]}\n  co: {run: [x]}\n", "3:3 servers.co can be confused with servers.c0"],
    [server(""), "1:11 servers.s does not say where it comes from"],
    [server("run: [x], url: https://a.example"), "1:25 servers.s has both run and url"],
    [server("run: []"), "1:20 servers.s.run names no command"],
    [server("run: [x], args: [y]"), "1:25 servers.s.args means nothing with run"],
    [server("url: https://a.example, env: {A: env:B}"), "1:39 servers.s.env means nothing with url"],
    [
      server("run: [x], credential: {header: A, value: '${env:A}'}"),
      "1:25 servers.s.credential means nothing with run",
    ],
    [server("package: thing"), "1:24 servers.s.package has no version"],
    [server("package: thing@latest"), "1:24 servers.s.package has no exact version"],
    [server("package: thing@^1.2.3"), "1:24 servers.s.package has no exact version"],
    [server("package: '@scope/thing@1.2'"), "1:24 servers.s.package has no exact version"],
    [server("package: ../thing@1.2.3"), "1:24 servers.s.package is no name of a package"],
    [url("crm.example.com"), "1:20 servers.s.url is no URL"],
    [url("http://crm.example.com/mcp"), "1:20 servers.s.url is plain http off loopback"],
    [url("http://localhost.example.com"), "1:20 servers.s.url is plain http off loopback"],
    [url("ftp://crm.example.com"), "1:20 servers.s.url is neither https nor http"],
    [server("url: https://a.example, private: [10.0.0.0/8, ten]"), "1:61 servers.s.private[1] is no address range"],
    [
      server("url: https://a.example, credential: {value: '${env:A}'}"),
      "1:39 servers.s.credential has neither header nor query",
    ],
    [
      server("url: https://a.example, credential: {header: Mcp-Method, value: '${env:A}'}"),
      "1:60 servers.s.credential.header is a header that the gateway writes itself",
    ],
    [server("run: [x], env: {A-B: env:B}"), '1:31 "A-B" is no name of an environment variable'],
    [
      server("run: [x], tools: {a: {alias: c}, b: {alias: C}}"),
      "1:59 servers.s.tools.b is published under the same name as servers.s.tools.a",
    ],
    [server("run: [x], sandbox: {network: internet}"), "1:44 servers.s.sandbox.network has an unknown value"],
  ],
  "P1: access": [
    [
      "servers: {files: {run: [x]}}\naccess: [{role: r, allow: [file.read]}]\n",
      '2:28 access[0].allow[0] names a server that is not configured: "file"',
    ],
    ["access: [{role: r, allow: ['*.read']}]\n", "1:28 access[0].allow[0] leaves the server open"],
    [
      "servers: {s: {run: [x]}}\naccess: [{role: r, allow: ['*', s, s., 's.tools:x']}]\n",
      "2:28 access[0].allow[0] is no pattern",
      "2:33 access[0].allow[1] is no pattern",
      "2:36 access[0].allow[2] is no pattern",
      '2:40 access[0].allow[3] names an unknown kind: "tools"',
    ],
    ["access: [{role: r, allow: [], until: soon}]\n", "1:38 access[0].until is not well formed"],
    ["access: [{role: r, allow: [], effects: [reed]}]\n", "1:41 access[0].effects[0] has an unknown value"],
    ["access: [{role: r, allow: [], approval: nobody}]\n", "1:41 access[0].approval has an unknown value"],
    [
      "limits: { tools: [{match: db.x, calls: 1, per: 1m}] }\n",
      '1:27 limits.tools[0].match names a server that is not configured: "db"',
    ],
  ],
  "C8: literal secrets": [
    [server("run: [x, --token, hunter2]"), "1:33 servers.s.run[2] holds what looks like a literal secret"],
    [server("run: [x, --api-key=hunter2]"), "1:24 servers.s.run[1] holds what looks like a literal secret"],
    [
      server("package: a@1.2.3, args: [-H, 'Authorization: Bearer hunter2']"),
      "1:44 servers.s.args[1] holds what looks like a literal secret",
    ],
    [
      server("run: [x, '${env:TOKEN}']"),
      "1:24 servers.s.run[1] holds a reference, and references are not filled in here",
    ],
    [server("run: [x, Zm9vYmFyMTIzNDU2Nzg5cXV4]"), "1:24 servers.s.run[1] holds what looks like a literal secret"],
    [server("run: [x, 'postgres://admin:hunter2@db/x']"), "1:25 here stands a URL with a password"],
    [server("run: [x], env: {API_KEY: hunter2}"), "1:40 servers.s.env.API_KEY holds no reference"],
    [
      server("run: [x], env: {API_KEY: {value: hunter2}}"),
      "1:48 servers.s.env.API_KEY.value holds what looks like a literal secret",
    ],
    [server("run: [x], env: {A: 'vault:b'}"), "1:34 servers.s.env.A holds no reference"],
    [
      server("url: https://a.example, credential: {header: A, value: Bearer hunter2}"),
      "1:70 servers.s.credential.value holds no reference",
    ],
    [
      server("url: https://a.example, credential: {header: A, value: env:TOKEN}"),
      "1:70 servers.s.credential.value holds a reference without ${ }",
    ],
    [
      server("url: https://a.example, credential: {header: A, value: '${vault:b}'}"),
      "1:70 servers.s.credential.value holds a reference of an unknown kind",
    ],
    [url("https://hunter2@a.example"), "1:20 servers.s.url holds a user name or password"],
    [url("https://a.example/mcp?api_key=hunter2"), "1:20 servers.s.url holds what looks like a literal secret"],
    [
      url("https://a.example/s/Zm9vYmFyMTIzNDU2Nzg5cXV4/mcp"),
      "1:20 servers.s.url holds what looks like a literal secret",
    ],
    ["environment: dev # was ghp_0123456789abcdefABCD\n", "1:24 here stands a GitHub token"],
    [
      "environment: dev # ghp_0123456789abcdefABCD AKIA0123456789ABCDEF\n",
      "1:20 here stands a GitHub token",
      "1:45 here stands an AWS access key",
    ],
    [
      server("run: [x], env: {A: hunter2, B: {value: ghp_0123456789abcdefABCD}, C: hunter2}") +
        " # AKIA0123456789ABCDEF",
      "1:34 servers.s.env.A holds no reference",
      "1:54 here stands a GitHub token",
      "1:84 servers.s.env.C holds no reference",
      "1:97 here stands an AWS access key",
    ],
  ],
};

for (const [room, cases] of Object.entries(BAD)) {
  test(`bad configuration: ${room}`, () => {
    for (const [yaml, ...expected] of cases) {
      const loaded = loadConfig(yaml, "cardea.yaml");
      assert.ok("faults" in loaded, `accepted: ${yaml}`);
      const found = loaded.faults.map((fault) => `${fault.line}:${fault.column} ${fault.message}`);
      assert.deepEqual(found, expected, String(yaml).slice(0, 200));
      for (const fault of loaded.faults) {
        assert.ok(
          fault.expected !== "" && fault.remedy !== "" && !/undefined|another value/.test(JSON.stringify(fault)),
          JSON.stringify(fault),
        );
        assert.ok(!formatFault(fault).includes("hunter2"), "a value is printed");
      }
    }
  });
}

test("bad configuration: the table has at least sixty cases", () => {
  assert.ok(Object.values(BAD).flat().length >= 60);
});

test("a fault names the nearest known name, what is accepted and what to do", () => {
  const loaded = loadConfig(
    "servers:\n  files: { run: [x], sandbx: {} }\naccess: [{ role: r, allow: [fles.x] }]\n",
    "cardea.yaml",
  );
  assert.ok("faults" in loaded);
  assert.deepEqual(
    loaded.faults.map((fault) => fault.nearest),
    ["sandbox", "files"],
  );
  assert.equal(
    formatFault(loaded.faults[1] ?? assert.fail()),
    'cardea.yaml:3:29  access[0].allow[0] names a server that is not configured: "fles"\n' +
      "  expected: one of files\n  did you mean: files\n  help: Write files before the dot.\n",
  );
});

test("a remedy never opens what was being closed, and hints lie in their own range", () => {
  const remedies = (yaml: string) => {
    const loaded = loadConfig(yaml, "cardea.yaml");
    return "faults" in loaded ? loaded.faults.map(({ expected, remedy }) => `${expected}: ${remedy}`).join() : "";
  };
  for (const written of ["no", "off", "closed", "5", ""]) {
    const said = remedies(`listen: { insecureHttp: ${written} }\n`);
    assert.match(said, /`insecureHttp: false`/, written);
  }
  assert.match(remedies("listen: { insecureHttp: yes }\n"), /`insecureHttp: true`/);
  assert.equal(
    remedies("limits: { perCredential: { calls: 1, per: 32d } }\n"),
    "a duration from 1s to 31d, such as 30s, 1m, 2h or 7d: Write, for example, `per: 1m`.",
  );
  assert.match(remedies("limits: { headers: 1GiB }\n"), /a size from 1KiB to 256KiB, such as 64KiB: /);
});
