import type { FlowDemand } from "../../kernel/call.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import type { FlowMark } from "../../ports/flow.ts";
import { hostsOf } from "./given.ts";
import { textsOf } from "./place.ts";
import { allows, type FlowAllow } from "./rules.ts";

/** A text that was written into a file, whose commands reach somebody outside. */
export interface Script {
  /** The last part of its path. */
  readonly name: string;
  /** Where its commands lead. */
  readonly host: string;
}

/** Most characters of one text, and most files of one call, that are looked at. */
const LONGEST = 1 << 16;
const MOST = 16;
const LONGEST_PATH = 1_024;
const PATH = /^(?:file)?_?(?:path|name|file|uri|target|destination)$/i;
/** A line of a shell that fetches or sends. */
const COMMANDS =
  /(?:^|[\s;&|`(])(?:curl|wget|ncat|nc|socat|telnet|scp|sftp|rsync|ftp|iwr|irm|invoke-webrequest|invoke-restmethod)(?:\.exe)?\s[^\n]{0,2000}/gim;
/** A host that stands by itself: `nc host 4444`, `user@host:`. */
const HOST = /[\s@]((?:[a-z0-9-]+\.)+[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3})(?=[\s:]|$)/gim;
const LOCAL =
  /^(?:localhost|127\.|10\.|192\.168\.|0\.0\.0\.0|\[?::1)|\.(?:local|localhost|internal|sh|py|js|txt|json|gz)$/i;

/** The scripts that a writing call holds: who reads the call that runs one of them does not see what it does. */
export function scriptsIn(args: JsonObject): Script[] {
  const found: Script[] = [];
  const walk = (one: Json, depth: number): void => {
    if (found.length >= MOST || depth > 3) return;
    if (Array.isArray(one)) for (const item of one) walk(item, depth + 1);
    else if (isObject(one)) {
      const script = scriptOf(one);
      if (script !== undefined) found.push(script);
      for (const name in one) {
        const item = one[name] as Json;
        if (typeof item === "object") walk(item, depth + 1);
      }
    }
  };
  walk(args, 0);
  return found;
}

/** The text of the first member that is called like a path. */
function pathIn(file: JsonObject): string | undefined {
  for (const member in file) {
    const text = file[member];
    if (typeof text === "string" && text.length <= LONGEST_PATH && PATH.test(member)) return text;
  }
  return undefined;
}

function scriptOf(file: JsonObject): Script | undefined {
  const path = pathIn(file);
  if (path === undefined) return undefined;
  const name = path.split(/[/\\]/).at(-1)?.trim();
  if (name === undefined || name === "") return undefined;
  for (const text of Object.values(file).filter((one) => typeof one === "string"))
    for (const [line] of text.slice(0, LONGEST).matchAll(COMMANDS)) {
      const host = [...hostsOf(line), ...bareHosts(line)].find((one) => !LOCAL.test(one));
      if (host !== undefined) return { name, host };
    }
  return undefined;
}

const bareHosts = (line: string): string[] => [...line.matchAll(HOST)].map(([, host = ""]) => host.toLowerCase());

/**
 * Whether a person has to decide because a call runs what was written before (S8): its own text does not say that it
 * fetches or sends. Undefined: it runs none of these scripts, or a rule of the operator lets it pass.
 */
export function judgeScripts(
  written: readonly FlowMark[],
  { server, name, args }: { readonly server: string; readonly name: string; readonly args: JsonObject },
  allow: readonly FlowAllow[],
): FlowDemand | undefined {
  if (written.length === 0) return undefined;
  const rules = allow.filter((rule) => allows(rule, server, name, args));
  const run = written.filter(
    (mark) => names(args, mark.name) && !rules.some(({ from }) => from?.includes(mark.server) ?? true),
  );
  if (run.length === 0) return undefined;
  const from = [...new Set(run.map((mark) => mark.server))].sort();
  return {
    cause: [...new Set(run.map((mark) => `written ${mark.server} ${mark.name}`))].sort().join("; "),
    reasons: run.map(
      (mark) =>
        `This call runs ${mark.name}, which was written through ${mark.server} at ${new Date(mark.at).toISOString().slice(11, 16)} UTC and whose commands reach ${mark.what}.`,
    ),
    propose: `flow:\n  allow:\n    - { match: ${JSON.stringify(`${server}.${name}`)}, from: [${from.join(", ")}] }\n`,
  };
}

/** Whether a call names this file: `bash /tmp/name`, `cd /tmp && ./name`. */
function names(args: JsonObject, name: string): boolean {
  const plain = name.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w.-])${plain}(?![\w-]|\.\w)`, "i").test(textsOf(args, LONGEST).text);
}
