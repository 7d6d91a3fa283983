import type { Evidence } from "./evidence.ts";
import type { Places } from "./places.ts";
import type { Reading } from "./reading.ts";

/** What the gateway alone says of results, in lower case: its frames, its notes, and the addresses that it gives. */
const SENTENCES: readonly { readonly literal: string; readonly shape: RegExp }[] = [
  {
    literal: "from the server",
    shape:
      /\b(?:content|answer|text|result)s? (?:above|below|before|after|here) (?:comes?|came|is|was|are) from the server\b/,
  },
  {
    literal: "the gateway",
    shape:
      /\bthe gateway (?:has |have )?(?:(?:withheld|released|verified|approved|vouche[sd]) (?:an?|the|this|its) (?!mcp app)|cut this answer|masked values|asks you|checked (?:this|the (?:content|answer|result|server))\b)/,
  },
  { literal: "gateway asks", shape: /\bgateway asks (?:you|this)\b/ },
  { literal: "released this answer", shape: /\bperson (?:has )?released this answer\b/ },
  { literal: "a person's approval", shape: /\bneeds a person's approval\b/ },
  {
    literal: "cardea",
    shape: /\b(?:note|message|notice|warning) (?:from|of|by) cardea\b|\bcardea:\/\/(?:rest|quarantine)\//,
  },
  {
    literal: "cardea",
    shape: /\bcardea,? (?:the gateway|(?:has )?(?:verified|checked|approved|released)|asks|says|confirms|guarantees)\b/,
  },
];

/** Units around a literal that are looked at, and places of one literal. */
const [BACK, AHEAD, MOST_PLACES] = [48, 64, 200];

export const GATEWAY_LITERALS: readonly string[] = SENTENCES.map(({ literal }) => literal);

/** Sentences in a text that only the gateway says, in whose name nobody else may speak (S7). */
export function imitations({ text }: Reading, places: Places): Evidence[] {
  for (const { literal, shape } of SENTENCES) {
    for (const at of places.get(literal)?.slice(0, MOST_PLACES) ?? []) {
      const from = Math.max(0, at - BACK);
      const match = shape.exec(text.slice(from, at + AHEAD));
      if (match === null) continue;
      const start = from + match.index;
      const why = "The text speaks as if it were the gateway.";
      return [{ kind: "imitated-gateway", tier: "T2", start, end: start + match[0].length, confidence: 0.8, why }];
    }
  }
  return [];
}
