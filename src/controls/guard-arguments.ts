import { type GuardText, guardValues, type GuardFault } from "../domain/shaping/guarding.ts";
import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { PlanOf } from "./bind-arguments.ts";

/** The real paths of files (symbolic links resolved) lie below the roots; undefined: they do, else a sentence. */
export type LookAtFiles = (
  server: string,
  paths: readonly string[],
  roots: readonly string[],
) => Promise<string | undefined>;

/** What a resource URI gives the guarded variables of the templates that it could come from. */
export type GuardUri = (server: string, uri: string) => readonly GuardFault[];

/**
 * Guards on what will be sent (V3): paths below their roots, URLs with public or listed hosts, addresses, identifiers, dates,
 * and texts that end in a shell, a query, a page, a template or a directory. Also of prompts, completions and resource URIs.
 */
export function guardArguments(planOf: PlanOf, guard: GuardText, uri: GuardUri, files: LookAtFiles): Control<Located> {
  return {
    name: "guard-arguments",
    ids: ["V3"],
    judge(call) {
      const { published, kind, server } = call.target;
      if (kind === "resource") {
        const [fault] = uri(server, String(call.sent["uri"] ?? ""));
        return fault === undefined ? pass(call) : deny(refused(call, fault, "/uri"));
      }
      const plan = published === undefined ? undefined : planOf(published);
      if (plan === undefined || plan.guards.length === 0) return pass(call);
      const { fault, paths } = guardValues(
        plan,
        argumentsOf(call),
        server,
        guard,
        call.method === "completion/complete",
      );
      if (fault !== undefined) return deny(refused(call, fault, `/arguments${fault.pointer}`));
      return paths.length === 0 ? pass(call) : look(call, paths, files);
    },
  };
}

function argumentsOf(call: Located): JsonObject {
  if (call.method !== "completion/complete") return isObject(call.sent["arguments"]) ? call.sent["arguments"] : {};
  const argument = isObject(call.sent["argument"]) ? call.sent["argument"] : {};
  const context = isObject(call.sent["context"]) ? call.sent["context"]["arguments"] : undefined;
  return { ...(isObject(context) ? context : {}), [String(argument["name"])]: argument["value"] ?? "" };
}

async function look(
  call: Located,
  paths: readonly { pointer: string; path: string; roots: readonly string[] }[],
  files: LookAtFiles,
): Promise<Verdict<Located>> {
  for (const { pointer, path, roots } of paths) {
    const message = await files(call.target.server, [path], roots);
    if (message !== undefined)
      return deny(refused(call, { pointer, rule: "path: link", message }, `/arguments${pointer}`));
  }
  return pass(call);
}

function refused(call: Located, { pointer, rule, message }: GuardFault, path: string) {
  return {
    code: call.target.kind === "tool" ? "invalid_arguments" : "invalid_params",
    message: `${pointer || "The URI"}: ${message} (${rule})`,
    path,
    rule,
    control: "V3",
    executed: "no",
  } as const;
}
