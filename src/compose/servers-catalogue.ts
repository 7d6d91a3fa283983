import { createViews } from "../domain/catalogue/views.ts";
import type { Entry, ServerView } from "../domain/catalogue/view.ts";
import {
  artifactFault,
  diffDefinition,
  entryName,
  type Lock,
  type PinKind,
  sourceFault,
} from "../domain/pins/index.ts";
import { minimiserOf } from "../domain/shaping/minimise.ts";
import type { ServerConfig } from "../config/config.ts";
import type { CommandFacts, ServerItem, ServerReport } from "../domain/catalogue/servers-admin.ts";
import { Refused } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { ASKS_NOTHING } from "../protocol/capabilities.ts";
import type { Principal } from "../kernel/principal.ts";
import { lineLog, systemClock, systemRandom } from "../adapters/system/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { readConfig } from "./commands.ts";
import { createDefinitions, createJudge } from "./definitions.ts";
import { othersOf } from "./poisoning.ts";
import type { FindIn } from "./findings.ts";
import { commandFacts } from "./local-commands.ts";
import { readLock } from "./pins.ts";
import { imitationFindings } from "./shadows.ts";
import { Unusable } from "./unusable.ts";
import { findArtifacts } from "./artifacts.ts";
import { openUpstreams } from "./upstreams.ts";

/** How long a server may take to say what it publishes, milliseconds. */
const PATIENCE_MS = 15_000;
/** Lines of standard error that are kept. */
const MOST_SAID = 8;

const SELF: Principal = {
  tenant: "-",
  subject: "s_operator",
  owner: "service:operator",
  credential: "operator",
  roles: [],
  environment: "",
  plan: "default",
};

/** A definition with what is published of it now. */
export interface Reviewed {
  readonly item: ServerItem;
  /** Undefined: it is gone. */
  readonly entry: Entry | undefined;
}

/** Configuration, lockfile and what is installed at one time, and the servers behind them. */
export type Catalogue = ReturnType<typeof openCatalogue>;

/**
 * Opens the catalogue as the files are now. A server is started or reached only where its owner asks what it publishes.
 * @param findIn what a person should know of a definition
 */
export function openCatalogue(files: ProjectFiles, findIn: FindIn) {
  const config = readConfig(files);
  const artifacts = findArtifacts(config, files);
  const lock = lockOf(files);
  const definitions = createDefinitions();
  // Every definition counts as pinned here, so that whether it could be enforced is always told.
  const judge = createJudge(config, definitions, () => undefined);
  const patient = Object.entries(config.servers).map(([name, one]) => {
    return [name, { ...one, timeoutMs: Math.min(one.timeoutMs, PATIENCE_MS) }] as const;
  });
  const said = new Map<string, string[]>();
  const upstreams = openUpstreams({
    config: { ...config, servers: Object.fromEntries(patient) },
    files,
    artifacts,
    clock: systemClock,
    random: systemRandom(),
    log: lineLog(() => {}, true, systemClock),
    onEvent: () => {},
    heard(name, line) {
      const lines = said.get(name) ?? [];
      // It may be started twice: once in each era.
      if (lines.length < MOST_SAID && !lines.includes(line)) said.set(name, [...lines, line]);
    },
  });
  const views = createViews({
    upstreams: upstreams.all,
    judge,
    clock: systemClock,
    refreshMs: () => 60_000,
    barred: (name) => unstarted(name),
    onView: () => {},
  });

  const server = (name: string): ServerConfig => config.servers[name] as ServerConfig;
  const faultOf = (name: string): string | undefined =>
    sourceFault(lock, name, server(name)) ?? artifactFault(lock, name, artifacts.get(name) ?? {});
  /** H6: why a local command is not started; a server that is reached runs nothing here. */
  const unstarted = (name: string): string | undefined =>
    server(name).source.kind === "url" ? undefined : faultOf(name);
  const command = (name: string): CommandFacts | undefined =>
    commandFacts(server(name), artifacts.get(name), files, { lock, servers: config.servers });

  async function viewOf(name: string): Promise<ServerView> {
    const why = unstarted(name);
    if (why !== undefined)
      throw new Unusable(
        `${why}. Nobody starts \`${sourceText(server(name))}\` before an administrator consents: cardea servers consent ${name}`,
      );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const sentence = `${name} was started or dialled, but did not say what it publishes within ${PATIENCE_MS / 1000} s. Try it alone: ${sourceText(server(name))}`;
      timer = setTimeout(() => reject(new Unusable(sentence)), PATIENCE_MS);
    });
    try {
      return (await Promise.race([views.see(name, SELF, ASKS_NOTHING), late])).view;
    } catch (error) {
      throw error instanceof Refused ? new Unusable(`${name} cannot be reviewed: ${error.message}`) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  function itemOf(name: string, entry: Entry): ServerItem {
    const key = entryName(entry.kind as PinKind, entry.sentName);
    const pins = lock.servers[name]?.definitions[key] ?? [];
    const approved = pins.some((pin) => pin.digest === entry.digest);
    const status =
      entry.quarantine !== undefined ? "unusable" : approved ? "approved" : pins.length > 0 ? "changed" : "new";
    return {
      entry: key,
      status,
      digest: entry.digest,
      ...effectsOf(entry, server(name)),
      why: entry.quarantine,
      definition: status === "approved" ? undefined : entry.definition,
      differences: status === "changed" && pins[0] ? diffDefinition(pins[0].definition, entry.definition) : [],
      findings: [...findIn(server(name), entry, othersOf(lock, name)), ...imitationFindings(lock, config, name, entry)],
    };
  }

  function itemsOf(name: string, view: ServerView): Reviewed[] {
    const found: Reviewed[] = everything(view).map((entry) => ({ item: itemOf(name, entry), entry }));
    const seen = new Set(found.map(({ item }) => item.entry));
    const gone = Object.keys(lock.servers[name]?.definitions ?? {}).filter((key) => !seen.has(key));
    return [...found, ...gone.map((key) => ({ item: { ...GONE, entry: key }, entry: undefined }))];
  }

  return {
    config,
    lock,
    server,
    faultOf,
    command,
    viewOf,
    itemsOf,
    artifact: (name: string) => artifacts.get(name),
    unstarted,
    /** What it published, or why it did not; never throws what a person can mend. */
    async report(name: string): Promise<ServerReport> {
      const about = {
        ...{ name, source: sourceText(server(name)), sourceFault: faultOf(name), command: command(name) },
        results: resultsOf(server(name)),
      };
      try {
        const view = await viewOf(name);
        return {
          ...about,
          silent: undefined,
          items: itemsOf(name, view).map(({ item }) => item),
          resources: [...view.resources.keys()],
          faults: view.faults,
          said: said.get(name) ?? [],
        };
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        return { ...about, silent: error.message, items: [], resources: [], faults: [], said: said.get(name) ?? [] };
      }
    },
    close: () => upstreams.close(),
  };
}

