import { classifier } from "./classifier-schema.ts";
import { duration, flag, list, mapping, named, oneOf, size, text, whole } from "./leaves.ts";

/** What may become of a value that is nobody's business, of hidden text, and of instructions to a model. */
export const SCREEN_ACTIONS = {
  value: ["mask", "hash", "drop", "quarantine", "block", "pass"],
  hidden: ["show", "remove", "quarantine", "block", "pass"],
  orders: ["quarantine", "block", "mark", "pass"],
} as const;

const value = () => oneOf(SCREEN_ACTIONS.value);
const kind = () =>
  text(
    "secret, card, personal, hidden, T1, T2, or one kind of finding such as iban or email",
    "iban",
    /^(?:T[12]|[a-z0-9][a-z0-9-]{0,63})$/,
  );

/** `screen`: what becomes of what is found in arguments and results (S1 to S4, S7). @param glob what patterns look like */
export const screen = (glob: string) =>
  mapping(
    {
      secret: value().default("mask"),
      card: value().default("mask"),
      personal: value().default("pass"),
      hidden: oneOf(SCREEN_ACTIONS.hidden).default("show"),
      T1: oneOf(SCREEN_ACTIONS.orders).default("quarantine"),
      T2: oneOf(SCREEN_ACTIONS.orders).default("mark"),
      kinds: named(
        value(),
        "a mapping of kinds of findings to what becomes of them",
        "^[a-z0-9][a-z0-9-]{0,63}$",
      ).default({}),
      frame: flag().default(true),
      cap: mapping(
        {
          size: whole(1_024, 100_000_000, 262_144).default(262_144),
          items: whole(10, 1_000_000, 20_000).default(20_000),
          depth: whole(8, 256, 40).default(40),
          keep: duration("1m", "7d", "1h").default("1h"),
          results: whole(4, 100_000, 1_000).default(1_000),
          kept: size("1MiB", "64GiB", "1GiB").default("1GiB"),
        },
        "a mapping of what a result may have at once (characters, items, levels), how long the rest is kept, and how many and how much of them in all",
      ).prefault({}),
      classifier: classifier(),
      quarantine: mapping(
        {
          keep: duration("1m", "90d", "7d").default("7d"),
          items: whole(1, 10_000, 200).default(200),
          size: size("64KiB", "1GiB", "64MiB").default("64MiB"),
        },
        "a mapping of how long a withheld result waits for a person, and how many and how much of them in all",
      ).prefault({}),
      rules: list(
        mapping(
          {
            match: text(glob, "crm.*"),
            direction: oneOf(["argument", "result"]).optional(),
            roles: list(text("a role", "support"), "a list of roles; without it all", ["support"]).optional(),
            kinds: list(kind(), "a list of kinds", ["personal", "iban"]).min(1),
            action: oneOf(["mask", "hash", "drop", "quarantine", "block", "pass", "show", "remove", "mark"]),
          },
          "a mapping with match, kinds and action",
        ),
        "a list of rules; of those that match a call the first that names a kind decides on it",
        [{ match: "crm.*", direction: "result", kinds: ["email"], action: "mask" }],
      ).default([]),
      allow: list(
        mapping(
          { match: text(glob, "vault.store_secret"), kinds: list(kind(), "a list of kinds", ["secret"]).min(1) },
          "a mapping with match and kinds",
        ),
        "a list of what may be given which kinds in its arguments; before the rules",
        [{ match: "vault.store_secret", kinds: ["secret"] }],
      ).default([]),
    },
    "a mapping of what becomes of what is found",
  );
