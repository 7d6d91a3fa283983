import type { Reach, Sentence } from "./sentences.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

/** Signs that a definition meddles with other tools, with what is called, or with what the user gets. */

const GETS =
  /^(?:id|ids|identifier|identifiers|slug|slugs|uuid|schema|uri|key|keys|name|names|handle|handles|list|available|ref|refs|index|number|token|details|docs|documentation|status|structure|up-to-date|exact|correct|valid|supported|types|columns|fields|coordinates|options|path|paths|url|urls|code|codes)$/;
const FETCHES =
  /^(?:to|obtain|get|find|retrieve|look|discover|determine|check|see|know|list|identify|resolve|learn|from|explore|verify)$/;

/** A call that yields what this one needs (an id, a schema, a list) is how honest tools belong together. */
function yieldsNeeded(s: Sentence): boolean {
  for (let i = 0; i < s.words.length; i++) {
    if (!GETS.test(s.words[i] as string)) continue;
    for (let back = 1; back <= 9 && i - back >= 0; back++) if (FETCHES.test(s.words[i - back] as string)) return true;
  }
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

const CALLS = /^(?:requests?|operations|operation|queries|query|calls|searches|search|responses|invocations?)$/;

const unconditional = (s: Sentence) => s.has("must") || s.has("every");

export const TOOLS: readonly Sign[] = [
  {
    id: "chain",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It puts a call of another tool before or after its own, for no stated need of this one.",
    see: (s, place) => (yieldsNeeded(s) ? undefined : chained(s, place)),
  },
  {
    id: "chain-must",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It demands a call of another tool that it does not need.",
    see: (s, place) =>
      unconditional(s) && !yieldsNeeded(s) ? (chained(s, place) ?? s.near(6, "foreign", "must")) : undefined,
  },
  {
    id: "chain-needed",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It demands that another tool is called first.",
    see: (s, place) => (unconditional(s) && yieldsNeeded(s) ? chained(s, place) : undefined),
  },
  {
    id: "chain-effect",
    kind: "cross-tool-order",
    tier: "T2",
    why: "The other tool that is to be called changes, sends or grants something.",
    see: (s, place) => {
      const use = chained(s, place) ?? s.chain(4, "use", "foreign");
      if (use === undefined) return undefined;
      return at(s.places("foreign").find((token) => EFFECT.test(s.words[token] as string)));
    },
  },
  {
    id: "self-first",
    kind: "cross-tool-order",
    tier: "T2",
    why: "It wants to be called before or after whatever else is done.",
    see: (s) => {
      for (const self of s.places("self")) {
        if (!s.is(self - 1, "use")) continue;
        const other = s.words.findIndex(
          (word, i) =>
            Math.abs(i - self) <= 12 &&
            /^(?:before|after|prior)$/.test(word) &&
            /^(?:any|every|each|all|execute|executing|other|using)$/.test(s.words[i + 1] ?? ""),
        );
        if (other >= 0) return ordered(self, other);
      }
      return undefined;
    },
  },
  {
    id: "funnel",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It draws the traffic of other tools through itself.",
    see: (s) => {
      const through = s.words.findIndex(
        (word, i) => /^(?:through|via)$/.test(word) && /^(?:it|this|me|here)$/.test(s.words[i + 1] ?? ""),
      );
      return through >= 0 && (s.has("all") || s.has("must")) ? at(through) : undefined;
    },
  },
  {
    id: "swap-result",
    kind: "argument-tampering",
    tier: "T2",
    why: "Values are to be exchanged for what this tool gives.",
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const swap = s.words.findIndex((word) => /^(?:replace|substitute|overwrite|exchange|swap)$/.test(word));
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
    id: "all-calls",
    kind: "authority",
    tier: "T2",
    why: "A demand is made for every call or request.",
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const reach =
        s.chain(7, "must", "all") ??
        s.chain(5, "all", "argument", "must") ??
        (s.has("foreign") || s.has("read") ? s.chain(2, "before", "all") : undefined);
      if (reach === undefined) return undefined;
      const calls = s.words.findIndex(
        (word, i) =>
          i >= reach.from &&
          i <= reach.to + 6 &&
          CALLS.test(word) &&
          !/^(?:approval|pull|merge|completion)$/.test(s.words[i - 1] as string),
      );
      return calls < 0 ? undefined : ordered(reach.from, calls);
    },
  },
  {
    id: "shadow",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It says how another tool is to behave.",
    see: (s) => {
      for (const from of s.places("foreign")) {
        const rest = s.words.slice(from + 1, from + 5);
        const compelled = s
          .places("must")
          .some((place) => place > from && place - from <= 5 && !/^requires$/.test(s.words[place] as string));
        const acts = s.has("send") || s.has("alter") || s.has("put");
        if (compelled && acts) return { from, to: Math.min(from + 5, s.words.length - 1) };
        if (
          rest.some((word) => /^(?:now|has|have|automatically|will)$/.test(word)) &&
          (s.has("alter") || s.has("instead"))
        )
          return { from, to: Math.min(from + 5, s.words.length - 1) };
      }
      return undefined;
    },
  },
  {
    id: "side-effect-on",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It claims an effect on another tool.",
    see: (s) => {
      const effect = s.words.findIndex((word) =>
        /^(?:effect|affects|impacts|behavior|behaviour|intercepts|wraps|governs|overrides|controls)$/.test(word),
      );
      const tool = s.places("foreign")[0];
      return effect >= 0 && tool !== undefined && Math.abs(effect - tool) < 12 ? ordered(effect, tool) : undefined;
    },
  },
  {
    id: "replaces",
    kind: "cross-tool-change",
    tier: "T2",
    why: "It puts itself or another tool in the place of a tool.",
    see: (s, place) => {
      if (place.parameter !== undefined || place.role === "value") return undefined;
      for (const word of s.places("instead")) {
        if (/^(?:instead|alternative|replace|replacing)$/.test(s.words[word] as string)) continue;
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
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      const over = s.chain(6, "over", "toolword") ?? s.chain(4, "instead", "foreign") ?? s.chain(4, "over", "foreign");
      return over !== undefined &&
        (s.has("must") || s.has("rank") || s.has("superlative") || s.has("not") || s.has("all"))
        ? over
        : undefined;
    },
  },
  {
    id: "tamper",
    kind: "argument-tampering",
    tier: "T2",
    why: "What the user asked for is to be changed before it is sent.",
    see: (s, place) => {
      if ((place.parameter !== undefined && !s.has("person")) || !(s.has("quoted") || s.has("address")))
        return undefined;
      for (const verb of s.places("alter")) {
        if (s.negated(verb, 3) || s.is(verb, "quoted")) continue;
        const object = s.places("argument").find((token) => token !== verb && Math.abs(token - verb) <= 8);
        if (object === undefined) continue;
        const told = s.words
          .slice(Math.max(0, verb - 3), verb)
          .some((word) =>
            /^(?:must|always|automatically|shall|please|should|system|silently|is|are|be|to)$/.test(word),
          );
        const strong =
          /^(?:append|prepend|change|replace|modif|alter|substitut|overrid|overwrit|redirect|rewrit|swap|set|rerout|divert|rout)/.test(
            s.words[verb] as string,
          );
        const literal =
          s.places("quoted").some((token) => token > verb && token - verb <= 6) ||
          s.has("address") ||
          (s.has("when") && s.has("quoted"));
        const compelled = s.has("must") || s.words.includes("automatically") || (s.has("when") && verb > 2 && strong);
        if (
          literal &&
          compelled &&
          (strong || (told && (s.has("when") || s.words.includes("automatically")))) &&
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
    see: (s) => {
      const apart = s.words.findIndex(
        (word, i) =>
          (word !== "instead" || s.words[i + 1] === "of") &&
          /^(?:regardless|whatever|irrespective|despite|instead|ignoring|even|contrary|notwithstanding|actual|original)$/.test(
            word,
          ),
      );
      if (apart < 0 || !(s.has("alter") || s.has("rank") || s.has("send") || s.has("put"))) return undefined;
      const who = s.places("person").find((person) => Math.abs(person - apart) <= 4);
      const meant = s.words.some((word) =>
        /^(?:asked|asks|input|said|says|wants|requested|specified|intent|choice|recipient|request|preference|preferences|chose|typed)$/.test(
          word,
        ),
      );
      return meant && (who !== undefined || s.words[apart + 1] === "recipient")
        ? ordered(apart, who ?? apart + 1)
        : undefined;
    },
  },
  {
    id: "silent-change",
    kind: "argument-tampering",
    tier: "T2",
    why: "Arguments or answers are changed on the way.",
    see: (s) => {
      const auto = s.words.findIndex((word) => /^(?:automatically|transparently|internally|quietly)$/.test(word));
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
    see: (s) => {
      for (const i of s.places("address")) {
        const before = s.words.slice(Math.max(0, i - 3), i);
        if (
          before.some((word) => /^(?:as|instead|to|through|via|by)$/.test(word)) &&
          s.words.some((word) =>
            /^(?:recipient|recipients|opened|replaced|substituted|rerouted|redirected|routed|place|instead)$/.test(
              word,
            ),
          )
        )
          return { from: Math.max(0, i - 3), to: i };
      }
      const swap = s.words.findIndex((word) =>
        /^(?:substituted|replaced|swapped|exchanged|overwritten|raised|lowered|inflated|rerouted|redirected)$/.test(
          word,
        ),
      );
      return swap >= 0 &&
        /^(?:by|with|to|through)$/.test(s.words[swap + 1] ?? "") &&
        s.has("argument") &&
        s.chain(7, "argument", "alter") !== undefined
        ? at(swap)
        : undefined;
    },
  },
  {
    id: "bias",
    kind: "promotion",
    tier: "T2",
    why: "It wants something shown first or recommended.",
    see: (s, place) => {
      if (place.role === "value" || place.parameter !== undefined) return undefined;
      const reach = s.near(10, "offer", "rank");
      return reach !== undefined &&
        (s.has("must") ||
          s.words.some((word) =>
            /^(?:recommends|recommend|partner|sponsored|promotional|favourably|favorably|brand)$/.test(word),
          ))
        ? reach
        : undefined;
    },
  },
  {
    id: "praise",
    kind: "promotion",
    tier: "T2",
    why: "It praises itself so that it is chosen over others.",
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
      if (count >= 2 && (reach !== undefined || count >= 3)) return at(s.places("superlative")[0]);
      return reach !== undefined &&
        s.words.some((word) => /^(?:available|ever|existing|anywhere|is|world|market|superior|premium)$/.test(word)) &&
        /^(?:best|most|premium|superior|leading|fastest|ultimate|greatest|top|finest|#1)$/.test(
          s.words[reach.from] as string,
        )
        ? reach
        : undefined;
    },
  },
  {
    id: "fame",
    kind: "promotion",
    tier: "T2",
    why: "It names fame or figures in place of what it does.",
    see: (s, place) => {
      if (place.parameter !== undefined) return undefined;
      return at(
        s.words.findIndex(
          (word, i) =>
            /^(?:award-winning|unmatched|unrivaled|unrivalled|unparalleled|world-class|industry-leading)$/.test(word) ||
            (word === "trusted" && s.words[i + 1] === "by") ||
            (word === "fortune" && /^\d+$/.test(s.words[i + 1] ?? "")) ||
            /^9\d(?:\.\d+)?%$/.test(word),
        ),
      );
    },
  },
  {
    id: "praising-name",
    kind: "promotion",
    tier: "T2",
    why: "Its name praises it.",
    see: (s, place) =>
      place.role === "name" && place.parameter === undefined
        ? at(
            s.words.findIndex((word) =>
              /(?:^|[_-])(?:best|premium|ultimate|superior|trusted|preferred|enhanced|secure|official|top|priority|pro|smart|super)(?:[_-])/.test(
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
    see: (s, place) => {
      if (place.role === "value" || place.parameter !== undefined) return undefined;
      const self = s.places("self")[0] ?? s.words.indexOf("it");
      if (
        self > 0 &&
        /^(?:use|call|choose|pick)$/.test(s.words[self - 1] as string) &&
        /^(?:just|only|always)$/.test(s.words[self - 2] ?? "") &&
        s.has("all")
      )
        return ordered(self - 2, self);
      const first = s.words.findIndex(
        (word, i) =>
          /^(?:first|exclusively|only|default|prefer|preferred|choose|chosen)$/.test(word) && s.words[i + 1] !== "when",
      );
      return self >= 0 && first >= 0 && s.has("over") && (s.has("all") || s.has("must"))
        ? ordered(self, first)
        : undefined;
    },
  },
];
