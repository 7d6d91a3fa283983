import { resolve } from "node:path";
import type { Config, ServerConfig } from "../config/config.ts";
import { matchesTemplate } from "../domain/catalogue/names.ts";
import type { Entry, Face } from "../domain/catalogue/view.ts";
import { digestOf } from "../domain/pins/index.ts";
import { compile, SchemaFault } from "../domain/schema/index.ts";
import { effectOf, hintsAgree } from "../domain/shaping/effect.ts";
import { type GuardFault, type GuardText, guardValues } from "../domain/shaping/guarding.ts";
import { guardText, type ReachOfHost, type Roots } from "../domain/shaping/guards/index.ts";
import { type Finding, lint } from "../domain/shaping/lint.ts";
import type { SchemaJudge } from "../domain/shaping/overlay.ts";
import { pointerOf } from "../domain/shaping/place.ts";
import { isEmpty, missingPart, NO_PLAN, type Plan } from "../domain/shaping/plan.ts";
import type { RuleFault, Rules, ToolApproval } from "../domain/shaping/rules.ts";
import { guardsOf, shapePrompt } from "../domain/shaping/shape-prompt.ts";
import { ownTemplate, repeatsBound, templateFaults, valuesOf } from "../domain/shaping/shape-template.ts";
import { shapeTool } from "../domain/shaping/shape-tool.ts";
import type { Kind, Located, Obligations, Published } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import { linkFault } from "./links.ts";
import { readAddress, reachOf } from "../adapters/dialer/addresses.ts";

/** Compiled once each; values of the configuration alone are judged. */
export const schemaJudge: SchemaJudge = {
  accepts(root, schema, value) {
    const { $defs, definitions, $schema } = root;
    const whole: JsonObject = { ...schema };
    if ($defs !== undefined) whole["$defs"] = $defs;
    if (definitions !== undefined) whole["definitions"] = definitions;
    if ($schema !== undefined) whole["$schema"] = $schema;
    try {
      return compile(whole, { closed: false }).validate(value).valid;
    } catch (error) {
      if (error instanceof SchemaFault) return false;
      throw error;
    }
  },
};

/** What callers see of one definition, with what is done to its calls. */
export interface Made extends Face {
  readonly plan: Plan;
  /** Why dangerous arguments stay open, by pointer. */
  readonly accepted: ReadonlyMap<string, string>;
}

/** What the configuration makes of a definition, or what is wrong with its rules. */
export function facesOf(
  server: ServerConfig | undefined,
  kind: Kind,
  name: string,
  definition: JsonObject,
  digest: string,
): readonly Made[] | { readonly faults: readonly RuleFault[] } {
  const plain = (effect: Made["effect"], alias?: string): Made[] => [
    {
      name,
      alias,
      effect,
      published: { definition, digest },
      quarantine: undefined,
      plan: NO_PLAN,
      accepted: new Map(),
    },
  ];
  if (kind === "tool") {
    const rules: Rules | undefined = server?.tools[name];
    if (rules === undefined) return plain(effectOf(undefined, definition));
    if (!changes(rules)) return plain(effectOf(rules.effect, definition), rules.alias);
    const shaped = shapeTool(definition, rules, schemaJudge);
    const [first] = shaped;
    if (first === undefined || !("plan" in first)) return { faults: shaped as RuleFault[] };
    return (shaped as Exclude<typeof shaped, RuleFault[]>).map((one) => {
      const published: Published = { definition: one.definition, digest: digestOf(one.definition) };
      const alias = rules.publish === undefined ? rules.alias : undefined;
      return { ...one, alias, published, quarantine: undefined };
    });
  }
  const rules = kind === "prompt" ? server?.prompts[name] : kind === "template" ? server?.templates[name] : undefined;
  if (rules === undefined) return plain("read");
  if (kind === "template") {
    const faults = templateFaults(name, rules);
    if (faults.length > 0) return { faults };
    const bound = Object.entries(rules.bind).map(([at, source]) => ({ place: [at], source, integer: false }));
    const plan = { ...NO_PLAN, bound, hidden: bound.map(({ place }) => place), guards: guardsOf(rules) };
    // An object of its own: the same definition of another server has another plan.
    return plain("read").map((face) => ({ ...face, published: { ...face.published }, plan }));
  }
  const shaped = shapePrompt(definition, rules);
  if ("faults" in shaped) return shaped;
  const published = { definition: shaped.definition, digest: digestOf(shaped.definition) };
  return plain("read").map((face) => ({ ...face, published, plan: shaped.plan }));
}

