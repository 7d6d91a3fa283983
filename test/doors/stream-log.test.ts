import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { systemRandom } from "../../src/adapters/system/world.ts";
import { Outlet } from "../../src/doors/mcp/outlet.ts";
import { createSessions, type Session } from "../../src/doors/mcp/sessions.ts";
import type { Identified } from "../../src/kernel/call.ts";
import { CALL } from "../pipeline/setting.ts";

const who: Identified = { ...CALL };
const hello = { version: "2025-11-25", profile: CALL.profile, clientName: undefined };
const MIB = 1024 * 1024;

/** A response that takes everything at once, and says that it was sent when told to. */
function reader() {
  const res = Object.assign(new EventEmitter(), {
    got: "",
    writableEnded: false,
    destroyed: false,
    writableLength: 0,
    writeHead() {},
    flushHeaders() {},
    write(text: string) {
      res.got += text;
    },
    end() {
      res.writableEnded = true;
    },
  });
  return { res, outlet: new Outlet(res as unknown as ServerResponse, []) };
}

function finished(sessions: ReturnType<typeof createSessions>, session: Session, text: string) {
  const log = sessions.stream(session);
  log.append(text);
  log.finish();
  sessions.release(session, log);
  return log;
}

test("L6: of an answer that was handed over whole nothing is kept; who comes back finds an empty end", () => {
  const sessions = createSessions({ now: () => 0, monotonic: () => 0 }, systemRandom());
  const session = sessions.open(who, hello);
  const log = sessions.stream(session);
  const first = reader();
  log.attach(first.outlet, 0);
  log.append("x".repeat(MIB));
  log.finish();
  sessions.release(session, log);
  assert.equal(sessions.kept(), MIB, "the connection could still break");
  first.res.emit("finish");
  assert.equal(sessions.kept(), 0);
  assert.equal(session.kept, 0);
  const second = reader();
  session.streams.get(log.id)?.attach(second.outlet, 0);
  assert.doesNotMatch(second.res.got, /x{9}/);
  assert.equal(second.res.writableEnded, true);
});

test("L6: an answer whose connection broke is kept until it was fetched, or five minutes", () => {
  let now = 0;
  const sessions = createSessions({ now: () => now, monotonic: () => now }, systemRandom());
  const session = sessions.open(who, hello);
  const log = finished(sessions, session, "answer");
  const back = reader();
  log.attach(back.outlet, 0);
  assert.match(back.res.got, /data: answer/);
  back.res.emit("finish");
  assert.equal(sessions.kept(), 0);
  finished(sessions, session, "nobody comes");
  now = 5 * 60_000 + 1;
  sessions.sweep();
  assert.equal(sessions.kept(), 0);
});

test("L6: one session keeps 4 MiB and all of them 64 MiB; the oldest finished goes first", () => {
  const sessions = createSessions({ now: () => 0, monotonic: () => 0 }, systemRandom());
  const session = sessions.open(who, hello);
  const logs = [1, 2, 3, 4, 5, 6].map(() => finished(sessions, session, "x".repeat(MIB)));
  assert.deepEqual(
    logs.map((log) => log.kept / MIB),
    [0, 0, 1, 1, 1, 1],
  );
  for (let at = 0; at < 40; at++) finished(sessions, sessions.open(who, hello), "x".repeat(3 * MIB));
  assert.ok(sessions.kept() <= 64 * MIB, String(sessions.kept()));
  assert.equal(session.kept, 0);
  sessions.endAll();
  assert.equal(sessions.kept(), 0);
});

test("W1: a standing stream repeats nothing to who names no event, and everything after the one that is named", () => {
  const sessions = createSessions({ now: () => 0, monotonic: () => 0 }, systemRandom());
  const { standing } = sessions.open(who, hello);
  const [first, second, third] = [reader(), reader(), reader()];
  standing.append("before");
  standing.attach(first.outlet);
  standing.append("one");
  first.outlet.end();
  standing.append("two");
  standing.attach(second.outlet);
  assert.match(first.res.got, /before[^]*one/);
  assert.doesNotMatch(second.res.got, /before|one/);
  assert.match(second.res.got, /two/);
  standing.attach(third.outlet, 1);
  assert.match(third.res.got, /one[^]*two/);
});
