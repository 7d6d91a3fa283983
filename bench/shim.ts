import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** A running shim. */
export interface Shim {
  /** `http://127.0.0.1:<port>/mcp` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The conformance suite cannot send a credential. This proxy on loopback adds one, and nothing else: bodies stream
 * both ways, a client that leaves is passed on, and Host and Origin stay as the client sent them, so that the
 * gateway's own check of them is what is tested. The one Host that is rewritten is the shim's own address.
 *
 * @param target where requests go, with its path
 * @param key the API key that is added
 */
export async function startShim(target: string, key: string): Promise<Shim> {
  const to = new URL(target);
  let own = "";
  const server = createServer((req, res) => {
    const headers: string[] = ["Authorization", `Bearer ${key}`];
    for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
      const name = req.rawHeaders[at] ?? "";
      const value = req.rawHeaders[at + 1] ?? "";
      headers.push(name, name.toLowerCase() === "host" && value === own ? to.host : value);
    }
    const onward = send(
      { host: to.hostname, port: to.port, path: to.pathname, method: req.method, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(res);
        answer.once("error", () => res.destroy());
      },
    );
    onward.once("error", () => res.destroy());
    res.once("close", () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${own}/mcp`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
