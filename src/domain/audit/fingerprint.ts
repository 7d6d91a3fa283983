import { hash, type KeyObject } from "node:crypto";
import { addMember, type Json, type JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";

/** Makes the fingerprint of a text: `h:` and 22 base64url characters. */
export type Fingerprint = (text: string) => string;

/**
 * Keyed fingerprints: equal texts of one subject are recognised, nothing is learnt without the subject's key, and
 * erasing that key makes the fingerprints meaningless (invariant 6).
 * @param key the subject's fingerprint key, 256 bits
 * @returns the first 132 bits of SHA-256 over the key, which fills the first block, and the UTF-8 bytes of a text. Who
 *   lacks the other 124 bits cannot go on from a digest, so that it needs no HMAC around it, which costs three times as
 *   much (truncation: FIPS 180-4 section 7; a keyed hash cut to half: Bellare, Bernstein, Tessaro, "Hash-Function based
 *   PRFs: AMAC and its Multi-User Security", Eurocrypt 2016).
 */
export function fingerprinter(key: KeyObject): Fingerprint {
  const first = key.export().toString("hex");
  return (text) => `h:${hash("sha256", first + text, "base64url").slice(0, 22)}`;
}

/**
 * What the record keeps of a call's arguments (A2): the names that the pinned schema knows with a fingerprint of each
 * value over canonical JSON (RFC 8785), so that the order in which a client writes members does not matter; and where
 * there are other names, which may be secrets themselves and do not appear, their number and a fingerprint of the whole.
 * @param print under the key of the subject whose call it is
 * @param args the judged arguments
 * @param knownNames property names of the pinned input schema; undefined where there is none
 * @returns `{names}`, or `{all, names, unknown}`
 * @example argumentFingerprints(print, { path: "/a", x1: 1 }, new Set(["path"]))
 *   // { all: "h:…", names: { path: "h:…" }, unknown: 1 }
 */
export function argumentFingerprints(
  print: Fingerprint,
  args: JsonObject,
  knownNames: ReadonlySet<string> | undefined,
): JsonObject {
  const given = Object.keys(args);
  if (given.length > 1) given.sort();
  const names: JsonObject = {};
  let unknown = 0;
  for (const name of given)
    if (knownNames?.has(name)) addMember(names, name, print(canonical(args[name] as Json)));
    else unknown++;
  return unknown === 0 ? { names } : { all: print(canonical(args)), names, unknown };
}
