import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRoom, type Occupant } from "../../src/domain/limits/room.ts";

const one = (of: string, bytes: number): Occupant => ({ of, bytes });
const ROOM = { items: 8, bytes: 800 };
const SHARE = { items: 2, bytes: 200 };

test("S6: what is kept makes room oldest first: of its owner beyond their share, then of all; what never fits is refused", () => {
  const [a1, b1, a2, b2] = [one("a", 100), one("b", 50), one("a", 100), one("b", 50)];
  const kept = [a1, b1, a2, b2];
  assert.deepEqual(makeRoom(kept, one("a", 10), ROOM, SHARE), [a1]);
  assert.deepEqual(makeRoom(kept, one("a", 150), ROOM, SHARE), [a1, a2]);
  assert.deepEqual(makeRoom(kept, one("c", 200), ROOM, SHARE), []);
  assert.deepEqual(makeRoom(kept, one("c", 200), { items: 3, bytes: 800 }, SHARE), [a1, b1]);
  assert.deepEqual(makeRoom(kept, one("c", 200), { items: 8, bytes: 350 }, SHARE), [a1, b1]);
  assert.deepEqual(makeRoom([], one("c", 200), ROOM, SHARE), []);
  assert.equal(makeRoom([], one("c", 201), ROOM, SHARE), undefined);
});
