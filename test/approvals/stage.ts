/** A gateway with a server that counts, people who decide, and keys of them. */
import { type Gateway, place, start, until } from "../gateway/setting.ts";
import { Person } from "./browser.ts";
import { type CountingUpstream, startCountingUpstream } from "./upstream.ts";

export interface ApprovalStage {
  readonly gateway: Gateway;
  readonly base: string;
  readonly upstream: CountingUpstream;
  /** Keys of ada, of a service, of ada where a second person is wanted, and a trusted one of ada. */
  readonly keys: Readonly<
    Record<"ada" | "service" | "second" | "trusted", { readonly key: string; readonly id: string }>
  >;
  readonly passwords: Readonly<Record<"ada" | "bob", string>>;
  /** Ada and the administrator, signed in. */
  person(login: "ada" | "bob" | "owner"): Promise<Person>;
  /** The newest approval that waits, through the eyes of the administrator. */
  waiting(): Promise<Waiting>;
  stop(): Promise<void>;
}

export interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** The administrator that the fixture makes. */
export const OWNER_PASSWORD = "a long password of tests";

/** Starts it. @param approvals further lines of `approvals` */
export async function startApprovals(approvals: readonly string[] = []): Promise<ApprovalStage> {
  const upstream = await startCountingUpstream();
  const where = place(
    [
      "limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }",
      "approvals:",
      "  wait: 1s",
      ...approvals.map((line) => `  ${line}`),
      "servers:",
      `  box: { url: ${upstream.url}, refresh: 1s, requests: { elicitation: true }, tools: { look: { effect: read }, save: { effect: write }, ask: { effect: write }, erase: { effect: destructive } } }`,
      "access:",
      '  - { role: tester, allow: ["box.look", "box.save", "box.ask", "box.erase"] }',
      '  - { role: watched, allow: ["box.look", "box.save", "box.ask", "box.erase"], approval: other }',
    ].join("\n"),
  );
  try {
    await where.approve("box");
    const passwords = { ada: await local(where, "ada"), bob: await local(where, "bob") };
    const keys = {
      ada: await where.key("tester", "person:ada"),
      service: await where.key("tester", "service:nightly"),
      second: await where.key("watched", "person:ada"),
      trusted: await where.key("tester", "person:ada"),
    };
    if (approvals.some((line) => line.includes("TRUSTED"))) {
      const { readFileSync, writeFileSync } = await import("node:fs");
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
      waiting: () =>
        until("a call that waits", async () => {
          const { body } = await (await person("owner")).api("GET", "/api/approvals?state=pending");
          return (body as { approvals: Waiting[] }).approvals[0];
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

async function local(where: ReturnType<typeof place>, login: string): Promise<string> {
  const { code, stdout, stderr } = await where.grant("users", "create", login, "--role", "tester", "--json");
  if (code !== 0) throw new Error(`users create ended with ${code}: ${stderr}`);
  return (JSON.parse(stdout) as { password: string }).password;
}
