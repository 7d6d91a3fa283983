import { createViews } from "../domain/catalogue/views.ts";
import type { Entry, ServerView } from "../domain/catalogue/view.ts";
import {
  approve,
  artifactFault,
  diffDefinition,
  entryName,
  type Lock,
  type PinKind,
  pinServer,
  removeDefinition,
  serializeLock,
  sourceFault,
  sourceNow,
} from "../domain/pins/index.ts";
import type { ServerConfig } from "../config/config.ts";
import type { Proven } from "../domain/identity/proof.ts";
import type { ServerItem, ServerReport, ServersAdmin } from "../domain/catalogue/servers-admin.ts";
import { canonical } from "../protocol/jcs.ts";
import { Refused } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import { nearest } from "../kernel/nearest.ts";
import { ASKS_NOTHING } from "../protocol/capabilities.ts";
import type { Principal } from "../kernel/principal.ts";
import { lineLog, systemClock, systemRandom } from "../adapters/system/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { type Administration, HOW_FIRST, openAdministration, TENANT } from "./administration.ts";
import { readConfig, replaceFile, withServer } from "./commands.ts";
import { createDefinitions, createJudge } from "./definitions.ts";
import { CONFIG, LOCK, readGranting } from "./granting.ts";
import { readLock } from "./pins.ts";
import { hasState, STATE_DB } from "./state.ts";
import { Unusable } from "./unusable.ts";
import { findArtifacts, openUpstreams } from "./upstreams.ts";

/** How long a server may take to say what it publishes, milliseconds. */
const PATIENCE_MS = 15_000;

const SELF: Principal = {
  tenant: "-",
  subject: "s_operator",
  owner: "service:operator",
  credential: "operator",
  roles: [],
  environment: "",
  plan: "default",
};

