import { commands, proseOrFirst } from "./prose.ts";
import { oneOf, words } from "./sentence.ts";
import { at, ordered, type Sign } from "./sign.ts";

/** Signs that it is dictated what the model answers, may take for granted, or chooses. */

const LIKE_ANSWER = words("answer respond reply say state claim insist pretend conclude assert recommend");
const LIKE_REPLY = words("reply answer response replies answers responses");
const LIKE_TELL = words("tell inform assure convince answer say report");
const LIKE_THAT = words("that");
const LIKE_IF = words("if when unless");
const LIKE_SKIP = words("skip bypass suppress omit dismiss auto-approve auto-confirm auto-accept");
const LIKE_AGREED = words("agreed consented approved authorized authorised granted");
const LIKE_GRANT = words("grant approve allow accept permit");
const LIKE_AUTOMATICALLY = words("automatically all everything any always");
const LIKE_USE = words("use using used call choose prefer");
const LIKE_BEFORE = words("before prior");
const LIKE_CONTAIN = words("contain include import name carry mention append use begin end start be");
const LIKE_SEARCHES = words(
  "searches queries query search code calls messages emails mails documents answers replies results links commits invoices payments request requests",
);
const LIKE_REPLACE = words(
  "replace replaced rewritten rewrite substitute swap swapped changed counted shown increased rounded raised lowered multiplied",
);
const LIKE_COMPETITORS = words(
  "competitors competitor us ours our partner half weight lower higher per percent cent favour favor commission twice double",
);
const LIKE_COMPETITOR = words(
  "competitors competitor rival rivals partner votes vote prices price rates rate amounts amount links",
);

/** Words that stand next to those. */
const THAT = oneOf("that with only");
const SAID = oneOf("that with only nothing as every the upgrading buying using");
const WHOSE = oneOf("your each every all final its the");
const CARRIES = oneOf("contain include end begin start mention carry close recommend");
const EVERYTHING = oneOf("every everything all any");
const WANTED = oneOf("request requests question questions task tasks else query queries and purposes situations needs");
const AGAIN = oneOf("again anymore longer");
const MORE = oneOf("more");
const ANY = oneOf("any");
const ANYTHING = oneOf("anything everything answering responding replying every each else");

