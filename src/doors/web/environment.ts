import type { HttpBindings } from "@hono/node-server";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { Random } from "../../ports/world.ts";

/** What every handler of a page finds in its context. */
export interface WebEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: {
    /** The signed-in browser; undefined: nobody. */
    session?: BrowserSession;
    /** Origin of the gateway's own pages, e.g. `https://gateway.example.com`. */
    origin: string;
    /** Pages come over TLS: cookies are `__Host-` and Secure. */
    secure: boolean;
    random: Random;
    /** Correlation id of the request, `c_…`. */
    call: string;
  };
}
