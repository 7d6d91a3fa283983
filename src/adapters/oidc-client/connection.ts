import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from "jose";
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  type CustomFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from "openid-client";
import { Agent, fetch as undiciFetch } from "undici";
import type { Clock, Secrets } from "../../ports/world.ts";
import { checkUrl, createDialer, namesLoopback } from "../dialer/dialer.ts";

/** A provider as the operator configured it. */
export interface ProviderOptions {
  readonly name: string;
  readonly issuer: string;
  /** Address of the metadata where it does not follow from the issuer. */
  readonly metadata?: string;
  /** `secret` is a reference. */
  readonly client: { readonly id: string; readonly secret: string };
  readonly scopes: readonly string[];
  readonly login: string;
  readonly groups: string;
  readonly secondFactor: { readonly acr: readonly string[]; readonly amr: readonly string[] };
  /** CIDR ranges of private addresses that the provider may resolve to. */
  readonly private: readonly string[];
}

/** Signatures that are accepted: public keys alone. */
export const ALGORITHMS: readonly string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Longest exchange with the provider, seconds, and longest answer, bytes. */
const TIMEOUT_S = 10;
const LARGEST = 1024 * 1024;
/** So long metadata are believed, milliseconds. */
const FRESH_MS = 3_600_000;

/** What the provider's metadata said, ready for use. */
export interface Connection {
  readonly configuration: Configuration;
  readonly metadata: Readonly<ServerMetadata>;
  readonly keys: JWTVerifyGetKey;
}

/**
 * The way to one provider: its metadata, read when they are first needed and hourly, over the checked dialer (C5).
 * The answered function rejects with an Error where the provider cannot be reached or says what may not be believed.
 */
export function connect(
  options: ProviderOptions,
  parts: { secrets: Secrets; clock: Clock },
): () => Promise<Connection> {
  const address = checkUrl(options.metadata ?? options.issuer, `the sign-in provider ${options.name}`);
  const loopback = namesLoopback(address);
  const dispatcher = new Agent({
    connect: createDialer({ private: options.private, loopback }),
    maxResponseSize: LARGEST,
    headersTimeout: TIMEOUT_S * 1000,
    bodyTimeout: TIMEOUT_S * 1000,
  });
  const checkedFetch = ((url: string, init: object) =>
    undiciFetch(url, { redirect: "manual", ...init, dispatcher })) as unknown as CustomFetch;
  const insecure = loopback ? [allowInsecureRequests] : [];

  async function open(): Promise<Connection> {
    const found = await discovery(address, options.client.id, undefined, None(), {
      execute: insecure,
      timeout: TIMEOUT_S,
      [customFetch]: checkedFetch,
    });
    const said = found.serverMetadata();
    if (said.issuer !== options.issuer) throw new Error("The metadata are of another issuer than the configured one");
    const algorithms = (said.id_token_signing_alg_values_supported ?? ["RS256"]).filter((alg) =>
      ALGORITHMS.includes(alg),
    );
    if (algorithms.length === 0) throw new Error("The provider signs with no algorithm that is accepted here");
    const metadata: ServerMetadata = { ...plain(said), id_token_signing_alg_values_supported: algorithms };
    const secret = parts.secrets.resolve(options.client.secret);
    const configuration = new Configuration(metadata, options.client.id, undefined, authentication(said, secret));
    configuration.timeout = TIMEOUT_S;
    configuration[customFetch] = checkedFetch;
    // Signatures of ID tokens are checked even where TLS would vouch for them (OpenID Connect Core, 3.1.3.7).
    enableNonRepudiationChecks(configuration);
    for (const allow of insecure) allow(configuration);
    if (said.jwks_uri === undefined) throw new Error("The metadata name no keys");
    const keys = createRemoteJWKSet(new URL(said.jwks_uri), {
      timeoutDuration: TIMEOUT_S * 1000,
      [joseFetch]: checkedFetch as never,
    });
    return { configuration, metadata, keys };
  }

  let current: { at: number; connection: Promise<Connection> } | undefined;
  return () => {
    const now = parts.clock.monotonic();
    if (current === undefined || now - current.at > FRESH_MS) {
      const connection = open();
      const mine = (current = { at: now, connection });
      // What failed is tried again by the next who asks.
      connection.catch(() => {
        if (current === mine) current = undefined;
      });
    }
    return current.connection;
  };
}

/** The metadata without the library's methods. */
function plain(metadata: Readonly<ServerMetadata>): ServerMetadata {
  return JSON.parse(JSON.stringify(metadata)) as ServerMetadata;
}

/**
 * How the client proves itself: as the provider says; where it says nothing, `client_secret_basic` (RFC 8414, 2). In the
 * body first: of Basic not every provider decodes what RFC 6749, 2.3.1 has encoded.
 */
function authentication(metadata: Readonly<ServerMetadata>, secret: string) {
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  if (methods.includes("client_secret_post")) return ClientSecretPost(secret);
  if (methods.includes("client_secret_basic")) return ClientSecretBasic(secret);
  throw new Error("The provider takes neither client_secret_basic nor client_secret_post");
}
