import { isLoopback } from "./addresses.ts";
import { checkRanges } from "./check-listen.ts";
import { child, entries, isPlain, near, pathText, quoted, type Report, type Step, texts } from "./fault.ts";

/** Sources of accounts that are no providers. */
const RESERVED = ["local", "client", "issuer"];
/** Schemes that run or read something instead of going back to a program. */
const UNSAFE = /^(?:javascript|data|file|vbscript|blob|about|ftp|wss?|view-source):$/;

/** I2 to I8, I11: what the keys of `identity` mean together, and with `access`. */
export function checkIdentity(raw: unknown, report: Report): void {
  const identity = child(raw, "identity");
  const roles = rolesOf(child(raw, "access"));
  const here = ["identity"];
  for (const [name, provider] of entries(child(identity, "providers"))) {
    const path = [...here, "providers", name];
    checkProviderName(name, path, report);
    checkTrusted(provider, path, roles, report);
  }
  checkAdministration(identity, report);
  checkRoles(child(child(identity, "secondFactor"), "roles"), [...here, "secondFactor", "roles"], roles, report);
  for (const [id, client] of entries(child(identity, "clients")))
    checkClient(client, [...here, "clients", id], roles, report);
  const registration = child(identity, "registration");
  checkRanges(texts(child(registration, "private")), [...here, "registration", "private"], report);
  checkTrusted(child(identity, "issuer"), [...here, "issuer"], roles, report);
  const assertions = child(identity, "assertions");
  for (const [at, issuer] of Array.isArray(assertions) ? assertions.entries() : [])
    checkTrusted(issuer, [...here, "assertions", at], roles, report);
}

/** The roles of `access`; undefined where it is no list, which is a fault of its own. */
export function rolesOf(access: unknown): readonly string[] | undefined {
  if (access === undefined) return [];
  if (!Array.isArray(access)) return undefined;
  return access.map((rule) => child(rule, "role")).filter((role) => typeof role === "string");
}

function checkProviderName(name: string, path: readonly Step[], report: Report): void {
  if (!RESERVED.includes(name)) return;
  report({
    path,
    atKey: true,
    message: `${pathText(path)} has a name that means something else in accounts`,
    expected: `another name than ${RESERVED.join(", ")}`,
    remedy: "Call it by the organisation, such as corp; the redirect URI at the provider changes with it.",
  });
}

/** What providers, an external authorization server and issuers of assertions have in common. */
function checkTrusted(
  given: unknown,
  path: readonly Step[],
  roles: readonly string[] | undefined,
  report: Report,
): void {
  for (const key of ["issuer", "metadata", "keys"]) checkUrl(child(given, key), [...path, key], report);
  for (const [group, value] of entries(child(given, "roles")))
    checkRoles(value, [...path, "roles", group], roles, report);
  checkRanges(texts(child(given, "private")), [...path, "private"], report);
}

/** RFC 8414, 2: an issuer has neither query nor fragment; the other addresses may have a query. */
export function checkUrl(value: unknown, path: readonly Step[], report: Report): void {
  if (typeof value !== "string") return;
  const expected = "an https URL (plain http on loopback alone), without user and fragment";
  const say = (message: string, remedy: string) =>
    report({ path, message: `${pathText(path)} ${message}`, expected, remedy });
  if (!URL.canParse(value))
    return say("is no URL", "Write it with scheme and host, such as https://login.example.com.");
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname)))
    return say("is not https", "Write the https URL: what travels in clear can be read and changed on the way.");
  if (value.includes("#") || (path.at(-1) === "issuer" && value.includes("?")))
    say("has a query or fragment", "Write it exactly as the issuer writes it, without ? and #.");
}

