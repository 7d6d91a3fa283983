import { hash } from "node:crypto";
import type { Random } from "../../ports/world.ts";

/** Environments that a key can belong to; they never mix (P5). */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** 32 letters, so that five bits of a random byte choose one without bias; without i, l, o and u. */
const ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const SHAPE = /^ck_(dev|staging|prod)_([0-9a-z]{12})_([A-Za-z0-9_-]{43})_([0-9A-Za-z]{6})$/;

/**
 * Makes a key: `ck_<env>_<id>_<secret>_<checksum>`. The prefix and the checksum let scanners and people recognise it
 * offline; the secret has 256 bits.
 * @returns the key to show once, its id (`k_…`) and the hex SHA-256 of the secret, which alone is kept
 */
export function mintKey(random: Random, environment: Environment): { key: string; id: string; hash: string } {
  const id = Array.from(random.bytes(12), (byte) => ID_LETTERS[byte & 31]).join("");
  const secret = Buffer.from(random.bytes(32)).toString("base64url");
  const body = `ck_${environment}_${id}_${secret}`;
  return { key: `${body}_${checksum(body)}`, id: `k_${id}`, hash: hash("sha256", secret) };
}

/** What a well-formed key says; undefined for anything else, altered and truncated keys included. Says nothing of whether it is known. */
export function readKey(text: string): { environment: Environment; id: string; hash: Buffer } | undefined {
  const parts = SHAPE.exec(text);
  if (parts === null) return undefined;
  const [, environment = "", id = "", secret = "", check = ""] = parts;
  if (checksum(text.slice(0, -7)) !== check) return undefined;
  return { environment: environment as Environment, id: `k_${id}`, hash: hash("sha256", secret, "buffer") };
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32 (ISO 3309) of ASCII text, six base-62 digits. It finds typos, not forgeries. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (CRC[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0) ^ (crc >>> 8);
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = "";
  for (let i = 0; i < 6; i++) {
    digits = `${BASE62[rest % 62]}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
