import type { Config } from "../config/config.ts";
import type { Views } from "../domain/catalogue/views.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Upstream } from "../ports/upstream.ts";
import { ASKS_NOTHING } from "../protocol/capabilities.ts";

/** How a server stands, for people and `ready`. */
export interface ServerStatus {
  readonly name: string;
  readonly status: "ready" | "refused" | "unreachable" | "unpinned";
  readonly transport: string;
  readonly era?: string;
  readonly tools: number;
  readonly quarantined: number;
  readonly confinement?: string;
  readonly fault?: string;
}

/** What a survey looks at. */
interface Surveyed {
  readonly config: Config;
  readonly views: Views;
  readonly pins: { barred(server: string): string | undefined; known(server: string): boolean };
  readonly upstreams: ReadonlyMap<string, Upstream>;
}

/** Looks at every server once, as the gateway itself, waiting at most `patienceMs` for the slow ones. */
export function survey({ config, views, pins, upstreams }: Surveyed, patienceMs: number): Promise<ServerStatus[]> {
  const self: Principal = {
    tenant: "-",
    subject: "s_gateway",
    owner: "service:gateway",
    credential: "gateway",
    roles: [],
    environment: config.environment,
    plan: "default",
  };
  const look = async (name: string): Promise<ServerStatus> => {
    const transport = config.servers[name]?.source.kind === "url" ? "http" : "stdio";
    const nothing = { name, transport, tools: 0, quarantined: 0 };
    const barred = pins.barred(name);
    if (barred !== undefined) return { ...nothing, status: pins.known(name) ? "refused" : "unpinned", fault: barred };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    try {
      const seen = await Promise.race([views.see(name, self, ASKS_NOTHING), late]);
      if (seen === undefined) return { ...nothing, status: "unreachable", fault: "It did not answer in time." };
      return {
        ...nothing,
        status: "ready",
        era: seen.link.era,
        tools: [...seen.view.tools.values()].filter((entry) => entry.quarantine === undefined).length,
        quarantined: seen.view.quarantined.length,
        confinement: upstreams.get(name)?.state().confinement,
      };
    } catch (error) {
      return { ...nothing, status: "unreachable", fault: error instanceof Error ? error.message : "unknown" };
    } finally {
      clearTimeout(timer);
    }
  };
  return Promise.all(Object.keys(config.servers).map(look));
}