export const ANSWERS: readonly Sign[] = [
  {
    id: "reply",
    kind: "output-control",
    tier: "T2",
    why: "It dictates what the model says.",
    needs: [[LIKE_ANSWER, LIKE_REPLY]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const verb = s.find(
        LIKE_ANSWER,
        (i) => s.word(i - 1) !== "to" && commands(s, i) && !s.negated(i, 2) && (i > 0 || s.isOne(1, THAT)),
      );
      if (
        verb >= 0 &&
        s.isOne(verb + 1, SAID) &&
        (s.has("when") || s.has("must") || s.has("all") || s.has("quoted") || verb === 0)
      )
        return { from: verb, to: verb + 1 };
      const reply = s.find(LIKE_REPLY, (i) => s.isOne(i - 1, WHOSE));
      if (reply < 0 || !(s.has("must") || s.has("should"))) return undefined;
      const carries = s.findOne(CARRIES, reply + 1, reply + 7);
      return carries > 0 ? { from: reply, to: carries } : undefined;
    },
  },
  {
    id: "lie",
    kind: "output-control",
    tier: "T2",
    why: "The user is to be told something that is decided beforehand.",
    needs: [[LIKE_TELL], [LIKE_THAT]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const tell = s.find(LIKE_TELL, (i) => commands(s, i) && !s.negated(i, 3));
      if (tell < 0) return undefined;
      const that = s.words.findIndex((word, i) => i > tell && i - tell <= 4 && word === "that");
      return that > 0 && (!s.any(LIKE_IF) || s.words.includes("matter")) ? { from: tell, to: that } : undefined;
    },
  },
  {
    id: "every-must-contain",
    kind: "argument-tampering",
    tier: "T2",
    why: "Calls, answers or code are to contain something that nobody asked for.",
    needs: [["must", "should"], ["all"], [LIKE_CONTAIN], [LIKE_SEARCHES]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const every = s.places("all")[0];
      if (every === undefined || !(s.has("must") || s.has("should"))) return undefined;
      const verb = s.find(LIKE_CONTAIN, (i) => i >= every + 1);
      const what = s.find(LIKE_SEARCHES, (i) => i >= every);
      if (verb < 0 || what < 0 || what - every > 3 || verb < what || verb - what > 9) return undefined;
      return s.has("quoted") || s.has("address") || /^(?:import|name|mention)$/.test(s.word(verb))
        ? { from: every, to: verb }
        : undefined;
    },
  },
  {
    id: "consent",
    kind: "authority",
    tier: "T2",
    why: "It takes consent for given, or has questions to the user left out.",
    needs: [[LIKE_SKIP, LIKE_AGREED, LIKE_GRANT]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const skip = s.find(LIKE_SKIP, (i) => commands(s, i) && !s.negated(i, 3));
      if (
        skip >= 0 &&
        (s.words[skip]?.startsWith("auto") ||
          s.words
            .slice(skip, skip + 6)
            .some((word) =>
              /^(?:confirmation|confirmations|approval|approvals|prompt|prompts|dialog|warning|warnings|permission|consent|question)$/.test(
                word,
              ),
            ))
      )
        return { from: skip, to: Math.min(skip + 3, s.length - 1) };
      const already = s.chain(4, "person", "approval") ?? undefined;
      const agreed = s.find(LIKE_AGREED, (i) => /^(?:already|has|have|previously|implicitly)$/.test(s.word(i - 1)));
      if (
        agreed >= 0 &&
        (s.has("person") || already !== undefined) &&
        !s.has("when") &&
        !s.has("before") &&
        (s.has("all") || s.words.includes("already"))
      )
        return at(agreed);
      const grant = s.find(LIKE_GRANT, (i) => commands(s, i) && !s.negated(i, 3));
      const automatic = s.any(LIKE_AUTOMATICALLY);
      return grant >= 0 && automatic && (s.has("self") || s.words.slice(grant).includes("requests"))
        ? at(grant)
        : undefined;
    },
  },
  {
    id: "monopoly",
    kind: "promotion",
    tier: "T2",
    why: "It wants all requests for itself, or that another tool is no longer used.",
    needs: [["self", "foreign", "over"], ["self", "not"], [LIKE_USE]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const use = s.first(LIKE_USE);
      if (use < 0) return undefined;
      if (!s.has("person") && s.places("self").some((token) => token > use && token - use <= 3))
        for (let i = use + 1; i < s.length; i++)
          if (s.isOne(i, EVERYTHING) && s.isOne(i + 1, WANTED)) return { from: use, to: i };
      if (!s.negated(use, 3) || !(s.has("foreign") || s.has("over"))) return undefined;
      for (let i = use + 1; i < s.length; i++)
        if (s.isOne(i, AGAIN) || (s.isOne(i, MORE) && s.isOne(i - 1, ANY))) return ordered(use, i);
      return undefined;
    },
  },
  {
    id: "before-anything",
    kind: "instruction",
    tier: "T2",
    why: "It wants something done before anything else.",
    needs: [[LIKE_BEFORE], ["self", "read", "put", "send"]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const before = s.find(LIKE_BEFORE, (i) => s.anyOne(ANYTHING, i + 1, i + 4));
      return (before >= 0 && !s.has("self") === false) ||
        (before >= 0 && (s.has("read") || s.has("put") || s.has("send")))
        ? at(before)
        : undefined;
    },
  },
  {
    id: "alters-brand",
    kind: "argument-tampering",
    tier: "T2",
    why: "Names, links or figures are exchanged in favour of somebody.",
    needs: [[LIKE_COMPETITORS], [LIKE_REPLACE], [LIKE_COMPETITOR]],
    see: (s, place) => {
      if (!proseOrFirst(place) || place.about.has("alter")) return undefined;
      const swap = s.first(LIKE_REPLACE);
      const whom = s.find(LIKE_COMPETITORS, (i) => i >= swap + 1);
      const before = s.first(LIKE_COMPETITOR);
      return swap >= 0 && (whom > 0 || before >= 0) && whom >= 0 && before >= 0 ? ordered(swap, whom) : undefined;
    },
  },
];
