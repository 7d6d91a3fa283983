import { BlockList, isIP } from "node:net";

/** Whether a host name or literal address can only mean this machine (RFC 1122 127/8, RFC 4291 ::1, RFC 6761 localhost). */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}

/** Whether a text is an IP address or a host name (RFC 1123), without port and scheme. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes("%");
  return (
    text.length <= 253 &&
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(text)
  );
}

/**
 * Reads an address range; a single address is a range of one.
 * @returns the range with its prefix length, or undefined where it is none
 * @example readRange("10.0.0.0/8") // "10.0.0.0/8"
 * @example readRange("::1") // "::1/128"
 */
export function readRange(text: string): string | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || address.includes("%") || more.length > 0) return undefined;
  const longest = family === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${longest}`;
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > longest) return undefined;
  return text;
}

const PRIVATE = new BlockList();
// RFC 6890 and RFC 4291: this network, private, shared, link-local, unique local. Loopback is this machine, and may be.
for (const [address, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  PRIVATE.addSubnet(address, prefix, "ipv4");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** Whether an IP address is of a network that is not public, but for loopback. */
export const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
