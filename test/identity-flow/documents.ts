/** A host of client metadata documents (CIMD) over TLS, with the certificate of these tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";

export interface DocumentHost {
  /** `https://127.0.0.1:<port>` */
  readonly origin: string;
  /** For `NODE_EXTRA_CA_CERTS`, so that a process trusts it. */
  readonly authority: string;
  /** File of the private key of that certificate. */
  readonly key: string;
  /** Publishes what `content` answers for its own URL, and answers that URL. */
  publish(path: string, content: (url: string) => string | { readonly location: string }): string;
  /** How often a path was asked for. */
  asked(path: string): number;
  close(): Promise<void>;
}

/** Starts it on a free port of loopback. */
export async function startDocuments(): Promise<DocumentHost> {
  const folder = mkdtempSync(join(tmpdir(), "cardea-documents-"));
  const authority = join(folder, "ca.pem");
  const key = join(folder, "key.pem");
  writeFileSync(authority, CERTIFICATE);
  writeFileSync(key, KEY, { mode: 0o600 });
  const documents = new Map<string, () => string | { readonly location: string }>();
  const counts = new Map<string, number>();
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (req, res) => {
    const path = req.url ?? "/";
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const found = documents.get(path)?.();
    if (found === undefined) return void res.writeHead(404).end();
    if (typeof found !== "string") return void res.writeHead(302, { location: found.location }).end();
    res.writeHead(200, { "content-type": "application/json" }).end(found);
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    authority,
    key,
    publish(path, content) {
      documents.set(path, () => content(`${origin}${path}`));
      return `${origin}${path}`;
    },
    asked: (path) => counts.get(path) ?? 0,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
