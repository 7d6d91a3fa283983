import type { IncomingMessage } from "node:http";
import type { Ending } from "../../kernel/ending.ts";
import type { ClientProfile, Identified } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { Roster } from "../../kernel/roster.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { isLegacy } from "../../protocol/versions.ts";
import { StreamLog } from "./stream-log.ts";

/** Sessions end after a day where the operator says nothing else, or an hour after their last request; milliseconds (I6). */
const LIFE_MS = 24 * 3600_000;
const IDLE_MS = 3600_000;
/** Finished streams are kept this long for a client that comes back; milliseconds. */
const KEEP_MS = 5 * 60_000;
/** What is kept for clients that come back, of one session and of all, in characters: the oldest goes first (L6). */
const MOST_KEPT = 4 * 1024 * 1024;
const MOST_KEPT_BY_ALL = 64 * 1024 * 1024;
const MOST_PER_CREDENTIAL = 64;
const MOST_STREAMS = 256;

/** Thieves of one session that are told one by one. */
const MOST_THIEVES = 16;

/** A credential came with the session id of another one (I6). */
export interface Theft {
  readonly who: Identified;
  /** Whose session it is: `s_…`, and the leaf credential that it is bound to. */
  readonly subject: string;
  readonly credential: string;
  readonly tenant: string;
}

/** A call under way, with the id that the client gave it. */
export interface RunningRequest {
  readonly id: string | number;
  readonly control: Ending;
}

/**
 * One legacy session: never an authentication, bound to tenant and leaf credential (the key, or one person's grant to one
 * client), and only a place for streams.
 */
export interface Session {
  readonly id: string;
  readonly tenant: string;
  readonly subject: string;
  readonly credential: string;
  /** Credentials that came with its id and are not its own. */
  readonly thieves: Set<string>;
  readonly endpoint: string | undefined;
  readonly version: string;
  readonly profile: ClientProfile;
  readonly clientName: string | undefined;
  readonly created: number;
  used: number;
  logLevel: string;
  readonly streams: Map<string, StreamLog>;
  /** Characters that its streams keep. */
  kept: number;
  /** The stream of what belongs to no call. */
  readonly standing: StreamLog;
  /** Requests to the client that wait for its answer, by the gateway's own id. */
  readonly waiting: Map<string, (answer: JsonObject | undefined) => void>;
  /** Calls under way. */
  readonly running: Roster<RunningRequest>;
  /** What ends each resource subscription, by the URI that the client used. */
  readonly subscriptions: Map<string, () => void>;
  stopListening: () => void;
}

/**
 * The sessions of legacy clients, in memory; after a restart a client gets 404 and initializes again, as the protocol says.
 * @param lifeMs how long a session lasts at most, milliseconds
 */
