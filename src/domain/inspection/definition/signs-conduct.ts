import { type Reach, type Sentence, words } from "./sentence.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

const LIKE_PRECEDENCE = words("precedence priority authoritative");
const LIKE_TREAT = words(
  "treat treats treated considered assume assumed assumes deemed regarded counts implied presumed",
);
const LIKE_FOLLOW = words("follow followed obey obeyed execute executed carried treated treat comply act honor honour");
const LIKE_INSTRUCTION = words("instruction instructions directives orders steps commands text said binding");
const LIKE_FOUND = words(
  "found returned contained contains response result results output page document in body content",
);
const LIKE_AS = words("as exactly is are");
const LIKE_INSTRUCTIONS = words("instruction instructions orders directives user said commands");
const LIKE_OTHERWISE = words("otherwise");
const LIKE_WITHOUT = words("without lack lacks lacking unless");

/** Signs that the model, or the call, is told how to behave. */

const OWN_FAILURE = /^(?:ignored|skipped|dropped|succeed|succeeds|fail|fails|failed|truncated|truncate)$/;

/** `do not tell the user`, `without mentioning it to the user`; never where the sentence protects the user. */
function concealed(s: Sentence): Reach | undefined {
  const whole = s.chain(7, "not", "tell", "person");
  if (whole !== undefined && s.chain(3, "not", "tell") !== undefined) return whole;
  const passive = s.chain(5, "person", "not", "know") ?? s.chain(5, "person", "not", "tell");
  if (passive !== undefined && !s.is(passive.from + 1, "when")) return passive;
  return undefined;
}

const HIDE = words(
  "hide hides hidden conceal concealed conceals secret confidential invisible unaware private withhold",
);

/** `keep this secret`, `hidden from the user`. */
function kept(s: Sentence, place: Place): Reach | undefined {
  if (place.role === "value") return undefined;
  for (const i of s.listed(HIDE)) {
    const from = s.places("person").find((person) => person > i && person - i <= 4);
    if (from !== undefined && /^(?:from|of|to|the)$/.test(s.word(i + 1))) return { from: i, to: from };
    const before = s.words.slice(Math.max(0, i - 4), i);
    if (
      before.some((word) => /^(?:keep|remain|remains|stay|stays|kept)$/.test(word)) &&
      before.some((word) => /^(?:this|it|that|step|fact|these)$/.test(word))
    )
      return { from: Math.max(0, i - 4), to: i };
  }
  return undefined;
}

/** "Mutes the alert without notifying the on-call": the first sentence says what the tool itself does, and to whom. */
const isOwnCourtesy = (s: Sentence, tell: number): boolean =>
  /^(?:notifying|informing|alerting)$/.test(s.word(tell)) &&
  s.word(tell - 1) === "without" &&
  tell > 1 &&
  /[a-z]s$/.test(s.word(0)) &&
  !s.has("person") &&
  !s.has("model");

/** "Deletes a draft silently": what the tool is for, in a few words, and nothing that leaves or opens anything. */
const isOwnQuiet = (s: Sentence): boolean =>
  /^(?:deletes?|removes?|archives?|mutes?|closes?|updates?|renames?|moves?|sets?|changes?|clears?)$/.test(s.word(0)) &&
  s.length <= MOST_OWN_WORDS &&
  !(["secret", "sensitive", "history", "model", "outside", "address", "foreign", "person"] as const).some((concept) =>
    s.has(concept),
  );
const MOST_OWN_WORDS = 14;

