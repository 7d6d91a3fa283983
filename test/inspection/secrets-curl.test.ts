import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";

const found = (text: string) => findSecrets(plain(text)).map(({ start, end }) => text.slice(start, end));

test("S1: the password of each command in a row of curl commands is found", () => {
  const text =
    "curl -u ada:Xk29vLq81 https://a.example\ncurl https://b.example\ncurl --user bob:Zt63mWp47 https://c.example";
  assert.deepEqual(found(text), ["Xk29vLq81", "Zt63mWp47"]);
});

test("S1: a password behind a placeholder of another command is found", () => {
  const text = "curl -u me:password https://a.example; curl -u ada:Xk29vLq81 https://b.example";
  assert.ok(found(text).includes("Xk29vLq81"));
});

test("S1: what another paragraph gives as a user is no password of the command", () => {
  assert.deepEqual(found("curl https://a.example\n\nuseradd -u ada:Xk29vLq81"), []);
});
