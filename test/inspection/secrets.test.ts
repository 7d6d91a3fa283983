import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { base62Checksum } from "../../src/domain/inspection/secrets/checksums.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";

const find = (text: string) => findSecrets(plain(text));
const spans = (text: string) => find(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

/** Invented characters in an order that repeats nothing and spells nothing. */
const NOISE = "q7Zk2Rw9Xv4Tb8Jm3Hc6Ln5Pd1Gs0FyEuKaQrWtYzBxVnCjMhLgDkSf";
const noise = (length: number) => NOISE.repeat(4).slice(0, length);
const hex = (length: number) => "3fa91c07be52d846".repeat(8).slice(0, length);

/** Assembled from parts, so that no line of this file looks like a secret of anybody. */
const tokens: readonly (readonly [string, string])[] = [
  ["github-token", `ghp_${noise(30)}${base62Checksum(noise(30))}`],
  ["github-fine-grained-token", `github_pat_${noise(22)}_${noise(59)}`],
  ["gitlab-token", `glpat-${noise(20)}`],
  ["npm-token", `npm_${noise(30)}${base62Checksum(noise(30))}`],
  ["aws-access-key", `AK${"IA"}Q7ZK2RW9XV4TB8JM`],
  ["google-api-key", `AI${"za"}${noise(35)}`],
  ["slack-token", `xo${"xb"}-71238940512-90817263541-${noise(24)}`],
  ["stripe-key", `sk_${"live"}_${noise(24)}`],
  ["openai-key", `sk-${"proj"}-${noise(20)}T3Blbk${"FJ"}${noise(20)}`],
  ["anthropic-key", `sk-${"ant"}-api03-${noise(56)}${noise(36)}-${noise(6)}AA`],
  ["sendgrid-key", `SG.${noise(22)}.${noise(43)}`],
  ["digitalocean-token", `dop_v1_${hex(64)}`],
  ["databricks-token", `dapi${hex(32)}`],
  ["vault-token", `hvs.${noise(40)}`],
  ["telegram-token", `812345678:AA${noise(33)}`],
  ["mailchimp-key", `${hex(32)}-us12`],
  ["terraform-token", `${noise(14)}.atlasv1.${noise(56)}${noise(8)}`],
  [
    "jwt",
    [`{"alg":"HS256","typ":"JWT"}`, `{"sub":"4711","name":"n"}`]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".") + `.${noise(43)}`,
  ],
];

for (const [kind, token] of tokens)
  test(`S1: a secret in a published format is found at its place: ${kind}`, () => {
    assert.deepEqual(spans(`before ${token} after`), [[kind, token]]);
    assert.deepEqual(spans(`{"value":"${token}"}`), [[kind, token]]);
    assert.deepEqual(spans(`one\\n${token}\\n`), [[kind, token]], "behind an escaped line end");
  });

test("S1: a right checksum makes sure, a wrong one does not let the token pass", () => {
  const right = find(`ghp_${noise(30)}${base62Checksum(noise(30))}`)[0];
  const wrong = find(`ghp_${noise(36)}`)[0];
  assert.equal(right?.confidence, 1);
  assert.ok(wrong !== undefined && wrong.confidence < 1);
});

test("S1: private keys are found from their first to their last line, in source code and in Base64 too", () => {
  const label = `${"PRIVATE"} KEY`;
  const key = `-----BEGIN RSA ${label}-----\n${noise(64)}\n${noise(64)}\n-----END RSA ${label}-----`;
  assert.deepEqual(spans(`a\n${key}\nb`), [["private-key", key]]);
  const escaped = key.replaceAll("\n", "\\n");
  assert.deepEqual(spans(`{"k":"${escaped}"}`), [["private-key", escaped]]);
  const coded = Buffer.from(key).toString("base64");
  assert.deepEqual(spans(`x ${coded} y`), [["base64-private-key", coded]]);
  assert.deepEqual(find(`if (text.startsWith("-----BEGIN ${label}-----")) return;`), [], "a mere heading");
});

