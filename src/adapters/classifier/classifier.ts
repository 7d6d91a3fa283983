import { Agent, request } from "undici";
import { isObject, type Json } from "../../kernel/json.ts";
import {
  type Classification,
  type Classifier,
  ClassifierFault,
  type Question,
  VERDICTS,
} from "../../ports/classifier.ts";
import type { Secrets } from "../../ports/world.ts";
import { type JsonLimits, JsonFault, parseJson } from "../../protocol/json.ts";
import { checkUrl, createDialer, namesLoopback } from "../dialer/dialer.ts";

/** Connections at a time, and questions that are asked or wait for one; more are refused. */
const [CONNECTIONS, MOST] = [16, 128];
/** Longest answer, bytes. */
const LONGEST = 16_384;
const LIMITS: JsonLimits = { maxDepth: 8, maxNodes: 200, maxString: LONGEST };
const KIND = /^[a-z][a-z0-9-]{0,63}$/;

/** Where the classifier is, and how it is asked. */
export interface ClassifierParts {
  readonly url: string;
  /** From the question to the whole answer, waiting for a connection included; milliseconds. */
  readonly timeoutMs: number;
  /** References by header name, resolved at each question, so that a rotated one is found. */
  readonly headers: Readonly<Record<string, string>>;
  readonly private: readonly string[];
  readonly secrets: Secrets;
}

/**
 * Asks over HTTP: a POST of the question as JSON, answered with 200 and a JSON object with `verdict`. Through the one dialer
 * (C5), without redirects.
 * @throws Refused for an address that is not https (http on loopback)
 */
export function createClassifier(parts: ClassifierParts): Classifier {
  const url = checkUrl(parts.url, "the classifier");
  const { timeoutMs } = parts;
  const agent = new Agent({
    connect: createDialer({ private: parts.private, loopback: namesLoopback(url) }),
    maxResponseSize: LONGEST,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connections: CONNECTIONS,
  });
  let underWay = 0;

  async function post(question: Question): Promise<string> {
    const own = Object.entries(parts.headers).map(([name, reference]) => [name, parts.secrets.resolve(reference)]);
    const { statusCode, body } = await request(url, {
      method: "POST",
      dispatcher: agent,
      headers: { ...Object.fromEntries(own), "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (statusCode === 200) return body.text();
    // What it says besides is of no use; ending it early is no fault of anybody.
    body.on("error", () => {}).destroy();
    throw new ClassifierFault("status", `HTTP ${statusCode}`);
  }

  return {
    async ask(question) {
      if (underWay >= MOST) throw new ClassifierFault("busy", `${MOST} questions wait already`);
      underWay++;
      try {
        return classificationOf(await post(question));
      } catch (error) {
        throw faultOf(error);
      } finally {
        underWay--;
      }
    },
    close: () => agent.destroy(),
  };
}

/** @throws ClassifierFault for anything but an answer of the contract; members that it does not know are left alone */
function classificationOf(text: string): Classification {
  const said = parsed(text);
  const { verdict, score, kind, reason } = isObject(said) ? said : {};
  const known = VERDICTS.find((one) => one === verdict);
  if (known === undefined) throw wrong(`no verdict: one of ${VERDICTS.join(", ")}`);
  if (score !== undefined && (typeof score !== "number" || score < 0 || score > 1))
    throw wrong("a score that is not 0 to 1");
  if (kind !== undefined && (typeof kind !== "string" || !KIND.test(kind))) throw wrong("a kind that is no short name");
  if (reason !== undefined && typeof reason !== "string") throw wrong("a reason that is no text");
  return { verdict: known, ...(score !== undefined && { score }), ...(kind !== undefined && { kind }) };
}

function parsed(text: string): Json {
  try {
    return parseJson(text, LIMITS);
  } catch (error) {
    if (error instanceof JsonFault) throw wrong("no strict JSON");
    throw error;
  }
}

const wrong = (what: string): ClassifierFault => new ClassifierFault("answer", `The answer has ${what}`);

function faultOf(error: unknown): ClassifierFault {
  if (error instanceof ClassifierFault) return error;
  const { name = "", code = "", message = "unknown" } = error as { name?: string; code?: string; message?: string };
  if (name === "TimeoutError" || /TIMEOUT/.test(code)) return new ClassifierFault("timeout", "No answer in time");
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return wrong(`more than ${LONGEST} bytes`);
  return new ClassifierFault("unreachable", message);
}
