import type { ClientProfile } from "../../kernel/call.ts";

/** What the operator lets a server ask of the client. */
export interface Requests {
  readonly elicitation: boolean;
  readonly sampling: boolean;
  readonly roots: boolean;
}

const NOTHING: Requests = { elicitation: false, sampling: false, roots: false };

/** Every profile there can be, by its bits: two that are equal are one object. */
const ALL: readonly ClientProfile[] = Array.from({ length: 32 }, (_, bits) => ({
  elicitationForm: (bits & 1) !== 0,
  elicitationUrl: (bits & 2) !== 0,
  sampling: (bits & 4) !== 0,
  samplingTools: (bits & 8) !== 0,
  roots: (bits & 16) !== 0,
}));

/**
 * What is left of a client's profile where a server may ask only so much. Links are kept by it: clients that differ in
 * what a server may not ask anyway share one process and session of their key (L6).
 */
export function narrowed(profile: ClientProfile, requests: Requests = NOTHING): ClientProfile {
  const bits =
    (requests.elicitation ? (profile.elicitationForm ? 1 : 0) | (profile.elicitationUrl ? 2 : 0) : 0) |
    (requests.sampling && profile.sampling ? 4 | (profile.samplingTools ? 8 : 0) : 0) |
    (requests.roots && profile.roots ? 16 : 0);
  return ALL[bits] as ClientProfile;
}