/** Roles that are named are roles that somebody can have. */
export function checkRoles(
  value: unknown,
  path: readonly Step[],
  roles: readonly string[] | undefined,
  report: Report,
): void {
  if (roles === undefined) return;
  for (const [at, role] of texts(value)) {
    if (roles.includes(role)) continue;
    const here = [...path, at];
    const shown = roles.filter(isPlain);
    const guess = near(role, shown);
    report({
      path: here,
      message: `${pathText(here)} names a role that access does not have: ${quoted(role)}`,
      expected: shown.length === 0 ? "a role of `access`; there is none" : `one of ${shown.slice(0, 20).join(", ")}`,
      ...guess,
      remedy:
        guess.nearest === undefined
          ? "Add the role to `access`; with `allow: []` where Cedar policies alone say what it may do."
          : `Write ${guess.nearest}.`,
    });
  }
}

/** Without local users the administrators come from a provider. */
function checkAdministration(identity: unknown, report: Report): void {
  if (child(identity, "local") !== false) return;
  const providers = entries(child(identity, "providers"));
  const duties = providers.flatMap(([, one]) => entries(child(one, "administration")).map(([, value]) => value));
  if (duties.some((value) => texts(value).some(([, duty]) => duty === "security"))) return;
  report({
    path: ["identity", "local"],
    message: "identity.local is false, and no provider makes anybody an administrator with the duty security",
    expected: "a group with `security` in the `administration` of a provider, or local users",
    remedy: "Write, at a provider, `administration: { group: [security] }`, or take `local` out.",
  });
}

/** I3, I8: how a client proves itself has to fit what it may do. */
function checkClient(
  client: unknown,
  path: readonly Step[],
  roles: readonly string[] | undefined,
  report: Report,
): void {
  if (typeof client !== "object" || client === null || Array.isArray(client)) return;
  const say = (message: string, expected: string, remedy: string, ...at: Step[]) =>
    report({
      path: [...path, ...at],
      atKey: at.length === 0,
      message: `${pathText(path)} ${message}`,
      expected,
      remedy,
    });
  const proofs = ["secret", "keys"].filter((key) => child(client, key) !== undefined);
  const redirects = texts(child(client, "redirects"));
  const machine = child(client, "service") !== undefined || child(client, "assertions") === true;
  if (proofs.length > 1)
    say(
      "has two proofs",
      "secret or keys",
      "Keep `keys` and take `secret` out: what is never sent cannot leak.",
      "secret",
    );
  if (machine && proofs.length === 0)
    say(
      "acts without a person, and nothing proves that it is this client",
      "keys (a JWK Set, private_key_jwt) or secret",
      "Add `keys: file:/path/of/keys.json` with its public keys, or `secret: env:NAME`.",
    );
  if (!machine && redirects.length === 0)
    say(
      "has neither redirects nor service, so that it can do nothing",
      "redirects for a program that people sign in with, service for one that acts for itself",
      "Add `redirects: [https://app.example.com/callback]`.",
    );
  for (const [at, uri] of redirects) checkRedirect(uri, [...path, "redirects", at], report);
  checkRoles(child(child(client, "service"), "roles"), [...path, "service", "roles"], roles, report);
}

/** RFC 9700, 2.1 and RFC 8252, 7: compared letter by letter, so nothing in it may stand for something else. */
function checkRedirect(uri: string, path: readonly Step[], report: Report): void {
  const expected =
    "an https URL, http on loopback, or a scheme of the program's own, without fragment, user and wildcard";
  const say = (message: string, remedy: string) =>
    report({ path, message: `${pathText(path)} ${message}`, expected, remedy });
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return say("is no URL", "Write it whole, the way the program sends it.");
  if (UNSAFE.test(url.protocol)) return say("has a scheme that no program is reached by", "Write an https URL.");
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    return say("is plain http off loopback", "Write https: codes would travel in clear.");
  if (url.username !== "" || url.password !== "") return say("has a user name or password", "Take it out.");
  if (uri.includes("#")) return say("has a fragment", "Remove what follows #.");
  if (uri.includes("*")) say("has a wildcard", "Name each redirect URI; on loopback the port may differ anyhow.");
}
