import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ENVIRONMENTS, mintKey, readKey } from "../../src/domain/identity/key-format.ts";
import { random } from "./setting.ts";

test("I5: a key has prefix, environment, id, 256 random bits and a checksum", () => {
  for (const environment of ENVIRONMENTS) {
    const minted = mintKey(random, environment);
    assert.match(minted.key, new RegExp(`^ck_${environment}_[0-9a-z]{12}_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}$`));
    const read = readKey(minted.key);
    assert.deepEqual(read, { environment, id: minted.id, hash: Buffer.from(minted.hash, "hex") });
    assert.equal(minted.hash, hash("sha256", minted.key.slice(-50, -7)));
  }
  assert.notEqual(mintKey(random, "dev").key, mintKey(random, "dev").key);
});

test("I5: the checksum is CRC-32, so that other tools can recognise a key", () => {
  const { key } = mintKey({ ...random, bytes: (n) => new Uint8Array(n) }, "dev");
  // crc32("ck_dev_000000000000_" + 43 times "A"), by Python's zlib, in base 62.
  assert.equal(key, `ck_dev_000000000000_${"A".repeat(43)}_${EXPECTED}`);
});
const EXPECTED = "0Akd7I";

test("I5: a truncated, altered or padded key is recognised as none", () => {
  const { key } = mintKey(random, "staging");
  for (let n = 0; n < key.length; n++) assert.equal(readKey(key.slice(0, n)), undefined);
  for (const wrong of [` ${key}`, `${key} `, `${key}\n`, key.toUpperCase(), key.replace("staging", "prod")]) {
    assert.equal(readKey(wrong), undefined);
  }
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(..."abzABZ019_-é\0"), (at, letter) => {
      fc.pre(key[at] !== letter);
      assert.equal(readKey(key.slice(0, at) + letter + key.slice(at + 1)), undefined);
    }),
  );
});
