import { readFlags, UsageFault } from "./args.ts";
import type { UpGateway } from "../compose.ts";
import type { Io } from "./io.ts";

/** Starts a gateway; `port` overrides the configured one, `signal` ends a start that is under way. */
export type Start = (options: {
  home?: string;
  config?: string;
  port?: number;
  json: boolean;
  signal: AbortSignal;
}) => Promise<UpGateway>;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  port: { type: "string" },
} as const;

const HELP = `cardea up [--port N] [--home DIR] [--config FILE] [--json]

Starts the gateway: on the first start with a configuration of its own, the real filesystem server, and a key.

  --port N        listen there instead of where the configuration says; 0 picks a free port
  --home DIR      folder of the state (default .cardea); also CARDEA_HOME
  --config FILE   the configuration (default cardea.yaml in the home or here)
  --json          one line of JSON when it is ready, logs as JSON lines on standard error

Example:
  cardea up --port 7332
`;

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageFault(`--port ${JSON.stringify(text)} must be a number from 0 to 65535; 0 picks a free one`);
}

/**
 * `cardea up`: runs until SIGINT or SIGTERM, then drains. A signal before it is ready ends the start; a second one ends
 * the process at once.
 * @returns the exit code 0
 * @throws UsageFault, and what keeps it from starting
 */
export async function upCommand(argv: readonly string[], io: Io, start: Start): Promise<number> {
  // A number below zero looks like a flag, and its value would be said to be missing.
  const negative = argv.find((word, at) => argv[at - 1] === "--port" && /^-\d/.test(word));
  if (negative !== undefined) readPort(negative);
  const { flags } = readFlags(argv, FLAGS);
  if (flags.help) {
    io.out(HELP);
    return 0;
  }
  const port = flags.port === undefined ? undefined : readPort(flags.port);
  const ending = new AbortController();
  const stopping = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
      ending.abort();
    };
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
  });
  const { signal } = ending;
  let gateway: UpGateway;
  try {
    gateway = await start({ home: flags.home, config: flags.config, port, json: flags.json || io.json, signal });
  } catch (error) {
    if (error === signal.reason) return 0;
    throw error;
  }
  if (flags.json || io.json) {
    const { endpoint, servers, firstKey, claimLink, home, configFile } = gateway;
    const secrets = { ...(firstKey ? { apiKey: firstKey.key } : {}), ...(claimLink ? { claimLink } : {}) };
    io.out(`${JSON.stringify({ event: "ready", endpoint, servers, ...secrets, home, config: configFile })}\n`);
  } else io.out(screen(gateway, io.colour));
  await stopping;
  if (!flags.json && !io.json) io.err("Draining …\n");
  await gateway.stop();
  return 0;
}

function screen(gateway: UpGateway, colour: boolean): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string): string => paint(1, text);
  const lines = ["", `${bold("Cardea is up")} at ${paint(36, gateway.endpoint)}`, ""];
  for (const server of gateway.servers) {
    const good = server.status === "ready";
    const mark = good ? paint(32, "●") : paint(31, "●");
    const facts = good
      ? `${server.tools} approved tools, ${server.transport}${server.confinement ? `, confined by ${server.confinement}` : ""}`
      : `${server.status}: ${server.fault ?? ""}`;
    lines.push(`  ${mark} ${bold(server.name)}  ${facts}`);
    if (server.quarantined > 0)
      lines.push(
        `    ${paint(33, `${server.quarantined} definitions are quarantined: cardea servers diff ${server.name}`)}`,
      );
  }
  lines.push(
    "",
    `  configuration  ${gateway.configFile}`,
    `  state          ${gateway.home}`,
    "  every control is enforcing",
    "",
  );
  if (gateway.claimLink) {
    lines.push(
      `${bold("There is no administrator yet.")} Whoever opens this link first becomes the first one (once, within a day):`,
      "",
      `  ${paint(33, gateway.claimLink)}`,
      "",
    );
  }
  if (gateway.firstKey) {
    lines.push(
      `${bold("Your first key")} (role ${gateway.firstKey.role}; it is not shown again):`,
      "",
      `  ${paint(33, gateway.firstKey.key)}`,
      "",
      "Put it into the environment of your client, and point the client at it:",
      "",
      "  export CARDEA_KEY=…",
      "",
      ...snippets(gateway.endpoint),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** How common clients connect. Every snippet refers to the key; none holds it (C8). */
function snippets(endpoint: string): string[] {
  const json = (value: unknown): string[] =>
    JSON.stringify(value, null, 2)
      .split("\n")
      .map((line) => `    ${line}`);
  const bearer = (reference: string) => ({ Authorization: `Bearer ${reference}` });
  return [
    "  Claude Code",
    `    claude mcp add --transport http cardea ${endpoint} --header 'Authorization: Bearer \${CARDEA_KEY}'`,
    "  Cursor (.cursor/mcp.json)",
    ...json({ mcpServers: { cardea: { url: endpoint, headers: bearer("${env:CARDEA_KEY}") } } }),
    "  VS Code (.vscode/mcp.json)",
    ...json({
      inputs: [{ type: "promptString", id: "cardea-key", description: "Cardea key", password: true }],
      servers: { cardea: { type: "http", url: endpoint, headers: bearer("${input:cardea-key}") } },
    }),
    "  MCP Inspector",
    `    npx mcp-inspector --cli ${endpoint} --transport http --method tools/list --header "Authorization: Bearer $CARDEA_KEY"`,
    "",
  ];
}
