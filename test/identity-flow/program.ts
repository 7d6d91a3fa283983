/** Programs that work for people over MCP: the SDK's clients with an OAuth provider of their own on loopback. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  Client,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { OAuthClientProvider as OlderProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

/** What a program keeps, and what happened to it. */
export interface Program {
  readonly name: string;
  readonly redirect: string;
  /** The SDK's callbacks, for either generation. */
  readonly provider: OAuthClientProvider;
  readonly kept: {
    client?: StoredOAuthClientInformation;
    tokens?: StoredOAuthTokens;
    verifier?: string;
    state?: string;
  };
  /** Where the SDK has wanted to send its person, oldest first. */
  readonly visits: URL[];
  /** The next answer at its redirect address. */
  answer(): Promise<URLSearchParams>;
  close(): Promise<void>;
}

/** How a program is known to the authorization server. Without both it registers itself. */
export interface Known {
  /** Its identity as it was registered beforehand. */
  readonly client?: StoredOAuthClientInformation;
  /** URL of its metadata document. */
  readonly metadata?: (redirect: string) => string;
  readonly port?: number;
}

/** Starts a program with a callback server on a free port of 127.0.0.1. */
export async function startProgram(name: string, known: Known = {}): Promise<Program> {
  const waiting: ((answer: URLSearchParams) => void)[] = [];
  const answers: URLSearchParams[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? "/", "http://callback");
    res.setHeader("content-type", "text/plain");
    res.end("You can close this window.");
    if (url.pathname !== "/callback") return;
    const next = waiting.shift();
    if (next === undefined) answers.push(url.searchParams);
    else next(url.searchParams);
  });
  await new Promise<void>((up) => server.listen(known.port ?? 0, "127.0.0.1", up));
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  const kept: Program["kept"] = { ...(known.client && { client: known.client }) };
  const visits: URL[] = [];
  let discovered: OAuthDiscoveryState | undefined;
  const metadata = known.metadata?.(redirect);
  const provider: OAuthClientProvider = {
    redirectUrl: redirect,
    ...(metadata !== undefined && { clientMetadataUrl: metadata }),
    get clientMetadata(): OAuthClientMetadata {
      return {
        client_name: name,
        redirect_uris: [redirect],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        application_type: "native",
      };
    },
    state: () => (kept.state = randomUUID()),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: (url) => void visits.push(url),
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? "",
    saveDiscoveryState: (state) => void (discovered = state),
    discoveryState: () => discovered,
    invalidateCredentials(what) {
      if (what === "all" || what === "tokens") delete kept.tokens;
      if (what === "all" || what === "client") delete kept.client;
    },
  };
  return {
    name,
    redirect,
    provider,
    kept,
    visits,
    answer() {
      const ready = answers.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** A connected client of either generation, by what tests need of it. */
export interface Working {
  say(tool: string, args?: Record<string, unknown>): Promise<string>;
  tools(): Promise<string[]>;
  /** Gives it what came to the redirect address. */
  finish(answer: URLSearchParams): Promise<void>;
  close(): Promise<void>;
}

export type Generation = "v2" | "v1";

/** What the server said; behind it the gateway says whose it is. */
const texts = (result: unknown): string => (result as { content: { text?: string }[] }).content?.[0]?.text ?? "";

/**
 * Connects the SDK's client. Where the gateway wants authorization first, `authorize` is called with the address for
 * the person's browser and answers what came back to the program.
 */
export async function connectAs(
  program: Program,
  generation: Generation,
  endpoint: string,
  authorize?: (visit: URL) => Promise<URLSearchParams>,
): Promise<Working> {
  const first = generation === "v2" ? newer(program, endpoint) : older(program, endpoint);
  try {
    await first.connect();
    return first.working;
  } catch (error) {
    const visit = program.visits.shift();
    if (visit === undefined || authorize === undefined) throw error;
    await first.working.finish(await authorize(visit));
    await first.working.close();
  }
  const second = generation === "v2" ? newer(program, endpoint) : older(program, endpoint);
  await second.connect();
  return second.working;
}

function newer(program: Program, endpoint: string) {
  const client = new Client({ name: program.name, version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider: program.provider });
  const working: Working = {
    say: async (name, args = {}) => texts(await client.callTool({ name, arguments: args })),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name).sort(),
    finish: (answer) => transport.finishAuth(answer),
    close: () => client.close(),
  };
  return { connect: () => client.connect(transport), working };
}

function older(program: Program, endpoint: string) {
  const client = new OlderClient({ name: program.name, version: "1.0.0" });
  const transport = new OlderTransport(new URL(endpoint), {
    // The interface is the same but for members that this program does not have.
    authProvider: program.provider as unknown as OlderProvider,
  });
  const working: Working = {
    say: async (name, args = {}) => texts(await client.callTool({ name, arguments: args })),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name).sort(),
    finish: (answer) => transport.finishAuth(answer.get("code") ?? ""),
    close: () => client.close(),
  };
  // exactOptionalPropertyTypes: the transport's own declaration allows undefined where the interface does not.
  return { connect: () => client.connect(transport as Parameters<typeof client.connect>[0]), working };
}
