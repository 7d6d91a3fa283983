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
const LIMIT_MS = 5_000;

for (const flood of FLOODS)
  test(`S1 and S2: 400,000 characters of ${JSON.stringify(flood)} are read in time`, () => {
    const made = plain(flood.repeat(UNITS / flood.length));
    const before = process.cpuUsage();
    findSecrets(made);
    findPersonal(made);
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1_000 < LIMIT_MS, `${(user + system) / 1_000} ms`);
  });
