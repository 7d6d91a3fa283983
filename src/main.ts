#!/usr/bin/env node
import { auditCommand } from "./cli/audit.ts";
import { checkCommand } from "./cli/check.ts";
import { initCommand } from "./cli/init.ts";
import type { Io } from "./cli/io.ts";
import { keysCommand } from "./cli/keys.ts";
import { serversCommand } from "./cli/servers.ts";
import { upCommand } from "./cli/up.ts";
import { checkDeps, explain, filesOf, initDeps, openKeys, openReader, openServers, up } from "./compose.ts";
import { nearest } from "./kernel/nearest.ts";

const HELP = `cardea COMMAND [options]

A security gateway for the Model Context Protocol.

  up        starts the gateway
  init      writes a first cardea.yaml and its reviewed lockfile
  check     checks configuration, policies and lockfile; all faults at once
  servers   the catalogue: list, add, diff, approve, quarantine
  keys      API keys: create, list, revoke
  audit     the record: query, tail, verify, export

  --home DIR      folder of the state (default .cardea); also CARDEA_HOME
  --config FILE   the configuration (default cardea.yaml in a named home, else here)
  --json          for programs

Every command has --help with an example. Exit codes: 0 fine, 1 findings, 2 could not run.

Example:
  cardea up
`;

/** Takes `--home` and `--config` out of the arguments: they mean the same for every command. */
function choose(argv: readonly string[]): { chosen: { home?: string; config?: string }; rest: string[] } {
  const chosen: { home?: string; config?: string } = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const match = /^--(home|config)(?:=(.*))?$/s.exec(word);
    if (match === null) {
      rest.push(word);
      continue;
    }
    const value = match[2] ?? argv[++i];
    if (value === undefined || value === "" || value.startsWith("-"))
      throw new TypeError(`--${match[1]} needs a value (--${match[1]} PATH)`);
    chosen[match[1] as "home" | "config"] = value;
  }
  return { chosen, rest };
}

async function main(): Promise<number> {
  const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);
  const io: Io = {
    out: write(process.stdout),
    err: write(process.stderr),
    json: false,
    home: "",
    colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
  };
  try {
    const { chosen, rest } = choose(process.argv.slice(2));
    const [command = "", ...args] = rest;
    io.home = filesOf(chosen).home;
    switch (command) {
      case "up":
        return await upCommand(args, io, (options) => up({ ...options, ...chosen }));
      case "init":
        return await initCommand(args, io, initDeps(chosen));
      case "check":
        return await checkCommand(args, io, checkDeps(chosen));
      case "servers":
        return await serversCommand(args, io, () => openServers(chosen));
      case "keys":
        return await keysCommand(args, io, () => openKeys(chosen));
      case "audit":
        return await auditCommand(args, io, openReader);
      case "":
      case "help":
      case "--help":
      case "-h":
        (command === "" ? io.err : io.out)(HELP);
        return command === "" ? 2 : 0;
      default: {
        const near = nearest(command, ["up", "init", "check", "servers", "keys", "audit"]);
        io.err(
          `Unknown command ${JSON.stringify(command)}${near === undefined ? "" : `, did you mean ${near}?`} See: cardea --help\n`,
        );
        return 2;
      }
    }
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith("--")) io.err(`${error.message}\n`);
    else
      io.err(
        `${explain(error) ?? `This failed unexpectedly: ${error instanceof Error ? error.message : "unknown"}`}\n`,
      );
    return 2;
  }
}

process.exitCode = await main();
