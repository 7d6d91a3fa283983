import type { Era } from "../../kernel/call.ts";
import { Refused } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Change, LinkKey, Upstream } from "../../ports/upstream.ts";
import { Echoes } from "../upstream-link/echoes.ts";
import { eraOf } from "../upstream-link/era.ts";
import { LegacyLink } from "../upstream-link/legacy-link.ts";
import type { Link } from "../upstream-link/link.ts";
import { Links } from "../upstream-link/links.ts";
import { ModernLink } from "../upstream-link/modern-link.ts";
import { reporter } from "../upstream-link/settings.ts";
import type { LinkSettings, UpstreamSettings } from "../upstream-link/settings.ts";
import { HttpClient } from "./client.ts";
import type { HttpCredential } from "./client.ts";
import { HttpTransport } from "./transport.ts";

export type { HttpCredential } from "./client.ts";

/** A server that is reached by Streamable HTTP. */
export interface HttpUpstreamOptions extends UpstreamSettings {
  readonly url: string;
  readonly credential?: HttpCredential;
  /** Private ranges that it may be at, in CIDR notation. */
  readonly private: readonly string[];
}

/**
 * Opens a server behind Streamable HTTP of either era. Nothing is dialled before the first link.
 * @throws Refused where the address may not be used (no https off loopback, a bad range)
 */
export function openHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { name, clock } = options;
  const client = new HttpClient(name, options.url, options.private, options.credential, new Echoes(reporter(options)));
  const listeners: ((key: LinkKey, change: Change) => void)[] = [];
  let era: Era | undefined;
  /** The era of the links that are open; it stays while the era is found out anew. */
  let spoken: Era | undefined;
  let discovered: JsonObject | undefined;
  let finding: Promise<Era> | undefined;

  const settingsOf = (key: LinkKey): LinkSettings => ({
    ...options,
    key,
    changed: (change) => {
      for (const listener of listeners) listener(key, change);
    },
    doubtEra: () => {
      era = undefined;
    },
  });

  const find = async (key: LinkKey): Promise<Era> => {
    const probe = new ModernLink(settingsOf(key), new HttpTransport(client, settingsOf(key), "modern"));
    const outcome = await probe.probe(clock.monotonic() + options.timeoutMs);
    const found = eraOf(name, outcome, false);
    discovered = found === "modern" && outcome.kind === "result" ? outcome.result : undefined;
    if (spoken !== undefined && spoken !== found) await links.drop();
    era = spoken = found;
    return found;
  };

  const open = async (key: LinkKey, stop: AbortSignal): Promise<Link> => {
    const settings = settingsOf(key);
    if (spoken === "modern") {
      const link = new ModernLink(settings, new HttpTransport(client, settings, "modern"));
      if (discovered !== undefined) link.hearChanges(discovered);
      return link;
    }
    const link = new LegacyLink(settings, new HttpTransport(client, settings, "legacy"));
    stop.addEventListener("abort", () => void link.close(), { once: true });
    try {
      await link.open();
    } catch (error) {
      era = undefined;
      await link.close();
      throw error;
    }
    return link;
  };

  const links = new Links(options, open);
  return {
    name,
    async link(key) {
      if (era === undefined) {
        finding ??= find(key).finally(() => {
          finding = undefined;
        });
        try {
          await finding;
        } catch (error) {
          links.fault = error instanceof Refused ? error.refusal.message : "it could not be asked";
          throw error;
        }
      }
      return links.get(key);
    },
    onListChange: (listener) => void listeners.push(listener),
    end: (credential) => links.end(credential),
    async close() {
      await links.close();
      await client.close();
    },
    state: () => ({ transport: "http", era: spoken, links: links.size, fault: links.fault }),
  };
}