export const CONDUCT: readonly Sign[] = [
  {
    id: "conceal",
    kind: "concealment",
    tier: "T2",
    why: "It asks that something is kept from the user.",
    needs: [["tell", "know"], ["not"], ["person"]],
    see: (s) => concealed(s),
  },
  {
    id: "keep-secret",
    kind: "concealment",
    tier: "T2",
    why: "It asks that something is kept secret.",
    needs: [[HIDE]],
    see: kept,
  },
  {
    id: "conceal-bare",
    kind: "concealment",
    tier: "T2",
    why: "It forbids to mention something.",
    needs: [["tell"], ["not"]],
    see: (s, place) => {
      for (const to of s.places("tell"))
        if (
          /^(?:mention|mentioning|inform|informing|disclose|reveal|tell|telling|announce|acknowledge|notify|notifying|notice|discuss)/.test(
            s.word(to),
          ) &&
          s.negated(to, 3) &&
          !(place.first && isOwnCourtesy(s, to))
        )
          return { from: Math.max(0, to - 2), to };
      return undefined;
    },
  },
  {
    id: "unasked",
    kind: "concealment",
    tier: "T2",
    why: "It takes a step without asking the person.",
    needs: [["ask"], ["not"], ["destroy", "send"]],
    see: (s) => {
      const asked = s.chain(4, "not", "ask");
      if (asked === undefined || !/^(?:without|never|skip|no)$/.test(s.word(asked.from))) return undefined;
      const act = (s.has("destroy") || s.has("send")) && !s.words.includes("explicit");
      return act ? asked : undefined;
    },
  },
  {
    id: "secretly",
    kind: "concealment",
    tier: "T2",
    why: "Something is done unnoticed.",
    needs: [["secretly"], ["send", "put", "read", "use", "destroy", "alter"]],
    see: (s, place) => {
      if (place.first && isOwnQuiet(s)) return undefined;
      for (const at of s.places("secretly"))
        for (const act of ["send", "put", "read", "use", "destroy", "alter"] as const) {
          const near = s
            .places(act)
            .find(
              (place) =>
                Math.abs(place - at) <= 4 &&
                place !== at &&
                !/^(?:us|rewrit|ignor|skip|drop|search|set)/.test(s.word(place)),
            );
          if (
            near !== undefined &&
            !s.negated(at, 2) &&
            !OWN_FAILURE.test(s.word(at - 1)) &&
            !OWN_FAILURE.test(s.word(at + 1))
          )
            return { from: Math.min(at, near), to: Math.max(at, near) };
        }
      return undefined;
    },
  },
  {
    id: "override",
    kind: "override",
    tier: "T1",
    why: "It tells the model to set its instructions aside.",
    needs: [["ignore"], ["rules"]],
    see: (s) => {
      const reach = s.chain(5, "ignore", "rules");
      if (reach === undefined || s.negated(reach.from, 3) || s.has("detect")) return undefined;
      const between = s.words.slice(reach.from + 1, reach.to);
      return between.some((word) =>
        /^(?:previous\d?|prior|earlier|all|any|your|the|above|safety|system|these|every|original)$/.test(word),
      )
        ? reach
        : undefined;
    },
  },
  {
    id: "mode",
    kind: "override",
    tier: "T1",
    why: "It claims a state in which limits do not hold.",
    needs: [["mode"]],
    see: (s) => (s.has("mode") && !s.has("detect") ? at(s.places("mode")[0]) : undefined),
  },
  {
    id: "authority",
    kind: "authority",
    tier: "T2",
    why: "It claims more authority than the user or other tools have.",
    needs: [[LIKE_PRECEDENCE]],
    see: (s) => {
      const to = s.first(LIKE_PRECEDENCE);
      if (to < 0) return undefined;
      const claims = s.words
        .slice(Math.max(0, to - 4), to)
        .some((word) => /^(?:takes|take|has|have|higher|highest|absolute|top|with|given|gets|carries|in)$/.test(word));
      const over = s.words
        .slice(to + 1, to + 8)
        .some((word) =>
          /^(?:user|users|user's|system|instruction|instructions|everything|request|prompt|prompts|tools|what)$/.test(
            word,
          ),
        );
      return claims && over ? at(to) : undefined;
    },
  },
  {
    id: "pre-approved",
    kind: "authority",
    tier: "T2",
    why: "It declares approvals given, or not needed.",
    needs: [[LIKE_TREAT], ["approval"]],
    see: (s) => {
      for (const to of s.places("approval")) {
        const from = s.find(LIKE_TREAT, (i) => Math.abs(i - to) <= 8);
        if (from >= 0) return ordered(from, to);
      }
      return undefined;
    },
  },
  {
    id: "obey-data",
    kind: "authority",
    tier: "T2",
    why: "Text that the tool brings is to be obeyed.",
    needs: [[LIKE_FOLLOW], [LIKE_INSTRUCTION], [LIKE_INSTRUCTIONS], [LIKE_FOUND]],
    see: (s) => {
      const verb = s.find(LIKE_FOLLOW, (i) => !s.negated(i, 2));
      if (verb < 0) return undefined;
      const data = s.find(LIKE_INSTRUCTION, (i) => Math.abs(i - verb) <= 10 && i !== verb);
      const brought = s.any(LIKE_FOUND);
      const compelled = s.has("must") || s.has("priority") || s.any(LIKE_AS);
      return data >= 0 && brought && compelled && s.any(LIKE_INSTRUCTIONS) ? ordered(verb, data) : undefined;
    },
  },
  {
    id: "compulsion",
    kind: "authority",
    tier: "T2",
    why: "A pretext such as compliance or security is given for a demand.",
    needs: [["pretext"], ["must"]],
    see: (s, place) =>
      place.role === "name" || place.role === "value" || place.parameter !== undefined || place.about.has("pretext")
        ? undefined
        : s.near(16, "pretext", "must"),
  },
  {
    id: "threat",
    kind: "authority",
    tier: "T2",
    why: "It threatens with failure.",
    needs: [[LIKE_OTHERWISE, LIKE_WITHOUT], ["threat"]],
    see: (s) => {
      const otherwise = s.words.indexOf("otherwise");
      if (otherwise >= 0 && s.places("threat").some((place) => place > otherwise))
        return { from: otherwise, to: s.length - 1 };
      const without = s.first(LIKE_WITHOUT);
      return without >= 0 && s.has("threat") && s.has("must") ? at(without) : undefined;
    },
  },
  {
    id: "model-addressed",
    kind: "instruction",
    tier: "T2",
    why: "It speaks to the model, not about the tool.",
    needs: [["model"], ["must"]],
    see: (s) => {
      for (const from of s.places("model")) {
        if (/^your?$/.test(s.word(from)) && !/^(?:must|shall|always|are|have)$/.test(s.word(from + 1))) continue;
        const must = s.places("must").find((place) => place > from && place - from <= 4);
        if (must !== undefined) return { from, to: must };
      }
      return undefined;
    },
  },
  {
    id: "trigger",
    kind: "trigger",
    tier: "T2",
    why: "It waits for something that the user says.",
    needs: [["person"], ["when"], ["foreign", "alter"]],
    see: (s) => {
      const reach = s.chain(6, "when", "person");
      if (reach === undefined) return undefined;
      const said = s.words.findIndex(
        (word, i) =>
          i > reach.to &&
          i - reach.to <= 3 &&
          /^(?:ask|asks|asked|mention|mentions|talks|says|requests|request|searches|search|wants|inquires|types|writes|enters|is)$/.test(
            word,
          ),
      );
      if (said < 0) return undefined;
      return s.has("foreign") || (s.has("alter") && s.has("argument") && s.has("must"))
        ? { from: reach.from, to: said }
        : undefined;
    },
  },
];
