import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { bearerOf } from "../../src/doors/mcp/guard.ts";

const of = (authorization: string | undefined) => bearerOf({ headers: { authorization } } as IncomingMessage);

test("I2: a bearer credential is read however its scheme is spelled, and nothing that is no b64token (RFC 6750, 2.1)", () => {
  for (const header of ["Bearer ck_a.b~c+d/e=-1", "bearer ck_a.b~c+d/e=-1", "BEARER   ck_a.b~c+d/e=-1 "])
    assert.equal(of(header), "ck_a.b~c+d/e=-1", header);
  for (const header of [
    ...["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer é", "Bearera", "Bearer\ta"],
    ...["Basic YTpi", "Bearer Bearer a", ` x Bearer a`, `Bearer ${"a".repeat(8186)}`, undefined],
  ])
    assert.equal(of(header), undefined, header);
});
