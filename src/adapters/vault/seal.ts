import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** First byte of everything that is sealed here: AES-256-GCM, 12 random bytes of nonce, 16 bytes of tag at the end. */
const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D).
 * @param key 32 bytes
 * @param plain what to hide
 * @param aad what the sealed bytes are bound to; opening with anything else fails
 * @returns version byte, nonce, ciphertext, tag
 */
export function seal(key: Uint8Array, plain: Uint8Array, aad: string): Buffer {
  return Buffer.concat([...sealing(key, [plain], aad)]);
}

/** As `seal`, piece by piece: what it yields, put together, is what `seal` returns for the pieces put together. */
export function* sealing(key: Uint8Array, pieces: Iterable<Uint8Array>, aad: string): Iterable<Buffer> {
  const header = Buffer.alloc(1 + NONCE);
  header[0] = VERSION;
  randomBytes(NONCE).copy(header, 1);
  const cipher = createCipheriv("aes-256-gcm", key, header.subarray(1));
  cipher.setAAD(bound(aad));
  yield header;
  for (const piece of pieces) yield cipher.update(piece);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/**
 * Opens what `seal` made.
 * @throws Error where the bytes were changed, sealed with another key, or bound to something else
 */
export function open(key: Uint8Array, sealed: Uint8Array, aad: string): Buffer {
  if (sealed.length < 1 + NONCE + TAG || sealed[0] !== VERSION) {
    throw new Error(`What is sealed for ${aad} has an unknown format; version ${VERSION} is accepted`);
  }
  const end = sealed.length - TAG;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, 1 + NONCE), { authTagLength: TAG });
  decipher.setAAD(bound(aad));
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE, end)), decipher.final()]);
  } catch {
    throw new Error(`What is sealed for ${aad} does not open: it was changed, or sealed with another key`);
  }
}

/** The version is bound too, so that a later format cannot be passed off as this one. */
function bound(aad: string): Buffer {
  return Buffer.from(`cardea/${VERSION}\0${aad}`);
}
