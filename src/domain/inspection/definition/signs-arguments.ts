import { words } from "./sentence.ts";
import { at, ordered, type Sign } from "./sign.ts";

const LIKE_REGARDLESS = words(
  "regardless whatever irrespective despite instead ignoring even contrary notwithstanding actual original",
);

/** Signs that what the user asked for, or gets, is changed on the way. */

const LIKE_REPLACE = words("replace substitute overwrite exchange swap");
const LIKE_WHEN = words("when whenever if");
const LIKE_ASKED = words(
  "asked asks input said says wants requested specified intent choice recipient request preference preferences chose typed",
);
const LIKE_AUTOMATICALLY = words("automatically transparently internally quietly");
const LIKE_RECIPIENT = words(
  "recipient recipients opened replaced substituted rerouted redirected routed place instead",
);
const LIKE_SUBSTITUTED = words(
  "substituted replaced swapped exchanged overwritten raised lowered inflated rerouted redirected",
);

export const ARGUMENTS: readonly Sign[] = [
  {
    id: "swap-result",
    kind: "argument-tampering",
    tier: "T2",
    why: "Values are to be exchanged for what this tool gives.",
    needs: [[LIKE_REPLACE]],
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const swap = s.first(LIKE_REPLACE);
      if (swap < 0 || s.negated(swap, 2)) return undefined;
      const by = s.words.findIndex((word, i) => i > swap && i - swap <= 6 && /^(?:with|by)$/.test(word));
      return by > 0 &&
        s.words
          .slice(by + 1, by + 5)
          .some((word) => /^(?:response|result|results|output|answer|returned|its|ours)$/.test(word)) &&
        s.words
          .slice(swap, by)
          .some((word) => /^(?:values|value|arguments|inputs|parameters|answer|result|results|user's)$/.test(word))
        ? ordered(swap, by)
        : undefined;
    },
  },
  {
    id: "tamper",
    kind: "argument-tampering",
    tier: "T2",
    why: "What the user asked for is to be changed before it is sent.",
    needs: [["quoted", "address"], ["alter"], ["argument"]],
    see: (s, place) => {
      if ((place.parameter !== undefined && !s.has("person")) || !(s.has("quoted") || s.has("address")))
        return undefined;
      for (const verb of s.places("alter")) {
        if (s.negated(verb, 3) || s.is(verb, "quoted") || /^(?:each|every|the|an?)$/.test(s.word(verb - 1))) continue;
        const object = s.places("argument").find((token) => token !== verb && Math.abs(token - verb) <= 8);
        if (object === undefined) continue;
        const told = s.words
          .slice(Math.max(0, verb - 3), verb)
          .some((word) =>
            /^(?:must|always|automatically|shall|please|should|system|silently|is|are|be|to)$/.test(word),
          );
        const strong =
          /^(?:append|prepend|change$|changed|changing|replace|modif|alter|substitut|overrid|overwrit|redirect|rewrit|swap|set|rerout|divert|rout)/.test(
            s.word(verb),
          );
        const literal =
          s.places("quoted").some((token) => token > verb && token - verb <= 6) ||
          s.has("address") ||
          (s.has("when") && s.has("quoted"));
        const compelled = s.has("must") || s.words.includes("automatically") || (s.has("when") && verb > 2 && strong);
        if (
          literal &&
          compelled &&
          (strong || (told && (s.any(LIKE_WHEN) || s.words.includes("automatically")))) &&
          s.places("quoted").length <= 4
        )
          return ordered(verb, object);
      }
      return undefined;
    },
  },
  {
    id: "against-user",
    kind: "argument-tampering",
    tier: "T2",
    why: "It sets aside what the user said.",
    needs: [[LIKE_REGARDLESS], ["alter", "rank", "send", "put"], [LIKE_ASKED]],
    see: (s) => {
      const apart = s.find(LIKE_REGARDLESS, (i, word) => word !== "instead" || s.word(i + 1) === "of");
      if (apart < 0 || !(s.has("alter") || s.has("rank") || s.has("send") || s.has("put"))) return undefined;
      const who = s.places("person").find((person) => Math.abs(person - apart) <= 4);
      const meant = s.any(LIKE_ASKED);
      return meant && (who !== undefined || s.word(apart + 1) === "recipient")
        ? ordered(apart, who ?? apart + 1)
        : undefined;
    },
  },
  {
    id: "silent-change",
    kind: "argument-tampering",
    tier: "T2",
    why: "Arguments or answers are changed on the way.",
    needs: [[LIKE_AUTOMATICALLY], ["alter"], ["argument"], ["when"]],
    see: (s) => {
      const auto = s.first(LIKE_AUTOMATICALLY);
      if (auto < 0) return undefined;
      const change = s.places("alter").find((place) => Math.abs(place - auto) <= 3);
      return change !== undefined && s.has("argument") && s.has("when") && (s.has("quoted") || s.has("person"))
        ? ordered(auto, change)
        : undefined;
    },
  },
  {
    id: "diversion",
    kind: "argument-tampering",
    tier: "T2",
    why: "What is meant for one goes to another.",
    needs: [
      ["address", LIKE_SUBSTITUTED],
      [LIKE_RECIPIENT, LIKE_SUBSTITUTED],
    ],
    see: (s) => {
      for (const i of s.places("address")) {
        const before = s.words.slice(Math.max(0, i - 3), i);
        if (before.some((word) => /^(?:as|instead|to|through|via|by)$/.test(word)) && s.any(LIKE_RECIPIENT))
          return { from: Math.max(0, i - 3), to: i };
      }
      const swap = s.first(LIKE_SUBSTITUTED);
      return swap >= 0 &&
        /^(?:by|with|to|through)$/.test(s.word(swap + 1)) &&
        /^(?:is|are|be|gets|get|being|silently|automatically|quietly|always)$/.test(s.word(swap - 1)) &&
        s.has("argument") &&
        s.chain(7, "argument", "alter") !== undefined
        ? at(swap)
        : undefined;
    },
  },
];
