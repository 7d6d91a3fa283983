/**
 * Runs the official conformance suite twice for each leg: directly, and through the gateway with every control on.
 * The two must be equal, check by check; what differs is listed with its reason in `conformance-exceptions.json`, and
 * that list must be exact: a difference that is not listed fails, and so does a listed one that is none any more.
 *
 * The suite's scenarios for authorization servers run against the embedded one, with a person in a real browser; none
 * of their checks may fail.
 *
 *     npm run conformance -- [--json] [--only server|client|authorization] [--scenario NAME]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startFixture } from "../test/fixtures/conformance-server.ts";
import { authorizationLeg } from "./authorization.ts";
import { progress } from "./children.ts";
import { behind } from "./conformance.config.ts";
import { place, prepare, startGateway } from "./gateway.ts";
import { startShim } from "./shim.ts";
import { clientScenarios, differences, type Outcome, type Revision, testClient, testServer, total } from "./suite.ts";

interface Exception {
  readonly suite: string;
  readonly check: string;
  readonly reason: string;
}

interface Leg {
  readonly suite: string;
  readonly direct: { passed: number; failed: number };
  readonly gateway: { passed: number; failed: number };
  readonly exceptions: { check: string; reason: string }[];
}

const REVISIONS: readonly Revision[] = ["2025-11-25", "2026-07-28"];
const LISTED = JSON.parse(
  readFileSync(new URL("conformance-exceptions.json", import.meta.url), "utf8"),
) as readonly Exception[];

const faults: string[] = [];

/** Compares the two, once more where they differ: some scenarios wait no longer than 600 ms for an answer. */
async function compare(
  suite: string,
  direct: Outcome,
  gateway: Outcome,
  again: (scenario: string) => Promise<Outcome>,
): Promise<Leg> {
  const listed = LISTED.filter((exception) => exception.suite === suite);
  const known = (check: string): boolean => listed.some((exception) => exception.check === check);
  const shaky = new Set(
    differences(direct, gateway)
      .filter((check) => !known(check))
      .map(scenarioOf),
  );
  for (const scenario of shaky) {
    progress(`${suite}: ${scenario} differs; running it once more`);
    for (const check of gateway.keys()) if (scenarioOf(check) === scenario) gateway.delete(check);
    for (const [check, count] of await again(scenario)) gateway.set(check, count);
  }
  const differs = differences(direct, gateway);
  for (const check of differs) {
    if (known(check)) continue;
    const show = (outcome: Outcome): string => JSON.stringify(outcome.get(check) ?? "not run");
    faults.push(`${suite}: ${check} differs: directly ${show(direct)}, through the gateway ${show(gateway)}`);
  }
  // With --scenario most checks are not run, so that nothing is known of the others.
  const ran = (check: string): boolean => direct.has(check) || gateway.has(check) || only.scenario === undefined;
  for (const { check } of listed) {
    if (ran(check) && !differs.includes(check)) faults.push(`${suite}: ${check} is listed as an exception and is none`);
  }
  const exceptions = listed
    .filter(({ check }) => differs.includes(check))
    .map(({ check, reason }) => ({ check, reason }));
  return { suite, direct: total(direct), gateway: total(gateway), exceptions };
}

const scenarioOf = (check: string): string => check.slice(0, check.indexOf(":"));

/** A server of both eras, then one that knows nothing after 2025-11-25: with both revisions all four pairs of eras. */
const UPSTREAMS = [
  { era: undefined, name: "" },
  { era: "legacy", name: " over a 2025-11-25 upstream" },
] as const;

async function serverLegs(): Promise<Leg[]> {
  const legs: Leg[] = [];
  const fixture = await startFixture();
  for (const { era, name } of UPSTREAMS) {
    const upstream = await startFixture({ era });
    const shim = await startShim();
    const where = place(behind(upstream.url, [shim.origin]));
    try {
      const key = await prepare(where, "fixture");
      const gateway = await startGateway(where);
      shim.lead(`${gateway.endpoint}/fixture`, key);
      const url = `${shim.origin}/mcp`;
      for (const revision of REVISIONS) {
        const suite = `server ${revision}${name}`;
        progress(`${suite}: directly`);
        const direct = await testServer(fixture.url, revision, only.scenario);
        progress(`${suite}: through the gateway`);
        const through = await testServer(url, revision, only.scenario);
        legs.push(await compare(suite, direct, through, (scenario) => testServer(url, revision, scenario)));
      }
      await gateway.child.end();
    } finally {
      await shim.close();
      await upstream.close();
      where.remove();
    }
  }
  await fixture.close();
  return legs;
}

async function clientLegs(): Promise<Leg[]> {
  const legs: Leg[] = [];
  for (const revision of REVISIONS) {
    const suite = `client ${revision}`;
    const direct: Outcome = new Map();
    const through: Outcome = new Map();
    const viaGateway = (scenario: string): Promise<Outcome> =>
      testClient("node bench/conformance-through.ts", revision, scenario);
    for (const scenario of clientScenarios(revision)) {
      if (only.scenario !== undefined && only.scenario !== scenario) continue;
      progress(`${suite}: ${scenario}`);
      const alone = await testClient("node test/fixtures/conformance-client.ts", revision, scenario);
      for (const [check, count] of alone) direct.set(check, count);
      for (const [check, count] of await viaGateway(scenario)) through.set(check, count);
    }
    legs.push(await compare(suite, direct, through, viaGateway));
  }
  return legs;
}

async function authorizationServer(): Promise<{ passed: number; failed: number }> {
  progress("authorization: against the embedded authorization server");
  const outcome = await authorizationLeg();
  for (const scenario of ["authorization-server-metadata-endpoint", "authorization-code-grant"]) {
    const counts = [...outcome].filter(([check]) => scenarioOf(check) === scenario).map(([, count]) => count);
    if (!counts.some(({ passed }) => passed > 0)) faults.push(`authorization: ${scenario} did not pass`);
  }
  for (const [check, { failed }] of outcome) if (failed > 0) faults.push(`authorization: ${check} failed`);
  return total(outcome);
}

const { values: only } = parseArgs({
  options: { json: { type: "boolean" }, only: { type: "string" }, scenario: { type: "string" } },
});
const wanted = (what: string): boolean => only.only === undefined || only.only === what;
const legs = [...(wanted("server") ? await serverLegs() : []), ...(wanted("client") ? await clientLegs() : [])];
const authorization = wanted("authorization") ? await authorizationServer() : undefined;

if (only.json) {
  console.log(JSON.stringify({ legs, ...(authorization && { authorization }) }));
} else {
  const show = ({ passed, failed }: { passed: number; failed: number }): string => `${passed} passed, ${failed} failed`;
  for (const leg of legs) {
    console.log(`${leg.suite}   directly ${show(leg.direct)}   through the gateway ${show(leg.gateway)}`);
    for (const { check, reason } of leg.exceptions) console.log(`  exception: ${check}: ${reason}`);
  }
  if (authorization !== undefined) console.log(`authorization server   ${show(authorization)}`);
}
for (const fault of faults) progress(fault);
process.exit(faults.length === 0 ? 0 : 1);
