/** A gateway with a server that counts, people who decide, and keys of them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { grantAll, type Key, OWNER_PASSWORD } from "../fixtures/grants.ts";
import { type Gateway, place, start, until } from "../gateway/setting.ts";
import { Person } from "./browser.ts";
import { type CountingUpstream, startCountingUpstream } from "./upstream.ts";

export interface ApprovalStage {
  readonly gateway: Gateway;
  readonly base: string;
  readonly upstream: CountingUpstream;
  /** Keys of ada, of bob, of a service, of ada where a second person is wanted, and a trusted one of ada. */
  readonly keys: Readonly<Record<keyof typeof KEYS, Key>>;
  readonly passwords: Readonly<Record<keyof typeof PEOPLE, string>>;
  /** Ada and the administrator, signed in. */
  person(login: "ada" | "bob" | "owner"): Promise<Person>;
  /** The newest approval that waits, of those whose arguments hold the text, through the eyes of the administrator. */
  waiting(text?: string): Promise<Waiting>;
  stop(): Promise<void>;
}

export interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

const PEOPLE = { ada: ["tester"], bob: ["tester"] } as const;
const KEYS = {
  ada: ["tester", "person:ada"],
  bob: ["tester", "person:bob"],
  service: ["tester", "service:nightly"],
  second: ["watched", "person:ada"],
  trusted: ["tester", "person:ada"],
} as const;

/** What is approved of `erase` is over soon. */
const QUICK = `@id("quick") @approval("self") @expires("1s")
permit (principal in Cardea::Role::"tester", action == Cardea::Action::"call", resource == Cardea::Tool::"box.erase");
`;

/** Starts it. @param approvals further lines of `approvals` @param wait how long a caller waits */
export async function startApprovals(approvals: readonly string[] = [], wait = "1s"): Promise<ApprovalStage> {
  const upstream = await startCountingUpstream();
  const where = place(
    [
      "limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }",
      "approvals:",
      `  wait: ${wait}`,
      ...approvals.map((line) => `  ${line}`),
      "servers:",
      `  box: { url: ${upstream.url}, refresh: 1s, requests: { elicitation: true }, tools: { look: { effect: read }, save: { effect: write }, ask: { effect: write }, erase: { effect: destructive }, wipe: { effect: destructive, confirm: confirmed } } }`,
      "access:",
      '  - { role: tester, allow: ["box.look", "box.save", "box.ask", "box.erase"] }',
      '  - { role: tester, allow: ["box.wipe"], approval: none }',
      '  - { role: watched, allow: ["box.look", "box.save", "box.ask", "box.erase"], approval: other }',
    ].join("\n"),
  );
  mkdirSync(join(where.folder, "policies"));
  writeFileSync(join(where.folder, "policies", "quick.cedar"), QUICK);
  try {
    await where.approve("box");
    const { passwords, keys } = await grantAll(where, PEOPLE, KEYS);
    if (approvals.some((line) => line.includes("TRUSTED"))) {
      writeFileSync(where.config, readFileSync(where.config, "utf8").replace("TRUSTED", keys.trusted.id));
    }
    const gateway = await start(where);
    const base = new URL(gateway.endpoint).origin;
    const people = new Map<string, Person>();
    const person = async (login: "ada" | "bob" | "owner"): Promise<Person> => {
      const known = people.get(login);
      if (known !== undefined) return known;
      const made = await new Person(base).signIn(login, login === "owner" ? OWNER_PASSWORD : passwords[login]);
      people.set(login, made);
      return made;
    };
    return {
      ...{ gateway, base, upstream, keys, passwords, person },
      waiting: (text = "") =>
        until("a call that waits", async () => {
          const owner = await person("owner");
          const { body } = await owner.api("GET", "/api/approvals?state=pending");
          for (const one of (body as { approvals: Waiting[] }).approvals) {
            if (text === "") return one;
            const { body: whole } = await owner.api("GET", `/api/approvals/${one.id}`);
            if ((whole as { arguments: string }).arguments.includes(text)) return one;
          }
          return undefined;
        }),
      async stop() {
        await gateway.stop();
        await upstream.close();
      },
    };
  } catch (error) {
    await upstream.close();
    where.remove();
    throw error;
  }
}
