import { duration, list, mapping, named, oneOf, text, whole } from "./leaves.ts";

/** Who is asked about results, and what becomes of them without an answer (S3). */
export interface ClassifierConfig {
  readonly url: string;
  readonly timeoutMs: number;
  readonly onFailure: "refuse" | "pass";
  /** UTF-16 units. */
  readonly minLength: number;
  /** References by header name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: all. */
  readonly servers?: readonly string[];
  readonly private: readonly string[];
}

const reference = () =>
  text("a reference: env:NAME or file:path", "env:CLASSIFIER_TOKEN", /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S[^\n]*)$/);

/** `screen.classifier`: somebody who is asked about results over HTTP (S3). */
export const classifier = () =>
  mapping(
    {
      url: text("an https URL (plain http on loopback alone)", "https://classifier.example.com/v1"),
      timeout: duration("50ms", "30s", "2s").default("2s"),
      onFailure: oneOf(["refuse", "pass"]).default("refuse"),
      minLength: whole(0, 100_000, 20).default(0),
      headers: named(
        reference(),
        "a mapping of header names to references env:NAME or file:path",
        "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$",
      ).default({}),
      servers: list(
        text("a server's name", "web", /^[a-z][a-z0-9-]{0,31}$/),
        "a list of servers whose results are asked about; without it all",
        ["web"],
      )
        .min(1)
        .optional(),
      private: list(
        text("an address range such as 10.0.0.0/8", "10.0.0.0/8"),
        "a list of private address ranges that the url may resolve to",
        ["10.0.0.0/8"],
      ).default([]),
    },
    "a mapping with url: who is asked about results, how long, and what becomes of them without an answer",
  ).optional();
