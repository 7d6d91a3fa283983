import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findPersonal } from "../../src/domain/inspection/personal/index.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";

/** What makes detectors slow: beginnings of findings that come to nothing, again and again. */
const FLOODS = [
  ...[
    "key-",
    "api_key=",
    'auth_key="',
    "token: ",
    "eyJ_",
    "eyJa.",
    "ghs_1_eyJ",
    "xoxb-1",
    "://a:",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----AAAAAAAAAAAAAAAAAAAA\n",
    "PuTTY-User-Key-File-2: ",
    " login -p ",
    "+ast",
    "0x1",
  ],
  ...[
    "1 ",
    "12 ",
    "1-",
    "1.",
    "(1",
    "1:",
    "::",
    "a@",
    "a@b.",
    "+1",
    "GB29 ",
    "4111 1111 1111 1112 ",
    "phone 030123456 ",
  ],
];
const UNITS = 400_000;
/** A detector that takes time with the square of the length takes minutes. */
const LIMIT_MS = 2_000;

for (const flood of FLOODS)
  test(`S1 and S2: 400,000 characters of ${JSON.stringify(flood)} are read in time`, () => {
    const made = plain(flood.repeat(UNITS / flood.length));
    const before = process.cpuUsage();
    findSecrets(made);
    findPersonal(made);
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1_000 < LIMIT_MS, `${(user + system) / 1_000} ms`);
  });

test("S1: a private key is found behind many that are none, up to its own end", () => {
  const header = "-----BEGIN PRIVATE KEY-----";
  const key = `${header}\n${"MIIEvQIBADANBgkq\n".repeat(20)}-----END PRIVATE KEY-----`;
  const text = `${`${header}\n`.repeat(50)}${key}\n${header}\nabc\n${key}`;
  const found = findSecrets(plain(text)).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(found, [key, key]);
  const putty = "PuTTY-User-Key-File-2: ssh-rsa\n";
  const whole = `${putty}Private-Lines: 14\nAAAA\nPrivate-MAC: ${"ab".repeat(32)}`;
  const file = `${putty.repeat(900)}${"x ".repeat(11_000)}${whole}`;
  assert.deepEqual(
    findSecrets(plain(file)).map(({ start, end }) => file.slice(start, end)),
    [whole],
  );
});

test("S1: a password on a command line is found behind many that are given none", () => {
  const text = `${" login -p".repeat(100)}\n${"mysql -p ".repeat(100)}\nmysql -u root -pS3cretPw9x db\nsshpass -p ab\nsshpass -p Ab12cd34`;
  const found = findSecrets(plain(text)).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(found, ["S3cretPw9x", "Ab12cd34"]);
});
