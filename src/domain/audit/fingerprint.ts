import { hash, type KeyObject } from "node:crypto";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";

/** The text of each key, which is hashed before what is fingerprinted. */
const prefixes = new WeakMap<KeyObject, string>();

/**
 * A keyed fingerprint: equal texts of one subject are recognised, nothing is learnt without the subject's key, and
 * erasing that key makes the fingerprint meaningless (invariant 6).
 * @param key the subject's fingerprint key, 256 bits
 * @param text what was sent or received
 * @returns `h:` and 22 base64url characters: the first 132 bits of SHA3-256 over the key and the UTF-8 bytes. A sponge
 *   needs no HMAC around it (FIPS 202; NIST SP 800-185, KMAC), and in one shot it costs half of one.
 */
export function fingerprint(key: KeyObject, text: string): string {
  let prefix = prefixes.get(key);
  if (prefix === undefined) prefixes.set(key, (prefix = key.export().toString("hex")));
  return `h:${hash("sha3-256", prefix + text, "base64url").slice(0, 22)}`;
}

/**
 * What the record keeps of a call's arguments (A2): the names that the pinned schema knows with a fingerprint of each
 * value, how many other names there were, and a fingerprint of the whole, all over canonical JSON (RFC 8785): the order in which a client writes members does not matter. A name that the schema does not know may
 * itself be a secret and does not appear.
 * @param args the judged arguments
 * @param knownNames property names of the pinned input schema; undefined where there is none
 * @returns `{all, names, unknown}`
 * @example argumentFingerprints(key, { path: "/a", x1: 1 }, new Set(["path"]))
 *   // { all: "h:…", names: { path: "h:…" }, unknown: 1 }
 */
export function argumentFingerprints(
  key: KeyObject,
  args: JsonObject,
  knownNames: ReadonlySet<string> | undefined,
): JsonObject {
  const names: [string, string][] = [];
  const texts: string[] = [];
  let unknown = 0;
  for (const name of Object.keys(args).sort()) {
    const text = canonical(args[name] as Json);
    texts.push(`${JSON.stringify(name)}:${text}`);
    if (knownNames?.has(name)) names.push([name, fingerprint(key, text)]);
    else unknown++;
  }
  return { all: fingerprint(key, `{${texts.join(",")}}`), names: Object.fromEntries(names), unknown };
}