/** What is left of the results of each published tool (S9). */
function resultsOf({ tools }: ServerConfig): ServerReport["results"] {
  return Object.entries(tools).flatMap(([name, { result, publish }]) =>
    Object.entries(publish ?? { [name]: {} }).flatMap(([tool, part]) => {
      const rule = ("result" in part ? part.result : undefined) ?? result;
      return rule === undefined ? [] : [{ tool, left: minimiserOf(rule).said }];
    }),
  );
}

const GONE: Omit<ServerItem, "entry"> = {
  status: "gone",
  digest: undefined,
  effect: undefined,
  effectFrom: undefined,
  hint: undefined,
  why: "no longer published",
  definition: undefined,
  differences: [],
  findings: [],
};

function lockOf(files: ProjectFiles): Lock {
  try {
    return readLock(files.lockFile);
  } catch (error) {
    throw new Unusable(error instanceof Error ? error.message : String(error));
  }
}

/** P3: the effect that counts, where it comes from, and what the server says of itself. */
function effectsOf(entry: Entry, server: ServerConfig): Pick<ServerItem, "effect" | "effectFrom" | "hint"> {
  if (entry.kind !== "tool") return { effect: undefined, effectFrom: undefined, hint: undefined };
  const { effect } = entry;
  const hint = hintOf(entry.definition);
  const said = server.tools[entry.name]?.effect;
  const effectFrom = said === effect ? "configuration" : said === undefined && hint !== effect ? "default" : "hint";
  return { effect, effectFrom, hint };
}

/** What the annotations say (MCP, ToolAnnotations); a tool that says nothing has none. */
function hintOf({ annotations }: JsonObject): ServerItem["hint"] {
  if (!isObject(annotations)) return undefined;
  const { readOnlyHint, destructiveHint } = annotations;
  if (destructiveHint === true) return "destructive";
  if (readOnlyHint === true) return "read";
  return readOnlyHint === false ? "write" : undefined;
}

function everything(view: ServerView): Entry[] {
  const pinnable = [...view.tools.values(), ...view.prompts.values(), ...view.templates.values()];
  const instructions = {
    definition: { instructions: view.instructions ?? "" },
    digest: view.instructionsDigest ?? "",
  };
  if (view.instructions !== undefined)
    pinnable.push({
      server: view.server,
      kind: "instructions",
      name: "instructions",
      sentName: "instructions",
      localName: "instructions",
      aggregateName: "instructions",
      ...instructions,
      published: instructions,
      effect: "read",
      quarantine: undefined,
    });
  return pinnable;
}

/** The command, package or URL on one line. */
export function sourceText({ source }: ServerConfig): string {
  if (source.kind === "package") return [`${source.name}@${source.version}`, ...source.args].join(" ");
  return source.kind === "run" ? source.command.join(" ") : source.url;
}
