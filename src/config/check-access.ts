import { readPattern } from "../kernel/pattern.ts";
import { child, entries, isPlain, near, pathText, quoted, type Report, type Step, texts } from "./fault.ts";

const FORMS = "server.glob, server.tool:glob, server.prompt:glob or server.resource:glob";
const KINDS = ["tool", "prompt", "resource"];

/** P1: every pattern names a server that exists. */
export function checkAccess(raw: unknown, report: Report): void {
  const servers = entries(child(raw, "servers")).map(([name]) => name);

  const access = child(raw, "access");
  for (const [at, rule] of Array.isArray(access) ? access.entries() : []) {
    for (const [index, pattern] of texts(child(rule, "allow"))) {
      checkPattern(pattern, ["access", at, "allow", index], servers, report);
    }
  }
  const tools = child(child(raw, "limits"), "tools");
  for (const [at, limit] of Array.isArray(tools) ? tools.entries() : []) {
    const match = child(limit, "match");
    if (typeof match === "string") checkPattern(match, ["limits", "tools", at, "match"], servers, report);
  }
}

/** A pattern reads and names a server that is configured. */
export function checkPattern(text: string, path: readonly Step[], servers: readonly string[], report: Report): void {
  const say = (message: string, expected: string, remedy: string, guess: { nearest?: string } = {}) =>
    report({ path, message: `${pathText(path)} ${message}`, expected, ...guess, remedy });
  const pattern = readPattern(text);
  if (typeof pattern === "string") {
    const remedy = "Write the server's name, a dot, and what it matches; `*` stands for anything.";
    if (text.startsWith("*.")) return say("leaves the server open", FORMS, remedy);
    const kind = /^[^.]*\.([a-z]{1,20}):/.exec(text)?.[1];
    if (kind === undefined || KINDS.includes(kind)) return say("is no pattern", FORMS, remedy);
    return say(
      `names an unknown kind: ${quoted(kind)}`,
      FORMS,
      "Write tool:, prompt: or resource:.",
      near(kind, KINDS),
    );
  }
  if (servers.includes(pattern.server)) return;
  const shown = servers.filter(isPlain);
  const expected =
    shown.length === 0 ? "a server that is configured; there is none" : `one of ${shown.slice(0, 20).join(", ")}`;
  const guess = near(pattern.server, shown);
  const remedy =
    guess.nearest === undefined
      ? "Name a server of `servers`, or add it there."
      : `Write ${guess.nearest} before the dot.`;
  say(`names a server that is not configured: ${quoted(pattern.server)}`, expected, remedy, guess);
}
