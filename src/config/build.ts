import { readRange } from "./addresses.ts";
import type {
  ApprovalsConfig,
  Config,
  CredentialConfig,
  EnvValue,
  FlowConfig,
  ScreenConfig,
  ServerConfig,
  ServerSource,
  ToolConfig,
} from "./config.ts";
import type { IdentityConfig } from "./identity-config.ts";
import { DEFAULT_PLAN, type Parsed } from "./schema.ts";
import { bytes, milliseconds } from "./units.ts";

type Part = Extract<ToolConfig["bind"][string], { principal: string }>["principal"];
type ParsedServer = Parsed["servers"][string];

/** Turns values that every check has passed into the configuration. */
export function build(parsed: Parsed): Config {
  const { listen, limits, audit } = parsed;
  return {
    environment: parsed.environment,
    listen: {
      ...listen,
      publicUrl: listen.publicUrl?.replace(/\/+$/, ""),
      trustedProxies: ranges(listen.trustedProxies),
      clients: ranges(listen.clients),
      hosts: listen.hosts.map((name) => name.toLowerCase()),
    },
    limits: {
      perCredential: timed(limits.perCredential),
      plans: record({ default: DEFAULT_PLAN, ...limits.plans }, (plan) => plan),
      tools: limits.tools.map((limit) => ({ match: limit.match, ...timed(limit) })),
      perAddress: limits.perAddress,
      concurrency: limits.concurrency,
      bodyBytes: bytes(limits.body),
      headersBytes: bytes(limits.headers),
      jsonDepth: limits.jsonDepth,
      requestTimeoutMs: milliseconds(limits.requestTimeout),
      resultBytes: bytes(limits.resultSize),
    },
    servers: record(parsed.servers, server),
    access: parsed.access,
    identity: identity(parsed.identity),
    approvals: approvals(parsed.approvals),
    screen: screen(parsed.screen),
    flow: flow(parsed.flow),
    audit,
  };
}

function identity(parsed: Parsed["identity"]): IdentityConfig {
  const { registration, secondFactor } = parsed;
  const trusted = (one: Parsed["identity"]["assertions"][number]) => ({
    ...one,
    roles: record(one.roles, (roles) => roles),
    private: ranges(one.private),
  });
  return {
    providers: record(parsed.providers, ({ check, ...provider }, name) => ({
      ...provider,
      name,
      roles: record(provider.roles, (roles) => roles),
      administration: record(provider.administration, (roles) => roles),
      checkMs: milliseconds(check),
      private: ranges(provider.private),
    })),
    local: parsed.local ?? Object.keys(parsed.providers).length === 0,
    secondPerson: parsed.administration.secondPerson,
    secondFactor: {
      roles: secondFactor.roles,
      administration: secondFactor.administration,
      maxAgeMs: milliseconds(secondFactor.maxAge),
    },
    accessTokenMs: milliseconds(parsed.accessToken),
    refreshTokenMs: milliseconds(parsed.refreshToken),
    sessionMs: milliseconds(parsed.session),
    consentMs: milliseconds(parsed.consent),
    clients: record(parsed.clients, (client, id) => ({ ...client, id })),
    registration: {
      dynamic: registration.dynamic,
      metadata: registration.metadata,
      unusedMs: milliseconds(registration.unused),
      private: ranges(registration.private),
    },
    ...(parsed.issuer === undefined ? {} : { issuer: trusted(parsed.issuer) }),
    assertions: parsed.assertions.map(trusted),
  };
}

function approvals({ wait, standing, webhook, ...rest }: Parsed["approvals"]): ApprovalsConfig {
  return {
    ...rest,
    waitMs: milliseconds(wait),
    standingMs: milliseconds(standing),
    ...(webhook === undefined ? {} : { webhook: { ...webhook, private: ranges(webhook.private) } }),
  };
}

function flow({ fade, allow }: Parsed["flow"]): FlowConfig {
  return { allow, ...(fade === undefined ? {} : { fadeMs: milliseconds(fade) }) };
}

