import type { BlockList } from "node:net";
import type { Config } from "../config/config.ts";
import type { GuardOptions } from "../doors/mcp/guard.ts";

/** Whether an address to listen on can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
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