const password = `tr${"0ub"}4dor&Xk`;
const placed: readonly (readonly [string, string, string])[] = [
  ["url-password", `postgres://app:${password}@db.internal:5432/x`, password],
  ["command-password", `curl -u admin:${password} https://x.org`, password],
  ["command-password", `machine x.org login me password ${password}`, password],
  ["connection-password", `Server=db;User Id=app;Password=${password};Database=x`, password],
  [
    "basic-credentials",
    `Authorization: Basic ${Buffer.from(`me:${password}`).toString("base64")}`,
    Buffer.from(`me:${password}`).toString("base64"),
  ],
  ["password", `"password": "${password}"`, password],
  ["password", `DB_PASSWORD=${password}`, password],
  ["password", `mysql --password ${password}`, password],
  ["password", `<password>${password}</password>`, password],
  ["password", `if ("${password}" == user.password) {`, password],
  ["credential", `api_key: ${noise(32)}`, noise(32)],
  ["credential", `"client_secret": "${noise(40)}"`, noise(40)],
  ["credential", `const apiToken = '${noise(24)}';`, noise(24)],
  ["credential", `X-Api-Key: ${hex(32)}`, hex(32)],
  ["credential", `Authorization: Bearer ${noise(40)}`, noise(40)],
  ["credential", `acme.service.key=${noise(32)}`, noise(32)],
];

for (const [kind, text, secret] of placed)
  test(`S1: a secret is known by where it stands: ${text.slice(0, 24)}`, () =>
    assert.deepEqual(spans(text), [[kind, secret]]));

const harmless: readonly string[] = [
  "password: ${DB_PASSWORD}",
  "api_key = os.environ['API_KEY']",
  'token = "<your token>"',
  'secret: "{{ .Values.secret }}"',
  "API_KEY=xxxxxxxxxxxxxxxxxxxxxxxx",
  'password = "changeme"',
  "next_page_token: CAUQAA7f3b19c2d8e4",
  `"integrity": "sha512-${noise(56)}${noise(30)}=="`,
  `commit ${hex(40)}`,
  "request id 123e4567-e89b-12d3-a456-426614174000",
  `"public_key": "${noise(44)}"`,
  "the token was refused because it had expired",
  "max_tokens: 4096, tokenizer: cl100k_base",
  "https://user@example.org/path and https://example.org:8080/@scope/package",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 a public key",
];

for (const text of harmless)
  test(`S1: no secret is seen in: ${text.slice(0, 40)}`, () => assert.deepEqual(spans(text), []));

test("S1: why never holds the secret", () => {
  for (const [, token] of tokens)
    for (const { why } of find(`x ${token}`)) assert.ok(!why.includes(token.slice(0, 8)), why);
});

test("S1: offsets are those of the original, with invisible and composed characters in it", () => {
  const [, token] = tokens[0] as readonly [string, string];
  const hidden = `${token.slice(0, 9)}\u200b${token.slice(9)}`;
  const text = `caf\u00e9 \ufb01 \u{1d5f6} ${hidden} ende`;
  assert.deepEqual(spans(text), [["github-token", hidden]]);
});

test("S1: a secret within random text is found at exactly its place", () => {
  const words = fc.array(fc.stringMatching(/^[a-z .,;:()\n]{0,30}$/), { maxLength: 6 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(words, words, fc.constantFrom(...tokens), (before, after, [kind, token]) => {
      const text = `${before} ${token} ${after}`;
      const start = before.length + 1;
      const found = find(text).find((finding) => finding.start === start);
      assert.deepEqual([found?.kind, found?.end], [kind, start + token.length]);
    }),
    { numRuns: 300 },
  );
});

test("S1: any text is read, findings are in order, do not overlap and lie within it", () => {
  const pieces = fc.constantFrom(
    "password=",
    "token: ",
    "ghp_",
    "://",
    "a:b@",
    '"',
    "-----BEGIN ",
    "eyJ",
    "\u200b",
    "é",
    hex(40),
    noise(30),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      let last = 0;
      for (const { start, end } of find(text)) {
        assert.ok(start >= last && end > start && end <= text.length, JSON.stringify(text));
        last = end;
      }
    }),
    { numRuns: 500 },
  );
});

test("S1: a text of 100,000 secrets is answered, and its rest counts as one", () => {
  const [, token] = tokens[2] as readonly [string, string];
  const text = `${token} `.repeat(100_000);
  const found = find(text);
  assert.ok(found.length <= 20_001);
  assert.equal(found.at(-1)?.kind, "too-many-secrets");
  assert.equal(found.at(-1)?.end, text.length);
});
