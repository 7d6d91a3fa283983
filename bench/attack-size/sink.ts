/**
 * What the hostile server and the network cost by themselves: asked for the same answers, this process reads as many
 * bytes as the gateway would, throws them away and hangs up. Over IPC: a request, answered with the bytes that came.
 */
import { Pool } from "undici";

/** One request to a hostile server. */
export interface Drain {
  readonly endpoint: string;
  readonly tool: string;
  /** After so many bytes it hangs up. */
  readonly most: number;
  /** After so long it hangs up, milliseconds. */
  readonly ms: number;
}

const pools = new Map<string, Pool>();

async function drain({ endpoint, tool, most, ms }: Drain): Promise<number> {
  const { origin, pathname } = new URL(endpoint);
  let pool = pools.get(origin);
  if (pool === undefined) pools.set(origin, (pool = new Pool(origin, { maxHeaderSize: 16_384 })));
  let bytes = 0;
  try {
    const { body } = await pool.request({
      method: "POST",
      path: pathname,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: {} } }),
      signal: AbortSignal.timeout(ms),
    });
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > most) break;
    }
  } catch {
    // Hung up, or a head that is none.
  }
  return bytes;
}

process.on("message", (order: Drain) => void drain(order).then((bytes) => process.send?.({ bytes })));
process.once("disconnect", () => process.exit(0));
