import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What an address is to the dialer. `never`: link-local, metadata, unspecified, multicast and broadcast. */
export type Reach = "public" | "loopback" | "private" | "never";

/** A declared range, as `parseRange` reads it. */
export interface Range {
  readonly address: Address;
  readonly bits: number;
}

/** Addresses outside 169.254.0.0/16 and fe80::/10 at which clouds serve credentials or control a machine. */
const METADATA = new Set([
  "100.100.100.200", // Alibaba Cloud
  "168.63.129.16", // Azure wire server; lies in a public range
  "192.0.0.192", // Oracle Cloud
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google Cloud
]);

/** ipaddr.js's names of the ranges that nobody can be called at, or that reach the machine's own link. */
const NEVER = new Set(["unspecified", "broadcast", "multicast", "linkLocal"]);

/**
 * The address that a host string spells, in any spelling that a resolver takes: `127.1`, `0x7f000001`,
 * `2130706433`, `[::1]`, `fe80::1%eth0`.
 * @returns undefined where the host is a name
 */
export function readAddress(host: string): Address | undefined {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const zone = bare.indexOf("%");
  const text = zone >= 0 ? bare.slice(0, zone) : bare;
  return ipaddr.isValid(text) ? ipaddr.parse(text) : undefined;
}

/** Reads a CIDR range or a single address. @returns undefined where it is neither */
export function parseRange(text: string): Range | undefined {
  if (ipaddr.isValidCIDR(text)) {
    const [address, bits] = ipaddr.parseCIDR(text);
    return { address, bits };
  }
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return { address, bits: address.kind() === "ipv4" ? 32 : 128 };
}

/** IPv4-mapped addresses (RFC 4291 2.5.5.2) and the well-known NAT64 prefix (RFC 6052) reach the IPv4 address inside. */
function unwrap(address: Address): Address {
  if (address.kind() === "ipv4") return address;
  const v6 = address as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address();
  const wellKnown = v6.range() === "rfc6052" && v6.parts.slice(2, 6).every((part) => part === 0);
  return wellKnown ? lowIPv4(v6, 12) : v6;
}

/** The IPv4 address that stands in the four bytes from `at`. */
function lowIPv4(v6: ipaddr.IPv6, at: number): ipaddr.IPv4 {
  return new ipaddr.IPv4(v6.toByteArray().slice(at, at + 4));
}

/** The IPv4 address inside a 6to4 (RFC 3056), Teredo (RFC 4380) or IPv4-compatible address, undefined for others. */
function tunnelled(v6: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = v6.toByteArray();
  if (v6.range() === "6to4") return lowIPv4(v6, 2);
  if (v6.range() === "teredo") return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
  const compatible = bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12, 15).some((byte) => byte !== 0);
  return compatible ? lowIPv4(v6, 12) : undefined;
}

/** What an address is, after embedded IPv4 addresses were taken out. Whatever is not plainly public is private. */
export function reachOf(address: Address): Reach {
  const real = unwrap(address);
  if (METADATA.has(real.toString()) || NEVER.has(real.range())) return "never";
  if (real.kind() === "ipv4" && (real as ipaddr.IPv4).octets[0] === 0) return "never";
  if (real.range() === "loopback") return "loopback";
  if (real.kind() === "ipv6") {
    const inner = tunnelled(real as ipaddr.IPv6);
    if (inner !== undefined) return reachOf(inner) === "never" ? "never" : "private";
  }
  return real.range() === "unicast" ? "public" : "private";
}

/** Whether one of the declared ranges holds the address. `exactly`: only a range of that single address counts. */
export function isDeclared(address: Address, ranges: readonly Range[], exactly: boolean): boolean {
  const real = unwrap(address);
  return ranges.some((range) => {
    if (range.address.kind() !== real.kind()) return false;
    if (exactly && range.bits !== (real.kind() === "ipv4" ? 32 : 128)) return false;
    return real.kind() === "ipv4"
      ? (real as ipaddr.IPv4).match(range.address as ipaddr.IPv4, range.bits)
      : (real as ipaddr.IPv6).match(range.address as ipaddr.IPv6, range.bits);
  });
}
