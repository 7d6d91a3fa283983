import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Hono } from "hono";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { systemRandom } from "../../src/adapters/system/world.ts";
import { type BrowserSessions, createBrowserSessions } from "../../src/domain/identity/browser-sessions.ts";
import { createDirectory, type Directory } from "../../src/domain/identity/directory.ts";
import { createWebDoor, type WebEnv } from "../../src/doors/web/door.ts";
import { guard } from "../../src/doors/mcp/guard.ts";
import type { Refusal } from "../../src/kernel/errors.ts";
import type { Account } from "../../src/ports/directory.ts";
import type { Artifacts } from "../../src/ports/artifacts.ts";
import { folder } from "../identity/setting.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";

export const HOUR = 3_600_000;

/** A clock that stands until it is set. What is sealed and expires is compared with it alone. */
function standing(start = Date.UTC(2026, 10, 21)) {
  const clock = { time: start, now: () => clock.time, monotonic: () => clock.time };
  return clock;
}

function account(login: string, more: Partial<Account> = {}): Account {
  const at = Date.UTC(2026, 10, 21);
  const who = { tenant: "default", owner: `person:${login}`, source: "local", sub: login };
  return { ...who, roles: ["engineer"], createdAt: at, checkedAt: at, ...more };
}

export interface Stage {
  readonly base: string;
  readonly clock: ReturnType<typeof standing>;
  readonly random: ReturnType<typeof systemRandom>;
  readonly artifacts: Artifacts;
  readonly directory: Directory;
  readonly sessions: BrowserSessions;
  /** What was refused and recorded. */
  readonly refused: Refusal[];
  /** What else was recorded. */
  readonly events: LifecycleEvent[];
  record(event: LifecycleEvent): Promise<void>;
  /** @param by another name of the server; undefined: its public address */
  browser(by?: string): Browser;
  close(): Promise<void>;
}

/** A real server with the web door and the routes of the test. */
export async function stage(
  make: (stage: Stage) => readonly Hono<WebEnv>[],
  options: { secure?: boolean; fail?: () => boolean } = {},
): Promise<Stage> {
  const clock = standing();
  const random = systemRandom();
  const artifacts = openArtifacts(":memory:", openMasterKey(folder()), clock);
  const directory = await createDirectory(openDirectory(":memory:"), clock);
  await directory.save(account("ada@example.com"));
  const sessions = createBrowserSessions({ artifacts, accounts: directory, clock, random, lifeMs: 24 * HOUR });
  const events: LifecycleEvent[] = [];
  const refused: Refusal[] = [];
  const server = createServer((req, res) => void door.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { host, port } = new URL(base);
  const alias = `localhost:${port}`;
  const set: Stage = {
    base,
    clock,
    random,
    artifacts,
    directory,
    sessions,
    refused,
    events,
    record: async (event) => void events.push(event),
    browser: (by) => browser(by === undefined ? base : `http://${by}:${port}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const door = createWebDoor(
    {
      base: () => base,
      guard: (req) =>
        guard(req, {
          hosts: new Set([host, alias]),
          origins: new Set([base, `http://${alias}`]),
          proxies: undefined,
          plain: true,
        }),
      secure: options.secure ?? false,
      sessions,
      async refuse(_arrived, refusal) {
        if (options.fail?.() === true)
          return { kind: "refusal", refusal: { code: "record_failed", message: "The record could not be written." } };
        refused.push(refusal);
        return { kind: "refusal", refusal };
      },
      clock,
      random,
      log: { info() {}, warn() {}, error() {} },
    },
    make(set),
  );
  return set;
}

/** What a browser does with cookies and forms, over fetch; it follows no redirect by itself. */
export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** The page's text and its hidden and preset fields. */
  form(path: string): Promise<{ text: string; fields: Record<string, string> }>;
}

function browser(base: string): Browser {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit, headers: Record<string, string>): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(path, base), {
      ...init,
      redirect: "manual",
      headers: { ...(cookie === "" ? {} : { cookie }), ...headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      if (attributes.includes("Max-Age=0")) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  };
  const get: Browser["get"] = (path, headers = {}) => send(path, {}, headers);
  return {
    cookies,
    get,
    post: (path, fields, headers = { origin: base, "sec-fetch-site": "same-origin" }) =>
      send(path, { method: "POST", body: new URLSearchParams(fields) }, headers),
    async form(path) {
      const text = await (await get(path)).text();
      return { text, fields: fieldsOf(text) };
    },
  };
}

/** Names and values of the inputs of a page. */
export function fieldsOf(text: string): Record<string, string> {
  const inputs = [...text.matchAll(/<input [^>]*>/g)].map(([tag]) => tag);
  const at = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return Object.fromEntries(inputs.map((tag) => [at(tag, "name") ?? "", at(tag, "value") ?? ""]));
}
