import type { Dice } from "./fuzz-dice.ts";
import type { Draft, World } from "./fuzz-draft.ts";
import { base64, doubled, ODD, set, type Twist, values, without } from "./fuzz-twist.ts";
import { CONTENT, KEYS, PLACES } from "./fuzz-twists-http.ts";

const VERSIONS: readonly Twist[] = [
  without("MCP-Protocol-Version", "refuse", { statuses: [400], era: "modern" }),
  without("MCP-Protocol-Version", "accept", { era: "legacy" }),
  values(
    "MCP-Protocol-Version",
    "refuse",
    ["2025-11-25", "2099-01-01", "2026-07-28, 2026-07-28", "2026-7-28", ...ODD],
    { statuses: [400], era: "modern" },
  ),
  values("MCP-Protocol-Version", "refuse", ["2026-07-28", "1.0", "2024-11-05", ...ODD], { era: "legacy" }),
  values("MCP-Protocol-Version", "accept", ["  2026-07-28\t "], { era: "modern" }),
  doubled("MCP-Protocol-Version"),
];

const MIRRORS: readonly Twist[] = [
  without("Mcp-Method", "refuse", { statuses: [400], era: "modern" }),
  values("Mcp-Method", "refuse", ["tools/Call", "tools/callx", "initialize", "tools/call, tools/call", ...ODD], {
    statuses: [400],
    era: "modern",
    weight: 2,
  }),
  values("Mcp-Method", "accept", ["tools/list", "x", ""], { era: "legacy" }),
  doubled("Mcp-Method"),
  without("Mcp-Name", "refuse", { statuses: [400], era: "modern", calls: true }),
  values(
    "Mcp-Name",
    "refuse",
    ["Echo", "nothing", `=?base64?${base64("nothing")}?=`, "=?base64?!!!?=", "=?base64?/w==?=", "=?base64??=", ...ODD],
    { statuses: [400], era: "modern", calls: true, weight: 2 },
  ),
  {
    name: "Mcp-Name in base64",
    weight: 2,
    on: "Mcp-Name",
    verdict: "accept",
    era: "modern",
    calls: true,
    apply: (draft) => set(draft, "Mcp-Name", `=?base64?${base64(draft.rpc.tool ?? "")}?=`),
  },
  {
    name: "Mcp-Name in base64 that is not canonical",
    weight: 1,
    on: "Mcp-Name",
    verdict: "refuse",
    statuses: [400],
    era: "modern",
    calls: true,
    apply(draft, dice) {
      const coded = base64(draft.rpc.tool ?? "");
      set(
        draft,
        "Mcp-Name",
        dice.pick([
          `=?base64?${coded}=?=`,
          `=?base64? ${coded}?=`,
          `=?BASE64?${coded}?=`,
          `=?base64?${coded}\t?=`,
          `=?base64?${coded}`,
        ]),
      );
    },
  },
  doubled("Mcp-Name"),
  {
    name: "Mcp-Param-* that nobody knows",
    weight: 2,
    on: "Mcp-Param",
    verdict: "accept",
    apply(draft, dice) {
      for (const name of ["Tenant", "Text", "X-1", "__proto__"])
        if (dice.chance(0.5))
          draft.headers.push([`Mcp-Param-${name}`, dice.pick(["a", "=?base64?YQ==?=", "=?base64?!?=", "", "1.0"])]);
    },
  },
  doubled("Mcp-Param-Tenant"),
];

const SESSIONS: readonly Twist[] = [
  without("Mcp-Session-Id", "refuse", { statuses: [400], era: "legacy" }),
  values("Mcp-Session-Id", "refuse", ["1", "A".repeat(43), "__proto__", "constructor", ...ODD], {
    era: "legacy",
    statuses: [404],
    weight: 2,
  }),
  doubled("Mcp-Session-Id", { era: "legacy" }),
  values("Mcp-Session-Id", "accept", ["1", "A".repeat(43)], { era: "modern" }),
  {
    name: "the session of somebody else",
    weight: 2,
    on: "Mcp-Session-Id",
    verdict: "refuse",
    statuses: [404],
    era: "legacy",
    apply(draft, _, world) {
      const other = world.people.find((person) => person !== draft.person);
      set(draft, "Mcp-Session-Id", other?.sessions.get(draft.path.split("?")[0] ?? "") ?? "");
    },
  },
  {
    name: "the session of another path",
    weight: 1,
    on: "path",
    verdict: "refuse",
    statuses: [404],
    era: "legacy",
    apply: (draft) => void (draft.path = draft.path === "/mcp" ? "/mcp/modern" : "/mcp"),
  },
];

const NEUTRAL: readonly Twist[] = [
  {
    name: "headers that must not matter",
    weight: 3,
    on: "more",
    verdict: "accept",
    apply(draft, dice) {
      const more: [string, string][] = [
        ["X-Forwarded-For", "1.2.3.4"],
        ["X-Forwarded-Host", "evil.example"],
        ["X-Forwarded-Proto", "https"],
        ["Forwarded", "for=1.2.3.4;host=evil.example"],
        ["X-HTTP-Method-Override", "DELETE"],
        ["X-Original-URL", "/admin"],
        ["Cookie", "a=b"],
        ["Cookie", "c=d"],
        ["Upgrade", "h2c"],
        ["TE", "trailers"],
        ["Range", "bytes=0-1"],
        ["If-None-Match", "*"],
        ["Last-Event-ID", "n1_1"],
        ["Expect", "100-continue"],
        ["traceparent", "00-x"],
        ["X", "é\xff"],
      ];
      for (const header of more) if (dice.chance(0.2)) draft.headers.push(header);
    },
  },
  {
    name: "many headers",
    weight: 0.2,
    on: "more",
    verdict: "accept",
    apply(draft) {
      for (let at = 0; at < 300; at++) draft.headers.push([`h${at}`, ""]);
    },
  },
  {
    name: "the last request",
    weight: 0.3,
    on: "Connection",
    verdict: "accept",
    apply: (draft) => set(draft, "Connection", "close"),
  },
  { name: "in chunks", weight: 2, on: "framing", verdict: "accept", apply: (draft) => void (draft.chunked = true) },
  {
    name: "an expectation that nobody knows",
    weight: 0.5,
    on: "more",
    verdict: "either",
    apply: (draft) => set(draft, "Expect", "the-unexpected"),
  },
];

const ALL = [...KEYS, ...PLACES, ...CONTENT, ...VERSIONS, ...MIRRORS, ...SESSIONS, ...NEUTRAL];

/** Twists a draft one to three times. Returns what was done. */
export function twist(draft: Draft, dice: Dice, world: World): Twist[] {
  const done: Twist[] = [];
  const most = 1 + Math.floor(dice.next() * dice.next() * 4);
  const fits = (one: Twist): boolean =>
    (one.era ?? draft.era) === draft.era &&
    (one.calls === undefined || draft.rpc.tool !== undefined) &&
    !done.some(({ on }) => on === one.on || (on === "method" && one.on === "framing"));
  while (done.length < most) {
    const next = dice.weighted(ALL.filter(fits));
    next.apply(draft, dice, world);
    done.push(next);
  }
  return done;
}