/** What a tool may be given in its arguments is a rule before the others. */
function screen({ allow, rules, kinds, cap, quarantine, classifier, ...rest }: Parsed["screen"]): ScreenConfig {
  const allowed = allow.map((one) => ({ ...one, direction: "argument", action: "pass" }) as const);
  const { keep, kept, ...caps } = cap;
  return {
    ...rest,
    cap: { ...caps, kept: bytes(kept), keepMs: milliseconds(keep) },
    quarantine: { keepMs: milliseconds(quarantine.keep), items: quarantine.items, bytes: bytes(quarantine.size) },
    ...(classifier === undefined ? {} : { classifier: classifierOf(classifier) }),
    kinds: record(kinds, (action) => action),
    rules: [...allowed, ...rules],
  };
}

function classifierOf({ timeout, ...rest }: NonNullable<Parsed["screen"]["classifier"]>): ScreenConfig["classifier"] {
  const headers = record(rest.headers, (reference) => reference);
  return { ...rest, timeoutMs: milliseconds(timeout), headers, private: ranges(rest.private) };
}

function server(parsed: ParsedServer, name: string): ServerConfig {
  const { memory, ...sandbox } = parsed.sandbox;
  return {
    name,
    source: source(parsed),
    sandbox: { ...sandbox, memoryBytes: bytes(memory) },
    env: record(parsed.env, (value): EnvValue => (typeof value === "string" ? { reference: value } : value)),
    credential: credential(parsed),
    private: ranges(parsed.private),
    tools: record(parsed.tools, tool),
    prompts: record(parsed.prompts, plain),
    templates: record(parsed.templates, plain),
    declared: parsed.declared,
    flow: parsed.flow,
    requests: parsed.requests,
    shared: parsed.shared,
    trusted: parsed.trusted,
    timeoutMs: milliseconds(parsed.timeout),
    refreshMs: milliseconds(parsed.refresh),
    processes: parsed.processes,
    concurrency: parsed.concurrency,
  };
}

type ParsedTool = ParsedServer["tools"][string];

function tool({ approval: own, publish, ...parsed }: ParsedTool): ToolConfig {
  return {
    ...parsed,
    ...plain(parsed),
    ...approval(own),
    ...(publish === undefined
      ? {}
      : {
          publish: record(publish, ({ approval: asked, ...part }) => ({
            ...part,
            fixed: record(part.fixed, (value) => value),
            arguments: record(part.arguments, (argument) => argument),
            ...approval(asked),
          })),
        }),
  };
}

function approval(asked: ParsedTool["approval"]): Pick<ToolConfig, "approval"> {
  return asked === undefined ? {} : { approval: { by: asked.by, expiresMs: milliseconds(asked.expires) } };
}

function plain(parsed: Pick<ParsedTool, "bind" | "arguments">): Pick<ToolConfig, "bind" | "arguments"> {
  return {
    bind: record(parsed.bind, (from) =>
      typeof from === "string" ? { principal: from.slice("principal.".length) as Part } : from,
    ),
    arguments: record(parsed.arguments, (argument) => argument),
  };
}

function source({ package: spec, args = [], run, url }: ParsedServer): ServerSource {
  if (spec !== undefined) {
    const at = spec.lastIndexOf("@");
    return { kind: "package", name: spec.slice(0, at), version: spec.slice(at + 1), args };
  }
  const [command, ...words] = run ?? [];
  if (command !== undefined) return { kind: "run", command: [command, ...words] };
  return { kind: "url", url: new URL(url ?? "").href };
}

function credential({ credential: parsed }: ParsedServer): CredentialConfig | undefined {
  if (parsed === undefined) return undefined;
  return parsed.header === undefined
    ? { in: "query", name: parsed.query ?? "", value: parsed.value }
    : { in: "header", name: parsed.header, value: parsed.value };
}

function timed({ calls, per }: { calls: number; per: string }): { calls: number; perMs: number } {
  return { calls, perMs: milliseconds(per) };
}

function ranges(written: readonly string[]): string[] {
  return written.flatMap((range) => readRange(range) ?? []);
}

/** A record without prototype. */
function record<In, Out>(from: Record<string, In>, make: (value: In, name: string) => Out): Record<string, Out> {
  const made: Record<string, Out> = Object.create(null);
  for (const [name, value] of Object.entries(from)) made[name] = make(value, name);
  return made;
}
