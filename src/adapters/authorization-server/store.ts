import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from "oidc-provider";
import type { JsonObject } from "../../kernel/json.ts";
import type { ArtifactMarks } from "../../ports/artifacts.ts";
import { whoOf } from "./accounts.ts";
import type { AuthorizationParts } from "./parts.ts";

/**
 * So long after a refresh token was used its bearer is taken for the same honest client that asked twice at once,
 * milliseconds. They get the same successor (see rotation.ts); later it is theft.
 */
const GRACE_MS = 10_000;
/** Registrations that wait for their first consent; what came more than an hour ago makes room, milliseconds. */
const MOST_UNUSED = 1_000;
const FIRST_USE_MS = 3_600_000;

/** What a replay is told apart by, in the `error_detail` of the library's error. */
export const REUSED: ReadonlySet<string | undefined> = new Set([
  "refresh token already used",
  "authorization code already consumed",
]);

/** The library's storage over the port `Artifacts`: seven verbs for each of its kinds. */
export function createStore(parts: AuthorizationParts): AdapterFactory {
  return (kind) => {
    if (kind === "Client") return clients(parts);
    const { artifacts, clock } = parts;
    const adapter: Adapter = {
      async upsert(id, payload, expiresIn) {
        await artifacts.put(kind, id, plain(payload), marksOf(parts, kind, id, payload, expiresIn));
        // Two that bring the same one-time statement at once both saw nothing before: one of them is a replay.
        if (kind === "ReplayDetection" && !(await artifacts.consume(kind, id, clock.now())))
          throw new errors.InvalidClientAuth("client assertion tokens must only be used once");
      },
      async find(id) {
        const found = await artifacts.find(kind, id);
        if (found === undefined || (kind === "Grant" && !isLive(parts, found.payload))) return undefined;
        return { ...found.payload, ...consumed(kind, found.consumedAt, clock.now()) } as AdapterPayload;
      },
      async findByUid(uid) {
        const found = await artifacts.findByUid(kind, uid);
        return found?.payload as AdapterPayload | undefined;
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        if (await artifacts.consume(kind, id, clock.now())) return;
        const found = await artifacts.find(kind, id);
        // It was there a moment ago: its family has just been ended.
        if (found === undefined) throw new errors.InvalidGrant("ended at the same time");
        if (kind === "RefreshToken") return;
        await artifacts.removeGrant(String(found.payload["grantId"]));
        throw new errors.InvalidGrant("authorization code already consumed");
      },
      async destroy(id) {
        await artifacts.remove(kind, id);
      },
      async revokeByGrantId(grant) {
        await artifacts.removeGrant(grant);
      },
    };
    return adapter;
  };
}

/** Registrations. One that nobody used ends by itself (I3); a person's consent makes it stay. */
function clients({ artifacts, clock, settings, tenant }: AuthorizationParts): Adapter {
  const none = async () => undefined;
  return {
    async upsert(id, payload) {
      const now = clock.now();
      if (!(await artifacts.hasRoom("Client", MOST_UNUSED, now - FIRST_USE_MS))) {
        const full = new errors.TemporarilyUnavailable(
          "too many registrations wait to be used; try again later, or ask the operator to name the client",
        );
        throw Object.assign(full, { status: 429, statusCode: 429 });
      }
      const expiresAt = now + settings.registration.unusedMs;
      await artifacts.put("Client", id, plain(payload), { tenant, expiresAt });
    },
    async find(id) {
      return (await artifacts.find("Client", id))?.payload as AdapterPayload | undefined;
    },
    async destroy(id) {
      await artifacts.remove("Client", id);
    },
    findByUid: none,
    findByUserCode: none,
    consume: none,
    revokeByGrantId: none,
  };
}

/** A registration that somebody consented to stays. */
export async function keepClient({ artifacts, tenant }: AuthorizationParts, id: string): Promise<void> {
  const found = await artifacts.find("Client", id);
  if (found !== undefined) await artifacts.put("Client", id, found.payload, { tenant });
}

/** Whether the consent behind a grant of the library still holds. Throws while that is not known. */
function isLive(parts: AuthorizationParts, payload: JsonObject): boolean {
  const { tenant, owner } = whoOf(String(payload["accountId"]));
  const grant = parts.people.grant(parts.grantId(tenant, owner, String(payload["clientId"])));
  return grant !== undefined && grant.revokedAt === undefined && grant.expiresAt > parts.clock.now();
}

function consumed(kind: string, at: number | undefined, now: number): { consumed?: number } {
  if (at === undefined || (kind === "RefreshToken" && now < at + GRACE_MS)) return {};
  return { consumed: Math.floor(at / 1000) };
}

function marksOf(
  parts: AuthorizationParts,
  kind: string,
  id: string,
  payload: AdapterPayload,
  expiresIn: number | undefined,
): ArtifactMarks {
  const account = payload.accountId ?? payload.session?.accountId;
  const who = account === undefined ? { tenant: parts.tenant } : whoOf(account);
  const grant = kind === "Grant" ? id : kind === "Interaction" ? undefined : payload.grantId;
  return {
    ...who,
    ...(grant === undefined ? {} : { grant }),
    ...(kind === "Session" && payload.uid !== undefined ? { uid: payload.uid } : {}),
    ...(expiresIn === undefined ? {} : { expiresAt: parts.clock.now() + expiresIn * 1000 }),
  };
}

/** What the library hands over is JSON but for members that are undefined. */
function plain(payload: object): JsonObject {
  return JSON.parse(JSON.stringify(payload)) as JsonObject;
}
