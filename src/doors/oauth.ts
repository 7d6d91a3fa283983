import type { IncomingMessage, ServerResponse } from "node:http";
import { type Refusal, Refused } from "../kernel/errors.ts";
import type { Engine } from "../pipeline/engine.ts";
import type { AuthorizationServer } from "../ports/authorization-server.ts";
import type { Clock, Random } from "../ports/world.ts";
import type { Door } from "./listen.ts";
import { guard, type GuardOptions } from "./mcp/guard.ts";
import { sayRefusal } from "./mcp/refusals.ts";

const METADATA = /^\/\.well-known\//;

/**
 * The way in to the authorization server's endpoints (I3): the guard, then the endpoint. Its metadata is public, for pages
 * of any origin too, because clients in browsers need it.
 */
export function createOAuthDoor(parts: {
  authorization: AuthorizationServer;
  engine: Pick<Engine, "refuse">;
  guard: GuardOptions;
  clock: Clock;
  random: Random;
  /** Called with the address that an answer sends the browser to, before the answer leaves. */
  leaving(req: IncomingMessage, location: string): Promise<void>;
  /** Counts one request of an address; throws `Refused` (`rate_limited`) where there were too many. */
  count(req: IncomingMessage): void;
}): Door {
  const { authorization, clock, random } = parts;

  async function refuse(res: ServerResponse, id: string, refused: Refused): Promise<void> {
    const arrived = { id, at: clock.now(), started: clock.monotonic(), endpoint: undefined, bearer: undefined };
    const answer = await parts.engine.refuse(arrived, refused.refusal, "oauth");
    const refusal = answer.kind === "refusal" ? answer.refusal : refused.refusal;
    const said = sayRefusal(null, refusal, { call: id, era: "modern", method: "", present: JSON.stringify });
    res.writeHead(said.status, {
      ...said.headers,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(said.text)),
    });
    res.end(said.text);
  }

  return {
    serves: (url) => url !== undefined && authorization.serves(url),
    async handle(req, res) {
      const id = random.id("c_");
      res.setHeader("cardea-call", id);
      res.setHeader("x-content-type-options", "nosniff");
      res.setHeader("x-frame-options", "DENY");
      res.setHeader("referrer-policy", "no-referrer");
      res.setHeader(
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      try {
        const open = METADATA.test(req.url ?? "") && req.headers.origin !== undefined;
        guard(
          req,
          open ? { ...parts.guard, origins: new Set([(req.headers.origin as string).toLowerCase()]) } : parts.guard,
        );
        if (!METADATA.test(req.url ?? "")) parts.count(req);
      } catch (error) {
        if (error instanceof Refused) return refuse(res, id, error);
        throw error;
      }
      beforeRedirect(
        res,
        (location) => parts.leaving(req, location),
        () => refuse(res, id, new Refused(NOT_ENDED)),
      );
      await authorization.handle(req, res);
    },
  };
}

const NOT_ENDED: Refusal = {
  code: "control_failed",
  message: "Your session in this browser could not be ended, so it is sent nowhere. Try again in a moment.",
  control: "I6",
  retryAfter: 1,
};

/** Has a redirect wait for `work`; where that fails, nobody is sent anywhere and `failed` answers. */
function beforeRedirect(
  res: ServerResponse,
  work: (location: string) => Promise<void>,
  failed: () => Promise<void>,
): void {
  const end = res.end.bind(res);
  res.end = ((body?: unknown) => {
    const location = res.getHeader("location");
    res.end = end;
    if (typeof location !== "string") return res.end(body);
    work(location)
      .then(
        () => res.end(body),
        () => {
          for (const name of ["location", "content-length", "content-type", "set-cookie"]) res.removeHeader(name);
          return failed();
        },
      )
      .catch(() => res.destroy());
    return res;
  }) as typeof res.end;
}
