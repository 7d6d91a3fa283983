import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFault } from "../../src/config/fault.ts";
import { loadConfig } from "../../src/config/load.ts";

const ACCESS = "access: [{ role: reader, allow: [] }, { role: engineer, allow: [] }]\n";
const PROVIDER = "issuer: https://login.example.com, client: { id: cardea, secret: 'env:S' }";
/** One provider `corp` with this beside what every provider has. */
const provider = (more: string) => `${ACCESS}identity: { providers: { corp: { ${PROVIDER}${more} } } }\n`;
const issuer = (url: string) =>
  `identity: { providers: { corp: { issuer: "${url}", client: { id: c, secret: 'env:S' } } } }\n`;
const client = (more: string) => `${ACCESS}identity: { clients: { app: { name: App${more} } } }\n`;

/** A bad configuration and every message that it must give, in order. */
const BAD: Record<string, [yaml: string, ...messages: string[]][]> = {
  "addresses (W5, RFC 8414)": [
    [issuer("login.example.com"), "identity.providers.corp.issuer is no URL"],
    [issuer("http://login.example.com"), "identity.providers.corp.issuer is not https"],
    [issuer("file:///etc/passwd"), "identity.providers.corp.issuer is not https"],
    [issuer("https://login.example.com#x"), "identity.providers.corp.issuer has a query or fragment"],
    [issuer("https://login.example.com/?t=1"), "identity.providers.corp.issuer has a query or fragment"],
    [issuer("https://user:hunter2@login.example.com"), "identity.providers.corp.issuer holds a user name or password"],
    [
      issuer("https://login.example.com/?token=hunter2hunter2"),
      "identity.providers.corp.issuer holds what looks like a literal secret",
      "identity.providers.corp.issuer has a query or fragment",
    ],
    [provider(", metadata: 'http://10.0.0.1/x'"), "identity.providers.corp.metadata is not https"],
    [provider(", private: [10.0.0.0/8, 0.0.0.0/0]"), "identity.providers.corp.private[1] is every address there is"],
    ["identity: { issuer: { issuer: 'http://a.example' } }\n", "identity.issuer.issuer is not https"],
    [
      "identity: { assertions: [ { issuer: 'https://a.example', keys: 'http://a.example/k' } ] }\n",
      "identity.assertions[0].keys is not https",
    ],
    [
      "identity: { registration: { private: [10.0.0.0/99] } }\n",
      "identity.registration.private[0] is no address range",
    ],
  ],
  "roles (I4, I8, P1)": [
    [
      provider(", roles: { eng: [reader, enginer] }"),
      'identity.providers.corp.roles.eng[1] names a role that access does not have: "enginer"',
    ],
    [
      `${ACCESS}identity: { secondFactor: { roles: [root] } }\n`,
      'identity.secondFactor.roles[0] names a role that access does not have: "root"',
    ],
    [
      client(", secret: 'env:S', service: { roles: [writer] }"),
      'identity.clients.app.service.roles[0] names a role that access does not have: "writer"',
    ],
    [
      "identity: { issuer: { issuer: 'https://a.example', roles: { g: [reader] } } }\n",
      'identity.issuer.roles.g[0] names a role that access does not have: "reader"',
    ],
    [provider(", administration: { g: [root] }"), "identity.providers.corp.administration.g[0] has an unknown value"],
  ],
  "administration (I11)": [
    [
      `${ACCESS}identity: { local: false }\n`,
      "identity.local is false, and no provider makes anybody an administrator with the duty security",
    ],
    [
      `${ACCESS}identity: { local: false, providers: { corp: { ${PROVIDER}, administration: { g: [auditor] } } } }\n`,
      "identity.local is false, and no provider makes anybody an administrator with the duty security",
    ],
  ],
  "providers (I4, C8)": [
    [
      `identity: { providers: { local: { ${PROVIDER} } } }\n`,
      "identity.providers.local has a name that means something else in accounts",
    ],
    [
      "identity: { providers: { corp: { issuer: 'https://a.example', client: { id: c, secret: hunter2 } } } }\n",
      "identity.providers.corp.client.secret is not well formed",
    ],
  ],
  "clients (I3, I8, RFC 9700)": [
    [client(""), "identity.clients.app has neither redirects nor service, so that it can do nothing"],
    [
      client(", service: { roles: [reader] }"),
      "identity.clients.app acts without a person, and nothing proves that it is this client",
    ],
    [
      client(", redirects: ['https://a.example/cb'], assertions: true"),
      "identity.clients.app acts without a person, and nothing proves that it is this client",
    ],
    [client(", secret: 'env:S', keys: 'file:k.json', service: { roles: [] }"), "identity.clients.app has two proofs"],
    [
      client(
        ", redirects: ['http://a.example/cb', 'javascript:alert(1)', 'https://a.example/#x', 'https://*.a.example/', 'https://u@a.example/', '/cb']",
      ),
      "identity.clients.app.redirects[0] is plain http off loopback",
      "identity.clients.app.redirects[1] has a scheme that no program is reached by",
      "identity.clients.app.redirects[2] has a fragment",
      "identity.clients.app.redirects[3] has a wildcard",
      "identity.clients.app.redirects[4] has a user name or password",
      "identity.clients.app.redirects[5] is no URL",
    ],
  ],
};

for (const [room, cases] of Object.entries(BAD)) {
  test(`bad identity: ${room}`, () => {
    for (const [yaml, ...messages] of cases) {
      const loaded = loadConfig(yaml, "cardea.yaml");
      assert.ok("faults" in loaded, `accepted: ${yaml}`);
      assert.deepEqual(
        loaded.faults.map(({ message }) => message),
        messages,
        yaml,
      );
      for (const fault of loaded.faults) {
        assert.ok(fault.expected !== "" && fault.remedy !== "");
        assert.ok(!formatFault(fault).includes("hunter2"), "a value is printed");
      }
    }
  });
}

test("a role that was misspelt names the nearest one", () => {
  const loaded = loadConfig(provider(", roles: { eng: [enginer] }"), "cardea.yaml");
  assert.ok("faults" in loaded);
  assert.deepEqual([loaded.faults[0]?.nearest, loaded.faults[0]?.remedy], ["engineer", "Write engineer."]);
});

test("identity as people write it is accepted", () => {
  for (const yaml of [
    provider(", roles: { eng: [reader, engineer] }, administration: { sec: [security] }"),
    issuer("http://127.0.0.1:8080/api/oidc"),
    issuer("http://localhost:8080"),
    `${ACCESS}identity: { local: false, providers: { corp: { ${PROVIDER}, administration: { sec: [security] } } } }\n`,
    client(", redirects: ['https://a.example/cb', 'http://127.0.0.1/cb', 'http://localhost:7000/cb', 'cursor://x/cb']"),
    client(", keys: 'file:keys.json', service: { roles: [reader] }"),
    client(", secret: 'env:S', assertions: true"),
  ]) {
    const loaded = loadConfig(yaml, "cardea.yaml");
    assert.ok(!("faults" in loaded), "faults" in loaded ? loaded.faults.map(formatFault).join("") : "");
  }
});