/** The catalogue for `cardea servers`: starts or reaches a server only where its owner asks what it publishes. */
export async function openServersAdmin(files: ProjectFiles): Promise<ServersAdmin> {
  const config = readConfig(files);
  const artifacts = findArtifacts(config, files);
  let lock: Lock;
  try {
    lock = readLock(files.lockFile);
  } catch (error) {
    throw new Unusable(error instanceof Error ? error.message : String(error));
  }
  const definitions = createDefinitions();
  // Every definition counts as pinned here, so that whether it could be enforced is always told.
  const judge = createJudge(config, definitions, () => undefined);
  const patient = Object.entries(config.servers).map(([name, one]) => {
    return [name, { ...one, timeoutMs: Math.min(one.timeoutMs, PATIENCE_MS) }] as const;
  });
  const upstreams = openUpstreams({
    config: { ...config, servers: Object.fromEntries(patient) },
    files,
    artifacts,
    clock: systemClock,
    random: systemRandom(),
    log: lineLog(() => {}, true, systemClock),
    onEvent: () => {},
  });
  const views = createViews({
    upstreams: upstreams.all,
    judge,
    clock: systemClock,
    refreshMs: () => 60_000,
    barred: () => undefined,
    onView: () => {},
  });

  const server = (name: string): ServerConfig => config.servers[name] as ServerConfig;
  const faultOf = (name: string): string | undefined =>
    sourceFault(lock, name, server(name)) ?? artifactFault(lock, name, artifacts.get(name) ?? {});

  async function viewOf(name: string): Promise<ServerView> {
    if (server(name).source.kind === "package" && !artifacts.has(name))
      throw new Unusable(
        `The package of ${name} is not installed in this version. Install it where Cardea is installed: npm install --ignore-scripts --save-exact ${sourceText(server(name))}`,
      );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const why = `${name} was started or dialled, but did not say what it publishes within ${PATIENCE_MS / 1000} s. Try it alone: ${sourceText(server(name))}`;
      timer = setTimeout(() => reject(new Unusable(why)), PATIENCE_MS);
    });
    try {
      return (await Promise.race([views.see(name, SELF, ASKS_NOTHING), late])).view;
    } catch (error) {
      throw error instanceof Refused ? new Unusable(`${name} cannot be reviewed: ${error.message}`) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  function itemsOf(name: string, view: ServerView): { item: ServerItem; entry: Entry | undefined }[] {
    const pinned = lock.servers[name]?.definitions ?? {};
    const found: { item: ServerItem; entry: Entry | undefined }[] = [];
    const seen = new Set<string>();
    for (const entry of everything(view)) {
      const key = entryName(entry.kind as PinKind, entry.name);
      seen.add(key);
      const pins = pinned[key] ?? [];
      const approved = pins.some((pin) => pin.digest === entry.digest);
      const status =
        entry.quarantine !== undefined ? "unusable" : approved ? "approved" : pins.length > 0 ? "changed" : "new";
      const differences = status === "changed" && pins[0] ? diffDefinition(pins[0].definition, entry.definition) : [];
      const effect = entry.kind === "tool" ? entry.effect : undefined;
      const definition = status === "approved" ? undefined : entry.definition;
      found.push({
        item: { entry: key, status, digest: entry.digest, effect, why: entry.quarantine, definition, differences },
        entry,
      });
    }
    for (const key of Object.keys(pinned))
      if (!seen.has(key))
        found.push({
          item: {
            entry: key,
            status: "gone",
            digest: undefined,
            effect: undefined,
            why: "no longer published",
            definition: undefined,
            differences: [],
          },
          entry: undefined,
        });
    return found;
  }

  /** Opened where something changes: looking needs no state. */
  let opened: Promise<Administration> | undefined;
  const administration = (): Promise<Administration> => {
    if (!hasState(files.home, STATE_DB)) throw new Unusable(HOW_FIRST);
    return (opened ??= openAdministration(files, config, { create: false }));
  };

  /** Nobody's changes are accepted along with the command's own. */
  const mustBeAccepted = async (name: string): Promise<void> => {
    const { files: changed } = await (await administration()).acceptance.differences(readGranting(files));
    if (changed.includes(name))
      throw new Unusable(`${name} has changes that no administrator accepted. Look at them first: cardea accept`);
  };

  /** What is accepted is on the disk before the file is: a running gateway never meets a lockfile that it has to refuse. */
  const save = async (next: Lock, by: Proven | undefined): Promise<void> => {
    const text = serializeLock(next);
    if (by !== undefined || hasState(files.home, STATE_DB))
      await (await administration()).acceptance.acceptChange({ name: LOCK, bytes: Buffer.from(text) }, by);
    replaceFile(files.lockFile, text);
    lock = next;
  };

  const record = async (type: string, name: string, entries: readonly string[], by?: Proven): Promise<void> => {
    if (!hasState(files.home, STATE_DB)) return;
    const facts = { type, tenant: TENANT, server: name, decision: "allow", reason: "ok" } as const;
    await (await administration()).record({ ...facts, detail: { entries: [...entries] } }, by);
  };

  return {
    names: () => Object.keys(config.servers),
    async list() {
      return Object.keys(config.servers).map((name) => ({
        name,
        source: sourceText(server(name)),
        reviewed: lock.servers[name] !== undefined,
        approved: Object.keys(lock.servers[name]?.definitions ?? {}).length,
        sourceFault: lock.servers[name] === undefined ? undefined : faultOf(name),
      }));
    },
    async report(name): Promise<ServerReport> {
      const view = await viewOf(name);
      return {
        name,
        source: sourceText(server(name)),
        sourceFault: faultOf(name),
        items: itemsOf(name, view).map(({ item }) => item),
        faults: view.faults,
      };
    },
    async approve(name, entries, variant, ask) {
      const view = await viewOf(name);
      const items = itemsOf(name, view);
      const unknown = entries?.filter((entry) => !items.some(({ item }) => item.entry === entry)) ?? [];
      if (unknown.length > 0) {
        const known = items.map(({ item }) => item.entry);
        throw new Unusable(
          `${name} publishes nothing called ${suggest(unknown, known)}. See: cardea servers diff ${name}`,
        );
      }
      const by = await (await administration()).prove("pins.change", ask);
      await mustBeAccepted(LOCK);
      const approver = { by: by.owner, at: new Date(systemClock.now()).toISOString() };
      const source = sourceNow(server(name), artifacts.get(name) ?? {});
      let next = pinServer(lock, name, source, approver);
      let changed = canonical((lock.servers[name]?.source ?? null) as Json) !== canonical(source as unknown as Json);
      const pinned: string[] = [];
      const left: ServerItem[] = [];
      for (const { item, entry } of items) {
        if (entries !== undefined && !entries.includes(item.entry)) continue;
        if (entry === undefined) {
          next = removeDefinition(next, name, ...split(item.entry));
          changed = true;
        } else if (item.status === "unusable") left.push(item);
        else {
          if (item.status !== "approved") {
            next = approve(next, name, entry.kind as PinKind, entry.definition, approver, variant ? "add" : "replace");
            changed = true;
          }
          pinned.push(item.entry);
        }
      }
      if (changed) {
        await save(next, by);
        await record("definitions.approved", name, pinned, by);
      }
      return { pinned, left, changed };
    },
    async quarantine(name, entries) {
      const all = Object.keys(lock.servers[name]?.definitions ?? {});
      const wanted = entries ?? all;
      const unknown = wanted.filter((entry) => !all.includes(entry));
      if (unknown.length > 0)
        throw new Unusable(
          `Of ${name} nothing called ${suggest(unknown, all)} is approved. See: cardea servers diff ${name}`,
        );
      if (wanted.length === 0) return [];
      let next = lock;
      for (const entry of wanted) next = removeDefinition(next, name, ...split(entry));
      await save(next, undefined);
      await record("definitions.quarantined", name, wanted);
      return wanted;
    },
    async add(name, source, ask) {
      const text = withServer(files, name, source);
      const by = await (await administration()).prove("pins.change", ask);
      await mustBeAccepted(CONFIG);
      await (await administration()).acceptance.acceptChange({ name: CONFIG, bytes: Buffer.from(text) }, by);
      replaceFile(files.configFile, text);
      await record("server.added", name, [], by);
    },
    async close() {
      await (await opened)?.close();
      await upstreams.close();
    },
  };
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

function split(entry: string): [PinKind, string] {
  const colon = entry.indexOf(":");
  return colon < 0 ? ["instructions", "instructions"] : [entry.slice(0, colon) as PinKind, entry.slice(colon + 1)];
}

/** The unknown names, each with the entry that was probably meant: `read_file, did you mean tool:read_file?` */
function suggest(unknown: readonly string[], known: readonly string[]): string {
  const meant = (name: string) => known.find((entry) => entry.slice(entry.indexOf(":") + 1) === name);
  return unknown
    .map((name) => {
      const near = meant(name) ?? nearest(name, known);
      return near === undefined ? name : `${name} (did you mean ${near}?)`;
    })
    .join(", ");
}

function sourceText({ source }: ServerConfig): string {
  if (source.kind === "package") return [`${source.name}@${source.version}`, ...source.args].join(" ");
  return source.kind === "run" ? source.command.join(" ") : source.url;
}
