import type { EndSignal } from "./ending.ts";
import type { JsonObject } from "./json.ts";
import type { Principal } from "./principal.ts";

/** Protocol eras: modern is 2026-07-28 (stateless), legacy is 2025-11-25 and older (initialize and session). */
export type Era = "modern" | "legacy";

/** What kinds of thing an upstream publishes. */
export type Kind = "tool" | "prompt" | "resource" | "template" | "instructions";

/** What running a tool may do (P3). A tool that is not known to be read-only is a write. */
export type Effect = "read" | "write" | "destructive" | "outbound" | "payment" | "access-change" | "execute";

/** What the client declared that it can be asked, per request (modern) or at initialize (legacy). */
export interface ClientProfile {
  readonly elicitationForm: boolean;
  readonly elicitationUrl: boolean;
  readonly sampling: boolean;
  readonly samplingTools: boolean;
  readonly roots: boolean;
}

/** Fact 1: what a door knows from the request line and the headers alone. */
export interface Arrived {
  /** Correlation id, `c_…`. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Monotonic milliseconds, for latencies. */
  readonly started: number;
  /** The one server of `/mcp/<server>`; undefined on the aggregate `/mcp`. */
  readonly endpoint: string | undefined;
  /** The bearer credential of the request, undefined where there was none. It goes nowhere but to `authenticate`. */
  readonly bearer: string | undefined;
}

/** Fact 2: who it is. */
export interface Identified extends Arrived {
  readonly principal: Principal;
}

/** Fact 3: what is asked. `params` is the neutral model: 2026-07-28 without its `_meta` envelope. */
export interface Asked extends Identified {
  readonly era: Era;
  readonly method: string;
  readonly params: JsonObject;
  readonly profile: ClientProfile;
  /** Self-reported, never used to decide. */
  readonly clientName: string | undefined;
  /** W3C trace id (32 hex digits) that the caller sent or that was made here. */
  readonly trace: string;
  /** Bytes of the request body. */
  readonly bytesIn: number;
  /** `mcp-param-*` headers by lower-case name, as they came; undefined where the transport or era has none. */
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** Where progress, log messages and the end of the caller are heard. */
  readonly talk: Talk;
}

/** What callers see of a definition and are judged by: tightened, without bound arguments (P4, V2). */
export interface Published {
  readonly definition: JsonObject;
  /** `sha256:…` of it. */
  readonly digest: string;
}

/** What a call is aimed at, after names were mapped back. */
export interface Target {
  readonly server: string;
  readonly kind: Kind;
  /** The name that policies, records and approvals know: the upstream's own name or URI, or that of a part of a split tool (P6). */
  readonly name: string;
  /** The upstream's own name or URI: what is sent. It differs from `name` for a part of a split tool (P6). */
  readonly sentName: string;
  /** `sha256:…` of the definition that the upstream publishes now; undefined for what carries none (a single resource). */
  readonly digest: string | undefined;
  /** The upstream's definition as it is pinned; what is sent is judged by it. Undefined for a single resource. */
  readonly definition: JsonObject | undefined;
  /** What callers see of it and are judged by; undefined for a single resource. */
  readonly published: Published | undefined;
  /** Why the definition may not be used (`unpinned`, `changed`, `invalid`); undefined: it is the approved one. */
  readonly quarantine: string | undefined;
  readonly effect: Effect;
}

/** What the policies that permitted a call ask for beside it. */
export interface Obligations {
  /** A person has to decide: the caller's own, or a second one. `always`: they may allow the like of it for a time. */
  readonly approval?: { readonly by: "self" | "other"; readonly expiresMs: number; readonly always: boolean };
  /** Fields that are left of the result, as `readField` reads them: of each list, so that only what all of them name is (S9). */
  readonly keep?: readonly (readonly string[])[];
}

/** What the screen found in a call, by kind, and what it masked in the arguments. It holds no text of either. */
export interface Screening {
  readonly argument?: Readonly<Record<string, number>>;
  readonly result?: Readonly<Record<string, number>>;
  /** JSON Pointers into what is sent, with the kind of what stood there. */
  readonly masked?: readonly { readonly path: string; readonly kind: string }[];
  /** What an external classifier said of the result, or why it said nothing, and how long it took (S3). */
  readonly classified?: JsonObject;
}

/** Why a person has to decide because of what was read before (S8). */
export interface FlowDemand {
  /** What caused it, in words that stay the same while it does: an approval is bound to it. */
  readonly cause: string;
  /** Sentences for the person. */
  readonly reasons: readonly string[];
  /** A rule of the configuration that lets the like of it pass. */
  readonly propose: string;
}

/** What is known of what the credential has read before. */
export interface Flow {
  /** `untrusted`, `private`: policies see them as `context.labels`. */
  readonly labels: readonly string[];
  readonly demand?: FlowDemand;
}

/** The answer to the gateway's own question, with the sealed state that the question had. */
export interface AnsweredQuestion {
  readonly approval: string;
  /** Digest of the call that was asked about. */
  readonly digest: string;
  /** It was asked by a form that held everything, not by a link. */
  readonly form: boolean;
  /** `accept`, `decline`, `cancel`; undefined: the client sent the state without an answer. */
  readonly action: string | undefined;
  /** What was filled into the form; undefined: none, or it was a link. */
  readonly content: JsonObject | undefined;
}

/** Fact 4: what it is aimed at. `sent` is what will be sent upstream: `params` with the upstream's own names. */
export interface Located extends Asked {
  readonly target: Target;
  readonly sent: JsonObject;
  /** Ids of the policies that decided on the values. */
  readonly rules?: readonly string[];
  readonly obligations?: Obligations;
  /** Undefined: nothing that counts was read before. */
  readonly flow?: Flow;
  /** The approval that an earlier leg of this call used, and which leg this is (from 1). */
  readonly resumed?: { readonly approval: string; readonly leg: number };
  /** The standing allow, `w_…`, under which it runs; before it is judged again: under which its earlier leg ran. */
  readonly standing?: string;
  readonly screened?: Screening;
  /** How much the server asked in earlier legs of this call. */
  readonly asked?: number;
  /** What the client answered to the gateway's own question. It decides nothing but where the operator trusts the client. */
  readonly answered?: AnsweredQuestion;
}

/** What was left of a result (S9): the definition whose output schema it fits, and how much went. */
export interface Reduced {
  readonly published: Published;
  /** Members and items. */
  readonly fields: number;
  /** Blocks of content. */
  readonly parts: number;
}

/** Fact 5: what came back, before and after the screen. */
export interface Answered extends Located {
  readonly result: JsonObject;
  /** Undefined: nothing was to be minimised. */
  readonly minimised?: Reduced;
  /** The whole as JSON in UTF-8, without sentences of the gateway, where `result` was cut to the caps when it was screened. */
  readonly whole?: Uint8Array;
}

/** The caller's side of a running call. All members are safe to use after the caller has gone. */
export interface Talk {
  /** Aborts when the caller cancelled or went away, or the deadline passed. */
  readonly signal: EndSignal;
  /** The caller asked for progress (it sent a progress token). */
  readonly wantsProgress: boolean;
  /** Lowest log level that the caller asked for; undefined: none is sent. */
  readonly logLevel: string | undefined;
  /** `params` of a screened `notifications/progress`, without its token. */
  progress(params: JsonObject): void;
  /** `params` of a screened `notifications/message`. */
  log(params: JsonObject): void;
  /** The upstream ended its stream before it answered and will go on when asked again (SEP-1699). */
  poll(retryMs: number): void;
}
