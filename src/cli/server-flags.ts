import type { NewServer } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { UsageFault } from "./args.ts";

/** The flags of `servers add`. */
export const SOURCE_FLAGS = {
  package: { type: "string" },
  run: { type: "string" },
  url: { type: "string" },
  arg: { type: "string", multiple: true },
  read: { type: "string", multiple: true },
  write: { type: "string", multiple: true },
  network: { type: "string" },
  env: { type: "string", multiple: true },
} as const;

interface SourceFlags {
  readonly package?: string | undefined;
  readonly run?: string | undefined;
  readonly url?: string | undefined;
  readonly arg: readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly network?: string | undefined;
  readonly env: readonly string[];
}

/**
 * The server that the flags of `servers add` describe.
 * @throws UsageFault
 */
export function newServer(flags: SourceFlags): NewServer {
  mustBeVisible(flags);
  const given = [flags.package, flags.run, flags.url].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageFault("Give exactly one of --package NAME@VERSION, --run COMMAND, --url URL");
  const { read, write, network } = flags;
  if (flags.url !== undefined) {
    const local = Object.entries({ arg: flags.arg, read, write, env: flags.env }).find(([, list]) => list.length > 0);
    const name = local?.[0] ?? (network === undefined ? undefined : "network");
    if (name !== undefined)
      throw new UsageFault(`--${name} is for programs that run here; a server behind --url runs elsewhere`);
    return { url: flags.url };
  }
  if (network !== undefined && network !== "none" && network !== "host")
    throw new UsageFault(`--network ${JSON.stringify(network)} must be none or host`);
  const sandbox = {
    ...(read.length === 0 ? {} : { read }),
    ...(write.length === 0 ? {} : { write }),
    ...(network === undefined ? {} : { network }),
  };
  const around = { env: environment(flags.env), sandbox };
  return flags.package === undefined
    ? { run: [flags.run ?? "", ...flags.arg], ...around }
    : { package: flags.package, args: flags.arg, ...around };
}

/** Control characters cannot stand in cardea.yaml, and nobody could read what they consent to. */
function mustBeVisible(flags: SourceFlags): void {
  for (const [flag, value] of Object.entries(flags))
    for (const word of [value].flat()) {
      const control = /\p{Cc}/u.exec(word ?? "")?.[0]?.codePointAt(0);
      if (control === undefined) continue;
      const number = `U+${control.toString(16).toUpperCase().padStart(4, "0")}`;
      throw new UsageFault(
        `--${flag} ${visible(JSON.stringify(word))} holds a control character (${number}, ${NAMED[control] ?? "not printable"}); write it without, or put such text into a file that the server reads`,
      );
    }
}

const NAMED: Readonly<Record<number, string>> = { 9: "a tab", 10: "a line break", 13: "a line break", 27: "escape" };

/** `NAME=env:VARIABLE` and `NAME=file:path` are references; anything else is plain text. */
function environment(given: readonly string[]): NonNullable<NewServer["env"]> {
  const env: Record<string, string | { value: string }> = {};
  for (const one of given) {
    const at = one.indexOf("=");
    const [name, value] = [one.slice(0, Math.max(at, 0)), one.slice(at + 1)];
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new UsageFault(
        `--env ${JSON.stringify(name || "VALUE")} must be NAME=env:VARIABLE or NAME=file:PATH for a secret, NAME=text for what is none`,
      );
    if (Object.hasOwn(env, name)) throw new UsageFault(`--env ${name} is given twice`);
    env[name] = /^(?:env|file|vault):/.test(value) ? value : { value };
  }
  return env;
}
