import type { IncomingMessage } from "node:http";
import { Provider } from "oidc-provider";
import type { AuthorizationServer } from "../../ports/authorization-server.ts";
import { standAround } from "./answers.ts";
import { configure } from "./configuration.ts";
import { endFamilies } from "./consents.ts";
import { createFetch } from "./outbound.ts";
import { grantToAssertions } from "./assertions.ts";
import { createInteractions } from "./interactions.ts";
import { grantToServices } from "./machines.ts";
import type { AuthorizationParts } from "./parts.ts";
import { rotateByDerivation } from "./rotation.ts";
import { followBrowser } from "./sessions.ts";
import { findToken } from "./tokens.ts";

const METADATA = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
const ENDPOINTS = new Set([
  "/oauth/authorize",
  "/oauth/token",
  "/oauth/register",
  "/oauth/revoke",
  "/oauth/introspect",
  "/oauth/jwks",
  ...METADATA,
]);
/** The way back from an interaction. */
const RESUME = /^\/oauth\/authorize\/[A-Za-z0-9_-]{1,64}$/;

/**
 * The embedded authorization server (I3): oidc-provider with Cardea's storage, rules and people. It is made at the first
 * request, because its issuer is the base URL, which is known once there is a port.
 */
export function createAuthorizationServer(parts: AuthorizationParts): AuthorizationServer {
  const documents = createFetch({ private: parts.settings.registration.private, loopback: false });
  let made: { provider: Provider; handle: ReturnType<Provider["callback"]>; close(): Promise<void> } | undefined;
  const library = () => {
    if (made === undefined) {
      const provider: Provider = new Provider(
        parts.base(),
        configure(parts, documents.fetch, () => provider),
      );
      // Its own idea of the request's address comes from `prepare` alone.
      provider.proxy = true;
      followBrowser(provider, parts);
      rotateByDerivation(provider, parts);
      standAround(provider, parts);
      grantToServices(provider, parts);
      const close = grantToAssertions(provider, parts);
      made = { provider, handle: provider.callback(), close };
    }
    return made;
  };

  /** Addresses are made from the base URL, never from what a request says of its host. */
  const prepare = (req: IncomingMessage & { originalUrl?: string }): void => {
    const base = new URL(parts.base());
    req.headers["x-forwarded-proto"] = base.protocol.slice(0, -1);
    req.headers["x-forwarded-host"] = base.host;
    if (base.pathname !== "/") req.originalUrl = base.pathname + (req.url ?? "");
  };
  const provider = () => library().provider;

  return {
    serves(path) {
      const [bare = ""] = path.split("?", 1);
      return ENDPOINTS.has(bare) || RESUME.test(bare) || METADATA.includes(withoutBase(parts, bare));
    },
    async handle(req, res) {
      const [bare = "", ...query] = (req.url ?? "").split("?");
      req.url = [ENDPOINTS.has(bare) ? bare : withoutBase(parts, bare), ...query].join("?");
      prepare(req);
      await library().handle(req, res);
    },
    ...createInteractions(parts, provider, prepare),
    find: (token) => findToken(parts, token),
    async endGrant(tenant, grant) {
      const known = parts.people.grant(grant);
      if (known !== undefined && known.tenant === tenant) await endFamilies(parts, known, known.client);
    },
    async close() {
      await made?.close();
      await documents.close();
    },
  };
}

/** RFC 8414, 3.1: the issuer's path stands at the end of the metadata's. */
function withoutBase(parts: AuthorizationParts, path: string): string {
  const { pathname } = new URL(parts.base());
  return pathname !== "/" && path.endsWith(pathname) ? path.slice(0, -pathname.length) : path;
}
