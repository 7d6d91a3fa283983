import type { Identity } from "../../ports/sign-in-provider.ts";

/** Claims of one document: an ID token or an answer of userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

const MOST_GROUPS = 1_000;
const LONGEST = 256;

/**
 * A claim by its name, or by a path with dots (`realm_access.roles`). A claim whose name has the dots itself
 * (`https://example.com/groups`) comes first.
 */
function claim(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Claims)[step];
  }
  return at;
}

/** The first document's value that is there. */
function first(documents: readonly Claims[], name: string): unknown {
  for (const one of documents) {
    const value = claim(one, name);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/**
 * Reads what the documents say of one person. The earlier document counts where both say something.
 * @param names the claims that hold login and groups
 */
export function readIdentity(
  sub: string,
  documents: readonly Claims[],
  names: { login: string; groups: string },
): Omit<Identity, "refreshToken"> {
  const login = loginOf(documents, names.login);
  const name = text(first(documents, "name"));
  const acr = text(first(documents, "acr"));
  const sid = text(first(documents, "sid"));
  const authTime = first(documents, "auth_time");
  return {
    sub,
    ...(login === undefined ? {} : { login }),
    ...(name === undefined ? {} : { name }),
    groups: list(first(documents, names.groups)).slice(0, MOST_GROUPS),
    ...(acr === undefined ? {} : { acr }),
    amr: list(first(documents, "amr")),
    // Some write 0 where they do not know it.
    ...(typeof authTime === "number" && authTime > 0 ? { authAt: authTime * 1000 } : {}),
    ...(sid === undefined ? {} : { sid }),
  };
}

/** A login that may name a person: printable, without spaces; a mail address only where nobody says it is unverified. */
function loginOf(documents: readonly Claims[], name: string): string | undefined {
  const value = first(documents, name);
  if (typeof value !== "string") return undefined;
  const login = value.normalize("NFC");
  if (login === "" || login.length > LONGEST || /[\s\p{C}]/u.test(login)) return undefined;
  if (!login.includes("@")) return login;
  // Some providers write the boolean as text.
  if (name === "email" && documents.some((one) => [false, "false"].includes(one["email_verified"] as never)))
    return undefined;
  return login.toLowerCase();
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= LONGEST ? value : undefined;

/** Some providers write a single value without its list. */
function list(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map(text).filter((one) => one !== undefined);
}
