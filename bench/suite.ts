import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { finish, ROOT } from "./children.ts";

const HOME = "node_modules/@modelcontextprotocol/conformance";

/** The protocol revisions whose frozen requirement sets are run. */
export type Revision = "2025-11-25" | "2026-07-28";

/** How often each check passed, failed and warned: by `scenario:check-id`. What only informs is left out. */
export type Outcome = Map<string, Count>;

/** Occurrences of one check. */
export interface Count {
  passed: number;
  failed: number;
  warned: number;
}

const FIELD = { SUCCESS: "passed", FAILURE: "failed", WARNING: "warned" } as const;

/** Runs the suite's server scenarios against `url`: one, or all that the revision names. */
export function testServer(url: string, revision: Revision, scenario?: string): Promise<Outcome> {
  const which = scenario ? ["--scenario", scenario, "--spec-version", revision] : ["--requirements", revision];
  return run(["server", "--url", url, ...which], "server-");
}

/** Runs one of the suite's client scenarios against `command`, to which the suite appends its server's address. */
export function testClient(command: string, revision: Revision, scenario: string): Promise<Outcome> {
  return run(
    ["client", "--command", command, "--scenario", scenario, "--spec-version", revision, "--timeout", "60000"],
    "",
  );
}

/** The client scenarios of a revision. `auth/*` are tests of a client's own OAuth, which stands in no path here. */
export function clientScenarios(revision: Revision): string[] {
  const set = parse(readFileSync(join(ROOT, HOME, "requirements", `${revision}.yaml`), "utf8")) as {
    client: string[];
    not_scored?: { scenario: string; leg: string }[];
  };
  const others = (set.not_scored ?? []).filter((entry) => entry.leg === "client").map((entry) => entry.scenario);
  return [...set.client, ...others].filter((name) => !name.startsWith("auth/"));
}

/**
 * Runs the suite's scenarios for authorization servers.
 * @param issuer URL of the authorization server
 * @param client id of a public client with the redirect `http://127.0.0.1:<port>/callback`
 * @param visit is given the address that a person has to open in a browser
 */
export function testAuthorization(
  issuer: string,
  { client, port, resource }: { client: string; port: number; resource: string },
  visit: (url: string) => void,
): Promise<Outcome> {
  const args = ["authorization", "--url", issuer, "--client-id", client, "--resource", resource, "-p", String(port)];
  return run(args, "authorization-server-", (text) => {
    const url = /^https?:\/\/\S+[?&]response_type=code\S*$/m.exec(text)?.[0];
    if (url !== undefined) visit(url);
  });
}

/** @param hear is given what the suite says, piece by piece */
async function run(args: string[], prefix: string, hear: (text: string) => void = () => {}): Promise<Outcome> {
  const out = mkdtempSync(join(tmpdir(), "cardea-suite-"));
  try {
    const { stdout, stderr } = await finish([`${HOME}/dist/index.js`, ...args, "-o", out], {}, "", hear);
    const outcome: Outcome = new Map();
    const folders = readdirSync(out);
    if (folders.length === 0) throw new Error(`The suite wrote no results:\n${stderr || stdout}`);
    for (const folder of folders) {
      // `<prefix><scenario>-2026-11-21T09-07-52-972Z`
      const scenario = folder.slice(prefix.length, -"-2026-11-21T09-07-52-972Z".length);
      const file = join(out, folder, "checks.json");
      // A scenario that is not of this revision leaves an empty folder.
      if (!existsSync(file)) continue;
      const checks = JSON.parse(readFileSync(file, "utf8")) as {
        id: string;
        status: string;
      }[];
      for (const { id, status } of checks) {
        const field = FIELD[status as keyof typeof FIELD];
        if (field === undefined) continue;
        const key = `${scenario}:${id}`;
        const count = outcome.get(key) ?? { passed: 0, failed: 0, warned: 0 };
        count[field]++;
        outcome.set(key, count);
      }
    }
    return outcome;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** The checks that came out differently. */
export function differences(direct: Outcome, gateway: Outcome): string[] {
  const none: Count = { passed: 0, failed: 0, warned: 0 };
  return [...new Set([...direct.keys(), ...gateway.keys()])].filter((key) => {
    const [a, b] = [direct.get(key) ?? none, gateway.get(key) ?? none];
    return a.passed !== b.passed || a.failed !== b.failed || a.warned !== b.warned;
  });
}

/** All checks that passed and failed. */
export function total(outcome: Outcome): { passed: number; failed: number } {
  const sum = { passed: 0, failed: 0 };
  for (const { passed, failed } of outcome.values()) {
    sum.passed += passed;
    sum.failed += failed;
  }
  return sum;
}
