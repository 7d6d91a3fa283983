/** Tokens that vendors make recognisable. Each pattern is a run of one class of characters, so matching is linear. */
const TOKENS: readonly [kind: string, pattern: RegExp][] = [
  ["a private key", /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|AGE-SECRET-KEY-1/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}/],
  ["a GitLab token", /\bgl(?:pat|dt|rt|ptt|cbt|agent|oas|soat|ffct|imt|ft)-[A-Za-z0-9_-]{16,}/],
  [
    "a Slack token",
    /\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[0-9]-[A-Za-z0-9-]{8,}|hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9]/,
  ],
  ["a Stripe key", /\b[rsp]k_(?:live|test|prod)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/]{16,}/],
  ["an AI provider's key", /\bsk-[A-Za-z0-9_-]{16,}|\b(?:gsk_|xai-|pplx-|r8_|hf_|api_org_)[A-Za-z0-9]{16,}/],
  ["an AWS access key", /\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}\b/],
  ["a Google key", /\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{16,}|\bGOCSPX-[A-Za-z0-9_-]{16,}/],
  [
    "a package registry's token",
    /\bnpm_[A-Za-z0-9]{24,}|\bpypi-[A-Za-z0-9_-]{16,}|\brubygems_[a-f0-9]{32,}|\bdckr_[a-z]{2,4}_[A-Za-z0-9_-]{16,}/,
  ],
  [
    "a mail or message service's key",
    /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bkey-[a-f0-9]{32}\b|\b[a-f0-9]{32}-us[0-9]{1,2}\b|\bSK[a-f0-9]{32}\b|\b[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}/,
  ],
  [
    "a cloud provider's token",
    /\bdo[opr]_v1_[a-f0-9]{32,}|\bdapi[a-f0-9]{32}|\bhv[sbr]\.[A-Za-z0-9_-]{20,}|\bsbp_[a-f0-9]{32,}|\bsb_secret_[A-Za-z0-9_-]{16,}|\bPMAK-[A-Za-z0-9-]{24,}|\bdp\.[a-z]{2,5}\.[A-Za-z0-9]{32,}|\bpul-[a-f0-9]{40}\b|\.atlasv1\.[A-Za-z0-9_-]{32,}/,
  ],
  [
    "a shop's or work tool's token",
    /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|\bAT[AC]TT3[A-Za-z0-9_=-]{16,}|\blin_(?:api|oauth)_[A-Za-z0-9]{16,}|\bntn_[A-Za-z0-9]{24,}|\bsecret_[A-Za-z0-9]{40,}|\bpat[A-Za-z0-9]{14}\.[a-f0-9]{32,}|\bfigd_[A-Za-z0-9_-]{16,}/,
  ],
  [
    "a monitoring service's token",
    /\bgls?[ac]_[A-Za-z0-9_+/=]{24,}|\bNRAK-[A-Z0-9]{24,}|\bsntry[su]_[A-Za-z0-9_+/=]{24,}/,
  ],
  ["a signed token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\./],
  ["a URL with a password", /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#@:]{0,256}:[^\s/?#@]{1,256}@/],
];

/**
 * Recognises a token by the form that its vendor gives it.
 * @returns what it is and where it begins, or undefined
 */
export function knownToken(text: string): { kind: string; index: number } | undefined {
  for (const [kind, pattern] of TOKENS) {
    const found = pattern.exec(text);
    if (found !== null) return { kind, index: found.index };
  }
  return undefined;
}

/** Names whose value is a secret: `API_KEY`, `--github-token`, `x-api-key`, `dbPassword`. */
export function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  if (
    /^(?:token|secret|password|passwd|passphrase|pwd|pass|apikey|apitoken|credential|credentials|authorization|bearer|pat|jwt)$/.test(
      last,
    )
  )
    return true;
  const before = words.at(-2) ?? "";
  return (
    last === "key" &&
    (words.length === 1 ||
      /^(?:api|access|private|secret|auth|account|license|service|role|signing|encryption|app|client|master|admin)$/.test(
        before,
      ))
  );
}

/** Hashes and ids are public by their nature: digests with their algorithm, UUIDs, git object names after `#` or `@`. */
const PUBLIC =
  /(?:sha(?:1|224|256|384|512)[:-][A-Za-z0-9+/=]+)|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[#@][0-9a-f]{40}\b/gi;

/**
 * Whether a text holds something that looks drawn at random: a long run of mixed characters that is no word, number,
 * path, version, digest or UUID.
 */
export function looksRandom(text: string): boolean {
  return text
    .replace(PUBLIC, " ")
    .split(/[^A-Za-z0-9+_=-]+/)
    .some(randomRun);
}

function randomRun(run: string): boolean {
  const bare = run.replace(/[^A-Za-z0-9]/g, "");
  const longest = run.split(/[^A-Za-z0-9]+/).reduce((most, part) => Math.max(most, part.length), 0);
  if (bare.length < 20 || longest < 10 || !/[0-9]/.test(bare) || !/[A-Za-z]/.test(bare)) return false;
  // Names are made of long words and numbers; random text changes between small letters, capitals and digits all the time.
  const pieces = bare.match(/[A-Z]?[a-z]+|[A-Z]+|[0-9]+/g)?.length ?? 0;
  const changes = bare.match(/[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])|[a-z](?=[A-Z][A-Z0-9])|[A-Z](?=[0-9])/g)?.length ?? 0;
  return (pieces * 3.5 >= bare.length || changes * 5 >= bare.length) && bitsPerCharacter(bare) >= 3;
}

function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
