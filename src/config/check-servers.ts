import { isLoopback } from "./addresses.ts";
import { checkRanges } from "./check-listen.ts";
import { checkTools } from "./check-tools.ts";
import { child, entries, pathText, quoted, type Report, type Step, texts } from "./fault.ts";
import { SERVER_NAME } from "./schema.ts";

const SOURCES = ["package", "run", "url"] as const;
type Source = (typeof SOURCES)[number];

/** Keys that mean something for some sources only. */
const BELONGS: Readonly<Record<string, readonly Source[]>> = {
  args: ["package"],
  sandbox: ["package", "run"],
  env: ["package", "run"],
  credential: ["url"],
  private: ["url"],
};

/** Headers that the gateway writes itself (W7), or that change how a message is read (RFC 9110, RFC 9112). */
const RESERVED =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|accept|accept-encoding|expect|keep-alive|mcp-.*|last-event-id|origin|cookie|forwarded|x-forwarded-.*|proxy-.*|traceparent|tracestate)$/i;

/** npm's names (lower case, at most 214) and an exact semver version. */
const PACKAGE =
  /^(?=.{1,214}@)(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*@(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/;

/** W6, T1, C2, C5: what the keys of a server mean together. */
export function checkServers(raw: unknown, report: Report): void {
  const seen = new Map<string, string>();
  for (const [name, server] of entries(child(raw, "servers"))) {
    const path = ["servers", name];
    checkName(name, path, seen, report);
    if (typeof server !== "object" || server === null || Array.isArray(server)) continue;
    checkSource(server, path, report);
    checkPackage(child(server, "package"), [...path, "package"], report);
    checkCommand(child(server, "run"), [...path, "run"], report);
    checkUrl(child(server, "url"), [...path, "url"], report);
    checkCredential(child(server, "credential"), [...path, "credential"], report);
    checkRanges(texts(child(server, "private")), [...path, "private"], report);
    checkEnvNames(child(server, "env"), [...path, "env"], report);
    checkTools(server, path, report);
  }
  for (const [name] of entries(child(child(raw, "limits"), "plans"))) {
    if (new RegExp(SERVER_NAME).test(name)) continue;
    const path = ["limits", "plans", name];
    report({
      path,
      atKey: true,
      message: `${quoted(name)} is no name of a plan`,
      expected: "a lower-case letter, then up to 31 of a-z, 0-9 and -",
      remedy: "Rename the plan.",
    });
  }
}

function checkName(name: string, path: readonly Step[], seen: Map<string, string>, report: Report): void {
  if (!new RegExp(SERVER_NAME).test(name)) {
    report({
      path,
      atKey: true,
      message: `${quoted(name)} is no name of a server`,
      expected: "a lower-case letter, then up to 31 of a-z, 0-9 and -",
      remedy: "Rename the server.",
    });
  }
  const skeleton = name.toLowerCase().replaceAll(/[1i|]/g, "l").replaceAll("0", "o").replaceAll(/[-_]/g, "");
  const other = seen.get(skeleton);
  if (other === undefined) seen.set(skeleton, name);
  else {
    report({
      path,
      atKey: true,
      message: `${pathText(path)} can be confused with ${pathText(["servers", other])}`,
      expected: "names that differ by more than case, -, 1/l/i or 0/o",
      remedy: "Rename one of them.",
    });
  }
}

function checkSource(server: object, path: readonly Step[], report: Report): void {
  const given = SOURCES.filter((source) => Object.hasOwn(server, source));
  const expected = "exactly one of package, run and url";
  if (given.length === 0) {
    report({
      path,
      atKey: true,
      message: `${pathText(path)} does not say where it comes from`,
      expected,
      remedy: "Add package, run or url.",
    });
  }
  for (const extra of given.slice(1)) {
    report({
      path: [...path, extra],
      atKey: true,
      message: `${pathText(path)} has both ${given[0]} and ${extra}`,
      expected,
      remedy: "Keep one.",
    });
  }
  const source = given[0];
  if (source === undefined) return;
  for (const [key, sources] of Object.entries(BELONGS)) {
    if (!Object.hasOwn(server, key) || given.some((one) => sources.includes(one))) continue;
    report({
      path: [...path, key],
      atKey: true,
      message: `${pathText([...path, key])} means nothing with ${source}`,
      expected: `${key} with ${sources.join(" or ")}`,
      remedy:
        source === "run" && key === "args" ? "Put the arguments into `run`, after the command." : "Remove the key.",
    });
  }
}

function checkPackage(value: unknown, path: readonly Step[], report: Report): void {
  if (typeof value !== "string" || PACKAGE.test(value)) return;
  const version = value.slice(1).split("@")[1];
  const message =
    version === undefined
      ? "has no version"
      : /^(?:\d+\.\d+\.\d+|$)/.test(version)
        ? "is no name of a package"
        : "has no exact version";
  report({
    path,
    message: `${pathText(path)} ${message}`,
    expected: "name@version with three numbers, such as @example/mcp-server@1.2.3",
    remedy: "Write the one version that was reviewed; ranges and tags such as latest change by themselves.",
  });
}

function checkCommand(value: unknown, path: readonly Step[], report: Report): void {
  if (!Array.isArray(value)) return;
  const command: unknown = value[0];
  if (typeof command === "string" && command.trim() !== "") return;
  if (command !== undefined && typeof command !== "string") return;
  report({
    path: value.length === 0 ? path : [...path, 0],
    message: `${pathText(path)} names no command`,
    expected: "a list that begins with the program",
    remedy: 'Write, for example, `run: ["/usr/bin/mcp-server", "--stdio"]`.',
  });
}

function checkUrl(value: unknown, path: readonly Step[], report: Report): void {
  if (typeof value !== "string") return;
  const expected = "an https URL (plain http on loopback alone) without fragment";
  const say = (message: string, remedy: string) =>
    report({ path, message: `${pathText(path)} ${message}`, expected, remedy });
  if (!URL.canParse(value))
    return say("is no URL", "Write it with scheme and host, such as https://crm.example.com/mcp.");
  const url = new URL(value);
  if (url.protocol === "http:" && !isLoopback(url.hostname)) say("is plain http off loopback", "Write https://.");
  else if (url.protocol !== "https:" && url.protocol !== "http:") say("is neither https nor http", "Write https://.");
  else if (url.hash !== "") say("has a fragment", "Remove what follows #.");
}

function checkCredential(credential: unknown, path: readonly Step[], report: Report): void {
  if (typeof credential !== "object" || credential === null || Array.isArray(credential)) return;
  const given = ["header", "query"].filter((key) => Object.hasOwn(credential, key));
  if (given.length !== 1) {
    report({
      path: given.length === 0 ? path : [...path, "query"],
      atKey: true,
      message: `${pathText(path)} has ${given.length === 0 ? "neither header nor query" : "both header and query"}`,
      expected: "exactly one of header and query",
      remedy: given.length === 0 ? "Say where the secret goes, such as `header: Authorization`." : "Keep one.",
    });
  }
  const header = child(credential, "header");
  if (typeof header === "string" && RESERVED.test(header)) {
    report({
      path: [...path, "header"],
      message: `${pathText([...path, "header"])} is a header that the gateway writes itself`,
      expected: "a header for credentials, such as Authorization or X-Api-Key",
      remedy: "Name the header in which the upstream expects its credential.",
    });
  }
}

function checkEnvNames(env: unknown, path: readonly Step[], report: Report): void {
  for (const [name] of entries(env)) {
    if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) continue;
    report({
      path: [...path, name],
      atKey: true,
      message: `${quoted(name)} is no name of an environment variable`,
      expected: "letters, digits and _",
      remedy: "Rename the variable.",
    });
  }
}
