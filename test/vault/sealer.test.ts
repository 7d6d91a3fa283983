import assert from "node:assert/strict";
import { test } from "node:test";
import { createSealer } from "../../src/adapters/vault/sealer.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("RFC 4648, 3.5: what a client keeps opens as it was sealed, and with no character changed, added or left out", () => {
  const sealer = createSealer(Buffer.alloc(32, 7));
  // Lengths that leave none, two and four bits of the last character without a meaning (RFC 4648, section 3.5).
  for (const text of ["cursor", "cursor1", "cursor12"]) {
    const sealed = sealer.seal(text, "here");
    assert.equal(sealer.open(sealed, "here"), text);
    assert.equal(sealer.open(sealed, "there"), undefined);
    for (let at = 0; at < sealed.length; at++)
      for (const char of `${ALPHABET}=+/ \u00e9`)
        if (char !== sealed[at])
          assert.equal(
            sealer.open(sealed.slice(0, at) + char + sealed.slice(at + 1), "here"),
            undefined,
            `${at} ${char}`,
          );
    for (const other of ["", "=", sealed.slice(1), sealed.slice(0, -1), `${sealed}=`, `${sealed}A`, ` ${sealed}`])
      assert.equal(sealer.open(other, "here"), undefined, other);
  }
});
