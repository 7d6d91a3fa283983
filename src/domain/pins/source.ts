import { canonical } from "../../protocol/jcs.ts";
import type { Json } from "../../kernel/json.ts";
import { type Launch, type Lock, type PinnedSandbox, type PinnedSource, record } from "./lock.ts";

/** Where the configuration says that a server comes from. */
export type ConfiguredSource =
  | { readonly kind: "package"; readonly name: string; readonly version: string; readonly args: readonly string[] }
  | { readonly kind: "run"; readonly command: readonly string[] }
  | { readonly kind: "url"; readonly url: string };

/** A server as it is configured: where it comes from, and how a local one is started. */
export interface ConfiguredServer {
  readonly source: ConfiguredSource;
  readonly env: Readonly<Record<string, { readonly reference: string } | { readonly value: string }>>;
  readonly sandbox: PinnedSandbox;
}

/** What was found on the disk before a start. */
export interface FoundArtifact {
  /** Subresource integrity of an installed package. */
  readonly integrity?: string;
  /** Digest over the files of an installed package and its dependencies. */
  readonly tree?: string;
  /** Digest of a program's file. */
  readonly sha256?: string;
  /** Digests of other files that arguments name, by argument. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where shared paths lie that a symbolic link leads elsewhere, by the path as it is written. */
  readonly real?: Readonly<Record<string, string>>;
  /** One sentence that says why what is shared with it cannot be shared. */
  readonly unfit?: string;
  /** The script of a package. */
  readonly entry?: string;
}

/** What a person would consent to, or approve, as it is configured and found now. */
export function sourceNow({ source, env, sandbox }: ConfiguredServer, found: FoundArtifact): PinnedSource {
  if (source.kind === "url") return { url: source.url };
  const { read, write, network, memoryBytes, cpuSeconds } = sandbox;
  const launch: Launch = {
    env: record(
      Object.fromEntries(
        Object.entries(env).map(([name, one]) => [name, "reference" in one ? one.reference : { value: one.value }]),
      ),
    ),
    sandbox: {
      read,
      write,
      network,
      memoryBytes,
      ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
      ...(found.real === undefined ? {} : { real: found.real }),
    },
  };
  if (source.kind === "run") {
    const { sha256, files } = found;
    const digests = { ...(sha256 === undefined ? {} : { sha256 }), ...(files === undefined ? {} : { files }) };
    return { run: source.command, ...digests, launch };
  }
  const { integrity = "", tree = "" } = found;
  return { package: `${source.name}@${source.version}`, integrity, tree, args: source.args, launch };
}

/**
 * T1, H6: whether the configuration names what was reviewed: the program, its arguments, its environment and its walls.
 * @returns one sentence that says what differs; undefined where nothing does
 */
export function sourceFault(lock: Lock, server: string, configured: ConfiguredServer): string | undefined {
  const pinned = lock.servers[server]?.source;
  if (pinned === undefined) return `The server ${server} is not in the lockfile`;
  const { source } = configured;
  if (source.kind === "package") {
    const wanted = `${source.name}@${source.version}`;
    const reviewed = "package" in pinned ? pinned.package : "no package";
    if (wanted !== reviewed) return `The server ${server} is configured as ${wanted}, and ${reviewed} was reviewed`;
  } else if (source.kind === "run") {
    if (!("run" in pinned) || !same(pinned.run, source.command))
      return `The command of the server ${server} is not the one that was reviewed`;
  } else {
    const same = "url" in pinned && pinned.url === source.url;
    return same ? undefined : `The URL of the server ${server} is not the one that was reviewed`;
  }
  if (!("launch" in pinned) || pinned.launch === undefined)
    return `Nobody consented to the environment and the sandbox with which the server ${server} is started`;
  const changes = launchChanges(pinned, sourceNow(configured, {}));
  return changes.length === 0
    ? undefined
    : `The server ${server} would be started otherwise than was consented to: ${changes.join("; ")}`;
}

/**
 * T1: whether what is installed is what was reviewed. What the lockfile does not pin is not compared.
 * @returns one sentence that says what differs; undefined where nothing does
 */
export function artifactFault(lock: Lock, server: string, found: FoundArtifact): string | undefined {
  const pinned = lock.servers[server]?.source;
  if (found.unfit !== undefined) return found.unfit;
  if (pinned === undefined) return `The server ${server} is not in the lockfile`;
  if ("package" in pinned) {
    if (found.tree === undefined) return `The package ${pinned.package} is not installed, or not whole`;
    if (found.integrity !== pinned.integrity)
      return `The integrity of ${pinned.package} is not the one that was reviewed`;
    if (found.tree !== pinned.tree) {
      return `The installed files of ${pinned.package} or of what it depends on are not the ones that were reviewed`;
    }
  }
  if ("run" in pinned && pinned.sha256 !== undefined && found.sha256 !== pinned.sha256) {
    return `The program of the server ${server} is not the one that was reviewed`;
  }
  if ("url" in pinned) return undefined;
  const files = "files" in pinned ? pinned.files : undefined;
  const real = pinned.launch?.sandbox.real;
  return otherwise(server, { ...(files && { files }), ...(real && { real }) }, found);
}

