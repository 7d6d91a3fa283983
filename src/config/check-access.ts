import { child, entries, isPlain, near, pathText, quoted, type Report, type Step, texts } from "./fault.ts";

/** P1: every pattern names a server that exists, and every role is written once. */
export function checkAccess(raw: unknown, report: Report): void {
  const servers = entries(child(raw, "servers")).map(([name]) => name);

  const access = child(raw, "access");
  const seen = new Map<string, number>();
  for (const [at, rule] of Array.isArray(access) ? access.entries() : []) {
    const role = child(rule, "role");
    if (typeof role === "string") {
      const first = seen.get(role);
      if (first === undefined) seen.set(role, at);
      else {
        report({
          path: ["access", at, "role"],
          message: `access[${at}].role is the role of access[${first}] again`,
          expected: "each role once",
          remedy: `Move its patterns to access[${first}].allow.`,
        });
      }
    }
    for (const [index, pattern] of texts(child(rule, "allow"))) {
      checkPattern(pattern, ["access", at, "allow", index], servers, false, report);
    }
  }
  const tools = child(child(raw, "limits"), "tools");
  for (const [at, limit] of Array.isArray(tools) ? tools.entries() : []) {
    const match = child(limit, "match");
    if (typeof match === "string") checkPattern(match, ["limits", "tools", at, "match"], servers, true, report);
  }
}

function checkPattern(
  pattern: string,
  path: readonly Step[],
  servers: readonly string[],
  every: boolean,
  report: Report,
): void {
  const form = "server.glob, server.tool:glob, server.prompt:glob or server.resource:glob";
  const [, server, kind, glob] = /^([^.]*)\.(?:([a-z]+):(?!\/\/))?(.*)$/s.exec(pattern) ?? [];
  const say = (message: string, expected: string, remedy: string, guess: { nearest?: string } = {}) =>
    report({ path, message: `${pathText(path)} ${message}`, expected, ...guess, remedy });
  if (server === undefined || glob === undefined || glob === "" || /\s/.test(pattern)) {
    return say("is no pattern", form, "Write the server's name, a dot, and what it matches; `*` stands for anything.");
  }
  if (kind !== undefined && !["tool", "prompt", "resource"].includes(kind)) {
    return say(
      `names a kind that does not exist: ${quoted(kind)}`,
      form,
      "Write tool:, prompt: or resource:.",
      near(kind, ["tool", "prompt", "resource"]),
    );
  }
  if (every && server === "*") return;
  if (servers.includes(server)) return;
  const shown = servers.filter(isPlain);
  const known =
    shown.length === 0 ? "a server that is configured; there is none" : `one of ${shown.slice(0, 20).join(", ")}`;
  const guess = near(server, shown);
  const remedy =
    guess.nearest === undefined
      ? "Name a server of `servers`, or add it there."
      : `Write ${guess.nearest} before the dot.`;
  say(
    server.includes("*") ? "leaves the server open" : `names a server that is not configured: ${quoted(server)}`,
    known,
    remedy,
    guess,
  );
}
