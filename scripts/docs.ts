// `npm run docs`: writes the pages that are generated from the code. test/docs/generated.test.ts fails when one is old.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { configJsonSchema } from "../src/config/schema.ts";
import { CATALOGUE, type Code } from "../src/kernel/errors.ts";
import { METHODS, ORDER } from "../src/pipeline/order.ts";

const note = (source: string) => `<!-- Generated from ${source} by \`npm run docs\`. Do not edit. -->\n`;
const row = (...cells: (string | number)[]) =>
  `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
const table = (head: string[], rows: string[]) => [row(...head), row(...head.map(() => "---")), ...rows].join("\n");

/** When each code is used and what to do about it. */
const REMEDY: Record<Code, string> = {
  parse_error: "The body is not one strict JSON text (RFC 8259, no duplicate keys). Send valid JSON.",
  invalid_request: "The body is not one JSON-RPC 2.0 request or notification. Batches are not accepted.",
  unknown_method: "The method does not exist in this protocol version, or is not governed and so not forwarded.",
  invalid_params: "A parameter of the protocol is missing or wrong; the message names it.",
  header_mismatch: "An `Mcp-*` header is missing or differs from the body. Send both alike.",
  missing_capability: "The server needs something that the client did not declare; `data` names it.",
  unsupported_version: "Use one of the protocol versions in `data.supported`.",
  unauthenticated:
    "Send a valid key or access token as `Authorization: Bearer …`; `WWW-Authenticate` says where to sign in.",
  forbidden_origin: "The `Origin` is not listed. The operator adds it to `listen.origins`.",
  forbidden_host: "The `Host` is not listed. The operator adds it to `listen.hosts`.",
  insecure_transport: "Plain HTTP is refused off loopback. Use https.",
  forbidden_client:
    "The client's address or certificate is not accepted. The operator sets `listen.clients` and `listen.tls.clientCa`.",
  environment_mismatch: "The key belongs to another environment. Use a key of this one.",
  not_permitted: "An administrator with the named duty has to prove that they want it.",
  insufficient_scope:
    "The token lacks the scopes in `data.scopes`. Ask the person for them: authorise again with them.",
  unknown_path: "Use `/mcp` or `/mcp/<server>`.",
  unknown_session: "The session ended or is not yours. Send `initialize` again.",
  wrong_http_method: "Use the method that the `Allow` header names.",
  not_acceptable: "Accept `application/json` and `text/event-stream`.",
  request_timeout: "The request arrived too slowly. Send it again.",
  body_too_large: "Send less; the operator sets `limits.body`.",
  wrong_content_type: "Send `Content-Type: application/json`, not compressed.",
  headers_too_large: "Send fewer or shorter headers; the operator sets `limits.headers`.",
  unknown_target: "There is no such tool, prompt or resource for you. List what there is.",
  invalid_arguments: "The arguments break the tool's schema; path and rule say where. Mend the call.",
  needs_person: "A person has to decide first, on the page that `data.url` names; then send the same call again.",
  denied_by_person: "A person refused exactly this call. Ask them what they want instead.",
  rate_limited: "Wait for `Retry-After` seconds; the message names the limit.",
  cancelled: "The caller cancelled, or went away.",
  control_failed: "A control failed and so refused. The operator finds the reason in the log.",
  record_failed: "The record cannot be written, so nothing is answered. The operator checks the disk.",
  shutting_down: "The gateway is stopping. Try again shortly.",
  upstream_unavailable:
    "The server cannot be reached or started. The operator reads `cardea servers list` and the log.",
  upstream_error: "The server answered with an error of its own.",
  upstream_invalid: "The server's answer breaks the protocol or its own output schema.",
  upstream_timeout: "The server did not answer within its timeout. See `executed` before trying again.",
  upstream_busy: "Too many calls wait for this server. Try again later.",
  withheld:
    "The call was carried out, and its answer holds instructions to the model or something else that does not pass. The operator reads about it in the record (`screen` in the configuration).",
  quarantined:
    "The call was carried out, and its answer waits for a person. The message says where they decide; once it is released, it is read as the resource `cardea://quarantine/…`.",
  request_not_governed: "The server asked for something that its operator has not allowed (`servers.<name>.requests`).",
};

