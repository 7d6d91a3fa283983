import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createAddressLimit, networkOf } from "../../src/domain/limits/addresses.ts";
import { Refused } from "../../src/kernel/errors.ts";

const clock = { time: 0, now: () => clock.time, monotonic: () => clock.time };

describe("Requests of one address (L1)", () => {
  for (const [address, network] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff::", "2001:db8:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["", ""],
    ["not an address", "not an address"],
  ] as const)
    test(`${JSON.stringify(address)} counts as ${JSON.stringify(network)}`, () => {
      assert.equal(networkOf(address), network);
    });

  test("all addresses of one IPv6 network of 64 bits share a window; another has its own", () => {
    const count = createAddressLimit(clock, 3);
    for (const last of ["1", "2", "3"]) count(`2001:db8::${last}`);
    assert.throws(
      () => count("2001:db8::4"),
      (error) => error instanceof Refused && error.refusal.code === "rate_limited",
    );
    count("2001:db8:0:1::4");
    clock.time += 120_000;
    count("2001:db8::4");
  });
});