/**
 * H6, T1: whether what is on the disk is still what was found before.
 * @returns one sentence that says what differs; undefined where nothing does
 */
export function artifactChange(
  server: string,
  before: FoundArtifact | undefined,
  now: FoundArtifact | undefined,
): string | undefined {
  if (now?.unfit !== undefined) return now.unfit;
  for (const [member, what] of [
    ["entry", "The program"],
    ["integrity", "The integrity of the package"],
    ["tree", "A file of the package, or of what it depends on,"],
    ["sha256", "The program"],
  ] as const)
    if (before?.[member] !== now?.[member])
      return `${what} of the server ${server} is not the one that was consented to: it changed on the disk`;
  return otherwise(server, before ?? {}, now ?? {});
}

/** What differs in the files that arguments name, and in where shared paths lie. */
function otherwise(server: string, before: FoundArtifact, now: FoundArtifact): string | undefined {
  const [argument] = differing(before.files, now.files);
  if (argument !== undefined)
    return `The file ${JSON.stringify(argument)} in the command of the server ${server} is not the one that was consented to`;
  const [path] = differing(before.real, now.real);
  if (path === undefined) return undefined;
  const [was = "there", is = "there"] = [before.real?.[path], now.real?.[path]];
  return `The path ${JSON.stringify(path)} of the server ${server} leads to ${is}, and the consent is for ${was}`;
}

type Texts = Readonly<Record<string, string>>;

const differing = (before: Texts = {}, now: Texts = {}): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => own(before, key) !== own(now, key));

const own = (texts: Texts, key: string): string | undefined => (Object.hasOwn(texts, key) ? texts[key] : undefined);

/** Everything that differs between what was consented to and what would run, in short phrases for a person (H6). */
export function commandChanges(before: PinnedSource, now: PinnedSource): string[] {
  const said: string[] = [];
  const say = (what: string, was: string, is: string): void => {
    if (was !== is) said.push(`${what} ${is || "none"} (was ${was || "none"})`);
  };
  const [was, is] = [before as Partial<Members>, now as Partial<Members>];
  say("package", was.package ?? "", is.package ?? "");
  say("integrity", was.integrity ?? "", is.integrity ?? "");
  say("files", was.tree ?? "", is.tree ?? "");
  say("command", words(was.run), words(is.run));
  say("program", was.sha256 ?? "", is.sha256 ?? "");
  for (const name of differing(was.files, is.files))
    say(`file ${JSON.stringify(name)}`, was.files?.[name] ?? "", is.files?.[name] ?? "");
  const [led, leads] = [was.launch?.sandbox.real, is.launch?.sandbox.real];
  for (const path of differing(led, leads))
    said.push(
      `the path ${JSON.stringify(path)} leads to ${leads?.[path] ?? "itself"} (was ${led?.[path] ?? "itself"})`,
    );
  return [...said, ...launchChanges(before, now)];
}

interface Members {
  readonly package: string;
  readonly integrity: string;
  readonly tree: string;
  readonly run: readonly string[];
  readonly sha256: string;
  readonly files: Texts;
  readonly launch: Launch;
}

/** What differs in arguments, environment and walls. Values of the environment are not told. */
function launchChanges(before: PinnedSource, now: PinnedSource): string[] {
  const [was, is] = [launchOf(before), launchOf(now)];
  const said: string[] = [];
  if (!same(was.args, is.args)) said.push(`arguments ${words(is.args) || "none"} (were ${words(was.args) || "none"})`);
  for (const name of [...new Set([...Object.keys(was.env), ...Object.keys(is.env)])].sort()) {
    const [then, here] = [was.env[name], is.env[name]];
    if (same(then, here)) continue;
    const what = then === undefined ? "is new" : here === undefined ? "is gone" : "comes from elsewhere";
    said.push(`the variable ${name} ${what}`);
  }
  for (const wall of ["read", "write", "network", "memoryBytes", "cpuSeconds"] as const) {
    const [then, here] = [was.sandbox?.[wall], is.sandbox?.[wall]];
    if (!same(then, here)) said.push(`sandbox ${wall} ${shown(here)} (was ${shown(then)})`);
  }
  return said;
}

const launchOf = (source: PinnedSource) => ({
  args: ("args" in source ? source.args : undefined) ?? [],
  env: ("launch" in source ? source.launch?.env : undefined) ?? {},
  sandbox: "launch" in source ? source.launch?.sandbox : undefined,
});

const same = (a: unknown, b: unknown): boolean =>
  a === b || (a !== undefined && b !== undefined && canonical(a as Json) === canonical(b as Json));

const words = (list: readonly string[] = []): string => list.map((word) => JSON.stringify(word)).join(" ");

const shown = (value: unknown): string =>
  value === undefined || (Array.isArray(value) && value.length === 0)
    ? "none"
    : Array.isArray(value)
      ? value.join(", ")
      : String(value);
