import { duration, flag, list, mapping, named, oneOf, text } from "./leaves.ts";

const server = () => text("a server's name", "web", /^[a-z][a-z0-9-]{0,31}$/);

/** `servers.<name>.flow` (S8). */
export const serverFlow = () =>
  mapping(
    { source: oneOf(["untrusted", "private", "none"]).optional() },
    "a mapping of what its results are; without it those from outside are untrusted unless it is trusted",
  ).prefault({});

/** `servers.<name>.tools.<name>.flow` (S8). */
export const toolFlow = () =>
  mapping(
    {
      reads: list(oneOf(["untrusted", "private"]), "a list of what its results are", ["private"]).optional(),
      sink: oneOf(["outbound", "destructive", "public", "none"]).optional(),
    },
    "a mapping of what its results are and what it can do with what was read before",
  ).prefault({});

/** `flow`: fading, and what passes without a question (S8). */
export const flow = () =>
  mapping(
    {
      fade: duration("1m", "31d", "8h").optional(),
      allow: list(
        mapping(
          {
            match: text("server.glob", "mail.send", /^[a-z][a-z0-9-]{0,31}\.[^\s:]{1,128}$/),
            from: list(server(), "a list of servers whose content may have been read before; without it any", [
              "web",
            ]).optional(),
            arguments: named(
              list(text("what the text must be; * stands for anything but separators", "*@example.com"), "a list", [
                "*@example.com",
              ]).min(1),
              "a mapping of arguments to what their texts must be",
              "^[^\\n]{1,256}$",
            ).default({}),
            private: flag().default(false),
          },
          "a mapping with match, and where needed from, arguments and private",
        ),
        "a list of what passes without a question after content was read",
        [{ match: "mail.send", arguments: { to: ["*@example.com"] } }],
      ).default([]),
    },
    "a mapping with fade and allow",
  );
