import { oneOf, type Reach, type Sentence, words } from "./sentence.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

const LIKE_THROUGH = words("through via");
const LIKE_EFFECT = words("effect affects impacts intercepts wraps governs overrides");
/** Signs that a definition meddles with other tools, with what is called, or with what the user gets. */

const GETS = oneOf(
  "id ids identifier identifiers slug slugs uuid schema uri key keys name names handle handles list available ref refs index number token details docs documentation status structure up-to-date exact correct valid supported types columns fields coordinates options path paths url urls code codes",
);
const FETCHES = oneOf(
  "to obtain get find retrieve look discover determine check see know list identify resolve learn from explore verify",
);

/** A call that yields what this one needs (an id, a schema, a list) is how honest tools belong together. */
function yieldsNeeded(s: Sentence): boolean {
  // It reads every word: whoever asks looks for another tool first.
  for (let i = 0; i < s.length; i++) if (s.isOne(i, GETS) && s.anyOne(FETCHES, i - 9, i)) return true;
  return s.words.some((word) => /_(?:id|ids|uri|slug|key)$/.test(word));
}

/** Another tool must be called before, after or with this one. */
function chained(s: Sentence, place: Place): Reach | undefined {
  if (place.parameter !== undefined && !s.has("toolword")) return undefined;
  const use = s.near(4, "use", "foreign") ?? s.chain(6, "foreign", "use");
  if (use === undefined) return undefined;
  const order = s.has("before") || s.has("after") || s.has("every");
  return order ? use : undefined;
}

const EFFECT =
  /(?:^|[_-])(?:delete|remove|purchase|buy|pay|transfer|send|export|add|grant|drop|reset|migrate|revoke|disable|upload|post|publish|write|execute|exec|run|create|update|submit|forward|wipe|approve|merge)(?:[_-]|$)/;

const CALLS = oneOf(
  "request requests operations operation queries query calls searches search responses invocation invocations",
);
const OF_REVIEW = oneOf("approval pull merge completion");
const OTHERS_ORDER = oneOf("before after prior");
const OF_OTHERS = oneOf("any every each all execute executing other using");
const HERE = oneOf("it this me here");

const unconditional = (s: Sentence) => s.has("must") || s.has("every");

const AGED = /^(?:deprecated|obsolete|outdated|retired)$/;