function errors(): string {
  const rows = Object.entries(CATALOGUE).map(([code, entry]) =>
    row(
      `\`${code}\``,
      "toolResult" in entry ? "tool result, `isError: true`" : entry.rpc,
      entry.http,
      entry.fault,
      REMEDY[code as Code],
    ),
  );
  return `${note("src/kernel/errors.ts")}
# Errors

Each refusal has one stable code. It is answered as a JSON-RPC error with the number below, over HTTP with the status
below where nothing was sent yet. \`error.data.reason\` is the code; beside it stand the control that refused, path and rule
where there is one, and for what went upstream \`executed\`: \`yes\`, \`no\` or \`unknown\`. \`unknown_target\` carries none of
that, since it would betray which things exist. Own numbers lie outside -32768..-32000, which JSON-RPC reserves.

${table(["code", "JSON-RPC", "HTTP", "whose fault", "what it means and what to do"], rows)}
`;
}

const WAYS = {
  forward: "every row, then upstream",
  list: "identify and admit, then from what was judged",
  own: "identify and admit, then by the gateway itself",
  watch: "each part of it like a read",
} as const;

function order(): string {
  const rows = ORDER.map((one, at) =>
    row(at + 1, one.phase, `[\`${one.control}\`](../src/controls/${one.control}.ts)`, one.why),
  );
  const methods = Object.entries(METHODS).map(([name, how]) => row(`\`${name}\``, WAYS[how.way]));
  return `${note("src/pipeline/order.ts")}
# The order of the controls

Every way in runs these rows from top to bottom. The permit that opens an upstream is granted between gate and screen.

${table(["", "phase", "control", "why here"], rows)}

## Methods

A method that is not in this table is refused.

${table(["method", "how it is answered"], methods)}
`;
}

interface Shape {
  description?: string;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Shape>;
  additionalProperties?: Shape | boolean;
  items?: Shape;
}

/** Rows for everything below `shape`. `filled` is what a mapping that was left out is filled with. */
function keys(shape: Shape, path: string, filled: unknown): string[] {
  const inner = (child: Shape, at: string, inherited: unknown) => {
    const value = child.default ?? inherited;
    const shown = child.properties || value === undefined ? "" : `\`${JSON.stringify(value)}\``;
    return [row(`\`${at}\``, child.description ?? "", shown), ...keys(child, at, value)];
  };
  return [
    ...Object.entries(shape.properties ?? {}).flatMap(([key, child]) =>
      inner(child, path ? `${path}.${key}` : key, (filled as Record<string, unknown> | undefined)?.[key]),
    ),
    ...(typeof shape.additionalProperties === "object"
      ? inner(shape.additionalProperties, `${path}.<name>`, undefined)
      : []),
    ...(shape.items?.properties ? keys(shape.items, `${path}[]`, undefined) : []),
  ];
}

function configuration(): string {
  return `${note("src/config/schema.ts")}
# Configuration

One file, \`cardea.yaml\`. Unknown keys are refused, and \`cardea check\` names all faults at once, each with line, column,
what is accepted and the nearest known name. Secrets are written as references: \`env:NAME\` or \`file:path\`; literal ones
are refused.

The file is read when the gateway starts: restart it after a change. Approvals in \`cardea.lock\` and keys are followed
within a second.

${table(["key", "what is accepted", "default"], keys(configJsonSchema() as Shape, "", undefined))}
`;
}

/** Path below docs/ and text of every generated page. */
export function pages(): Record<string, string> {
  return { "errors.md": errors(), "order.md": order(), "configuration.md": configuration() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [name, text] of Object.entries(pages())) writeFileSync(join(import.meta.dirname, "../docs", name), text);
}
