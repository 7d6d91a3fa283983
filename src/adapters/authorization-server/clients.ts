import { type ClientMetadata, errors, type JWKS } from "oidc-provider";
import { z } from "zod";
import type { AuthorizationParts, StaticClient } from "./parts.ts";

export const CLIENT_CREDENTIALS = "client_credentials";
/** RFC 7523, which carries identity assertions (ID-JAG). */
export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** RFC 8252, 7.3. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Schemes that run something in the browser, read from this machine, or hand the code to somebody on the way. */
const NEVER =
  /^(?:javascript|vbscript|data|blob|file|filesystem|about|view-source|ws|wss|ftp|mailto|tel|sms|intent|chrome|jar|smb|ldaps?|urn|search|search-ms|ms-.*|x-safari-.*|cardea):$/;
/** Private-use schemes hold a dot (RFC 8252, 7.1); these have none and are those of well-known MCP clients. */
const CLIENT_SCHEMES = new Set(["claude:", "cursor:", "vscode:", "vscode-insiders:", "windsurf:", "zed:"]);
const MOST_REDIRECTS = 20;
const LONGEST_URI = 2_000;
const LONGEST_NAME = 60;
/** What strangers may store: bytes of a registration as JSON, characters of its name and of any other text. */
const REGISTRATION = { bytes: 16 * 1024, name: 200, text: 2_000 };

const KEY_SET = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(20) });

/**
 * What the library is told of a client that the operator named. Throws `Refused` where its secret cannot be had.
 * @param assertions whether there is anybody whose identity assertions count
 */
export function staticMetadata(client: StaticClient, assertions: boolean): ClientMetadata {
  const interactive = client.redirects.length > 0;
  const { keys, secret } = client;
  const proof =
    keys !== undefined
      ? { token_endpoint_auth_method: "private_key_jwt" as const, jwks: readKeys(client.id, keys()) }
      : secret !== undefined
        ? { token_endpoint_auth_method: "client_secret_basic" as const, client_secret: secret() }
        : { token_endpoint_auth_method: "none" as const };
  return {
    client_id: client.id,
    client_name: client.name,
    redirect_uris: [...client.redirects],
    response_types: interactive ? ["code"] : [],
    grant_types: [
      ...(interactive ? ["authorization_code", "refresh_token"] : []),
      ...(client.service === undefined ? [] : [CLIENT_CREDENTIALS]),
      ...(client.assertions && assertions ? [JWT_BEARER] : []),
    ],
    ...proof,
  };
}

function readKeys(client: string, text: string): JWKS {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = KEY_SET.safeParse(value);
  if (!parsed.success)
    throw new Error(
      `The keys of the client ${client} are no JWK Set; accepted: {"keys": [public keys]} (RFC 7517, 5).`,
    );
  return parsed.data as JWKS;
}

/** How a client came to be known. */
export function kindOf(parts: AuthorizationParts, id: string): "metadata" | "dynamic" | "static" {
  if (parts.settings.clients.some((client) => client.id === id)) return "static";
  return id.startsWith("https://") ? "metadata" : "dynamic";
}

/**
 * Judges and completes what a client says of itself, before the library does (RFC 7591, 2; RFC 9700, 4.1).
 * @throws InvalidClientMetadata
 */
export function judgeClient(parts: AuthorizationParts, metadata: ClientMetadata): void {
  const kind = kindOf(parts, metadata.client_id);
  const uris: unknown = metadata.redirect_uris;
  if (uris !== undefined) {
    if (!Array.isArray(uris) || uris.length > MOST_REDIRECTS)
      throw new errors.InvalidClientMetadata(`redirect_uris must be a list of at most ${MOST_REDIRECTS}`);
    const here = new URL(parts.base()).origin;
    const native = uris.map((uri) => judgeRedirect(uri, here, kind === "static")).includes(true);
    // Whatever was claimed: a program on somebody's computer has a free port and is asked about each time.
    metadata.application_type = native ? "native" : "web";
  }
  metadata.response_modes = ["query"];
  if (kind === "static") return;
  if (metadata.sector_identifier_uri !== undefined)
    throw new errors.InvalidClientMetadata("sector_identifier_uri is not accepted here");
  // Of OpenID Connect, which nobody speaks here; the library would refuse the client's requests over them.
  delete metadata.default_acr_values;
  delete metadata.default_max_age;
  metadata.require_auth_time = false;
  // What a client would like some day binds nobody, and a word on it here would tell strangers which servers there are.
  delete metadata.scope;
  const method = metadata.token_endpoint_auth_method;
  // Such a document has no secret; the library's default for those that name no method would need one.
  if (kind === "metadata" && method !== "private_key_jwt") metadata.token_endpoint_auth_method = "none";
  if (kind === "dynamic" && metadata.jwks_uri !== undefined)
    throw new errors.InvalidClientMetadata("jwks_uri is not accepted here; send jwks");
  // Those who registered themselves act for people who consent, never for themselves.
  const types = Array.isArray(metadata.grant_types) ? metadata.grant_types : [];
  metadata.grant_types = types.filter((type) => type === "authorization_code" || type === "refresh_token");
}

