import { isObject, type Json, type JsonObject } from "../src/kernel/json.ts";
import { CATALOGUE } from "../src/kernel/errors.ts";
import type { Attempt, World } from "./fuzz-draft.ts";
import type { Expected } from "./fuzz-oracle.ts";
import type { Reply } from "./fuzz-wire.ts";

const STATUSES = new Set<number>([200, 202, 204, ...Object.values(CATALOGUE).map(({ http }) => http)]);
const HEADERS = new Set([
  ..."cardea-call x-content-type-options content-type content-length date connection keep-alive www-authenticate".split(
    " ",
  ),
  ..."allow retry-after access-control-allow-origin access-control-expose-headers access-control-allow-methods".split(
    " ",
  ),
  ..."access-control-allow-headers access-control-max-age vary mcp-session-id cache-control x-accel-buffering".split(
    " ",
  ),
  "transfer-encoding",
]);
/** What a stack trace or a path of the program looks like. */
const INSIDES =
  /\bat .{1,200}:\d+:\d+|node:internal|node_modules|file:\/\/\/(?!etc\/passwd)|\.ts:\d+|TypeError|RangeError|ReferenceError|ENOENT|ECONN/;

/** What is wrong with an answer, or undefined. */
export function judge(attempt: Attempt, reply: Reply, world: World): string | undefined {
  return faultOfForm(reply, world) ?? faultOfMeaning(attempt, reply);
}

/** What no answer may be, whatever was asked. */
export function faultOfForm({ status, headers, body }: Reply, world: World): string | undefined {
  if (status >= 500) return `HTTP ${status}`;
  if (!STATUSES.has(status)) return `HTTP ${status}, which is not in the catalogue`;
  for (const name of headers.keys()) if (!HEADERS.has(name)) return `an unknown header ${name}`;
  const all = `${[...headers.values()].join("\n")}\n${body}`;
  const secret = world.secrets.findIndex((text) => all.includes(text));
  if (secret >= 0) return `secret ${secret} in the answer`;
  const inside = INSIDES.exec(body)?.[0];
  return inside === undefined ? undefined : `the insides of the program in the answer: ${inside.slice(0, 80)}`;
}

function faultOfMeaning({ expected, statuses, head, preflight, event }: Attempt, reply: Reply): string | undefined {
  const { status } = reply;
  const refused = expected.verdict === "refuse";
  if (preflight === true && status === 204 && reply.body === "") return undefined;
  if (refused && statuses !== undefined && !statuses.includes(status)) return `HTTP ${status} in place of ${statuses}`;
  if (head === true) return refused && status < 400 ? `HTTP ${status} for what must be refused` : undefined;
  if (reply.body === '{"status":"ok"}' && status === 200 && expected.verdict === "either") return undefined;
  if (status === 202 || status === 204) {
    if (reply.body !== "") return `a body with HTTP ${status}`;
    if (refused) return `HTTP ${status} for what must be refused: ${expected.why}`;
    return expected.verdict === "accept" && expected.answered ? `HTTP ${status} in place of an answer` : undefined;
  }
  const messages = messagesOf(reply);
  if (typeof messages === "string") return messages;
  const answer = messages.at(-1);
  // A stream that goes on and has said nothing yet.
  if (answer === undefined) return expected.verdict === "either" ? undefined : "no message in the answer";
  return faultOfAnswer(answer, expected, status, event);
}

function faultOfAnswer(answer: JsonObject, expected: Expected, status: number, event?: boolean): string | undefined {
  const { id, result, error, method } = answer;
  if (answer["jsonrpc"] !== "2.0") return "an answer without jsonrpc";
  if (typeof method === "string")
    return expected.verdict === "either" || (event === true && method === "notifications/subscriptions/acknowledged")
      ? undefined
      : "a notification in place of an answer";
  if ((result === undefined) === (error === undefined)) return "an answer with neither or both of result and error";
  if (error !== undefined) {
    if (!isObject(error) || !Number.isSafeInteger(error["code"]) || typeof error["message"] !== "string")
      return "an error without code and message";
    if (id !== null && expected.id !== undefined && id !== expected.id)
      return "the error has the id of another request";
    if (expected.verdict === "accept") return `refused what must be served: ${JSON.stringify(error).slice(0, 300)}`;
    return undefined;
  }
  if (!isObject(result)) return "a result that is no object";
  if (status !== 200) return `a result with HTTP ${status}`;
  if (expected.id !== undefined && id !== expected.id) return "the result has the id of another request";
  const isError = result["isError"] === true;
  if (expected.verdict === "refuse") return isError ? undefined : `served what must be refused: ${expected.why ?? ""}`;
  if (isError) return expected.verdict === "accept" ? `refused what must be served: ${textOf(result)}` : undefined;
  if (expected.text !== undefined && textOf(result) !== expected.text) return "the answer to another call";
  return undefined;
}

/** The text of a result as it was sent: hidden characters are shown in it (S4). */
function textOf(result: JsonObject): string | undefined {
  const [block] = Array.isArray(result["content"]) ? result["content"] : [];
  const text = isObject(block) ? block["text"] : undefined;
  if (typeof text !== "string") return undefined;
  return text.replace(/⟦U\+([0-9A-F]{4,6})⟧/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** The messages of a body; a sentence where it is none of JSON-RPC. */
function messagesOf({ headers, body }: Reply): JsonObject[] | string {
  const type = headers.get("content-type");
  const texts = type === "text/event-stream" ? eventsOf(body) : [body];
  if (type !== "text/event-stream" && type !== "application/json") return `content type ${type}`;
  const messages: JsonObject[] = [];
  for (const text of texts) {
    try {
      const message = JSON.parse(text) as Json;
      if (!isObject(message)) return "an answer that is no JSON-RPC";
      messages.push(message);
    } catch {
      return `an answer that is no JSON: ${text.slice(0, 80)}`;
    }
  }
  return messages;
}

function eventsOf(body: string): string[] {
  return body
    .split("\n\n")
    .map((event) =>
      event
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trim())
        .join("\n"),
    )
    .filter((data) => data !== "");
}