function changes({ bind, arguments: args, confirm, approval, publish, result }: Rules): boolean {
  const some = (record: object | undefined): boolean => record !== undefined && Object.keys(record).length > 0;
  return some(bind) || some(args) || some(publish) || [confirm, approval, result].some((one) => one !== undefined);
}

type Terms = NonNullable<Obligations["approval"]>;

/** "Always" is for reads and writes alone (H4), and never for what has an argument of its own for the confirmation. */
function termsOf({ effect, plan }: Made, { by, expiresMs }: ToolApproval): Terms {
  return { by, expiresMs, always: !plan.confirms && (effect === "read" || effect === "write") };
}

/** A fault as one sentence for the operator. */
export const sentence = (fault: RuleFault): string => `${fault.path.join(".")} ${fault.message}`;

/** What stands open in what callers would see of a definition (V2, P6). @param own the upstream's name */
export function lintMade(server: ServerConfig | undefined, kind: Kind, own: string, made: Made): Finding[] {
  if (kind !== "tool" && kind !== "prompt" && kind !== "template") return [];
  const local = server !== undefined && server.source.kind !== "url";
  return lint(made.published.definition, {
    kind,
    name: own,
    confined: { files: local, network: local && server.sandbox.network === "none" },
    guards: new Map(made.plan.guards.map(({ place, rules }) => [pointerOf(place), rules.kind])),
    accepted: new Set([...made.accepted.keys(), ...(kind === "tool" ? [] : acceptedIn(server, kind, own))]),
    schemas: schemaJudge,
  });
}

function acceptedIn(server: ServerConfig | undefined, kind: "prompt" | "template", name: string): string[] {
  const rules = (kind === "prompt" ? server?.prompts : server?.templates)?.[name];
  return Object.entries(rules?.arguments ?? {}).flatMap(([at, { accept }]) =>
    accept === undefined ? [] : [pointerOf([at])],
  );
}

/**
 * The shaping of a gateway: plans by what is published, and what depends on the principal.
 * @param folder of the configuration file
 * @param usable whether a definition can be enforced (V5)
 */
