import type { ServerResponse } from "node:http";
import type { Arrived } from "../kernel/call.ts";
import { Refused } from "../kernel/errors.ts";
import type { Engine } from "../pipeline/engine.ts";
import type { Clock, Random } from "../ports/world.ts";
import type { Door } from "./listen.ts";
import { guardHost, type GuardOptions } from "./mcp/guard.ts";
import { sayRefusal } from "./mcp/refusals.ts";

const ROOT = "/.well-known/oauth-protected-resource";
const PATH = /^\/\.well-known\/oauth-protected-resource(?:\/mcp(?:\/([a-z][a-z0-9-]{0,31}))?)?$/;
const pathOf = (url: string | undefined): string => (url ?? "").split("?", 1)[0] as string;

/** The path of an endpoint's metadata (RFC 9728, section 3.1). @param endpoint undefined: the aggregate `/mcp` */
export function metadataPath(endpoint: string | undefined): string {
  return endpoint === undefined ? `${ROOT}/mcp` : `${ROOT}/mcp/${endpoint}`;
}

/** What the metadata of protected resources stands on. */
export interface WellKnownParts {
  readonly engine: Pick<Engine, "refuse">;
  readonly clock: Clock;
  readonly random: Random;
  readonly guard: GuardOptions;
  /** The URL that clients use, without a slash at its end; known once the server listens. */
  base(): string;
  /** The identifier of the authorization server whose tokens count. */
  issuer(): string;
}

/**
 * `/.well-known/oauth-protected-resource`, also with `/mcp` and `/mcp/<server>`: which authorization server issues tokens
 * for an endpoint (I2; RFC 9728). Public. Every well-formed name answers alike, so that nobody learns which servers there
 * are, and any page may read it, because clients in browsers need it.
 */
export function createWellKnownDoor(parts: WellKnownParts): Door {
  /** Records a refusal, and says it. */
  async function refuse(res: ServerResponse, refused: Refused): Promise<void> {
    const arrived: Arrived = {
      id: parts.random.id("c_"),
      at: parts.clock.now(),
      started: parts.clock.monotonic(),
      endpoint: undefined,
      bearer: undefined,
    };
    const answer = await parts.engine.refuse(arrived, refused.refusal);
    const refusal = answer.kind === "refusal" ? answer.refusal : refused.refusal;
    const manner = { call: arrived.id, era: "modern", method: "", present: JSON.stringify } as const;
    const said = sayRefusal(null, refusal, manner);
    res.writeHead(said.status, {
      ...said.headers,
      ...(refusal.code === "wrong_http_method" ? { allow: "GET, HEAD" } : {}),
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(said.text)),
    });
    res.end(said.text);
  }

  return {
    serves: (url) => PATH.test(pathOf(url)),
    async handle(req, res) {
      res.setHeader("x-content-type-options", "nosniff");
      try {
        guardHost(req, parts.guard);
        res.setHeader("access-control-allow-origin", "*");
        if (req.method === "OPTIONS") return preflight(res);
        if (req.method !== "GET" && req.method !== "HEAD")
          throw new Refused({ code: "wrong_http_method", message: "This document is read with GET.", control: "W4" });
      } catch (error) {
        if (error instanceof Refused) return refuse(res, error);
        throw error;
      }
      const text = metadataText(PATH.exec(pathOf(req.url))?.[1], parts);
      res.writeHead(200, {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(text)),
        "cache-control": "public, max-age=300",
      });
      res.end(req.method === "HEAD" ? undefined : text);
    },
  };
}

/** Without a path it is the aggregate's: the only resource that a client can mean that knows the host alone. */
function metadataText(endpoint: string | undefined, parts: WellKnownParts): string {
  const resource = `${parts.base()}/mcp`;
  return JSON.stringify({
    resource: endpoint === undefined ? resource : `${resource}/${endpoint}`,
    authorization_servers: [parts.issuer()],
    bearer_methods_supported: ["header"],
    ...(endpoint === undefined ? {} : { scopes_supported: [`${endpoint}:read`] }),
    resource_name: endpoint === undefined ? "Cardea" : `Cardea: ${endpoint}`,
  });
}

function preflight(res: ServerResponse): void {
  res.writeHead(204, {
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "accept, content-type, mcp-protocol-version",
    "access-control-max-age": "600",
    "content-length": "0",
  });
  res.end();
}
