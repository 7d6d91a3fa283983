/** An agent with the person's shell: it can run `cardea` and change the files of the configuration. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROOF } from "../../test/fixtures/administrator.ts";
import { modern, post } from "../../test/gateway/raw-client.ts";
import { place } from "../../test/gateway/setting.ts";
import { node, ready } from "../children.ts";
import type { Attack, Attempt } from "./table.ts";
import { denied } from "./table.ts";
import type { World } from "./world.ts";

const [ADMINISTRATOR = ""] = PROOF.split("\n");
const SOURCE = "Cardea, invariant 12; MCP security best practices: local server compromise";
const ADMIN = denied("admin.refused", "signin.failed");

/** Commands that give power, each without a proof. Nothing may be changed. */
const COMMANDS: readonly (readonly [id: string, what: string, args: readonly string[]])[] = [
  ["keys", "makes a key for itself", ["keys", "create", "--owner", "person:ada@example.com", "--role", "engineer"]],
  ["approve", "approves what a server publishes", ["servers", "approve", "files", "--all"]],
  ["administrator", "makes an administrator", ["users", "create", "agent@example.com", "--administrator"]],
  ["user", "makes a user", ["users", "create", "agent@example.com", "--role", "engineer"]],
  ["role", "gives somebody a duty", ["users", "role", "ada@example.com", "--role", "engineer", "--duty", "security"]],
  ["reset", "sets the administrator's password anew", ["users", "reset", ADMINISTRATOR]],
  ["revive", "lets an ended person in again", ["users", "revive", "leaver@example.com"]],
  ["accept", "accepts a changed configuration", ["accept"]],
];

const without =
  (args: readonly string[]) =>
  async (world: World): Promise<Attempt> => {
    const before = readFileSync(world.gateway.lock, "utf8");
    if (args[0] === "accept")
      writeFileSync(world.gateway.config, `${readFileSync(world.gateway.config, "utf8")}\n# changed\n`);
    const silent = await world.gateway.run(...args);
    const wrong = await world.gateway.runWith("mallory@example.com\nno password of anybody\n", [
      ...args,
      "--proof-stdin",
    ]);
    const same = readFileSync(world.gateway.lock, "utf8") === before;
    if (args[0] === "accept") restore(world);
    return {
      refused: silent.code === 2 && wrong.code === 2 && same,
      answer: `exit codes ${silent.code} and ${wrong.code}: ${(silent.stderr.split("\n").find((line) => line !== "") ?? "").slice(0, 70)}`,
      record: ADMIN,
    };
  };

const restore = ({ gateway }: World): void => {
  writeFileSync(gateway.config, readFileSync(gateway.config, "utf8").replace("\n# changed\n", ""));
};

/** What the configuration refers to; nobody signs in there. */
const ENVIRONMENT = { CORP_SECRET: "x", DESK_SECRET: "x" };

/** Starts the gateway again with changed files. It must not run with them. */
async function restarted(world: World, file: "config" | "lock", change: (text: string) => string): Promise<Attempt> {
  const { gateway } = world;
  const before = readFileSync(gateway[file], "utf8");
  const changed = change(before);
  if (changed === before) throw new Error("The attack changed nothing");
  const honest = await starts(world);
  writeFileSync(gateway[file], changed);
  try {
    const fault = await starts(world);
    return {
      refused: honest === undefined && fault !== undefined,
      answer: honest ?? fault ?? "it runs with the changed file",
      record: denied("config.refused"),
    };
  } finally {
    writeFileSync(gateway[file], before);
  }
}

/** Starts the gateway again, and ends it. Undefined, or why it did not start. */
async function starts({ gateway: { home, config, signal, gone } }: World): Promise<string | undefined> {
  // One gateway at a time writes the record of a home.
  signal("SIGTERM");
  await gone;
  const child = node(["src/main.ts", "up", "--home", home, "--config", config, "--port", "0", "--json"], ENVIRONMENT);
  const fault = await ready(child, 20_000).then(
    () => undefined,
    (error: Error) => error.message,
  );
  await child.end();
  return fault && (/"message":"([^"]*)/.exec(fault)?.[1] ?? fault).slice(0, 120);
}

export const shell: readonly Attack[] = [
  ...COMMANDS.map(
    ([id, what, args]): Attack => ({
      id: `shell.${id}`,
      source: SOURCE,
      attack: `The agent ${what}: cardea ${args.join(" ")}`,
      run: without(args),
    }),
  ),
  {
    id: "shell.config",
    source: SOURCE,
    attack: "The agent changes cardea.yaml (a role that may do all) and restarts",
    run: (world) =>
      restarted(world, "config", (text) =>
        text.replace(
          "access:",
          'access:\n  - { role: agent, allow: ["files.*", "notes.*"], effects: [read, write], approval: none }',
        ),
      ),
  },
  {
    id: "shell.provider",
    source: SOURCE,
    attack: "The agent changes cardea.yaml (its own group administers) and restarts",
    run: (world) =>
      restarted(world, "config", (text) =>
        text.replace(
          "roles: { engineers: [engineer] }",
          "roles: { engineers: [engineer] }, administration: { engineers: [security] }",
        ),
      ),
  },
  {
    id: "shell.lock",
    source: SOURCE,
    attack:
      "The agent approves a new tool in a home of its own, where it is the administrator, puts that cardea.lock here and restarts",
    run: async (world) => {
      // The server publishes one tool more from here on.
      await post(world.upstream, modern("", "tools/call", { name: "grow", arguments: {} }));
      const own = place(readFileSync(world.gateway.config, "utf8"), ENVIRONMENT);
      writeFileSync(join(own.folder, "robot.jwks.json"), "{}");
      await own.approve("files", "notes");
      const lock = readFileSync(own.lock, "utf8");
      own.remove();
      return restarted(world, "lock", () => lock);
    },
  },
];
