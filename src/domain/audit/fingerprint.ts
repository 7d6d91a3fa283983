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
 * @returns `h:` and 22 base64url characters: the first 132 bits of SHA-256 over the key, which fills the first block, and
 *   the UTF-8 bytes. Who lacks the other 124 bits cannot go on from a digest, so that it needs no HMAC around it, which
 *   costs three times as much (truncation: FIPS 180-4 section 7; a keyed hash cut to half: Bellare, Bernstein, Tessaro,
 *   "Hash-Function based PRFs: AMAC and its Multi-User Security", Eurocrypt 2016).
 */
export function fingerprint(key: KeyObject, text: string): string {
  let prefix = prefixes.get(key);
  if (prefix === undefined) prefixes.set(key, (prefix = key.export().toString("hex")));
  return `h:${hash("sha256", prefix + text, "base64url").slice(0, 22)}`;
}

/**
 * What the record keeps of a call's arguments (A2): the names that the pinned schema knows with a fingerprint of each
 * value over canonical JSON (RFC 8785), so that the order in which a client writes members does not matter; and where
 * there are other names, which may be secrets themselves and do not appear, their number and a fingerprint of the whole.
 * @param args the judged arguments
 * @param knownNames property names of the pinned input schema; undefined where there is none
 * @returns `{names}`, or `{all, names, unknown}`
 * @example argumentFingerprints(key, { path: "/a", x1: 1 }, new Set(["path"]))
 *   // { all: "h:…", names: { path: "h:…" }, unknown: 1 }
 */
export function argumentFingerprints(
  key: KeyObject,
  args: JsonObject,
  knownNames: ReadonlySet<string> | undefined,
): JsonObject {
  const given = Object.keys(args);
  if (given.length > 1) given.sort();
  const prints: [string, string][] = [];
  for (const name of given)
    if (knownNames?.has(name)) prints.push([name, fingerprint(key, canonical(args[name] as Json))]);
  const names = Object.fromEntries(prints);
  const unknown = given.length - prints.length;
  return unknown === 0 ? { names } : { all: fingerprint(key, canonical(args)), names, unknown };
}
