/** Attacks on what a session or a state handle stands for. */
import { request } from "undici";
import { modern, post } from "../../test/gateway/raw-client.ts";
import { clients, signIn, tokensFor } from "./flow.ts";
import { type Attack, type Attempt, bcp, denied } from "./table.ts";
import type { World } from "./world.ts";

const LEGACY = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": "2025-11-25",
};
const rpc = (method: string, params: object, id?: number): string =>
  JSON.stringify({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method, params });

const atTheDoor: NonNullable<Attempt["record"]> = (record) => record.decision === "deny";

async function bearerOf(world: World, name: string, client = clients.web): Promise<string> {
  const { visitor } = await signIn(world, name);
  return (await tokensFor(world, visitor, client)).access_token;
}

/** Opens a session of 2025-11-25. */
async function open(world: World, bearer: string): Promise<string> {
  const hello = {
    protocolVersion: "2025-11-25",
    capabilities: { elicitation: { form: {} } },
    clientInfo: { name: "x", version: "1" },
  };
  const answer = await request(world.gateway.endpoint, {
    method: "POST",
    headers: { ...LEGACY, authorization: `Bearer ${bearer}` },
    body: rpc("initialize", hello, 1),
  });
  await answer.body.dump();
  return String(answer.headers["mcp-session-id"]);
}

async function use(world: World, session: string, bearer: string | undefined, method = "POST"): Promise<number> {
  const answer = await request(world.gateway.endpoint, {
    method: method as "POST",
    headers: {
      ...LEGACY,
      "mcp-session-id": session,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    ...(method === "POST" && { body: rpc("tools/call", { name: "files__echo", arguments: {} }, 2) }),
  });
  const { statusCode } = answer;
  if (statusCode === 200 && method === "GET") answer.body.destroy();
  else await answer.body.dump();
  return statusCode;
}

export const sessions: readonly Attack[] = [
  {
    id: "session.theft",
    source: bcp("session hijacking"),
    attack: "Another person uses a session id: to call, to listen, to end it",
    run: async (world) => {
      const [ada, mallory] = [await bearerOf(world, "ada"), await bearerOf(world, "mallory")];
      const session = await open(world, ada);
      const statuses = [];
      for (const method of ["POST", "GET", "DELETE"]) statuses.push(await use(world, session, mallory, method));
      const still = await use(world, session, ada);
      return {
        refused: statuses.every((status) => status === 404) && still === 200,
        answer: `${statuses.join(", ")}; its owner: ${still}`,
        record: denied("session.stolen"),
      };
    },
  },
  {
    id: "session.other-client",
    source: bcp("session hijacking"),
    attack: "Another client of the same person uses a session id",
    run: async (world) => {
      const [web, desk] = [await bearerOf(world, "ada"), await bearerOf(world, "ada", clients.desk)];
      const status = await use(world, await open(world, web), desk);
      return { refused: status === 404, answer: `${status}`, record: denied("session.stolen") };
    },
  },
  {
    id: "session.as-authentication",
    source: bcp("session hijacking"),
    attack: "A session id without a token",
    run: async (world) => {
      const status = await use(world, await open(world, await bearerOf(world, "ada")), undefined);
      return { refused: status === 401, answer: `${status}`, record: atTheDoor };
    },
  },
  {
    id: "session.guessed",
    source: bcp("session hijacking"),
    attack: "Session ids that were never given out",
    run: async (world) => {
      const bearer = await bearerOf(world, "mallory");
      const statuses = [];
      for (const id of ["1", "00000000-0000-0000-0000-000000000000", "../admin"])
        statuses.push(await use(world, id, bearer));
      return {
        refused: statuses.every((status) => status === 404 || status === 400),
        answer: statuses.join(", "),
        record: atTheDoor,
      };
    },
  },
  {
    id: "state.theft",
    source: bcp("state handle hijacking"),
    attack: "Another person goes on with somebody's request state",
    run: async (world) => {
      const [ada, mallory] = [await bearerOf(world, "ada"), await bearerOf(world, "mallory")];
      const meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
        "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1.0.0" },
      };
      const ask = (bearer: string, params: object) => {
        const { headers } = modern(bearer, "tools/call", { name: "files__ask" });
        const body = JSON.stringify({
          jsonrpc: "2.0",
          id: 7,
          method: "tools/call",
          params: { name: "files__ask", arguments: { word: "x" }, ...params, _meta: meta },
        });
        return post(world.gateway.endpoint, { headers, body });
      };
      const { body } = await ask(ada, {});
      const requestState = body.result?.["requestState"];
      if (typeof requestState !== "string")
        throw new Error(`No request state came: ${JSON.stringify(body).slice(0, 200)}`);
      const inputResponses = { city: { action: "accept", content: { city: "Oslo" } } };
      const stolen = await ask(mallory, { requestState, inputResponses });
      return {
        refused: stolen.body.error !== undefined,
        answer: `${stolen.status} ${stolen.body.error?.code ?? "answered"}`,
        record: atTheDoor,
      };
    },
  },
];
