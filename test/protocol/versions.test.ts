import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientNotificationSchema,
  ClientRequestSchema,
  ServerNotificationSchema,
  ServerRequestSchema,
} from "@modelcontextprotocol/core";
import * as versions from "../../src/protocol/versions.ts";

const methods = (schema: { options: readonly { shape: { method: { value: string } } }[] }) =>
  schema.options.map((option) => option.shape.method.value).sort();
const all = (...registries: ReadonlySet<string>[]) => [...new Set(registries.flatMap((names) => [...names]))].sort();

test("W3: the registries of both eras hold every method of the SDK's schemas, no more and no less", () => {
  const { MODERN_METHODS, LEGACY_METHODS, LEGACY_SERVER_METHODS } = versions;
  assert.deepEqual(all(MODERN_METHODS, LEGACY_METHODS), methods(ClientRequestSchema));
  assert.deepEqual(all(LEGACY_SERVER_METHODS), methods(ServerRequestSchema));
  const { MODERN_CLIENT_NOTIFICATIONS, LEGACY_CLIENT_NOTIFICATIONS } = versions;
  assert.deepEqual(all(MODERN_CLIENT_NOTIFICATIONS, LEGACY_CLIENT_NOTIFICATIONS), methods(ClientNotificationSchema));
  const { MODERN_SERVER_NOTIFICATIONS, LEGACY_SERVER_NOTIFICATIONS } = versions;
  assert.deepEqual(all(MODERN_SERVER_NOTIFICATIONS, LEGACY_SERVER_NOTIFICATIONS), methods(ServerNotificationSchema));
});

test("W1: what 2026-07-28 removed is not in its registries", () => {
  for (const removed of ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]) {
    assert.ok(!versions.MODERN_METHODS.has(removed) && versions.LEGACY_METHODS.has(removed), removed);
  }
  for (const added of ["server/discover", "subscriptions/listen"]) {
    assert.ok(versions.MODERN_METHODS.has(added) && !versions.LEGACY_METHODS.has(added), added);
  }
  assert.ok(!versions.MODERN_SERVER_NOTIFICATIONS.has("notifications/elicitation/complete"));
});

test("W1: one revision is modern, three are legacy, 2024-11-05 is neither", () => {
  assert.deepEqual(versions.SUPPORTED, ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]);
  assert.deepEqual(versions.SUPPORTED.filter(versions.isModern), ["2026-07-28"]);
  assert.deepEqual(versions.SUPPORTED.filter(versions.isLegacy), ["2025-11-25", "2025-06-18", "2025-03-26"]);
  assert.ok(!versions.isModern("2024-11-05") && !versions.isLegacy("2024-11-05"));
});
