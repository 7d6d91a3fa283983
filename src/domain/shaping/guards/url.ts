import type { Objection } from "./path.ts";

/** What an address that stands in a URL reaches; undefined: the host is a name. Given by compose: the dialer's own rules (C5). */
export type ReachOfHost = (host: string) => "public" | "other" | undefined;

const LONGEST = 8192;

/** Names that mean a machine or network of one's own (RFC 6761, RFC 6762, RFC 8375, and what platforms use). */
const INTERNAL =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|intra|private|corp|home|lan|lab|arpa|svc|cluster|invalid|test|onion|consul|docker|kubernetes|box)$/;
/** Public names that resolve to loopback, or to whatever address stands in them. */
const DISGUISED =
  /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|yoogle\.com|localh\.st|localho\.st|fuf\.me|readme\.localtest\.me|burpcollaborator\.net|1u\.ms|rbndr\.us|ip6\.name|customer1\.app\.localhost\.my\.company\.127\.0\.0\.1\.nip\.io)$/;

/**
 * Whether a URL may be fetched by a server (V3): http or https by the WHATWG URL standard, without credentials, written so that
 * every reader sees the same host, and that host is listed or public. Name resolution is the server's own egress (C5).
 */
export function guardUrl(
  text: string,
  hosts: readonly string[] | undefined,
  reach: ReachOfHost,
): Objection | undefined {
  const bad = (rule: string, message: string): Objection => ({ rule: `url: ${rule}`, message });
  if (text.length > LONGEST) return bad("length", `is longer than ${LONGEST} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: parsers of URLs leave them out, each in its way.
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff\\]/.test(text))
    return bad("characters", "holds a space, a control character or a backslash");
  const parts = /^(https?):\/\/([^/?#]*)/i.exec(text);
  if (parts === null || !URL.canParse(text)) return bad("scheme", "must be an absolute http or https URL");
  const authority = parts[2] ?? "";
  if (authority.includes("@")) return bad("credentials", "holds a user name or password, or an @ before its path");
  if (authority.includes("%")) return bad("host", "has an encoded host");
  // Parsers disagree on where the host ends: `http://public.example#@10.0.0.1`.
  if (/^[^/]*@/.test(text.slice(parts[0].length).split("/")[0] ?? ""))
    return bad("host", "has a host that readers disagree about");
  const url = new URL(text);
  const host = url.hostname.replace(/\.$/, "");
  if (host === "" || host.endsWith(".") || host.includes("..")) return bad("host", "has a host with an empty label");
  if (hosts !== undefined) {
    // An empty port is the scheme's own.
    if (url.port !== "") return bad("port", "must have the port of its scheme: 80 or 443");
    if (hosts.some((one) => isHost(host, one.toLowerCase()))) return undefined;
    return bad("host", `must have one of the hosts ${hosts.join(", ")}`);
  }
  const reached = reach(host);
  if (reached === "public") return undefined;
  if (reached !== undefined) return bad("host", "leads to an address that is not public");
  if (!host.includes(".") || INTERNAL.test(host) || DISGUISED.test(host) || holdsAddress(host, reach))
    return bad("host", "leads to a host that is not public");
  return undefined;
}

/** `host`, or `*.domain` for everything below. */
function isHost(host: string, listed: string): boolean {
  return listed.startsWith("*.") ? host.endsWith(listed.slice(1)) : host === listed;
}

/** Whether a name spells an address that is not public, as services of wildcard names resolve it. */
function holdsAddress(host: string, reach: ReachOfHost): boolean {
  const found = host.match(/(?:\d{1,3}[.-]){3}\d{1,3}/g) ?? [];
  return found.some((one) => reach(one.replaceAll("-", ".")) === "other");
}
