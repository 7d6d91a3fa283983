import { duration, list, mapping, text, whole } from "./leaves.ts";

/** `approvals`: how a person is asked before a call goes on (H1 to H5). */
export const approvals = mapping(
  {
    wait: duration("100ms", "2m", "20s").default("20s"),
    standing: duration("1m", "366d", "30d").default("30d"),
    trusted: list(
      text("the id of an OAuth client, or of a key (k_…)", "desktop", /^[\x21-\x7e]{1,500}$/),
      "a list of clients whose forms count as the person's own answer",
      ["desktop"],
    ).default([]),
    pending: mapping(
      {
        perCredential: whole(1, 10_000, 10).default(10),
        perPerson: whole(1, 10_000, 20).default(20),
        perTenant: whole(1, 100_000, 200).default(200),
      },
      "a mapping of how many calls may wait for a person at a time",
    ).prefault({}),
    webhook: mapping(
      {
        url: text("an https URL (plain http on loopback alone)", "https://hooks.example.com/cardea"),
        secret: text(
          "a reference: env:NAME or file:path",
          "env:APPROVALS_SECRET",
          /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S[^\n]*)$/,
        ),
        private: list(
          text("an address range such as 10.0.0.0/8", "10.0.0.0/8"),
          "a list of private address ranges that the url may resolve to",
          ["10.0.0.0/8"],
        ).default([]),
      },
      "a mapping with url and secret: where it is told that a person is needed",
    ).optional(),
  },
  "a mapping of how a person is asked before a call goes on",
);
