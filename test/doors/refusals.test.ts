import assert from "node:assert/strict";
import { test } from "node:test";
import { lacking } from "../../src/controls/check-scope.ts";
import { sayRefusal } from "../../src/doors/mcp/refusals.ts";
import type { Refusal } from "../../src/kernel/errors.ts";

const metadata = (endpoint: string | undefined) =>
  `https://h/.well-known/x${endpoint === undefined ? "" : `/${endpoint}`}`;
const say = (refusal: Refusal, endpoint?: string, era: "modern" | "legacy" = "modern") =>
  sayRefusal(1, refusal, {
    call: "c_1",
    era,
    method: "tools/call",
    present: JSON.stringify,
    resource: { endpoint, metadata },
  });
const NONE: Refusal = { code: "unauthenticated", message: "no", secretReason: "none" };

test("RFC 6750 section 3.1: without a credential the challenge names no error; with one it says invalid_token", () => {
  assert.equal(
    say(NONE).headers["www-authenticate"],
    'Bearer realm="cardea", resource_metadata="https://h/.well-known/x"',
  );
  assert.equal(
    say({ ...NONE, secretReason: "expired" }, "files").headers["www-authenticate"],
    'Bearer realm="cardea", error="invalid_token", scope="files:read", resource_metadata="https://h/.well-known/x/files"',
  );
});

test("I7: a missing scope is HTTP 403 in both eras, with one challenge that names all that is missing", () => {
  for (const era of ["modern", "legacy"] as const) {
    const said = say(lacking(["files:write", "crm:read"]), undefined, era);
    assert.equal(said.status, 403);
    assert.equal(
      said.headers["www-authenticate"],
      'Bearer error="insufficient_scope", scope="files:write crm:read", resource_metadata="https://h/.well-known/x", error_description="This needs the scopes files:write crm:read, which the access token does not have. Authorise again and ask for what is missing."',
    );
    const { error } = JSON.parse(said.text) as { error: { code: number; data: Record<string, unknown> } };
    assert.equal(error.code, 40312);
    assert.deepEqual(error.data["scopes"], ["files:write", "crm:read"]);
  }
});

test("RFC 6750 section 3: a description holds no quote, backslash or control character", () => {
  const { headers } = say({ ...lacking(["files:read"]), message: 'a"b\\c\r\nd\u2028é e' });
  assert.match(String(headers["www-authenticate"]), /error_description="abcd e"$/);
});

test("W7: nothing but these two refusals has a challenge", () => {
  for (const code of ["unknown_target", "forbidden_origin", "rate_limited", "control_failed"] as const)
    assert.equal(say({ code, message: "no" }).headers["www-authenticate"], undefined);
});
