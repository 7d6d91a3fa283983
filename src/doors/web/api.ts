import type { IncomingMessage } from "node:http";
import { Hono, type Context } from "hono";
import { type Act, DUTIES, type Duty, roleOf } from "../../domain/identity/administration.ts";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { createKey, type KeyAdminParts, revokeKey, rotateKey, unusedKeys } from "../../domain/identity/key-admin.ts";
import { type Known, newKeyFault } from "../../domain/identity/key-rules.ts";
import type { People } from "../../domain/identity/people-admin.ts";
import { proveGranting } from "../../domain/identity/granting-proof.ts";
import { type Credentials, type Proven, type ProofParts, proveSession } from "../../domain/identity/proof.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Account } from "../../ports/directory.ts";
import { changing, type Fields, readFields, signedIn } from "./api-body.ts";
import type { WebEnv } from "./environment.ts";

/** What the API of administration stands on. */
export interface ApiParts {
  readonly people: People;
  readonly keys: KeyAdminParts;
  readonly proof: Omit<ProofParts, "verify">;
  /** Checks login, password and code, throttled. @param address of the caller; undefined: the peer of the connection */
  readonly verify: (given: Credentials, address: string) => ReturnType<ProofParts["verify"]>;
  readonly address?: (req: IncomingMessage) => string;
  /** A second factor counts for so long, milliseconds (`identity.secondFactor.maxAge`). */
  readonly secondFactorMs: number;
  readonly known: Known;
}

const DAY_MS = 86_400_000;
/** A key lives so long where nothing is said, and goes on so long beside its successor. */
const [LIFE_MS, OVERLAP_MS, LONGEST_OVERLAP_MS] = [90 * DAY_MS, DAY_MS, 31 * DAY_MS];

/**
 * `/api/people` and `/api/keys`: administration by whoever is signed in and has the duty (I11). Answers and errors are
 * JSON; changes carry the token of the session in the header `x-csrf`. What grants power carries its own `proof` too (invariant 12).
 */
