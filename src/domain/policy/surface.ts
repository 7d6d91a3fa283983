import type { Wrong } from "./fault.ts";

/** Brackets inside each other, and operators in one policy: Cedar's parser takes a limited stack for both. */
const DEEPEST = 64;
const MOST_OPERATORS = 1_000;

/**
 * What is wrong with the text of a file before it is parsed: characters that make it read otherwise than it is, and policies
 * that are too large to be read.
 */
export function surface(text: string): Wrong[] {
  const bidi = text.search(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  if (bidi >= 0)
    return [
      {
        offset: bidi,
        message: "An invisible character changes the direction of the text, so that it reads otherwise than it is",
        expected: "no direction marks, in comments neither",
        remedy: "Remove the character.",
      },
    ];
  const plain = bare(text);
  let [depth, operators] = [0, 0];
  for (const { 0: token, index: offset } of plain.matchAll(/[([{}\])]|\|\||&&|[!+*.;-]|\bif\b/g)) {
    if ("([{".includes(token)) depth++;
    else if (")]}".includes(token)) depth--;
    else if (token === ";") [depth, operators] = [0, 0];
    else operators++;
    if (depth > DEEPEST)
      return [large(offset, `Brackets are more than ${DEEPEST} deep here`, `at most ${DEEPEST} inside each other`)];
    if (operators > MOST_OPERATORS)
      return [large(offset, "This policy has too many operators", `at most ${MOST_OPERATORS} in one policy`)];
  }
  const slot = plain.search(/\?(?:principal|resource)\b/);
  if (slot < 0) return [];
  return [
    {
      offset: slot,
      message: "A template (?principal, ?resource) is not supported",
      expected: "a policy that names its principal and resource",
      remedy: "Write the policy out.",
    },
  ];
}

const large = (offset: number, message: string, expected: string): Wrong => ({
  ...{ offset, message, expected },
  remedy: "Write several policies, or a set: [...].contains(…).",
});

/** The text with strings and comments blanked out; every place stays. */
function bare(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\[^])*"|\/\/[^\n]*/g, (part) => part.replaceAll(/[^\n]/g, " "));
}
