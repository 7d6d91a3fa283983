import { z } from "zod";
import { toolFlow } from "./flow-schema.ts";
import { duration, flag, list, mapping, named, oneOf, text, whole } from "./leaves.ts";

/** Names of arguments, JSON Pointers and URI templates: anything that can be written on a line. */
const PLACE = "^[^\\n]{1,256}$";
const place = "an argument's name, or a JSON Pointer such as /filter/tenant (`*` for every item of a list)";

const scalar = () =>
  z
    .union([z.string().max(4096), z.number(), z.boolean()])
    .meta({ description: "text, a number, or true or false", examples: ["list"] });

const EFFECTS = ["read", "write", "destructive", "outbound", "payment", "access-change", "execute"] as const;
const effect = () => oneOf(EFFECTS);

const bind = () =>
  named(
    z
      .union([
        oneOf([
          "principal.tenant",
          "principal.login",
          "principal.owner",
          "principal.client",
          "principal.environment",
          "principal.plan",
        ]),
        mapping({ value: scalar() }, "a mapping with value"),
      ])
      .meta({
        description:
          "principal.tenant, principal.login, principal.owner, principal.client, principal.environment, principal.plan or {value: …}",
        examples: ["principal.tenant"],
      }),
    `a mapping of ${place} to where the value comes from`,
    PLACE,
  ).default({});

const folder = () => text("a folder; relative ones start at the folder of this file", "./workspace");
const host = () => text("a host name, or *. and a domain", "api.example.com", /^(?:\*\.)?[A-Za-z0-9.-]{1,253}$/);
const domain = () => text("a domain", "example.com", /^[A-Za-z0-9.-]{1,253}$/);

const guard = () =>
  mapping(
    {
      kind: oneOf(["path", "url", "email", "id", "date", "shell", "sql", "html", "template", "ldap"]),
      roots: list(folder(), "a list of folders that a path stays below", ["./workspace"]).optional(),
      hosts: list(host(), "a list of hosts of a url; without it any public host", ["api.example.com"]).optional(),
      domains: list(domain(), "a list of domains of an email; without it any", ["example.com"]).optional(),
    },
    "a mapping with kind, and roots, hosts or domains",
  );

const accept = () =>
  text(
    "why the argument stays open, in a sentence of at least three words",
    "the server checks it against its own list",
    /^(?=.{10,1000}$)\s*\S+(?:[^\S\n]+\S+){2,}\s*$/,
  );
const count = () => whole(0, 1_000_000_000, 64);
const bound = () => z.number().meta({ description: "a number", examples: [100] });

const argument = () =>
  mapping(
    {
      maxLength: count().optional(),
      minLength: count().optional(),
      pattern: text("a regular expression (ECMA 262, u)", "^[a-z0-9-]+$", /^[^\n]{1,1024}$/).optional(),
      enum: list(scalar(), "a list of the values that are left", ["open", "closed"]).optional(),
      minimum: bound().optional(),
      maximum: bound().optional(),
      minItems: count().optional(),
      maxItems: count().optional(),
      required: flag().optional(),
      default: scalar().optional(),
      remove: flag().optional(),
      guard: guard().optional(),
      accept: accept().optional(),
    },
    "a mapping of what tightens the argument",
  );

/** A prompt or template has no schema: its arguments are guarded, filled or removed. */
const plain = () =>
  mapping(
    {
      default: scalar().optional(),
      remove: flag().optional(),
      guard: guard().optional(),
      accept: accept().optional(),
    },
    "a mapping with guard, default, remove or accept",
  );

const args = () => named(argument(), `a mapping of ${place} to what tightens it`, PLACE).default({});

const approval = () =>
  mapping(
    { by: oneOf(["self", "other"]).default("self"), expires: duration("10s", "24h", "5m").default("5m") },
    "a mapping with by (self or other) and expires",
  ).optional();

const field = () =>
  text("a field: a name, a JSON Pointer such as /rows/*/id, or a path such as $.rows[*].id", "id", /^[^\n]{1,512}$/);

/** What is left of a tool's results (S9): one of the two, fields as `readField` reads them. */
export interface ResultConfig {
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
}

const result = () =>
  mapping(
    {
      keep: list(field(), "a list of the fields that are kept", ["id"]).min(1).optional(),
      drop: list(field(), "a list of the fields that are left out", ["ssn"]).min(1).optional(),
    },
    "a mapping with keep or drop",
  ).optional();

/** The name of a tool as callers see it. */
export const PUBLISHED_NAME = "^[A-Za-z0-9_.-]{1,64}$";

const part = mapping(
  {
    fixed: named(scalar(), `a mapping of ${place} to its value`, PLACE).default({}),
    effect: effect(),
    description: text("when to use it and when not", "Lists issues. It changes nothing.", /^[^\0]{1,4000}$/),
    arguments: args(),
    approval: approval(),
    result: result(),
  },
  "a mapping with fixed, effect and description",
);

/** `servers.<name>.tools` */
export const tools = () =>
  named(
    mapping(
      {
        effect: effect().optional(),
        alias: text("1 to 64 letters, digits, _ or -", "find_contact", /^[A-Za-z0-9_-]{1,64}$/).optional(),
        bind: bind(),
        arguments: args(),
        confirm: text("the argument that only an approval sets", "confirm", /^[^\n]{1,256}$/).optional(),
        approval: approval(),
        result: result(),
        flow: toolFlow(),
        publish: named(part, "a mapping of new names to parts of the tool", PUBLISHED_NAME).optional(),
      },
      "a mapping of what is known of the tool and what tightens it",
    ),
    "a mapping of tool names to what is known of them",
    "^[\\x21-\\x7e]{1,128}$",
  ).default({});

/** `servers.<name>.prompts` and `.templates` */
export const plainRules = (what: string, pattern: string) =>
  named(
    mapping(
      { bind: bind(), arguments: named(plain(), "a mapping of names to rules", PLACE).default({}) },
      "a mapping with bind and arguments",
    ),
    `a mapping of ${what} to their rules`,
    pattern,
  ).default({});
