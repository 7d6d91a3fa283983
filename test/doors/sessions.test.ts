import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identified } from "../../src/kernel/call.ts";
import { createSessions, type Theft } from "../../src/doors/mcp/sessions.ts";
import { clockAt, random } from "../identity/setting.ts";
import { CALL } from "../pipeline/setting.ts";

const HOUR = 3600_000;
const HELLO = { version: "2025-11-25", profile: CALL.profile, clientName: "test" };
const ADA = { ...CALL, principal: { ...CALL.principal, subject: "s_ada", credential: "g_1", client: "c1" } };
/** The same person with another client. */
const OTHER = { ...ADA, principal: { ...ADA.principal, credential: "g_2", client: "c2" } };
const EVE = { ...ADA, principal: { ...ADA.principal, tenant: "other", subject: "s_eve" } };

function setting(lifeMs = 24 * HOUR) {
  const clock = clockAt(0);
  const sessions = createSessions(clock, random, lifeMs);
  const thefts: Theft[] = [];
  const session = sessions.open(ADA, HELLO);
  const find = (who: Identified = ADA, id = session.id) => {
    const found = sessions.find(id, who, (theft) => void thefts.push(theft));
    return typeof found === "string" ? found : "found";
  };
  return { clock, sessions, session, thefts, find };
}

test("I6: a session id has 256 random bits", () => {
  const { session, sessions } = setting();
  assert.match(session.id, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(sessions.open(ADA, HELLO).id, session.id);
});

test("I6: a session is bound to principal and client; what another credential tries is told once", () => {
  const { find, thefts } = setting();
  assert.deepEqual(
    [find(), find(OTHER), find(OTHER), find(EVE), find()],
    ["found", "stolen", "stolen", "stolen", "found"],
  );
  assert.deepEqual(
    thefts.map(({ who, subject, credential }) => [
      who.principal.subject,
      who.principal.credential,
      subject,
      credential,
    ]),
    [
      ["s_ada", "g_2", "s_ada", "g_1"],
      ["s_eve", "g_1", "s_ada", "g_1"],
    ],
  );
});

test("I6: an id that is none, or of another endpoint, is unknown and no theft", () => {
  const { find, thefts } = setting();
  assert.equal(find(EVE, "A".repeat(43)), "unknown");
  assert.equal(find({ ...ADA, endpoint: "files" }), "unknown");
  assert.deepEqual(thefts, []);
});

test("I6: a session lasts a day, or as long as the operator says, however busy; and an hour without a request", () => {
  const day = setting();
  for (let hour = 1; hour < 24; hour++) {
    day.clock.set(hour * HOUR);
    assert.equal(day.find(), "found");
  }
  day.clock.set(24 * HOUR);
  assert.equal(day.find(), "unknown");
  const short = setting(60_000);
  short.clock.set(59_999);
  assert.equal(short.find(), "found");
  short.clock.set(60_000);
  assert.deepEqual([short.find(OTHER), short.find(), short.thefts.length], ["unknown", "unknown", 0]);
  const idle = setting();
  idle.clock.set(HOUR + 1);
  assert.equal(idle.find(), "unknown");
});

test("I6: the sessions of a credential end with it, and no others", () => {
  const { sessions, find } = setting();
  const other = sessions.open(OTHER, HELLO);
  sessions.endOf("g_1", new Error("ended"));
  assert.deepEqual([find(), find(OTHER, other.id)], ["unknown", "found"]);
});