export function apiRoutes(parts: ApiParts): Hono<WebEnv> {
  const { people, keys, proof, known } = parts;
  const { clock, store } = keys;
  const app = new Hono<WebEnv>();

  /** @throws Refused where the account, its duty or a fresh second factor is missing; recorded */
  const proved = (session: BrowserSession, act: Act): Promise<Proven> =>
    proveSession(proof, { owner: session.owner, secondFactor: fresh(session) }, act);
  const fresh = ({ secondFactorAt }: BrowserSession): boolean =>
    secondFactorAt !== undefined && clock.now() - secondFactorAt <= parts.secondFactorMs;
  const reads = (c: Context<WebEnv>, act: Act): Promise<Proven> => proved(signedIn(c), act);
  const changes = (c: Context<WebEnv>, act: Act): Promise<Proven> => proved(changing(c), act);

  /** The fields of a request for more power, and who proved in it that they want it. @throws Refused */
  async function grants(
    c: Context<WebEnv>,
    act: Act,
    names: readonly string[],
  ): Promise<{ by: Proven; fields: Fields }> {
    const session = changing(c);
    const fields = await readFields(c, [...names, "proof"]);
    const peer = c.env.incoming;
    const address = parts.address?.(peer) ?? peer.socket.remoteAddress ?? "unknown";
    const checks = { ...proof, verify: (given: Credentials) => parts.verify(given, address) };
    const { owner, authAt } = session;
    const who = { owner, authAt, secondFactor: fresh(session) };
    return { by: await proveGranting(checks, who, fields.proof("proof"), act, clock.now()), fields };
  }

  app.get("/api/people", async (c) => {
    await reads(c, "people.read");
    return c.json({ people: people.accounts().map(shown) });
  });

  app.get("/api/people/:owner", async (c) => {
    await reads(c, "people.read");
    const owner = c.req.param("owner");
    const has = (await people.holdings(owner)) ?? unknown("person");
    const account = has.account === undefined ? {} : { account: shown(has.account) };
    return c.json({ owner, ...account, keys: has.keys, grants: has.grants });
  });

  app.post("/api/people", async (c) => {
    const { by, fields } = await grants(c, "people.change", ["login", "roles", "duties"]);
    const login = fields.text("login") ?? refuse("invalid_request", "login is missing.", { path: "login" });
    const roles = fields.texts("roles") ?? [];
    const strange = roles.find((role) => !known.roles.includes(role));
    if (strange !== undefined)
      refuse("invalid_request", `The role ${JSON.stringify(strange.slice(0, 64))} is not configured.`, {
        path: "roles",
      });
    const all = [...roles, ...(fields.texts("duties") ?? []).map(duty)];
    if (all.length === 0) refuse("invalid_request", "Name roles or duties.", { path: "roles" });
    const { account, password } = await people.create(login, [...new Set(all)], by);
    return c.json({ ...shown(account), password }, 201);
  });

  app.post("/api/people/:owner/offboard", async (c) => {
    const by = await changes(c, "people.end");
    const owner = c.req.param("owner");
    if ((await people.holdings(owner)) === undefined) return unknown("person");
    const ended = await people.end(owner, by);
    return c.json(ended, ended.failures.length === 0 ? 200 : 500);
  });

  app.get("/api/keys", async (c) => {
    const { tenant } = await reads(c, "keys.read");
    const all = await store.list(tenant);
    const days = c.req.query("unusedDays");
    if (days === undefined) return c.json({ keys: all });
    if (!/^[1-9][0-9]{0,2}$/.test(days)) refuse("invalid_request", "unusedDays must be a number from 1 to 999.");
    return c.json({ keys: unusedKeys(all, Number(days) * DAY_MS, clock.now()) });
  });

  app.post("/api/keys", async (c) => {
    const names = ["owner", "roles", "scope", "plan", "expiresAt", "label"];
    const { by, fields } = await grants(c, "keys.grant", names);
    const [scope, label] = [fields.texts("scope"), fields.text("label")];
    const asked = {
      owner: fields.text("owner") ?? "",
      roles: [...new Set(fields.texts("roles"))],
      plan: fields.text("plan") ?? "default",
      expiresAt: fields.number("expiresAt") ?? clock.now() + LIFE_MS,
      ...(scope === undefined ? {} : { scope }),
      ...(label === undefined ? {} : { label }),
    };
    const fault = newKeyFault(asked, known, clock.now());
    if (fault !== undefined) refuse("invalid_request", `${fault}.`, { control: "I5" });
    const { key, record } = await createKey(keys, asked, by);
    return c.json({ key, ...record }, 201);
  });

  app.post("/api/keys/:id/rotate", async (c) => {
    const { by, fields } = await grants(c, "keys.grant", ["overlapMs"]);
    const overlap = fields.number("overlapMs") ?? OVERLAP_MS;
    if (overlap > LONGEST_OVERLAP_MS)
      refuse("invalid_request", "overlapMs must be at most 31 days.", { path: "overlapMs", control: "I5" });
    const made = (await rotateKey(keys, c.req.param("id"), overlap, by)) ?? unknown("key");
    const { key, record, old } = made;
    return c.json({ key, ...record, rotated: { id: old.id, expiresAt: old.expiresAt } }, 201);
  });

  app.delete("/api/keys/:id", async (c) => {
    const by = await changes(c, "keys.revoke");
    const key = (await revokeKey(keys, c.req.param("id"), by)) ?? unknown("key");
    return c.json({ id: key.id, revokedAt: key.revokedAt });
  });

  return app;
}

function shown({ owner, source, name, roles, createdAt, checkedAt, endedAt }: Account) {
  return { owner, source, name, roles, createdAt, checkedAt, endedAt };
}

function duty(name: string): string {
  if (!(DUTIES as readonly string[]).includes(name))
    refuse("invalid_request", `${JSON.stringify(name.slice(0, 64))} is no duty (accepted: ${DUTIES.join(", ")}).`, {
      path: "duties",
    });
  return roleOf(name as Duty);
}

function unknown(what: string): never {
  return refuse("unknown_path", `There is no such ${what} here.`, { control: "I11" });
}
