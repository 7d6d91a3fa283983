/**
 * What the gateway is measured against: a proxy of node:http and an undici Pool that forwards and does nothing else.
 *
 *     node bench/proxy.ts http://127.0.0.1:PORT/mcp
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";

const target = new URL(String(process.argv.at(-1)));
/** Headers that belong to one connection, and the credential, which does not go on. */
const OWN = new Set(["host", "connection", "content-length", "authorization"]);
const pool = new Pool(target.origin, { connections: 128, pipelining: 1 });

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", async () => {
    const headers = req.rawHeaders.filter((_, at) => !OWN.has(req.rawHeaders[at - (at % 2)]?.toLowerCase() ?? ""));
    try {
      const answer = await pool.request({
        method: "POST",
        path: target.pathname,
        headers,
        body: Buffer.concat(chunks),
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      res.writeHead(answer.statusCode, {
        "content-type": answer.headers["content-type"]?.toString() ?? "application/json",
        "content-length": body.length,
      });
      res.end(body);
    } catch {
      res.writeHead(502).end();
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: "ready", endpoint: `http://127.0.0.1:${port}/mcp` }));
});