/** Refuses a registration that is larger than an honest one. @throws InvalidClientMetadata */
export function judgeRegistration(body: object): void {
  if (Buffer.byteLength(JSON.stringify(body)) > REGISTRATION.bytes)
    throw new errors.InvalidClientMetadata(`a registration has at most ${REGISTRATION.bytes} bytes`);
  for (const [name, value] of Object.entries(body) as [string, unknown][]) {
    const most = name === "client_name" ? REGISTRATION.name : REGISTRATION.text;
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    if (texts.some((text) => typeof text === "string" && text.length > most)) {
      const shown = /^[a-z_]{1,64}$/.test(name) ? name : "a field";
      throw new errors.InvalidClientMetadata(`${shown} has at most ${most} characters`);
    }
  }
}

/**
 * Whether a redirect leads to a program on the person's computer.
 * @param here the gateway's own origin, where no client is
 * @param named the operator named the client, and knows its scheme
 * @throws InvalidClientMetadata where it may lead nowhere
 */
function judgeRedirect(uri: unknown, here: string, named: boolean): boolean {
  const refuse = (why: string) => new errors.InvalidClientMetadata(`redirect_uris ${why}`);
  if (typeof uri !== "string" || uri.length > LONGEST_URI || /[^\x21-\x7e]|\\/.test(uri) || !URL.canParse(uri))
    throw refuse(`must be absolute URIs of at most ${LONGEST_URI} visible ASCII characters`);
  const url = new URL(uri);
  if (url.username !== "" || url.password !== "") throw refuse("must not hold a user name or password");
  if (uri.includes("*")) throw refuse("must be exact; wildcards are not accepted");
  if (url.origin === here) throw refuse("must not lead to this gateway itself");
  if (url.protocol === "https:") return false;
  if (url.protocol === "http:") {
    if (!LOOPBACK.has(url.hostname)) throw refuse("must be https; plain http is accepted on loopback alone");
    return true;
  }
  if (NEVER.test(url.protocol)) throw refuse(`must not use the ${url.protocol.slice(0, -1)} scheme`);
  if (!named && !url.protocol.includes(".") && !CLIENT_SCHEMES.has(url.protocol))
    throw refuse("of a program must use a scheme with a dot, such as com.example.app (RFC 8252, 7.1)");
  return true;
}

/** What a client calls itself, fit to be shown: no control, invisible or direction-changing characters, and short. */
export function shownName(name: string | undefined, id: string): string {
  const text = (name ?? "")
    .normalize("NFKC")
    .replace(/[\p{C}\p{Z}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]+/gu, " ")
    // More than two marks on one letter hide their neighbours.
    .replace(/(\p{M}{2})\p{M}+/gu, "$1")
    .trim();
  const shown = [...(text === "" ? id : text)];
  return shown.length <= LONGEST_NAME ? shown.join("") : `${shown.slice(0, LONGEST_NAME - 1).join("")}…`;
}

/** Where a redirect leads, as people are shown it: on this computer with the port, which tells its programs apart. */
export function shownRedirect(uri: string): string {
  const url = new URL(uri);
  return url.protocol === "http:" ? url.host : redirectHostOf(uri);
}

/** What a redirect is known by: a host, this computer's address, or a program's own scheme. */
export function redirectHostOf(uri: string): string {
  const url = new URL(uri);
  if (url.protocol === "https:") return url.host;
  if (url.protocol === "http:") return url.hostname;
  return url.host === "" ? url.protocol : `${url.protocol}//${url.host}`;
}