export const TOOLS: readonly Sign[] = [
  {
    id: "chain",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It puts a call of another tool before or after its own, for no stated need of this one.",
    needs: [["foreign"], ["use"], ["before", "after", "every"]],
    see: (s, place) => (!s.has("foreign") || yieldsNeeded(s) ? undefined : chained(s, place)),
  },
  {
    id: "chain-must",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It demands a call of another tool that it does not need.",
    needs: [["foreign"], ["must", "every"]],
    see: (s, place) =>
      s.has("foreign") && unconditional(s) && !yieldsNeeded(s)
        ? (chained(s, place) ?? s.near(6, "foreign", "must"))
        : undefined,
  },
  {
    id: "chain-needed",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It demands that another tool is called first.",
    needs: [["foreign"], ["use"], ["must", "every"]],
    see: (s, place) => (s.has("foreign") && unconditional(s) && yieldsNeeded(s) ? chained(s, place) : undefined),
  },
  {
    id: "chain-effect",
    kind: "cross-tool-order",
    tier: "T2",
    why: "The other tool that is to be called changes, sends or grants something.",
    needs: [["foreign"], ["use"]],
    see: (s, place) => {
      const use = chained(s, place) ?? s.chain(4, "use", "foreign");
      if (use === undefined) return undefined;
      return at(s.places("foreign").find((token) => EFFECT.test(s.word(token))));
    },
  },
  {
    id: "self-first",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It wants to be called before or after whatever else is done.",
    needs: [["self"], ["use"]],
    see: (s) => {
      for (const self of s.places("self")) {
        if (!s.is(self - 1, "use")) continue;
        for (let i = Math.max(0, self - 12); i <= self + 12; i++)
          if (s.isOne(i, OTHERS_ORDER) && s.isOne(i + 1, OF_OTHERS)) return ordered(self, i);
      }
      return undefined;
    },
  },
  {
    id: "funnel",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It draws the traffic of other tools through itself.",
    needs: [[LIKE_THROUGH], ["all", "must"]],
    see: (s) => {
      const through = s.find(LIKE_THROUGH, (i) => s.isOne(i + 1, HERE));
      return through >= 0 && (s.has("all") || s.has("must")) ? at(through) : undefined;
    },
  },
  {
    id: "all-calls",
    kind: "authority",
    tier: "T2",
    why: "A demand is made for every call or request.",
    needs: [["must", "before"], ["all"]],
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const reach =
        s.chain(7, "must", "all") ??
        s.chain(5, "all", "argument", "must") ??
        (s.has("foreign") || s.has("read") ? s.chain(2, "before", "all") : undefined);
      if (reach === undefined) return undefined;
      for (let i = reach.from; i <= reach.to + 6; i++)
        if (s.isOne(i, CALLS) && !s.isOne(i - 1, OF_REVIEW)) return ordered(reach.from, i);
      return undefined;
    },
  },
  {
    id: "shadow",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It says how another tool is to behave.",
    needs: [["foreign"], ["must", "alter", "instead"]],
    see: (s) => {
      for (const from of s.places("foreign")) {
        const rest = s.words.slice(from + 1, from + 5);
        const compelled = s
          .places("must")
          .some((place) => place > from && place - from <= 5 && !/^requires$/.test(s.word(place)));
        const acts = s.has("send") || s.has("alter") || s.has("put");
        if (compelled && acts) return { from, to: Math.min(from + 5, s.length - 1) };
        if (
          rest.some((word) => /^(?:now|has|have|automatically|will)$/.test(word)) &&
          (s.has("alter") || s.has("instead"))
        )
          return { from, to: Math.min(from + 5, s.length - 1) };
      }
      return undefined;
    },
  },
  {
    id: "side-effect-on",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It claims an effect on another tool.",
    needs: [[LIKE_EFFECT], ["foreign"]],
    see: (s) => {
      const effect = s.first(LIKE_EFFECT);
      const tool = s.places("foreign")[0];
      return effect >= 0 && tool !== undefined && Math.abs(effect - tool) < 12 ? ordered(effect, tool) : undefined;
    },
  },
  {
    id: "replaces",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It puts itself or another tool in the place of a tool.",
    needs: [["instead"], ["foreign", "self", "toolword"]],
    see: (s, place) => {
      if (place.parameter !== undefined || place.role === "value") return undefined;
      for (const word of s.places("instead")) {
        if (/^(?:instead|alternative|replace|replacing)$/.test(s.word(word))) continue;
        // A tool may say of itself that it is out of date.
        if (AGED.test(s.word(word)) && s.chain(4, "self", "instead")?.to === word) continue;
        const tool =
          s.places("foreign").find((place) => Math.abs(place - word) <= 8) ??
          s.places("self").find((place) => Math.abs(place - word) <= 8);
        const any = s.places("toolword").find((place) => Math.abs(place - word) <= 9);
        if (tool !== undefined) return ordered(word, tool);
        if (any !== undefined && (s.has("over") || s.has("must"))) return ordered(word, any);
      }
      return undefined;
    },
  },
  {
    id: "rather-than",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It keeps the model from other tools.",
    needs: [
      ["over", "instead"],
      ["toolword", "foreign"],
      ["must", "rank", "superlative", "not", "all"],
    ],
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const over = s.chain(6, "over", "toolword") ?? s.chain(4, "instead", "foreign") ?? s.chain(4, "over", "foreign");
      return over !== undefined &&
        (s.has("must") || s.has("rank") || s.has("superlative") || s.has("not") || s.has("all"))
        ? over
        : undefined;
    },
  },
];
