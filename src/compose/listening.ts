import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { createSecureContext } from "node:tls";
import type { Config } from "../config/config.ts";
import type { ClientRules } from "../doors/clients.ts";
import type { GuardOptions } from "../doors/mcp/guard.ts";
import { Unusable } from "./unusable.ts";

/** Whether an address to listen on can be reached from this machine alone. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** TLS as the operator configured it: absolute paths of PEM files. */
type TlsFiles = NonNullable<Config["listen"]["tls"]>;

/**
 * Certificate and key in PEM, and the authorities of client certificates where there are (W5). Throws `Unusable` where a
 * file cannot be read, is not what it should be, or certificate and key do not fit.
 */
export function readTls(tls: TlsFiles): { cert: string; key: string; ca?: string } {
  const read = (what: keyof TlsFiles): string => {
    try {
      return readFileSync(tls[what] ?? "", "utf8");
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      throw new Unusable(
        `${tls[what]}, which listen.tls.${what} names, ${missing ? "does not exist" : "cannot be read by this account"}; put the PEM file there or name another`,
      );
    }
  };
  const pem = { cert: read("cert"), key: read("key") };
  try {
    createSecureContext(pem);
  } catch {
    throw new Unusable(
      `${tls.cert} and ${tls.key} (listen.tls) are not a certificate and its private key in PEM form, or do not fit each other`,
    );
  }
  if (tls.clientCa === undefined) return pem;
  const ca = read("clientCa");
  if (!holdsAuthorities(ca))
    throw new Unusable(
      `${tls.clientCa}, which listen.tls.clientCa names, holds no certificates in PEM form; no client could prove itself`,
    );
  return { ...pem, ca };
}

/** Whether every certificate of a PEM text can be read, and there is one: Node passes over what it cannot read. */
function holdsAuthorities(pem: string): boolean {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return found.map((one) => new X509Certificate(one)).length > 0;
  } catch {
    return false;
  }
}

/** Why an address cannot be listened on (listen(2), bind(2)). */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there. Stop it, or choose another port: --port N (0 picks a free one)",
  EACCES: "this account may not use that port. Choose one from 1024 up: --port N",
  EADDRNOTAVAIL: "this machine has no such address. Set listen.host to one of its own, e.g. 127.0.0.1",
  EAFNOSUPPORT: "this machine has no such address. Set listen.host to one of its own, e.g. 127.0.0.1",
  EINVAL: "this machine has no such address. Set listen.host to one of its own, e.g. 127.0.0.1",
  ENOTFOUND: "no address is known for that name. Set listen.host to an address, e.g. 127.0.0.1",
  EAI_AGAIN: "no address is known for that name. Set listen.host to an address, e.g. 127.0.0.1",
};

/** Listens; resolves with the port. Throws `Unusable` where the address cannot be had. */
export async function listenAt(
  listener: { listen(host: string, port: number): Promise<number> },
  host: string,
  port: number,
): Promise<number> {
  try {
    return await listener.listen(host, port);
  } catch (error) {
    const why = UNAVAILABLE[(error as NodeJS.ErrnoException).code ?? ""];
    if (why === undefined) throw error;
    throw new Unusable(`The gateway cannot listen on ${host} port ${port}: ${why}`);
  }
}

/** The guard of the configured way in. Names with the port are known once the server listens: `serve(port)`. */
export function guardOf(config: Config, proxies: BlockList | undefined): GuardOptions & { serve(port: number): void } {
  const { listen } = config;
  const hosts = new Set<string>();
  const origins = new Set(listen.origins.map((origin) => origin.toLowerCase()));
  const scheme = listen.tls ? "https" : "http";
  return {
    hosts,
    origins,
    proxies,
    plain: listen.tls === undefined && (listen.insecureHttp || (proxies === undefined && isLoopback(listen.host))),
    serve(port) {
      const add = (name: string): void => {
        hosts.add(name);
        if (!/:\d+$/.test(name)) hosts.add(`${name}:${port}`);
      };
      const bracketed = listen.host.includes(":") ? `[${listen.host.replace(/[[\]]/g, "")}]` : listen.host;
      const own = isLoopback(listen.host) ? ["127.0.0.1", "localhost", "[::1]", bracketed] : [bracketed];
      for (const name of own) {
        hosts.add(`${name}:${port}`);
        origins.add(`${scheme}://${name}:${port}`);
        if (port === (listen.tls ? 443 : 80)) hosts.add(name);
      }
      for (const name of listen.hosts) add(name);
      if (listen.publicUrl !== undefined) {
        const url = new URL(listen.publicUrl);
        hosts.add(url.host);
        origins.add(url.origin);
      }
    },
  };
}

/** Who may be a client (W5); undefined: every address. */
export function clientsOf(config: Config): ClientRules | undefined {
  const clients = blockList(config.listen.clients);
  return clients && { clients, proxies: blockList(config.listen.trustedProxies) };
}

/** Address ranges (CIDR) as node:net judges them; undefined where there are none. */
export function blockList(ranges: readonly string[]): BlockList | undefined {
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits = ""] = range.split("/");
    list.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
