import type { IncomingMessage, ServerResponse } from "node:http";
import { type Client, errors, type Interaction as LibraryInteraction, type Provider } from "oidc-provider";
import { refuse } from "../../kernel/errors.ts";
import type { AuthorizationServer, Interaction } from "../../ports/authorization-server.ts";
import { accountIdOf, living, whoOf } from "./accounts.ts";
import { kindOf, shownName, shownRedirect } from "./clients.ts";
import { askedOf, keepConsent, liveGrant } from "./consents.ts";
import type { AuthorizationParts } from "./parts.ts";
import { withReading } from "./resources.ts";
import { loginOf } from "./sessions.ts";
import { keepClient } from "./store.ts";

type Pages = Pick<AuthorizationServer, "interaction" | "signedIn" | "consented" | "denied">;
const OVER = "This request of your program is over, or it began in another browser. Start again in the program.";

/**
 * What pages ask and answer of a person's way through the authorization server. The interaction is the one of the
 * browser's signed cookie, which is set for the interaction's own path alone.
 */
export function createInteractions(
  parts: AuthorizationParts,
  provider: () => Provider,
  prepare: (req: IncomingMessage) => void,
): Pages {
  const open = async (req: IncomingMessage, res: ServerResponse) => {
    prepare(req);
    try {
      return await provider().interactionDetails(req, res);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  };
  /** The interaction that is at this prompt, of this browser and, once known, of this person. */
  const at = async (req: IncomingMessage, res: ServerResponse, prompt: string) => {
    const found = await open(req, res);
    if (found === undefined || found.prompt.name !== prompt) return over();
    return { found, client: await clientOf(found) };
  };
  const clientOf = async (found: LibraryInteraction): Promise<Client> =>
    (await provider().Client.find(String(found.params["client_id"]))) ?? over();

  return {
    async interaction(req, res) {
      const found = await open(req, res);
      if (found === undefined || (found.prompt.name !== "login" && found.prompt.name !== "consent")) return undefined;
      return described(parts, found, await clientOf(found));
    },
    async signedIn(req, res, who) {
      const { found } = await at(req, res, "login");
      const accountId = accountIdOf(who);
      if (living(parts, accountId) === undefined) return over();
      // A session of somebody else who was here before has no say in this one.
      if (found.session !== undefined && found.session.accountId !== accountId) {
        found.session = undefined;
        await found.persist();
      }
      const { loginTs, acr } = loginOf(who);
      return await provider().interactionResult(req, res, { login: { accountId, ts: loginTs, acr } });
    },
    async consented(req, res, what) {
      const { found, client } = await at(req, res, "consent");
      const accountId = found.session?.accountId;
      const browser = await parts.browserSession(req);
      if (accountId === undefined || browser === undefined || accountIdOf(browser) !== accountId) return over();
      const granted = liveGrant(parts, accountId, client.clientId)?.scopes ?? [];
      const given = givenOf(askedOf(parts, found.params).scopes, granted, what.scopes);
      const decided = { accountId, client, params: found.params, scopes: what.scopes, until: what.until };
      const grant = await keepConsent(parts, provider(), decided);
      await keepClient(parts, client.clientId);
      const consent = { grantId: grant.jti, scopes: given.join(" ") };
      return await provider().interactionResult(req, res, { consent });
    },
    async denied(req, res) {
      const found = await open(req, res);
      if (found === undefined) return over();
      const error = { error: "access_denied", error_description: "the person said no" };
      return await provider().interactionResult(req, res, error, { mergeWithLastSubmission: false });
    },
  };
}

function described(parts: AuthorizationParts, found: LibraryInteraction, client: Client): Interaction {
  const accountId = found.session?.accountId;
  const asked = askedOf(parts, found.params);
  const granted = accountId === undefined ? undefined : liveGrant(parts, accountId, client.clientId);
  const prompts = String(found.params["prompt"] ?? "").split(" ");
  return {
    uid: found.uid,
    prompt: found.prompt.name === "login" ? "login" : "consent",
    client: {
      id: client.clientId,
      name: shownName(client.clientName, client.clientId),
      kind: kindOf(parts, client.clientId),
      redirectUri: asked.redirectUri,
      redirectHost: shownRedirect(asked.redirectUri),
    },
    resource: asked.resource,
    scopes: asked.scopes,
    granted: granted?.scopes ?? [],
    ...(accountId === undefined ? {} : { owner: whoOf(accountId).owner }),
    ...(prompts.includes("login") && found.prompt.name === "login" ? { authAfter: (found.iat ?? 0) * 1000 } : {}),
  };
}

/**
 * What of the ticked scopes the client gets now: what it asked for and what the person added on their own. What was
 * allowed before and is not asked for stays allowed, but a client that asks for less gets less (I7).
 */
function givenOf(asked: readonly string[], granted: readonly string[], ticked: readonly string[]): string[] {
  const wanted = asked.length > 0 ? withReading(asked) : ticked.filter((scope) => scope.endsWith(":read"));
  return ticked.filter((scope) => wanted.includes(scope) || !granted.includes(scope)).sort();
}

function over(): never {
  return refuse("invalid_request", OVER, { control: "I3" });
}
