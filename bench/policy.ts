import type { Access } from "../src/domain/policy/access.ts";
import type { Thing } from "../src/domain/policy/catalogue.ts";
import { createPolicy } from "../src/domain/policy/policy.ts";
import type { Caller } from "../src/domain/policy/question.ts";

/** What decisions cost with this many policies and 1,000 tools: medians of CPU time. */
export interface PolicyCost {
  readonly policies: number;
  /** Microseconds for what could be permitted and the exact answer together, both remembered. */
  readonly cachedUs: number;
  /** Microseconds for an answer on values that nobody asked for before, asked of Cedar. */
  readonly uncachedUs: number;
  /** Milliseconds for a list of 1,000 tools, for somebody of whose roles nothing is remembered. */
  readonly listingMs: number;
}

const TOOLS = 1000;
const ROLES = 20;
const KINDS = 100;
const SAMPLES = 41;

const things: Thing[] = Array.from({ length: TOOLS }, (_, i) => ({
  ...{ server: "files", kind: "tool", name: nameOf(i), effect: i % 5 === 0 ? "write" : "read" },
  definition: {
    name: nameOf(i),
    inputSchema: {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" }, depth: { type: "integer" } },
    },
  },
}));

function nameOf(i: number): string {
  return `do_${i % KINDS}_thing_${i}`;
}

/** Nine of ten in the short form; the others in Cedar, a half of them forbids on values. */
function policiesOf(count: number) {
  const access: Access[] = Array.from({ length: ROLES }, (_, i) => ({ role: `role${i}`, allow: [] }));
  const cedar: string[] = [];
  for (let i = 0; i < count; i++) {
    const role = `role${i % ROLES}`;
    const on = `principal in Cardea::Role::"${role}", action, resource == Cardea::Tool::"files.${nameOf(i)}"`;
    if (i % 10 !== 9)
      access.push({ role, allow: [`files.tool:do_${i % KINDS}_*`], effects: ["read", "write"], approval: "none" });
    else if (i % 20 === 9) cedar.push(`permit (${on}) when { context.arguments.path like "/docs/*" };`);
    else cedar.push(`forbid (${on}) when { context.arguments.path like "/secret/*" };`);
  }
  return { access, cedar: [{ file: "bench.cedar", text: cedar.join("\n") }] };
}

/** Median CPU time of one run, in microseconds. Each sample makes `rounds` of them. */
function median(rounds: number, run: (i: number) => void): number {
  let at = 0;
  const samples = Array.from({ length: SAMPLES }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i++) run(at++);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rounds;
  });
  return samples.sort((a, b) => a - b)[SAMPLES >> 1] ?? Number.NaN;
}

/** Measures decisions at 10, 100 and 1,000 policies that all concern one server of 1,000 tools. */
export function benchPolicy(): PolicyCost[] {
  return [10, 100, 1000].map((policies) => {
    const policy = createPolicy({
      ...{ ...policiesOf(policies), things, servers: ["files", "other"], environment: "dev" },
      now: () => Date.now(),
    });
    const callerOf = (roles: string[]): Caller => ({
      ...{ tenant: "t", owner: "person:ada", credential: "k_1", environment: "dev", plan: "default" },
      roles,
    });
    const wanted = things.map(({ server, name, effect }) => ({ server, kind: "tool" as const, name, effect }));
    const one = (i: number) => wanted[i % TOOLS] as (typeof wanted)[number];
    const list = (caller: Caller): void => wanted.forEach((thing) => policy.decide(caller, thing));
    // Every third role, in other pairs each time: nothing of them is remembered.
    const pairs = Array.from({ length: 200 }, (_, i) => [
      `role${i % ROLES}`,
      `role${(i + 1 + Math.floor(i / ROLES)) % ROLES}`,
    ]);
    let n = 0;
    const listingMs = median(1, () => list(callerOf(pairs[n++ % pairs.length] as string[]))) / 1000;
    const caller = callerOf(["role1", "role3", "role9", "role19"]);
    const allowed = wanted.map((_, i) => i).filter((i) => policy.decide(caller, one(i)).allow);
    const judge = (i: number, path: string): void => {
      const thing = one(allowed[i % allowed.length] ?? 0);
      policy.decide(caller, thing);
      policy.judge(caller, thing, { arguments: { path } });
    };
    const other = callerOf(["role1", "role3", "role9", "role19", "unknown"]);
    const fresh = (i: number): void => {
      const thing = one(allowed[i % allowed.length] ?? 0);
      policy.judge({ ...other, tenant: `t${i}` }, thing, { arguments: { path: `/docs/${i}` } });
    };
    for (let i = 0; i < 500; i++) fresh(-1 - i + 500); // V8 compiles the hot parts of Cedar a second time
    const uncachedUs = median(20, (i) => fresh(i + 1000));
    for (let i = 0; i < 20_000; i++) judge(i, "/docs/a");
    const cachedUs = median(5_000, (i) => judge(i, "/docs/a"));
    policy.close();
    return { policies, cachedUs: round(cachedUs), uncachedUs: round(uncachedUs), listingMs: round(listingMs) };
  });
}

const round = (value: number): number => Math.round(value * 100) / 100;

if (import.meta.main) console.table(benchPolicy());
