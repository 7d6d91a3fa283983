import { near, pathText, type Step } from "../config/fault.ts";
import type { Loaded } from "../config/load.ts";
import { entryName, type Lock, type PinKind, sourceFault } from "../domain/pins/index.ts";
import { ruleFaults } from "../compose/rule-faults.ts";
import { readPattern } from "../kernel/pattern.ts";
import type { CheckFault } from "./check-fault.ts";

/** Whether configuration and lockfile speak of the same servers, tools and prompts (T1): what only one names does nothing. */
export function checkPins({ config, place }: Loaded, lock: Lock, file: string): CheckFault[] {
  const faults: CheckFault[] = [];
  const say = (path: readonly Step[], atKey: boolean, message: string, more: Omit<CheckFault, "message">) =>
    faults.push({ file, ...place(path, atKey), path: pathText(path), message, ...more });
  for (const server of Object.values(config.servers)) {
    const { name, tools, prompts, templates } = server;
    const fault = sourceFault(lock, name, server);
    if (fault !== undefined) {
      say(["servers", name], true, fault, {
        expected: "a server that is in the lockfile as it is configured",
        remedy: `Review it with \`cardea servers diff ${name}\`, then approve it with \`cardea servers approve ${name} --all\`.`,
      });
      continue;
    }
    const known = pinned(lock, name, "tool");
    for (const tool of Object.keys(tools)) {
      if (!known.includes(tool)) unknown(["servers", name, "tools", tool], true, "tool", tool, name, known);
    }
    for (const [section, kind, rules] of [
      ["prompts", "prompt", prompts],
      ["templates", "template", templates],
    ] as const)
      for (const one of Object.keys(rules)) {
        const all = pinned(lock, name, kind);
        if (!all.includes(one)) unknown(["servers", name, section, one], true, kind, one, name, all);
      }
  }
  for (const { path, message, expected, nearest, remedy } of ruleFaults(config, lock))
    say(path, true, `${pathText(path)} ${message}`, {
      expected,
      ...(nearest === undefined ? {} : { nearest }),
      remedy,
    });
  for (const [at, { allow }] of config.access.entries()) {
    for (const [index, text] of allow.entries()) {
      const pattern = readPattern(text);
      if (typeof pattern === "string" || pattern.glob.includes("*")) continue;
      const { kind, server, glob } = pattern;
      if ((kind !== "tool" && kind !== "prompt") || lock.servers[server] === undefined) continue;
      const known = published(config, lock, server, kind);
      if (!known.includes(glob)) unknown(["access", at, "allow", index], false, kind, glob, server, known);
    }
  }
  const screened = new Set(config.screen.rules.map(({ match }) => match));
  for (const text of screened) {
    const pattern = readPattern(text);
    if (typeof pattern === "string" || pattern.glob.includes("*")) continue;
    const { kind, server, glob } = pattern;
    if ((kind !== "tool" && kind !== "prompt") || lock.servers[server] === undefined) continue;
    const known = published(config, lock, server, kind);
    if (!known.includes(glob))
      unknown(["screen"], true, kind, glob, server, known, `screen has a match ${JSON.stringify(text)}, which`);
  }
  return faults;

  function unknown(
    path: Step[],
    atKey: boolean,
    kind: PinKind,
    name: string,
    server: string,
    known: string[],
    who = pathText(path),
  ): void {
    const guess = near(name, known);
    say(path, atKey, `${who} names a ${kind} that is not pinned`, {
      expected: known.length === 0 ? `${server} has no pinned ${kind}` : `one of ${known.join(", ")}`,
      ...guess,
      remedy:
        guess.nearest === undefined
          ? `Approve it with \`cardea servers approve ${server} ${entryName(kind, name)}\`, or remove it.`
          : `Write ${guess.nearest}.`,
    });
  }
}

/** The names that callers and policies know: of a tool that is published in parts those of the parts (P6). */
function published(config: Loaded["config"], lock: Lock, server: string, kind: "tool" | "prompt"): string[] {
  const names = pinned(lock, server, kind);
  if (kind === "prompt") return names;
  return names.flatMap((name) => {
    const parts = config.servers[server]?.tools[name]?.publish;
    return parts === undefined ? [name] : Object.keys(parts);
  });
}

function pinned(lock: Lock, server: string, kind: "tool" | "prompt" | "template"): string[] {
  const begin = entryName(kind, "");
  const entries = Object.keys(lock.servers[server]?.definitions ?? {});
  return entries.filter((entry) => entry.startsWith(begin)).map((entry) => entry.slice(begin.length));
}
