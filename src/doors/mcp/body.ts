import type { IncomingMessage } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { Refused, refuse } from "../../kernel/errors.ts";
import { decodeUtf8, JsonFault, type JsonLimits, parseJson, parseJsonInTurns } from "../../protocol/json.ts";
import { type RpcMessage, readMessage, RpcFault } from "../../protocol/jsonrpc.ts";
import { letGo } from "../request.ts";

/** What a body may cost. */
export interface BodyLimits extends JsonLimits {
  readonly maxBytes: number;
  /** Milliseconds until the body must have arrived. */
  readonly timeoutMs: number;
}

/** What the headers say of the body (W4). Throws `Refused` for what is not read here. */
export function checkAnnounced(req: IncomingMessage, limits: BodyLimits): void {
  const type = req.headers["content-type"];
  if (type !== "application/json" && !isJson(type))
    refuse("wrong_content_type", "The body must be `content-type: application/json` in UTF-8.", {
      path: "Content-Type",
      control: "W4",
    });
  const encoding = req.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity")
    refuse("wrong_content_type", "Compressed bodies are not accepted; send the body as it is.", {
      path: "Content-Encoding",
      control: "W4",
    });
  const length = req.headers["content-length"] ?? "";
  // Three digits are at most 999, and need not be read.
  if ((length.length > 3 || limits.maxBytes < 999) && Number(length) > limits.maxBytes) throw tooLarge(limits);
}

/** The body where all of it is there already, which needs no timer or listener; undefined where it is not. */
export function wholeBody(req: IncomingMessage, limits: BodyLimits): Buffer | undefined {
  const length = req.readableLength;
  if (length === 0 || length > limits.maxBytes || req.destroyed) return undefined;
  // Node says that a message is complete a turn after the last of its bytes.
  if (length !== Number(req.headers["content-length"])) return undefined;
  const bytes = req.read() as Buffer;
  letGo(req);
  return bytes;
}

/**
 * Reads one JSON-RPC message: once, strictly, within limits (W4, invariant 4). Throws `Refused`, or `BadMessage` with
 * the request's id where that could be read.
 */
export function readBody(bytes: Buffer, limits: BodyLimits): RpcMessage {
  try {
    return readMessage(parseJson(decodeUtf8(bytes), limits));
  } catch (error) {
    throw unacceptable(error);
  }
}

/** From so many bytes on a body is read in steps. */
export const LONG_BODY = 65_536;

/** As `readBody`, in steps between which others get their turn. */
export async function readLongBody(bytes: Buffer, limits: BodyLimits): Promise<RpcMessage> {
  try {
    const text = decodeUtf8(bytes);
    await turn();
    return readMessage(await parseJsonInTurns(text, limits, turn));
  } catch (error) {
    throw unacceptable(error);
  }
}

/** What a body that could not be read is refused with; any other error is rethrown. */
function unacceptable(error: unknown): Refused {
  if (error instanceof JsonFault) {
    const strict = error.code !== "syntax";
    return new Refused({
      code: strict ? "invalid_request" : "parse_error",
      message: `The body is not acceptable JSON: ${error.message}`,
      rule: error.code,
      control: "W4",
    });
  }
  if (error instanceof RpcFault)
    return new BadMessage(error.id, {
      code: error.code === -32602 ? "invalid_params" : "invalid_request",
      message: error.message,
      control: "W4",
    });
  throw error;
}

function isJson(type: string | undefined): boolean {
  return type !== undefined && /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i.test(type);
}

/** A refusal of a message whose id could be read. */
export class BadMessage extends Refused {
  readonly id: string | number | null;
  constructor(id: string | number | null, refusal: Refused["refusal"]) {
    super(refusal);
    this.id = id;
  }
}

function tooLarge(limits: BodyLimits): Refused {
  return new Refused({
    code: "body_too_large",
    message: `The body is larger than ${limits.maxBytes} bytes, which is the most that is accepted here.`,
    rule: `at most ${limits.maxBytes} bytes`,
    control: "W4",
  });
}

/** The body as it comes, within its bounds. Rejects with `Refused`. */
export function collectBody(req: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      fail(
        new Refused({
          code: "request_timeout",
          message: `The body did not arrive within ${limits.timeoutMs / 1000} s.`,
          control: "W4",
        }),
      );
    }, limits.timeoutMs);
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      req.removeAllListeners("data");
      req.pause();
      reject(error);
    };
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.maxBytes) fail(tooLarge(limits));
      else chunks.push(chunk);
    });
    req.once("end", () => {
      clearTimeout(timer);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    });
    req.once("error", () =>
      fail(
        new Refused({
          code: "invalid_request",
          message: "The connection broke before the body was whole.",
          control: "W4",
        }),
      ),
    );
    req.once("close", () => {
      if (!req.complete)
        fail(
          new Refused({
            code: "invalid_request",
            message: "The connection ended before the body was whole.",
            control: "W4",
          }),
        );
    });
  });
}
