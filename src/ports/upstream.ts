import type { Era } from "../kernel/call.ts";
import type { Executed, Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { ClientProfile } from "../kernel/call.ts";
import type { Permit } from "../kernel/permit.ts";

/** What an upstream published, fetched page by page. */
export interface Listing {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly instructions: string | undefined;
  /** The upstream's capabilities in the neutral form of `server/discover`. */
  readonly capabilities: JsonObject;
  /** What could not be listed, with the reason; a kind that failed has an empty list (W: one bad list hides no other). */
  readonly faults: readonly string[];
}

/** The neutral answer: a 2026-07-28 result (`resultType` is always set), or an error that says whether anything happened. */
export type Reply =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "error"; readonly refusal: Refusal; readonly executed: Executed };

/** What changed upstream. */
export type Change =
  | { readonly kind: "tools" | "prompts" | "resources" }
  | { readonly kind: "resource"; readonly uri: string };

/** Whose session or process it is. Nobody else's calls run on it, unless the operator shares the server (W2). */
export interface LinkKey {
  readonly tenant: string;
  /** Leaf credential, or `gateway` for the gateway's own discovery. */
  readonly credential: string;
  readonly profile: ClientProfile;
}

/**
 * One session with one upstream, of either era, behind the neutral model of 2026-07-28. What a legacy upstream asks
 * on its stream arrives as an `input_required` result whose `requestState` names the parked call; sending the same
 * call with `inputResponses` and that `requestState` answers it.
 */
export interface UpstreamLink {
  readonly era: Era;
  /** Why it can carry nothing more. */
  readonly ended?: string | undefined;
  /** Fetches all pages of all lists. The gateway's own act, governed by the pins that judge what it returns. */
  list(signal: AbortSignal): Promise<Listing>;
  /** Sends what the permit holds. Never throws: every failure is a reply. Aborting `talk.signal` cancels upstream. */
  send(permit: Permit): Promise<Reply>;
  /** Watches what the permit's `notifications` filter names until `stop`. Rejects with `Refused` where it cannot. */
  watch(permit: Permit, onChange: (change: Change) => void): Promise<{ stop(): void }>;
}

/** One configured server. */
export interface Upstream {
  readonly name: string;
  /** The link of this caller, opened if there is none. Rejects with `Refused` (unavailable, busy, timeout). */
  link(key: LinkKey): Promise<UpstreamLink>;
  /** Called for every list change that any link of this server hears of. */
  onListChange(listener: (key: LinkKey, change: Change) => void): void;
  /** Ends the links of one credential. */
  end(credential: string): Promise<void>;
  /** Ends every session and process. */
  close(): Promise<void>;
  /** For `ready`, health and posture: how it stands now. */
  state(): {
    readonly transport: "http" | "stdio";
    readonly era: Era | undefined;
    readonly links: number;
    readonly fault: string | undefined;
    readonly confinement?: string;
  };
}