export function createSessions(clock: Clock, random: Random, lifeMs: number = LIFE_MS) {
  const sessions = new Map<string, Session>();
  /** Finished streams of which something is left to be fetched, oldest first, with their session and when they finished. */
  const unfetched = new Map<StreamLog, { session: Session; at: number }>();
  let keptByAll = 0;

  /** Keeps account of what is kept, and makes room: of finished streams first, then of the one that grew. */
  function weigh(session: Session, log: StreamLog, more: number): void {
    session.kept += more;
    keptByAll += more;
    if (more < 0) {
      if (log.kept === 0) unfetched.delete(log);
      return;
    }
    if (session.kept > MOST_KEPT) {
      for (const [old, { session: owner }] of unfetched)
        if (owner === session && old !== log && session.kept > MOST_KEPT) old.drop();
      for (const old of [...session.streams.values(), session.standing])
        while (session.kept > MOST_KEPT && old.kept > 0) old.shed();
    }
    if (keptByAll > MOST_KEPT_BY_ALL) {
      for (const [old] of unfetched) if (old !== log && keptByAll > MOST_KEPT_BY_ALL) old.drop();
      while (keptByAll > MOST_KEPT_BY_ALL && log.kept > 0) log.shed();
    }
  }

  function newLog(session: Session): StreamLog {
    const log: StreamLog = new StreamLog(random.id("n"), session.version === "2025-11-25", (more) =>
      weigh(session, log, more),
    );
    return log;
  }

  /** @param why what its calls are answered; undefined: they are given up */
  function end(session: Session, why?: Error): void {
    if (!sessions.delete(session.id)) return;
    session.stopListening();
    for (const stop of session.subscriptions.values()) stop();
    for (const answer of session.waiting.values()) answer(undefined);
    for (const { control } of session.running.all()) control.abort(why);
    // The calls' own streams end with their answers.
    for (const stream of session.streams.values()) if (why === undefined || stream.done) stream.close();
    session.streams.clear();
    session.standing.close();
  }

  return {
    open(who: Identified, hello: { version: string; profile: ClientProfile; clientName: string | undefined }): Session {
      const mine = [...sessions.values()].filter((s) => s.credential === who.principal.credential);
      if (mine.length >= MOST_PER_CREDENTIAL) end(mine.reduce((a, b) => (a.used <= b.used ? a : b)));
      const now = clock.monotonic();
      const session = {
        id: Buffer.from(random.bytes(32)).toString("base64url"),
        tenant: who.principal.tenant,
        subject: who.principal.subject,
        credential: who.principal.credential,
        thieves: new Set(),
        endpoint: who.endpoint,
        ...hello,
        created: now,
        used: now,
        logLevel: "info",
        streams: new Map(),
        kept: 0,
        waiting: new Map(),
        running: new Roster(),
        subscriptions: new Map(),
        stopListening() {},
      } as Omit<Session, "standing"> as Session;
      Object.assign(session, { standing: newLog(session) });
      sessions.set(session.id, session);
      return session;
    },
    /** The session, if it is this caller's, on this endpoint, and alive. @param stolen it is somebody else's; told once */
    find(id: string, who: Identified, stolen: (theft: Theft) => void): Session | "unknown" | "stolen" {
      const session = sessions.get(id);
      if (!session) return "unknown";
      const now = clock.monotonic();
      if (now - session.created >= lifeMs || now - session.used > IDLE_MS) {
        end(session);
        return "unknown";
      }
      const { tenant, subject, credential, thieves } = session;
      if (credential !== who.principal.credential || tenant !== who.principal.tenant) {
        const thief = `${who.principal.tenant} ${who.principal.credential}`;
        if (!thieves.has(thief) && thieves.size < MOST_THIEVES) {
          thieves.add(thief);
          stolen({ who, tenant, subject, credential });
        }
        return "stolen";
      }
      if (session.endpoint !== who.endpoint) return "unknown";
      session.used = now;
      return session;
    },
    /** A new stream for one call of this session. */
    stream(session: Session): StreamLog {
      const log = newLog(session);
      if (session.streams.size >= MOST_STREAMS)
        for (const [id, old] of session.streams)
          if (old.done) {
            old.drop();
            session.streams.delete(id);
            break;
          }
      session.streams.set(log.id, log);
      return log;
    },
    /** A stream is finished: what nobody has read of it stays for a while, unless its session is gone. */
    release(session: Session, log: StreamLog): void {
      if (!sessions.has(session.id)) log.drop();
      else if (log.kept > 0) unfetched.set(log, { session, at: clock.monotonic() });
    },
    /** Characters that are kept for clients that come back. */
    kept: () => keptByAll,
    end,
    /** Ends what is too old. To be called now and then. */
    sweep(): void {
      const now = clock.monotonic();
      for (const [log, { at }] of unfetched) if (now - at > KEEP_MS) log.drop();
      for (const s of sessions.values())
        if (now - s.created >= lifeMs || (now - s.used > IDLE_MS && !s.standing.attached)) end(s);
    },
    /** Ends the sessions of one credential. */
    endOf(credential: string, why: Error): void {
      for (const session of [...sessions.values()]) if (session.credential === credential) end(session, why);
    },
    /** Ends everything but the calls under way and their streams. */
    drain(): void {
      for (const session of sessions.values()) {
        session.stopListening();
        for (const stop of session.subscriptions.values()) stop();
        session.standing.close();
      }
    },
    endAll(): void {
      for (const session of [...sessions.values()]) end(session);
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

/** The caller's session, or a refusal as the protocol prescribes: missing 400, unknown 404; somebody else's answers as unknown. */
export function sessionOfRequest(
  req: IncomingMessage,
  who: Identified,
  sessions: Pick<Sessions, "find">,
  stolen: (theft: Theft) => void,
): Session {
  const id = req.headers["mcp-session-id"];
  if (typeof id !== "string")
    refuse(
      "invalid_request",
      "The header Mcp-Session-Id is missing. Send `initialize` first and repeat the session id that it answers.",
      { path: "Mcp-Session-Id" },
    );
  const version = req.headers["mcp-protocol-version"];
  if (version !== undefined && !isLegacy(String(version)))
    refuse("invalid_request", "The header MCP-Protocol-Version names no revision with a session that is spoken here.", {
      path: "MCP-Protocol-Version",
    });
  const found = sessions.find(id, who, stolen);
  if (typeof found === "string")
    refuse("unknown_session", "There is no such session. Send `initialize` again.", {
      control: "I6",
      secretReason: found === "stolen" ? "the session of another credential" : "unknown or ended",
    });
  return found;
}
