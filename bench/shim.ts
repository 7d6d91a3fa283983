import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** A running shim. */
export interface Shim {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Says where requests go, with its path, and the API key that they get. Until then they fail. */
  lead(target: string, key: string): void;
  close(): Promise<void>;
}

/**
 * The conformance suite cannot send a credential. This proxy on loopback adds one, and nothing else: bodies stream
 * both ways, a client that leaves is passed on, and Host and Origin stay as the client sent them, so that the
 * gateway's own check of them is what is tested. The one Host that is rewritten is the shim's own address.
 */
export async function startShim(): Promise<Shim> {
  let own = "";
  let to: URL | undefined;
  let credential = "";
  const server = createServer((req, res) => {
    if (to === undefined) return void res.writeHead(502).end();
    const headers: string[] = ["Authorization", credential];
    for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
      const name = req.rawHeaders[at] ?? "";
      const value = req.rawHeaders[at + 1] ?? "";
      headers.push(name, name.toLowerCase() === "host" && value === own ? to.host : value);
    }
    const { hostname: host, port, pathname: path } = to;
    const onward = send({ host, port, path, method: req.method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
      answer.once("error", () => res.destroy());
    });
    onward.once("error", () => res.destroy());
    res.once("close", () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${own}`,
    lead(target, key) {
      to = new URL(target);
      credential = `Bearer ${key}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
