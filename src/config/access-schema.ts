import type { z } from "zod";
import { list, mapping, oneOf, text } from "./leaves.ts";

/** What running a tool may do (P3). */
const EFFECTS = ["read", "write", "destructive", "outbound", "payment", "access-change", "execute"] as const;

/** A date, or a moment in UTC. */
const date = (description: string) => text(description, "2027-01-31", /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/);

/** The short form of policy. @param glob what patterns look like, in words */
export const access = (glob: string) =>
  list(
    mapping(
      {
        role: text("a role name: letters, digits, _ . or -", "reader", /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
        allow: list(text(glob, "files.read_*"), "a list of patterns", ["files.read_*"]),
        effects: list(oneOf(EFFECTS), "a list of what the things may do that the patterns grant", ["read", "write"])
          .min(1)
          .optional(),
        approval: oneOf(["none", "self", "other"]).optional(),
        until: date("the last day on which it holds, such as 2027-01-31, or a moment in UTC").optional(),
        owner: text("who answers for it", "team-support@example.com", /^[^\n]{1,200}$/).optional(),
        review: date("the day by which somebody looks at it again, such as 2027-01-31").optional(),
      },
      "a mapping with role and allow, and where needed effects, approval, until, owner and review",
    ),
    "a list of roles and what they may use",
    [{ role: "reader", allow: ["files.read_*"] }],
  ).default([]);

/** What is declared of a server or client (P2). What is not said counts as the worst: a cloud service. */
export const declared = () =>
  mapping(
    {
      location: oneOf(["local", "on-premises", "private-cloud", "cloud"]).default("cloud"),
      training: oneOf(["no", "yes"]).default("yes"),
      retention: oneOf(["none", "limited", "unlimited"]).default("unlimited"),
    },
    "a mapping of where it runs and what it does with data",
  ).prefault({});

/** What `declared` gives back. */
export type DeclaredConfig = z.output<ReturnType<typeof declared>>;
