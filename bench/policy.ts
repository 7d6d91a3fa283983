import { createPolicy } from "../src/domain/policy/policy.ts";

/** What one decision costs on a server with this many policies, in microseconds: remembered, and asked of Cedar. */
export interface PolicyCost {
  readonly policies: number;
  readonly cachedUs: number;
  readonly uncachedUs: number;
}

/** Measures decisions at 10, 100 and 1,000 policies that all concern one server. */
export function benchPolicy(): PolicyCost[] {
  return [10, 100, 1000].map((policies) => {
    const access = Array.from({ length: policies }, (_, i) => ({
      role: `role${i % 20}`,
      allow: [`files.tool:read_${i}_*`],
    }));
    const policy = createPolicy({ access, servers: ["files", "other"], environment: "dev" });
    const principal = { tenant: "t", subject: "s_1", roles: ["role1", "role3"], environment: "dev" };
    const decide = (name: string) => policy.decide({ ...principal, server: "files", kind: "tool", name });
    const time = (rounds: number, name: (i: number) => string): number => {
      const start = performance.now();
      for (let i = 0; i < rounds; i++) decide(name(i));
      return ((performance.now() - start) * 1000) / rounds;
    };
    time(500, (i) => `read_1_warm${i}`); // V8 compiles the hot parts of Cedar a second time
    const uncachedUs = time(300, (i) => `read_1_${i}`);
    time(50_000, (i) => `read_1_${i % 300}`);
    const cachedUs = time(200_000, (i) => `read_1_${i % 300}`);
    policy.close();
    return { policies, cachedUs: Math.round(cachedUs * 100) / 100, uncachedUs: Math.round(uncachedUs * 10) / 10 };
  });
}

if (import.meta.main) console.table(benchPolicy());
