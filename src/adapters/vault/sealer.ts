import { decodeExactly } from "../../kernel/base64.ts";
import type { Sealer } from "../../ports/sealer.ts";
import { open, seal } from "./seal.ts";

/** Longest text that is taken back, in characters; nothing that was sealed here is longer. */
const LONGEST = 1024 * 1024;

/** Seals with AES-256-GCM under one key (32 bytes); the context is authenticated. */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal: (text, context) => seal(key, Buffer.from(text), context).toString("base64url"),
    open(sealed, context) {
      const bytes = sealed.length > LONGEST ? undefined : decodeExactly(sealed, "base64url");
      if (bytes === undefined) return undefined;
      try {
        return open(key, bytes, context).toString();
      } catch {
        return undefined;
      }
    },
  };
}
