/**
 * THE table. Every way in runs these rows from top to bottom; docs/order.md is generated from it.
 * A row names a control (its file in src/controls), the fact it needs, and why it stands where it stands.
 */
export const ORDER = [
  {
    phase: "identify",
    control: "authenticate",
    methods: "all",
    why: "Nothing is read of a request before it is known whose it is.",
  },
  {
    phase: "admit",
    control: "limit-rate",
    methods: "all",
    why: "Counted before anything costs something, so that refused calls count too.",
  },
  {
    phase: "locate",
    control: "locate-target",
    methods: "forward",
    why: "Names become the upstream's own; what no rule could permit does not exist.",
  },
  { phase: "gate", control: "check-pin", methods: "forward", why: "A changed definition is as unknown as none." },
  {
    phase: "gate",
    control: "check-visible",
    methods: "forward",
    why: "Before arguments are judged: an error about arguments would betray that the tool exists.",
  },
  {
    phase: "gate",
    control: "check-scope",
    methods: "forward",
    why: "After policy: a missing scope is named only for what the caller could be permitted.",
  },
  {
    phase: "gate",
    control: "limit-tool",
    methods: "forward",
    why: "Only what exists for the caller has limits that they may learn of.",
  },
  {
    phase: "gate",
    control: "check-headers",
    methods: "forward",
    why: "Mirrored headers agree with the body that is judged, before it is judged.",
  },
  {
    phase: "gate",
    control: "resume-request",
    methods: "forward",
    why: "A state that comes back is opened and bound to this caller and call before anything uses it.",
  },
  {
    phase: "gate",
    control: "validate-arguments",
    methods: "forward",
    why: "What was validated is what is judged next.",
  },
  {
    phase: "gate",
    control: "bind-arguments",
    methods: "forward",
    why: "After the caller's own arguments were judged, before anything judges what will be sent.",
  },
  {
    phase: "gate",
    control: "inspect-arguments",
    methods: "forward",
    why: "It masks, so it stands before everything that judges what will be sent.",
  },
  {
    phase: "gate",
    control: "guard-arguments",
    methods: "forward",
    why: "On what will be sent, bound values too; policy need not look at values that no guard lets through.",
  },
  {
    phase: "gate",
    control: "check-flow",
    methods: "forward",
    why: "On what will be sent, and before policy, which knows the labels of what was read.",
  },
  {
    phase: "gate",
    control: "check-policy",
    methods: "forward",
    why: "On the exact values: nothing changes them any more.",
  },
  {
    phase: "gate",
    control: "ask-person",
    methods: "forward",
    why: "Last of the gate: what the person sees is what is sent, and nothing changes it afterwards.",
  },
  {
    phase: "screen",
    control: "validate-result",
    methods: "forward",
    why: "Against the pinned output schema, before anything is rewritten.",
  },
  {
    phase: "screen",
    control: "minimise-result",
    methods: "forward",
    why: "On what fits the upstream's schema, and before everything that reads results: what goes need not be screened.",
  },
  {
    phase: "screen",
    control: "inspect-result",
    methods: "forward",
    why: "On what fits its schema, before names are rewritten: nothing of a result passes unread.",
  },
  {
    phase: "screen",
    control: "classify-result",
    methods: "forward",
    why: "Somebody outside is asked after the own screen: what was masked does not leave, and an answer only adds to it.",
  },
  {
    phase: "screen",
    control: "cap-result",
    methods: "forward",
    why: "After everything was read: what is kept to be read on was screened, too.",
  },
  {
    phase: "screen",
    control: "govern-requests",
    methods: "forward",
    why: "What an upstream asks of the person or the model is allowed by the operator or refused.",
  },
  {
    phase: "screen",
    control: "label-result",
    methods: "forward",
    why: "On exactly what the caller will read; stored before the answer leaves.",
  },
  {
    phase: "screen",
    control: "present-names",
    methods: "forward",
    why: "Names and states become the gateway's own, last.",
  },
] as const;

export type Phase = (typeof ORDER)[number]["phase"];
export type ControlName = (typeof ORDER)[number]["control"];

/**
 * What the gateway does with each method of either era; a method that is not here is refused.
 * `forward` passes every row of the table and goes upstream; `list` is answered from judged views; `own` is answered
 * by the gateway itself; `watch` opens a subscription, each part of which is judged like a read.
 */
export const METHODS = {
  "tools/call": { way: "forward", kind: "tool", governed: true },
  "prompts/get": { way: "forward", kind: "prompt", governed: true },
  "resources/read": { way: "forward", kind: "resource", governed: true },
  "completion/complete": { way: "forward", kind: "prompt", governed: true },
  "tools/list": { way: "list", kind: "tool", governed: false },
  "prompts/list": { way: "list", kind: "prompt", governed: false },
  "resources/list": { way: "list", kind: "resource", governed: false },
  "resources/templates/list": { way: "list", kind: "template", governed: false },
  "server/discover": { way: "own", governed: false },
  initialize: { way: "own", governed: false },
  ping: { way: "own", governed: false },
  "logging/setLevel": { way: "own", governed: false },
  "subscriptions/listen": { way: "watch", governed: true },
  "resources/subscribe": { way: "watch", governed: true },
  "resources/unsubscribe": { way: "own", governed: false },
} as const satisfies Record<string, { way: "forward" | "list" | "own" | "watch"; kind?: string; governed: boolean }>;

export type Method = keyof typeof METHODS;

export function isMethod(name: string): name is Method {
  return Object.hasOwn(METHODS, name);
}
