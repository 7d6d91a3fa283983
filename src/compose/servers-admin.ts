import { approve, type PinKind, pinServer, removeDefinition, serializeLock, sourceNow } from "../domain/pins/index.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import type { Proven } from "../domain/identity/proof.ts";
import type { Approved, Asking, ServerItem, ServersAdmin } from "../domain/catalogue/servers-admin.ts";
import { canonical } from "../protocol/jcs.ts";
import type { Json } from "../kernel/json.ts";
import { nearest } from "../kernel/nearest.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { type Administration, HOW_FIRST, openAdministration, TENANT } from "./administration.ts";
import { readConfig, replaceFile } from "./commands.ts";
import { findIn as everyDetector, type FindIn } from "./findings.ts";
import { CONFIG, granted, LOCK, readGranting } from "./granting.ts";
import { addServer, installServers, removeNamed } from "./servers-adding.ts";
import { approverOf, type Changing, consentTo } from "./servers-changing.ts";
import { openCatalogue, type Reviewed, sourceText } from "./servers-catalogue.ts";
import { hasState, STATE_DB } from "./state.ts";
import { Unusable } from "./unusable.ts";

/** The catalogue for `cardea servers`. @param findIn what is looked for in definitions */
export async function openServersAdmin(files: ProjectFiles, findIn: FindIn = everyDetector): Promise<ServersAdmin> {
  let catalogue = openCatalogue(files, findIn);

  /** Opened where something changes or is started: looking at an address needs no state. */
  let opened: Promise<Administration> | undefined;
  const administration = (): Promise<Administration> => {
    if (!hasState(files.home, STATE_DB)) throw new Unusable(HOW_FIRST);
    return (opened ??= openAdministration(files, readConfig(files), { create: false }));
  };

  const changing: Changing = {
    files,
    catalogue: () => catalogue,
    administration,
    async prove(ask, names) {
      const { prove, acceptance } = await administration();
      const by = await prove("pins.change", ask);
      const { files: changed } = await acceptance.differences(readGranting(files));
      const mixed = names.find((name) => changed.includes(name));
      if (mixed !== undefined)
        throw new Unusable(`${mixed} has changes that no administrator accepted. Look at them first: cardea accept`);
      return by;
    },
    async save({ config, lock }, by) {
      const text = lock === undefined ? undefined : serializeLock(lock);
      const written: GrantingFile[] = [];
      if (config !== undefined) written.push({ name: CONFIG, bytes: Buffer.from(config) });
      if (text !== undefined) written.push({ name: LOCK, bytes: Buffer.from(text) });
      // What is accepted is on the disk before the file is: a running gateway never meets one that it has to refuse.
      if (by !== undefined || hasState(files.home, STATE_DB))
        await (await administration()).acceptance.acceptChange(written, by);
      if (text !== undefined) replaceFile(files.lockFile, text);
      if (config !== undefined) replaceFile(files.configFile, config);
      await changing.reload();
    },
    async reload() {
      await catalogue.close();
      catalogue = openCatalogue(files, findIn);
    },
    async record(type, name, detail, by) {
      if (!hasState(files.home, STATE_DB)) return;
      const facts = { type, tenant: TENANT, server: name, decision: "allow", reason: "ok" } as const;
      await (await administration()).record({ ...facts, detail }, by);
    },
  };

  /** H6: a lockfile that nobody accepted is no consent. */
  async function mustBeConsented(name: string): Promise<void> {
    if (catalogue.server(name).source.kind === "url" || !hasState(files.home, STATE_DB)) return;
    const { acceptance, claim } = await administration();
    if (!(await acceptance.takesLock(granted(readGranting(files), LOCK), await claim())))
      throw new Unusable(
        `cardea.lock changed since an administrator accepted it, and ${name} is not started by it. See what changed: cardea accept`,
      );
  }

  /** Asks for consent where it is missing, and installs what is missing first. Undefined: there was one. */
  async function consented(name: string, ask: Asking): Promise<Proven | undefined> {
    if (catalogue.unstarted(name) === undefined) return undefined;
    const { source } = catalogue.server(name);
    if (source.kind === "package" && catalogue.artifact(name) === undefined)
      await installServers(changing, [name], ask.progress);
    return catalogue.unstarted(name) === undefined ? undefined : consentTo(changing, name, ask, [LOCK]);
  }

  return {
    names: () => Object.keys(catalogue.config.servers),
    async list() {
      const { config, lock, faultOf, server } = catalogue;
      return Object.keys(config.servers).map((name) => ({
        name,
        source: sourceText(server(name)),
        reviewed: lock.servers[name] !== undefined,
        approved: Object.keys(lock.servers[name]?.definitions ?? {}).length,
        sourceFault: lock.servers[name] === undefined ? undefined : faultOf(name),
      }));
    },
    async report(name) {
      if (catalogue.unstarted(name) === undefined) await mustBeConsented(name);
      return catalogue.report(name);
    },
    async approve(name, entries, options, ask) {
      const by = await consented(name, ask);
      if (by === undefined) await mustBeConsented(name);
      const reviewed = catalogue.itemsOf(name, await catalogue.viewOf(name));
      const unknown = entries?.filter((entry) => !reviewed.some(({ item }) => item.entry === entry)) ?? [];
      if (unknown.length > 0) {
        const known = reviewed.map(({ item }) => item.entry);
        throw new Unusable(
          `${name} publishes nothing called ${suggest(unknown, known)}. See: cardea servers diff ${name}`,
        );
      }
      const wanted = reviewed.filter(({ item }) => entries === undefined || entries.includes(item.entry));
      return pin(changing, name, wanted, options, by ?? (await changing.prove(ask.proof, [LOCK])));
    },
    async quarantine(name, entries) {
      const all = Object.keys(catalogue.lock.servers[name]?.definitions ?? {});
      const wanted = entries ?? all;
      const unknown = wanted.filter((entry) => !all.includes(entry));
      if (unknown.length > 0)
        throw new Unusable(
          `Of ${name} nothing called ${suggest(unknown, all)} is approved. See: cardea servers diff ${name}`,
        );
      if (wanted.length === 0) return [];
      let next = catalogue.lock;
      for (const entry of wanted) next = removeDefinition(next, name, ...split(entry));
      await changing.save({ lock: next }, undefined);
      await changing.record("definitions.quarantined", name, { entries: [...wanted] });
      return wanted;
    },
    add: (name, server, ask) => addServer(changing, name, server, ask),
    async consent(name, ask) {
      if (catalogue.server(name).source.kind === "url")
        throw new Unusable(`${name} is reached by its URL; nothing is started here that needs consent`);
      return (await consented(name, ask)) !== undefined;
    },
    install: (names, progress) => installServers(changing, names, progress),
    remove: (name, ask) => removeNamed(changing, name, ask),
    async close() {
      await (await opened)?.close();
      await catalogue.close();
    },
  };
}

