/** Who is behind a request. Everything that is kept about a caller hangs on `tenant` and `credential` (invariant 9). */
export interface Principal {
  /** The tenant whose records, keys, caches and limits this call may touch (G6). */
  readonly tenant: string;
  /** Random id that stands for the person or service in records, `s_…`; the identity itself is sealed (invariant 6). */
  readonly subject: string;
  /** The owner in clear: `person:ada@example.com` or `service:nightly-report`. Never written to a record. */
  readonly owner: string;
  /** The leaf credential: the API key (`k_…`) or the grant (`g_…`) behind this request. */
  readonly credential: string;
  /** OAuth client id; undefined for API keys. */
  readonly client?: string;
  /** OAuth scopes of the token (`files:read`); undefined for API keys, which no OAuth scope narrows. */
  readonly oauthScopes?: ReadonlySet<string>;
  /** When the person proved a second factor, milliseconds since the epoch; undefined: they did not, or it is a key. */
  readonly secondFactorAt?: number;
  readonly roles: readonly string[];
  /** Patterns (`server.name`, `*` as wildcard) that this credential is narrowed to; undefined: all that its roles allow. */
  readonly scope?: readonly string[];
  readonly environment: string;
  readonly plan: string;
}

/** Letters of other scripts that look like Latin ones, by the Latin ones. */
const ALIKE = new Map(
  Object.entries({
    a: "аα",
    c: "сϲ",
    d: "ԁ",
    e: "еє",
    h: "һ",
    i: "іıι",
    j: "ј",
    k: "кκ",
    l: "ӏ",
    m: "м",
    n: "ոп",
    o: "оοօ",
    p: "рρ",
    q: "ԛ",
    s: "ѕ",
    t: "тτ",
    u: "υս",
    v: "ν",
    w: "ԝω",
    x: "хχ",
    y: "уγ",
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
);

/**
 * An owner as a person reads it: without capitals, compatibility forms, what cannot be seen, and letters of other scripts
 * that look like Latin ones.
 */
function readOwner(owner: string): string {
  const plain = owner
    .normalize("NFKC")
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{C}\s]/gu, "")
    .toLowerCase();
  return Array.from(plain, (letter) => ALIKE.get(letter) ?? letter).join("");
}

/** Whether two owners may be the same person: where a second person is wanted, doubt counts against them. */
export const mayBeSame = (one: string, other: string): boolean => one === other || readOwner(one) === readOwner(other);

/** Whether an owner can be told from every other one by reading it, as sign-in writes logins: small letters of one script. */
export function isPlainOwner(owner: string): boolean {
  const mixed = /\p{Script=Latin}/u.test(owner.replace(/^[a-z]+:/, "")) && /[\p{L}--\p{Script=Latin}]/v.test(owner);
  return !mixed && owner === owner.normalize("NFKC").toLowerCase() && !/\p{Default_Ignorable_Code_Point}/u.test(owner);
}