export function createShaping(
  config: Config,
  folder: string,
  usable: (digest: string, definition: JsonObject) => string | undefined,
) {
  const faces = new Map<string, readonly Face[]>();
  const plans = new WeakMap<Published, Plan>();
  const approvals = new Map<string, Terms>();
  const roots = new Map<object, Roots>();
  const reach: ReachOfHost = (host) => {
    const address = readAddress(host);
    if (address === undefined) return undefined;
    return reachOf(address) === "public" ? "public" : "other";
  };
  const isLocal = (server: string): boolean => config.servers[server]?.source.kind !== "url";

  const guard: GuardText = (text, rules, server) => {
    let known = roots.get(rules);
    if (known === undefined)
      roots.set(rules, (known = rootsOf(rules.roots ?? [], isLocal(server) ? folder : undefined)));
    const said = guardText(text, rules, { roots: known, reach });
    if (said === undefined || "rule" in said) return said;
    return known.local ? { ...said, roots: known.folders } : undefined;
  };

  function make(server: string, kind: Kind, name: string, definition: JsonObject, digest: string): readonly Face[] {
    const made = facesOf(config.servers[server], kind, name, definition, digest);
    if ("faults" in made) {
      const why = made.faults[0] === undefined ? "it cannot be shaped" : sentence(made.faults[0]);
      const effect = kind === "tool" ? ("write" as const) : ("read" as const);
      const quarantine = `its rules in the configuration do not fit it: ${why}`;
      return [{ name, alias: undefined, effect, published: { definition, digest }, quarantine }];
    }
    return made.map((one) => {
      if (!isEmpty(one.plan)) plans.set(one.published, one.plan);
      if (one.plan.approval !== undefined) approvals.set(`${server}\n${one.name}`, termsOf(one, one.plan.approval));
      const { name: shown, alias, effect, published } = one;
      const fault = published.digest === digest ? undefined : usable(published.digest, published.definition);
      const open = lintMade(config.servers[server], kind, name, one).find(({ severity }) => severity === "off");
      const danger = open === undefined ? undefined : `off until it is narrowed: ${open.why} (${open.shape})`;
      return { name: shown, alias, effect, published, quarantine: fault ?? danger };
    });
  }

  const bindOf = (server: string, template: string) => config.servers[server]?.templates[template]?.bind ?? {};

  return {
    faces(
      server: string,
      kind: Kind,
      name: string,
      definition: JsonObject,
      digest: string,
      approved = true,
    ): readonly Face[] {
      // What nobody approved may be hostile: it is not looked into.
      if (!approved) {
        const alias = kind === "tool" ? config.servers[server]?.tools[name]?.alias : undefined;
        const effect = kind === "tool" ? ("write" as const) : ("read" as const);
        return [{ name, alias, effect, published: { definition, digest }, quarantine: undefined }];
      }
      const key = `${server}\n${kind}\n${name}\n${digest}`;
      let known = faces.get(key);
      if (known === undefined) {
        if (faces.size > MOST_FACES) faces.clear();
        faces.set(key, (known = make(server, kind, name, definition, digest)));
      }
      return known;
    },
    planOf: (published: Published): Plan | undefined => plans.get(published),
    /** What a tool itself asks for, whatever the rules say. @param name as it is published */
    toolApproval: (server: string, name: string): Terms | undefined =>
      approvals.size === 0 ? undefined : approvals.get(`${server}\n${name}`),
    /** Names of the arguments that the gateway filled in. */
    bound(call: Located): readonly string[] {
      const plan = call.target.published === undefined ? undefined : plans.get(call.target.published);
      return plan?.hidden.map((place) => place.join("/")) ?? [];
    },
    /** The definition as this caller sees it; undefined: it could never be theirs, for they lack what it is bound to. */
    seenBy(principal: Principal, entry: Entry): JsonObject | undefined {
      const { published } = entry;
      const plan = plans.get(published);
      if (entry.kind === "tool" && (plan === undefined || missingPart(plan.bound, principal) === undefined))
        return hintsAgree(published.definition, entry.effect);
      if (plan === undefined) return published.definition;
      if (missingPart(plan.bound, principal) !== undefined) return undefined;
      if (entry.kind !== "template" || plan.bound.length === 0) return published.definition;
      const uriTemplate = ownTemplate(entry.name, bindOf(entry.server, entry.name), principal);
      return uriTemplate === undefined ? undefined : { ...published.definition, uriTemplate };
    },
    /** Whether a URI belongs to somebody else: a bound template could yield it, and not with this caller's values. */
    isForeign(principal: Principal, server: string, uri: string): boolean {
      for (const [template, { bind }] of Object.entries(config.servers[server]?.templates ?? {})) {
        if (Object.keys(bind).length === 0) continue;
        const lower = [uri, lenient(uri)].map((one) => one.toLowerCase());
        // Schemes and hosts are the same in either case (RFC 3986, section 6.2.2.1).
        if (
          ![uri, lenient(uri)].some((one) => matchesTemplate(template, one)) &&
          !lower.some((one) => matchesTemplate(template.toLowerCase(), one))
        )
          continue;
        const own = ownTemplate(template, bind, principal);
        if (own === undefined || !matchesTemplate(own, uri) || repeatsBound(uri, bind, own)) return true;
      }
      return false;
    },
    guard,
    /** Guards of every template that a URI could come from. */
    guardUri(server: string, uri: string): readonly GuardFault[] {
      for (const [template, rules] of Object.entries(config.servers[server]?.templates ?? {})) {
        const plan = { ...NO_PLAN, guards: guardsOf(rules) };
        if (plan.guards.length === 0 || !matchesTemplate(template, uri)) continue;
        for (const { place } of plan.guards)
          for (const value of valuesOf(template, uri, place[0] as string)) {
            const { fault, paths } = guardValues(plan, { [place[0] as string]: value }, server, guard, false);
            if (fault !== undefined) return [fault];
            const link = paths.map((one) => linkFault(one.path, one.roots)).find(Boolean);
            if (link !== undefined) return [{ pointer: `/${place[0]}`, rule: "path: link", message: link }];
          }
      }
      return [];
    },
    files: async (_server: string, paths: readonly string[], below: readonly string[]): Promise<string | undefined> =>
      paths.map((path) => linkFault(path, below)).find(Boolean),
  };
}

export type Shaping = ReturnType<typeof createShaping>;

const MOST_FACES = 100_000;

/** A URI with its ASCII percent-encodings taken off, as a lenient reader sees it. */
function lenient(uri: string): string {
  return uri.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** @param folder of the configuration file, for servers on this machine */
function rootsOf(written: readonly string[], folder: string | undefined): Roots {
  const clean = (root: string): string => root.replaceAll("\\", "/").replace(/(?<=.)\/+$/, "");
  if (folder !== undefined)
    return { folders: written.map((root) => clean(resolve(folder, root))), from: undefined, local: true };
  const folders = written
    .map(clean)
    .map((root) => (/^(?:\/|[a-z]:)/i.test(root) ? root : `./${root.replace(/^\.\/?/, "")}`));
  const relative = folders.some((root) => root.startsWith("./"));
  return {
    folders: folders.map((root) => (root === "./" ? "." : root)),
    from: relative ? "." : undefined,
    local: false,
  };
}
