import { dirname } from "node:path";
import type { IncomingMessage } from "node:http";
import { createAddressLimit, networkOf } from "../domain/limits/addresses.ts";
import { createConcurrency } from "../domain/limits/concurrency.ts";
import { createKeyring } from "../domain/identity/keyring.ts";
import { createViews } from "../domain/catalogue/views.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import type { Config } from "../config/config.ts";
import { authenticate } from "../controls/authenticate.ts";
import type { Decide } from "../controls/check-visible.ts";
import { limitRate } from "../controls/limit-rate.ts";
import { clientOf } from "../doors/clients.ts";
import { createHealthDoor } from "../doors/health.ts";
import { createListener } from "../doors/listen.ts";
import { createMcpDoor } from "../doors/mcp/door.ts";
import { metadataPath } from "../doors/well-known.ts";
import type { Asked } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";
import { createEngine } from "../pipeline/engine.ts";
import { createStrangers } from "../pipeline/strangers.ts";
import { createListing } from "../pipeline/listing.ts";
import { isMethod, METHODS } from "../pipeline/order.ts";
import type { Log } from "../ports/world.ts";
import { createSealer } from "../adapters/vault/sealer.ts";
import { systemClock as clock, systemRandom } from "../adapters/system/world.ts";
import { openGatewayApprovals } from "./approvals.ts";
import { openGatewayFlow } from "./flow.ts";
import { createDefinitions, createJudge } from "./definitions.ts";
import { followPins } from "./pins.ts";
import { createPoisoning } from "./poisoning.ts";
import { gateOf } from "./gate.ts";
import { createJudgedAgain } from "./judged-again.ts";
import { openIdentity } from "./identity.ts";
import { keyCheck } from "./key-check.ts";
import { openLimits } from "./limits.ts";
import { openPolicy, thingsOf } from "./policy.ts";
import { createReleased, openGatewayQuarantine } from "./quarantine.ts";
import { reports, tellStale } from "./reports.ts";
import { rowsOf } from "./rows.ts";
import { createShaping } from "./shaping.ts";
import { withoutShadows } from "./shadows.ts";
import { openScreening } from "./screening.ts";
import { openState } from "./state.ts";
import { tellSharedKeys } from "./shared-keys.ts";
import { tellThefts } from "./thefts.ts";
import { type ServerStatus, survey } from "./survey.ts";
import { findArtifacts } from "./artifacts.ts";
import { openUpstreams } from "./upstreams.ts";
import { blockList, clientsOf, guardOf, listenAt, readTls } from "./listening.ts";
import { createMinimising } from "./minimising.ts";
import { tellingOf } from "./telling.ts";
import { forOperator } from "./unusable.ts";
import { fingerprintsOf } from "./fingerprints.ts";
import { endedCredentials, repeat } from "./follow.ts";
import { openWebDoors } from "./web.ts";
import { VERSION } from "./version.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";

/** A running gateway. */
export interface Gateway {
  readonly endpoint: string;
  readonly state: Awaited<ReturnType<typeof openState>>;
  readonly roles: readonly string[];
  /** Reads the keys again, so that one made just now is known. */
  refreshKeys(): Promise<void>;
  /** The one-time link by which the first administrator is made; undefined: there is one, or providers name them. */
  claimLink(): Promise<string | undefined>;
  /** Looks at every server once, waiting at most so long for the slow ones. */
  survey(patienceMs: number): Promise<ServerStatus[]>;
  /** Drains and closes everything. */
  stop(): Promise<void>;
}

const DRAIN_MS = 10_000;

/** What a gateway is made of. */
interface GatewayOptions {
  config: Config;
  files: ProjectFiles;
  /** The files that grant power, as they were read and accepted before the start. */
  granting: readonly GrantingFile[];
  log: Log;
  port?: number;
  /** At its end it says how often each control decided and how long it took. */
  measures: boolean;
}

