import type { IncomingMessage } from "node:http";
import type { Refusal } from "../kernel/errors.ts";

/**
 * What Node's parser lets pass, but no door shall see: a version that is not spoken here, no Host, an expectation that
 * nobody meets, a body whose framing another reader could see differently (RFC 9112 section 3.2, 6.1 and 11.2).
 *
 * @param expectation the request has an `Expect` header other than `100-continue`
 * @returns the refusal; the connection must end with it. Undefined: nothing is wrong
 */
export function httpFault(req: IncomingMessage, expectation = false): Refusal | undefined {
  const { headers } = req;
  if (req.httpVersionMajor !== 1) return no("version", "HTTP/1.1 is spoken here.");
  if (headers.host === undefined) return no("Host", "The Host header is missing.");
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || req.httpVersionMinor === 0))
    return no("Transfer-Encoding", "The only transfer coding here is `chunked`, in HTTP/1.1; or send Content-Length.");
  if (expectation) return no("Expect", "The only expectation that is met here is `100-continue`.");
  return undefined;
}

const no = (path: string, message: string): Refusal => ({ code: "invalid_request", message, path, control: "W4" });
