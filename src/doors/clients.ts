import type { IncomingMessage } from "node:http";
import { type BlockList, isIP } from "node:net";

/** Which addresses may be clients (W5). */
export interface ClientRules {
  readonly clients: BlockList;
  /** Proxies that are believed about whom they speak for; undefined: there are none. */
  readonly proxies: BlockList | undefined;
}

/** Whether a connection from here may be: the address is a client's, or a proxy's that has clients behind it. */
export function mayConnect(peer: string | undefined, rules: ClientRules): boolean {
  return holds(rules.clients, peer) || holds(rules.proxies, peer);
}

/** Whether a request may be: whoever stands before the trusted proxies is a client. */
export function mayAsk(req: IncomingMessage, rules: ClientRules): boolean {
  return holds(rules.clients, clientOf(req, rules.proxies));
}

/**
 * The address of who asks. Each proxy adds at the end of X-Forwarded-For whom it heard, so the last address that is no
 * trusted proxy is the last that nobody made up.
 */
export function clientOf(req: IncomingMessage, proxies: BlockList | undefined): string {
  let client = req.socket.remoteAddress ?? "";
  if (proxies === undefined) return client;
  const forwarded = String(req.headers["x-forwarded-for"] ?? "").split(",");
  while (holds(proxies, client)) {
    const before = forwarded.pop()?.trim();
    // Nobody stands before the proxy: it asks for itself.
    if (before === undefined || before === "") break;
    client = withoutPort(before);
  }
  return client;
}

/** An address that cannot be read is in no list. */
function holds(list: BlockList | undefined, written: string | undefined): boolean {
  const address = written?.replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
  const family = isIP(address);
  return family !== 0 && list?.check(address, family === 6 ? "ipv6" : "ipv4") === true;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(written: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(written)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(written)?.[1] ?? written;
}