async function pin(
  changing: Changing,
  name: string,
  wanted: readonly Reviewed[],
  options: { readonly variant: boolean; readonly acceptFindings: boolean },
  by: Proven,
): Promise<Approved> {
  const { lock, server, artifact } = changing.catalogue();
  const approver = approverOf(by);
  const source = sourceNow(server(name), artifact(name) ?? {});
  let next = pinServer(lock, name, source, approver);
  let changed = canonical((lock.servers[name]?.source ?? null) as Json) !== canonical(source as unknown as Json);
  const pinned: string[] = [];
  const left: ServerItem[] = [];
  for (const { item, entry } of wanted) {
    const blocking = item.findings.filter((finding) => finding.blocks).map(({ id }) => id);
    const before = lock.servers[name]?.definitions[item.entry]?.find((one) => one.digest === item.digest);
    const unaccepted = blocking.filter((id) => before?.findings?.includes(id) !== true);
    if (entry === undefined) {
      next = removeDefinition(next, name, ...split(item.entry));
      changed = true;
    } else if (item.status === "unusable") left.push(item);
    else if (unaccepted.length > 0 && !options.acceptFindings)
      left.push({ ...item, why: `holds what no definition should: ${[...new Set(unaccepted)].join(", ")}` });
    else {
      if (item.status !== "approved" || unaccepted.length > 0) {
        const how = options.variant ? "add" : "replace";
        const accepted = [...new Set(blocking)];
        next = approve(next, name, entry.kind as PinKind, entry.definition, approver, how, accepted);
        changed = true;
      }
      pinned.push(item.entry);
    }
  }
  let stale: string[] = [];
  if (changed) {
    await changing.save({ lock: next }, by);
    await changing.record("definitions.approved", name, { entries: pinned }, by);
    const { staleRules } = await import("./stale-rules.ts");
    stale = staleRules(changing.catalogue().config, changing.files.policiesDir, lock, next);
  }
  const items = wanted.map(({ item }) => item).filter((item) => pinned.includes(item.entry));
  return { pinned, left, changed, items, stale };
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
