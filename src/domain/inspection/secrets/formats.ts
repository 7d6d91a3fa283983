import { type Rule, rule } from "./rule.ts";

/** Formats of standards and common programs, of no single vendor. */
export const FORMATS: readonly Rule[] = [
  rule(
    "jwt",
    "a JSON Web Token (RFC 7519)",
    "eyj",
    /eyJ[\w-]{8,4000}={0,2}\.[\w-]{8,8000}={0,2}(?:\.[\w+/-]{0,2000}={0,2})?/y,
    {
      check: isJwt,
    },
  ),
  rule(
    "base64-private-key",
    "a private key in PEM, in Base64",
    "ls0tls1crudjti",
    /LS0tLS1CRUdJTi[A-Za-z0-9+/]{60,20000}={0,2}/y,
  ),
  rule("password-hash", "bcrypt", "$2a$ $2b$ $2y$", /\$2[aby]\$\d\d\$[A-Za-z0-9./]{53}/y),
  rule(
    "password-hash",
    "crypt",
    "$1$ $5$ $6$ $8$ $9$ $y$",
    /\$[15689y]\$(?:rounds=\d{1,9}\$)?[A-Za-z0-9./]{4,30}\$[A-Za-z0-9./]{22,86}/y,
  ),
  rule(
    "password-hash",
    "Argon2 or scrypt",
    "$argon2 $scrypt$",
    /\$(?:argon2(?:id?|d)|scrypt)\$(?:v=\d{1,3}\$)?[\w=,]{1,60}\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{16,120}/y,
  ),
  rule("password-hash", "Apache (MD5)", "$apr1$", /\$apr1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}/y),
  rule(
    "kerberos-hash",
    "Kerberos",
    "$krb5asrep$ $krb5tgs$ $krb5pa$",
    /\$krb5(?:asrep|tgs|pa)\$\d\d\$[^\s"']{40,4000}/y,
  ),
  rule("django-secret-key", "Django", "django-insecure-", /django-insecure-[^\s"']{40,60}/y, { open: true }),
  rule(
    "truenas-key",
    "TrueNAS",
    "auth.login_with_api_key",
    /auth\.login_with_api_key"\s{0,4},\s{0,8}"params"\s{0,4}:\s{0,4}\[\s{0,8}"\d{1,4}-[A-Za-z0-9]{64}/y,
  ),
  rule("discord-token", "Discord", beginnings(), /[MNO][TjzD][A-Za-z0-9]{20,25}\.[\w-]{5,7}\.[\w-]{27,40}/y),
  rule("django-hash", "Django", "pbkdf2_sha256$", /pbkdf2_sha256\$\d{3,9}\$[A-Za-z0-9]{6,40}\$[A-Za-z0-9+/]{43}=/y),
];

/** A header that names its algorithm (RFC 7515, section 4.1.1). A key that a password encrypts (PBES2) is no token. */
function isJwt(token: string): number {
  const header = token.slice(0, token.indexOf(".")).replaceAll("-", "+").replaceAll("_", "/").replaceAll("=", "");
  if (header.length % 4 === 1) return 0;
  const decoded = atob(header);
  return /^\{[\s\S]*"alg"/.test(decoded) && !decoded.includes('"PBES2') ? 0.97 : 0;
}

/** The first three characters of Base64 of three digits: a bot's token begins with the number of the bot. */
function beginnings(): string {
  const firsts = ["mt", "mj", "mz", "nd", "nt", "nj", "nz", "od", "ot"];
  return firsts.flatMap((two) => Array.from("aeimquycgk", (third) => two + third)).join(" ");
}
