/** What is attacked: running gateways with everything real around them, and people who use them. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent } from "undici";
import { type Browser, startBrowser } from "../../test/fixtures/browser.ts";
import { CERTIFICATE } from "../../test/fixtures/certificate.ts";
import { type IdentityProvider, startIdentityProvider } from "../../test/fixtures/identity-provider.ts";
import { startModernUpstream } from "../../test/gateway/modern-upstream.ts";
import { type Gateway, place, start } from "../../test/gateway/setting.ts";
import { type DocumentHost, startDocuments } from "../../test/identity-flow/documents.ts";
import { type Issuer, startIssuer } from "./issuer.ts";

export interface World {
  readonly provider: IdentityProvider;
  readonly browser: Browser;
  /** With the embedded authorization server, an identity provider and local users. */
  readonly gateway: Gateway;
  readonly base: string;
  /** Whose tokens come from an authorization server elsewhere: `issuer`. It speaks TLS. */
  readonly outer: Gateway;
  readonly outerBase: string;
  /** The way to it: trusts its certificate. */
  readonly outside: Agent;
  readonly issuer: Issuer;
  readonly documents: DocumentHost;
  /** Headers of the last requests that reached the server behind the gateway. */
  readonly upstreamSaw: IncomingMessage["headers"][];
  /** The server behind both gateways, without a gateway in between. */
  readonly upstream: string;
  /** What waits at addresses that nobody may be led to; counts who came. */
  readonly trap: { readonly port: number; visits(): number };
  stop(): Promise<void>;
}

/** Everybody's password at the provider. */
export const PASSWORD = "a long password of attacks";
/** Clients that are known beforehand: without and with a secret. */
export const WEB = { id: "web", redirect: "https://app.example.com/callback" } as const;
export const DESK = {
  id: "desk",
  secret: "the secret of the desk",
  redirect: "https://desk.example.com/callback",
} as const;
const PEOPLE = ["ada", "bob", "mallory", "leaver"] as const;

const TOOLS =
  '"echo": { effect: read }, "steps": { effect: read }, "ask": { effect: read }, "touch": { effect: write }';
const SERVERS = (url: string): string[] => [
  "limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }",
  "servers:",
  `  files: { url: "${url}", tools: { ${TOOLS} }, requests: { elicitation: true } }`,
  `  notes: { url: "${url}", tools: { ${TOOLS} } }`,
  "access:",
  '  - { role: engineer, allow: ["files.*", "notes.*"], effects: [read, write], approval: none }',
];

/** A pass-through that notes what headers arrive. */
async function startEar(target: string, saw: IncomingMessage["headers"][]) {
  const server = createServer(async (req, res) => {
    saw.push(req.headers);
    if (saw.length > 200) saw.shift();
    const body = Buffer.concat(await req.toArray());
    const headers = Object.entries(req.headers).filter(
      ([name]) => !["host", "connection", "content-length"].includes(name),
    );
    const answer = await fetch(target, {
      method: req.method ?? "GET",
      headers: headers as [string, string][],
      ...(body.length > 0 && { body }),
    });
    res.writeHead(
      answer.status,
      Object.fromEntries([...answer.headers].filter(([name]) => name !== "transfer-encoding")),
    );
    res.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, server };
}

/** Listens where private addresses lead, and counts. */
async function startTrap() {
  let visits = 0;
  const server = createServer((_req, res) => res.end("{}")).on("connection", () => visits++);
  await new Promise<void>((up) => server.listen(0, "0.0.0.0", up));
  return { port: (server.address() as AddressInfo).port, visits: () => visits, server };
}

/** Makes what an attacker sends. */
export type Forge = (world: World) => string | Promise<string>;

/** Starts it all. */
export async function startWorld(): Promise<World> {
  const saw: IncomingMessage["headers"][] = [];
  const upstream = await startModernUpstream();
  const [ear, trap, documents, issuer, provider, browser] = await Promise.all([
    startEar(upstream.url, saw),
    startTrap(),
    startDocuments(),
    startIssuer(),
    startIdentityProvider(),
    startBrowser(),
  ]);
  for (const name of PEOPLE) await provider.addUser(name, PASSWORD, `${name}@example.com`, ["engineers"]);
  const env = {
    CORP_SECRET: provider.clientSecret,
    DESK_SECRET: DESK.secret,
    NODE_EXTRA_CA_CERTS: documents.authority,
  };
  const corp = [
    `issuer: "${provider.issuer}"`,
    `metadata: "${provider.metadata}"`,
    `client: { id: ${provider.clientId}, secret: "env:CORP_SECRET" }`,
    "roles: { engineers: [engineer] }",
  ].join(", ");
  const where = place(
    [
      "listen: { trustedProxies: [127.0.0.1/32], insecureHttp: true }",
      "identity:",
      `  providers: { corp: { ${corp} }, spare: { ${corp} } }`,
      "  local: true",
      "  registration:",
      `    metadata: ["*"]`,
      // What may be reached on purpose; everything else that is private may not.
      `    private: ["127.0.0.1/32"]`,
      "  clients:",
      `    ${WEB.id}: { name: The web app, redirects: ["${WEB.redirect}"] }`,
      `    ${DESK.id}: { name: The desk, redirects: ["${DESK.redirect}"], secret: "env:DESK_SECRET", assertions: true }`,
      '    robot: { name: The robot, keys: "file:robot.jwks.json", service: { roles: [engineer] } }',
      `  assertions: [{ issuer: "${issuer.url}", keys: "${issuer.url}/keys", claim: groups, roles: { engineers: [engineer] } }]`,
      ...SERVERS(ear.url),
    ].join("\n"),
    env,
  );
  writeFileSync(join(where.folder, "robot.jwks.json"), JSON.stringify({ keys: [issuer.robotKey] }));
  await where.approve("files", "notes");
  const gateway = await start(where, env);
  const base = new URL(gateway.endpoint).origin;
  for (const name of ["corp", "spare"]) await provider.addRedirect(`${base}/sign-in/callback/${name}`);
  const other = place(
    [
      `listen: { tls: { cert: "${documents.authority}", key: "${documents.key}" } }`,
      "identity:",
      `  issuer: { issuer: "${issuer.url}", keys: "${issuer.url}/keys", claim: groups, roles: { engineers: [engineer] } }`,
      ...SERVERS(ear.url),
    ].join("\n"),
    env,
  );
  await other.approve("files", "notes");
  const outer = await start(other, env);
  return {
    provider,
    browser,
    gateway,
    base,
    outer,
    outerBase: new URL(outer.endpoint).origin,
    outside: new Agent({ connect: { ca: CERTIFICATE } }),
    issuer,
    documents,
    upstreamSaw: saw,
    upstream: upstream.url,
    trap,
    async stop() {
      await browser.stop();
      await Promise.all([gateway.stop(), outer.stop(), provider.stop(), issuer.close(), documents.close()]);
      for (const { server } of [ear, trap]) {
        server.closeAllConnections();
        server.close();
      }
      await upstream.close();
    },
  };
}
