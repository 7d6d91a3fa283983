import { declared } from "./access-schema.ts";
import { duration, flag, list, mapping, named, oneOf, text } from "./leaves.ts";

const NAME = "^[a-z][a-z0-9-]{0,31}$";
const role = () => text("a role of `access`", "engineer", /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/);
const claim = () => text("the name of a claim", "groups", /^[^\s]{1,200}$/);
const secret = () =>
  text("a reference: env:NAME or file:path", "env:CORP_SECRET", /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S[^\n]*)$/);
const url = (example: string) => text("an https URL (plain http on loopback alone)", example);
const range = () => text("an address range such as 10.0.0.0/8", "10.0.0.0/8");

const rolesByValue = () =>
  named(list(role(), "a list of roles", ["engineer"]), "a mapping of groups to roles", "^[^\\n]{1,200}$").default({});
const duties = () =>
  named(
    list(oneOf(["operator", "security", "approver", "auditor"]), "a list of roles of administration", ["auditor"]),
    "a mapping of groups to roles of administration",
    "^[^\\n]{1,200}$",
  ).default({});

const provider = mapping(
  {
    issuer: url("https://login.example.com"),
    metadata: url("https://login.example.com/.well-known/openid-configuration").optional(),
    client: mapping(
      { id: text("the client id that the provider gave", "cardea"), secret: secret() },
      "a mapping with id and secret",
    ),
    scopes: list(text("a scope", "openid", /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/), "a list of scopes", [
      "openid",
    ]).default(["openid", "profile", "email"]),
    login: claim().default("email"),
    groups: claim().default("groups"),
    roles: rolesByValue(),
    administration: duties(),
    check: duration("10s", "24h", "15m").default("15m"),
    secondFactor: mapping(
      {
        acr: list(text("a value of acr", "urn:example:mfa"), "a list of values", ["urn:example:mfa"]).default([]),
        amr: list(text("a value of amr (RFC 8176)", "mfa"), "a list of values", ["mfa"]).default([
          "mfa",
          "otp",
          "hwk",
          "pop",
        ]),
      },
      "a mapping with acr and amr: what this provider says of a second factor",
    ).prefault({}),
    private: list(range(), "a list of private address ranges that the provider may resolve to", ["10.0.0.0/8"]).default(
      [],
    ),
  },
  "a mapping with issuer, client and what the provider says of people",
);

const client = mapping(
  {
    name: text("how people know the client", "Reporting"),
    redirects: list(url("https://app.example.com/callback"), "a list of redirect URIs", [
      "https://app.example.com/callback",
    ]).default([]),
    secret: secret().optional(),
    keys: text(
      "file:path of a JWK Set with public keys",
      "file:/etc/cardea/reporting.jwks.json",
      /^file:\S[^\n]*$/,
    ).optional(),
    service: mapping(
      { roles: list(role(), "a list of roles", ["reader"]) },
      "a mapping with the roles of a client that acts for itself (client credentials)",
    ).optional(),
    assertions: flag().default(false),
    declared: declared(),
  },
  "a mapping with name, redirects and how the client proves itself",
);

const trusted = {
  issuer: url("https://login.example.com"),
  metadata: url("https://login.example.com/.well-known/openid-configuration").optional(),
  keys: url("https://login.example.com/jwks.json").optional(),
  login: claim().default("email"),
  claim: claim().default("groups"),
  roles: rolesByValue(),
  private: list(range(), "a list of private address ranges that the issuer may resolve to", ["10.0.0.0/8"]).default([]),
};

/** `identity`: who may sign in, which clients there are, how long things live (I2 to I8). */
export const identity = mapping(
  {
    providers: named(provider, "a mapping of names to OpenID providers where people sign in", NAME).default({}),
    local: flag().optional(),
    secondFactor: mapping(
      {
        roles: list(role(), "a list of roles that need a second factor", ["engineer"]).default([]),
        administration: flag().default(false),
        maxAge: duration("1m", "31d", "12h").default("12h"),
      },
      "a mapping of what needs a second factor, and how fresh it has to be",
    ).prefault({}),
    administration: mapping(
      { secondPerson: flag().default(false) },
      "a mapping of how administration is done; with secondPerson approvals and accepted files need two administrators",
    ).prefault({}),
    accessToken: duration("30s", "1h", "10m").default("10m"),
    refreshToken: duration("1m", "90d", "30d").default("30d"),
    session: duration("1m", "31d", "24h").default("24h"),
    consent: duration("1m", "366d", "90d").default("90d"),
    clients: named(
      client,
      "a mapping of client ids to clients that are known beforehand",
      "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    ).default({}),
    registration: mapping(
      {
        dynamic: flag().default(true),
        metadata: list(
          text(
            "a host, or *.domain, that client metadata documents may come from",
            "*.example.com",
            /^(?:\*|(?:\*\.)?[a-z0-9.-]+(?::[0-9]{1,5})?)$/,
          ),
          "a list of hosts; `*` is every public one",
          ["claude.ai"],
        ).default(["*"]),
        unused: duration("1m", "31d", "7d").default("7d"),
        private: list(range(), "a list of private address ranges that metadata documents may come from", [
          "10.0.0.0/8",
        ]).default([]),
      },
      "a mapping of how clients that nobody registered beforehand become known",
    ).prefault({}),
    issuer: mapping(
      trusted,
      "an external authorization server whose tokens count in place of the embedded one's",
    ).optional(),
    assertions: list(
      mapping(trusted, "an issuer of identity assertions (ID-JAG)"),
      "a list of issuers of identity assertions for enterprise-managed authorization",
      [{ issuer: "https://login.example.com" }],
    ).default([]),
  },
  "a mapping of sign-in, clients and lifetimes",
);
