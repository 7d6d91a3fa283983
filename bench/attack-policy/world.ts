import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { acceptChanges } from "../../test/fixtures/administrator.ts";
import { type Gateway, grant, place, startGateway } from "../gateway.ts";
import type { Who } from "./attempts.ts";
import { type Receipt, startUpstream } from "./upstream.ts";

/** The gateway that is attacked, and everything that reached the servers behind it. */
export interface World {
  readonly gateway: Gateway;
  readonly origin: string;
  readonly keys: Readonly<Record<Who, string>>;
  readonly receipts: Receipt[];
  stop(): Promise<void>;
}

const SERVER = (url: string): string => `
    url: ${url}
    refresh: 1s
    concurrency: 512
    tools:
      find_contact: { effect: read, bind: { tenant_id: principal.tenant, /filter/tenant: principal.tenant } }
      transfer: { effect: write, arguments: { account: { accept: "accounts are checked by the bank" } } }
      export_all: { effect: read }
      issues:
        publish:
          list_issues: { fixed: { action: list }, effect: read, description: Lists issues }
          close_issue: { fixed: { action: close }, effect: write, description: Closes an issue }
      wipe_notes: { effect: destructive }
    prompts: { greet: { bind: { tenant: principal.tenant } } }
    templates: { "crm://{tenant}/contacts/{id}": { bind: { tenant: principal.tenant } } }`;

const yaml = (crm: string, desk: string, environment: string): string => `environment: ${environment}
listen: { port: 0 }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
  concurrency: 512
servers:
  crm:${SERVER(crm)}
  desk:${SERVER(desk)}
access:
${["crm", "desk"].map((name) => `  - { role: agent, allow: [${name}.find_contact, ${name}.list_issues, ${name}.export_all, ${name}.wipe_notes, "${name}.prompt:greet", "${name}.resource:crm://default/contacts/*"] }`).join("\n")}
`;

const CEDAR = ["crm", "desk"]
  .map(
    (server) => `@id("small-${server}")
@approval("none")
permit (
  principal in Cardea::Role::"agent",
  action == Cardea::Action::"${server}.transfer",
  resource == Cardea::Tool::"${server}.transfer"
) when {
  context.arguments.amount <= 100 &&
  context.arguments has currency && context.arguments.currency == "EUR"
};
`,
  )
  .join("\n");

/** Starts servers and gateway, approves what they publish, lets one definition change, and makes the keys. */
export async function startWorld(): Promise<World> {
  const receipts: Receipt[] = [];
  const [crm, desk] = [await startUpstream("crm", true, receipts), await startUpstream("desk", false, receipts)];
  const where = place(yaml(crm.endpoint, desk.endpoint, "prod"));
  const policies = join(dirname(where.config), "policies");
  try {
    mkdirSync(policies);
    for (const name of ["crm", "desk"]) await grant(where, "servers", "approve", name, "--all");
    const made = async (...more: string[]): Promise<string> => {
      const answer = await grant(where, "keys", "create", "--role", "agent", "--json", ...more);
      return (JSON.parse(answer) as { key: string }).key;
    };
    const elsewhere = await made("--owner", "service:elsewhere");
    writeFileSync(where.config, readFileSync(where.config, "utf8").replace("environment: prod", "environment: dev"));
    writeFileSync(join(policies, "agent.cedar"), CEDAR);
    await acceptChanges(where.home, where.config);
    const broad = await made("--owner", "service:broad");
    const narrow = await made(
      "--owner",
      "service:narrow",
      "--scope",
      "crm.find_contact",
      "--scope",
      "desk.find_contact",
    );
    for (const upstream of [crm, desk]) upstream.change();
    const gateway = await startGateway(where);
    return {
      gateway,
      origin: new URL(gateway.endpoint).origin,
      keys: { broad, narrow, elsewhere, nobody: `cardea_${"A".repeat(43)}` },
      receipts,
      async stop() {
        await gateway.child.end();
        for (const upstream of [crm, desk]) upstream.close();
        where.remove();
      },
    };
  } catch (error) {
    for (const upstream of [crm, desk]) upstream.close();
    where.remove();
    throw error;
  }
}