/** Puts a gateway together and starts it. Rejects with an Error that says what is missing; nothing is then left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  // What is opened is closed in the opposite order: at the end, or where the start fails.
  const opening = new AsyncDisposableStack();
  try {
    return await assemble(options, opening);
  } catch (error) {
    await opening.disposeAsync();
    throw error;
  }
}

async function assemble(options: GatewayOptions, opening: AsyncDisposableStack): Promise<Gateway> {
  const { config, files, granting, log } = options;
  const random = systemRandom();
  const policy = await forOperator(() => openPolicy(config, files, granting));
  opening.defer(() => policy.close());
  const state = await forOperator(() => openState(files.home, config, log));
  opening.defer(() => state.close());
  const { master, subjects, records } = state;

  const { event, quietly } = tellingOf(records, log, clock, random);
  const { reaches } = policy;
  let base = "";
  const identity = await openIdentity(
    { config, files, state, clock, random, log, roles: policy.roles, base: () => base, reaches },
    opening,
  );
  const { directory, tokens } = identity;
  const keyring = await createKeyring(state.keys, clock, directory);
  const { calls: limits, lists: lists10 } = await openLimits(config, state.counters, clock);
  opening.defer(quietly("limits", () => limits.flush()));
  opening.defer(quietly("keys", () => keyring.flush()));
  opening.defer(quietly("grants", () => directory.flush()));
  const concurrency = createConcurrency(
    config.limits.concurrency,
    (server) => config.servers[server]?.concurrency ?? 1,
  );

  const definitions = createDefinitions();
  const artifacts = findArtifacts(config, files);
  const gate = gateOf(identity, files, granting);
  const pins = await forOperator(() => followPins(files.lockFile, config, log, artifacts, gate));
  const shaping = createShaping(config, dirname(files.configFile), definitions.usable);
  const minimising = createMinimising(config, policy, shaping, definitions);
  const faces = withoutShadows(shaping.faces, pins.lock, Object.keys(config.servers));
  const judge = createJudge(config, definitions, createPoisoning(pins), faces);
  const onEvent = (type: string, detail: JsonObject): void => event(type, detail, String(detail["server"] ?? ""));
  const upstreams = openUpstreams({ config, files, artifacts, clock, random, log, onEvent });
  let ready = false;
  opening.defer(() => {
    if (!ready) return;
    void quietly("strangers", summarise)();
    event("gateway.stopped", {});
    const seen = { decisions: policy.counts(), controls: Object.fromEntries(engine.measures) };
    log.info("gateway.stopped", options.measures ? seen : {});
  });
  opening.defer(quietly("upstreams", () => upstreams.close()));
  const published = reports(log, event);
  const views = createViews({
    upstreams: upstreams.all,
    judge,
    clock,
    requests: (server) => config.servers[server]?.requests,
    refreshMs: (server) => config.servers[server]?.refreshMs ?? 60_000,
    barred: pins.barred,
    onView: published.report,
  });

  const summarise = async (): Promise<void> => {
    const summary = strangers.summary();
    if (summary !== undefined) await records.append(summary);
  };
  /** Their streams close, what is in flight for them is withheld, and nothing of theirs upstream goes on. */
  function endCredentials(credentials: Iterable<string>): void {
    for (const credential of credentials) {
      door.end(credential);
      views.forget(credential);
      void Promise.allSettled([...upstreams.all.values()].map((upstream) => upstream.end(credential)));
    }
  }

  const decide: Decide = (principal, server, kind, name, effect) =>
    policy.decide(principal, { server, kind, name, effect });
  const mayTouch = (call: Asked, server: string): boolean => reaches(call.principal, server);
  const sealer = createSealer(master.derive("client-held state"));
  const servers = Object.keys(config.servers);
  const strangers = createStrangers({ clock, random });
  const own = { config, files, state, identity, clock, random, log, shaping, base: () => base };
  const { approvals, control: askPerson } = openGatewayApprovals(own, opening);
  const { artifacts: kept } = identity;
  const { quarantine, keep } = openGatewayQuarantine({ ...own, home: files.home }, opening);
  const screened = { ...own, home: files.home, master, definitions, artifacts: kept, quarantine: keep };
  const screening = openScreening(screened, opening);
  const flow = openGatewayFlow(own, opening);
  const ends = { approvals: approvals.endOwner, quarantine: quarantine.endOwner, flow: flow.endOwner };
  const stands = { config, policy, decide, limits, definitions, shaping, minimising, sealer, clock, flow };
  const rows = rowsOf({ ...stands, views, mayTouch });
  const again = createJudgedAgain(rows, log);
  const released = createReleased({ quarantine, again, pieceSize: config.screen.cap.size, base: () => base });
  const engine = createEngine({
    records,
    clock,
    log,
    strangers,
    fingerprints: fingerprintsOf(subjects, config.audit.policyFields ? policy.fields : undefined),
    timeoutMs: (server) => config.servers[server]?.timeoutMs ?? 60_000,
    link({ target: { server }, principal, profile }) {
      const link = views.linkOf(server, principal, profile);
      if (link !== undefined && link.ended === undefined) return link;
      if (link !== undefined) views.distrust(server, principal, profile);
      return views.see(server, principal, profile).then((seen) => seen.link);
    },
    hear: flow.listening(screening.hear),
    distrust: (call) => views.distrust(call.target.server, call.principal, call.profile),
    enter: (call) => concurrency.enter(call.principal.tenant, call.principal.credential, call.target.server),
    controls: {
      authenticate: authenticate(
        keyCheck({
          keyring,
          directory,
          providers: identity.signIn.providers,
          subjects,
          environment: config.environment,
        }),
        tokens.authenticate,
      ),
      "limit-rate": limitRate((principal, method) =>
        isMethod(method) && METHODS[method].governed ? limits.take(principal) : lists10.take(principal),
      ),
      ...rows,
      "ask-person": askPerson,
      ...screening.rows,
    },
  });

  const lists = createListing({ views, servers, decide, mayTouch, own: minimising.own, sealer, version: VERSION });
  const guard = guardOf(config, blockList(config.listen.trustedProxies));
  const door = createMcpDoor(
    {
      engine,
      lists,
      kept: [screening.remainders.readable(again), released],
      views,
      clock,
      random,
      reaches,
      seen: tellSharedKeys(identity, log),
      metadata: (endpoint) => `${base}${metadataPath(endpoint)}`,
      sessionMs: config.identity.sessionMs,
      stolen: tellThefts({ records, clock, log }),
      maxStreams: 64,
    },
    {
      guard,
      body: {
        maxBytes: config.limits.bodyBytes,
        timeoutMs: config.limits.requestTimeoutMs,
        maxDepth: config.limits.jsonDepth,
        maxNodes: 20_000,
        maxNames: 8_000,
        maxString: config.limits.bodyBytes,
      },
      known: new Set(servers),
    },
  );
  const address = (req: IncomingMessage): string => networkOf(clientOf(req, guard.proxies));
  const countAddress = createAddressLimit(clock, config.limits.perAddress);
  const pages = openWebDoors({
    config,
    home: files.home,
    identity,
    keys: state.keys,
    engine,
    approvals,
    quarantine,
    flow: flow.store,
    guard,
    clock,
    random,
    log,
    base: () => base,
    roles: policy.roles,
    decide,
    seen: published.seen,
    address,
    count: (req) => countAddress(address(req)),
  });
  const { tls } = config.listen;
  const listener = createListener({
    doors: [door, ...pages, createHealthDoor(() => ready)],
    engine,
    clock,
    random,
    log,
    tls: tls && readTls(tls),
    clients: clientsOf(config),
    maxHeaderBytes: config.limits.headersBytes,
    requestTimeoutMs: config.limits.requestTimeoutMs,
    maxConnections: 10_000,
  });
  const port = await listenAt(listener, config.listen.host, options.port ?? config.listen.port);
  opening.defer(
    quietly("drain", () =>
      listener.drain(ready ? DRAIN_MS : 0, { streams: door.drain, cut: door.cut, running: door.running }),
    ),
  );
  guard.serve(port);
  const host = config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host;
  base = config.listen.publicUrl ?? `${tls ? "https" : "http"}://${host}:${port}`;

  opening.defer(
    repeat(
      {
        ended: async () => endCredentials(await endedCredentials(identity, keyring, ends, quietly)),
        approvals: () => approvals.poll(),
        flow: () => flow.memory.poll(),
        events: async () => {
          await state.outbox.drain((fields) => records.append(fields));
          await gate.settle();
        },
        limits: () => limits.flush(),
        strangers: summarise,
        uses: async () => {
          await keyring.flush();
          await directory.flush();
        },
        people: () => identity.signIn.checkPeople(),
        lock: async () => {
          if (!(await pins.poll())) return;
          tellStale(policy.follow(thingsOf(config, pins.lock())), log, event);
          views.rejudge();
        },
        sweep: async () => {
          views.sweep();
          door.sweep();
          await lists10.flush();
          await identity.artifacts.sweep(clock.now());
          await approvals.sweep();
          await quarantine.sweep();
          await flow.sweep(clock.now());
          await screening.remainders.sweep();
        },
      },
      quietly,
    ),
  );
  event("gateway.started", { version: VERSION, environment: config.environment, policy: policy.version });
  ready = true;

  return {
    endpoint: `${base}/mcp`,
    state,
    roles: policy.roles,
    refreshKeys: () => keyring.refresh(),
    claimLink: async () => {
      const token = await identity.first?.token();
      return token === undefined ? undefined : `${base}/claim?token=${token}`;
    },
    survey: (patienceMs) => survey({ config, views, pins, upstreams: upstreams.all }, patienceMs),
    stop: () => opening.disposeAsync(),
  };
}
