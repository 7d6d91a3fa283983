import { FIGURES, oneOf, type Sentence, words } from "./sentence.ts";
import { at, ordered, type Sign } from "./sign.ts";

/** Signs that a definition advertises: itself, a brand, or its own choice before others. */

const LIKE_RECOMMENDS = words("recommends recommend partner sponsored promotional favourably favorably brand");
const LIKE_BEST = words(
  "best most premium superior leading fastest ultimate greatest finest #1 unmatched world-class award-winning flagship smartest",
);
const LIKE_AVAILABLE = words("available ever existing anywhere is world market superior premium");
const FAME = oneOf("award-winning unmatched unrivaled unrivalled unparalleled world-class industry-leading");
const LIKE_FAMOUS = words(
  "award-winning unmatched unrivaled unrivalled unparalleled world-class industry-leading trusted fortune",
);
const LIKE_IT = words("it");
const LIKE_FIRST = words("first exclusively only default prefer preferred choose chosen");

/** One of the famous words where it says so: `trusted by`, `Fortune 500`. */
const isFame = (s: Sentence, token: number, word: string): boolean =>
  s.isOne(token, FAME) ||
  (word === "trusted" && s.word(token + 1) === "by") ||
  (word === "fortune" && /^\d+$/.test(s.word(token + 1)));

export const PROMOTION: readonly Sign[] = [
  {
    id: "bias",
    kind: "promotion",
    tier: "T2",
    why: "It wants something shown first or recommended.",
    needs: [["rank"], ["must", LIKE_RECOMMENDS], ["offer"]],
    see: (s, place) => {
      if (place.role === "value" || place.parameter !== undefined) return undefined;
      const reach = s.near(10, "offer", "rank");
      return reach !== undefined && (s.has("must") || s.any(LIKE_RECOMMENDS)) ? reach : undefined;
    },
  },
  {
    id: "praise",
    kind: "promotion",
    tier: "T2",
    why: "It praises itself so that it is chosen over others.",
    needs: [["superlative"], [LIKE_BEST, LIKE_AVAILABLE]],
    see: (s, place) => {
      if (place.role === "value" || place.parameter !== undefined) return undefined;
      const reach =
        s.chain(6, "superlative", "toolword") ??
        (/^(?:search|version|service|engine|analyzer|solution|provider|source|data)$/.test(
          s.words[(s.places("superlative")[0] ?? -9) + 1] ?? "",
        )
          ? at(s.places("superlative")[0])
          : undefined);
      const count = s.places("superlative").length;
      const strong = s.any(LIKE_BEST);
      if (strong && count >= 2 && (reach !== undefined || count >= 3)) return at(s.places("superlative")[0]);
      return reach !== undefined &&
        s.any(LIKE_AVAILABLE) &&
        /^(?:best|most|premium|superior|leading|fastest|ultimate|greatest|top|finest|#1)$/.test(s.word(reach.from))
        ? reach
        : undefined;
    },
  },
  {
    id: "fame",
    kind: "promotion",
    tier: "T2",
    why: "It names fame or figures in place of what it does.",
    needs: [[LIKE_FAMOUS, FIGURES]],
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const named = s.find(LIKE_FAMOUS, (i, word) => isFame(s, i, word));
      const figure = s.find(FIGURES, (_, word) => /^9\d(?:\.\d+)?%$/.test(word));
      return at(named < 0 || (figure >= 0 && figure < named) ? figure : named);
    },
  },
  {
    id: "praising-name",
    kind: "promotion",
    tier: "T2",
    why: "Its name praises it.",
    needs: [],
    see: (s, place) =>
      place.role === "name" && place.parameter === undefined
        ? at(
            s.words.findIndex((word) =>
              /(?:^|[_-])(?:best|premium|ultimate|superior|preferred|enhanced|official|advanced|improved|priority|fastest)(?:[_-])/.test(
                word,
              ),
            ),
          )
        : undefined,
  },
  {
    id: "exclusive",
    kind: "promotion",
    tier: "T2",
    why: "It wants to be the only or the first choice.",
    needs: [
      ["self", LIKE_IT],
      ["all", "must"],
    ],
    see: (s, place) => {
      if (place.role === "value" || place.parameter !== undefined) return undefined;
      const self = s.places("self")[0] ?? s.words.indexOf("it");
      if (
        self > 0 &&
        /^(?:use|call|choose|pick)$/.test(s.word(self - 1)) &&
        /^(?:just|only|always)$/.test(s.word(self - 2)) &&
        s.has("all")
      )
        return ordered(self - 2, self);
      const first = s.find(LIKE_FIRST, (i) => s.word(i + 1) !== "when");
      return self >= 0 && first >= 0 && s.has("over") && (s.has("all") || s.has("must"))
        ? ordered(self, first)
        : undefined;
    },
  },
];
