import { nearest } from "../kernel/nearest.ts";
import type { Decision, RecordQuery } from "../ports/records.ts";
import { UsageFault } from "./args.ts";

/** The flags that choose records (A5). */
export const filterFlags = {
  person: { type: "string" },
  tool: { type: "string" },
  server: { type: "string" },
  decision: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  tenant: { type: "string" },
} as const;

type Given = Readonly<Record<string, string | boolean | undefined>>;

/** The tenant of what was refused before anybody was known. */
export const NOBODY = "-";

const DECISIONS: readonly string[] = ["allow", "deny", "hold"];

/**
 * Reads the flags that choose records.
 * @param now milliseconds since the epoch, for ages
 * @returns a query without its limit, and `person` as an owner (`person:…` or `service:…`)
 * @throws UsageFault that names what is accepted
 */
export function readFilter(given: Given, now: number): Omit<RecordQuery, "limit" | "subject"> & { person?: string } {
  const text = (name: string) => given[name] as string | undefined;
  const { server, target } = readTool(text("tool"), text("server"));
  const since = readTime("since", text("since"), now);
  const until = readTime("until", text("until"), now);
  if (since !== undefined && until !== undefined && since > until) {
    throw new UsageFault("--since is later than --until, so nothing can match");
  }
  const person = readOwner(text("person"));
  const tenant = text("tenant");
  return {
    ...(tenant === undefined ? { tenant: "default", tenants: [NOBODY] } : { tenant }),
    server,
    target,
    decision: readDecision(text("decision")),
    since,
    until,
    person,
  };
}

function readOwner(person: string | undefined): string | undefined {
  if (person === undefined || /^(person|service):./.test(person)) return person;
  if (/^[a-z]*:/.test(person)) {
    throw new UsageFault(`--person ${JSON.stringify(person)} must be person:ada@example.com or service:nightly-report`);
  }
  return `person:${person}`;
}

function readTool(tool: string | undefined, server: string | undefined): { server?: string; target?: string } {
  if (tool === undefined) return { server };
  const dot = tool.indexOf(".");
  if (dot < 1 || dot === tool.length - 1) {
    throw new UsageFault(`--tool ${JSON.stringify(tool)} must be SERVER.NAME, e.g. files.read_text_file`);
  }
  const named = tool.slice(0, dot);
  if (server !== undefined && server !== named) {
    throw new UsageFault(`--tool is of server ${JSON.stringify(named)}, but --server says ${JSON.stringify(server)}`);
  }
  return { server: named, target: tool.slice(dot + 1) };
}

function readDecision(decision: string | undefined): Decision | undefined {
  if (decision === undefined || DECISIONS.includes(decision)) return decision as Decision | undefined;
  const near = nearest(decision, DECISIONS);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  throw new UsageFault(
    `--decision ${JSON.stringify(decision)} is not known${hint} (accepted: ${DECISIONS.join(", ")})`,
  );
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since the epoch of an age or an ISO 8601 moment. */
function readTime(flag: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return now - Number(number) * (UNITS[unit] ?? 0);
  const moment = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(moment) && isDay(text.slice(0, 10))) return moment;
  throw new UsageFault(
    `--${flag} ${JSON.stringify(text)} must be an age (90s, 30m, 12h, 7d) or a moment (2026-03-01, 2026-03-01T12:00:00Z)`,
  );
}

/** Whether the calendar has this day: `Date.parse` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
