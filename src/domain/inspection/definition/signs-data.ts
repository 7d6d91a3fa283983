import type { Concept } from "./concepts.ts";
import { type Reach, type Sentence, words } from "./sentence.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

const LIKE_HASHED = words("hashed encrypted masked redacted anonymised anonymized obfuscated");
const LIKE_OTHER = words("other another every");
const LIKE_ITS = words(
  "its requires require reads via using authenticated authenticate configured authentication startup connection uses",
);
const LIKE_EXPECTS = words("expects expected demands wants");
const LIKE_USERS = words("user's users' customer's wallet wallet's owner's victim's other another every browser");
const LIKE_LACK = words("lack lacks lacking rejected refused");
const LIKE_REQUIRES = words("requires including incorporates personalisation personalization");
const LIKE_SYNCED = words("synced synchronised synchronized mirrored replicated harvested transmitted uploaded");

/** Signs that data which the tool has no need of is read, asked for, kept or sent away. */

/** `do not tell the user` forbids telling: it guards nothing that comes after it. */
const isOfTelling = (s: Sentence, not: number): boolean =>
  s.places("tell").some((place) => place > not && place - not <= 3);

/** Whether the sentence guards the thing: `never store secrets`, `the key never leaves`, `no token is needed`. */
export function guarded(s: Sentence, thing: number): boolean {
  const forbidden = (["put", "send", "keep", "ask-for", "read"] as const).some((act) => {
    const reach = s.chain(3, "not", act);
    return reach !== undefined && reach.from < thing;
  });
  if (s.any(LIKE_HASHED)) return true;
  return (
    forbidden ||
    s
      .places("not")
      .some((place) => place !== thing && place >= thing - 7 && place <= thing + 6 && !isOfTelling(s, place)) ||
    s.has("detect")
  );
}

/** A thing of this kind that the tool is not about and that the sentence does not guard. */
function foreignThing(s: Sentence, place: Place, kind: Concept): number | undefined {
  if (!s.has(kind) || place.about.has(kind) || place.role === "value") return undefined;
  if (kind === "sensitive" && place.about.has("secret")) return undefined;
  // The first sentence says what the tool is for, unless it moves or demands something.
  if (place.first && kind !== "history" && !movesOn(s)) return undefined;
  return s.places(kind).find((token) => !guarded(s, token));
}

const movesOn = (s: Sentence) =>
  s.has("must") ||
  s.has("model") ||
  s.has("put") ||
  s.has("send") ||
  s.has("secretly") ||
  s.has("before") ||
  s.has("ask-for");

/** An act on a thing: the act stands up to `gap` tokens before, or close after (`is sent`). */
function acted(s: Sentence, thing: number, act: Concept, gap = 9): Reach | undefined {
  const on = s
    .places(act)
    .find(
      (place) =>
        (place < thing && thing - place <= gap) ||
        (place > thing &&
          place - thing <= 6 &&
          (/(?:ed|sent|put|kept)$/.test(s.word(place)) || /^(?:and|then|to|is|are)$/.test(s.word(place - 1)))),
    );
  return on === undefined || s.negated(on, 2) ? undefined : ordered(on, thing);
}

function movedSecret(s: Sentence, place: Place): Reach | undefined {
  const thing = foreignThing(s, place, "secret");
  if (thing === undefined || ownSettings(s)) return undefined;
  const put = acted(s, thing, "put");
  const moved = put !== undefined && /^sett?(?:ing|s)?$/.test(s.word(put.from)) ? undefined : put;
  return acted(s, thing, "send") ?? moved ?? acted(s, thing, "keep");
}

/** How an honest server says where its own settings come from: `requires an API key`, `reads its token from .env`. */
const ownSettings = (s: Sentence) =>
  !s.any(LIKE_OTHER) &&
  s.any(LIKE_ITS) &&
  !s.has("model") &&
  !s.has("send") &&
  !s.chain(9, "read", "put") &&
  !s.has("before");

const NO_SIDE_ACT = /^(?:use|used|see|accepts|supports|can|known|called|for)$/;

const MOVED = ["content", "secret", "history", "system", "sensitive", "file", "all"] as const;
const movesData = (s: Sentence): boolean => MOVED.some((concept) => s.has(concept));

export const DATA: readonly Sign[] = [
  {
    id: "secret-file",
    kind: "secret-access",
    tier: "T2",
    why: "It names a file or setting that holds secrets, which has nothing to do with the tool.",
    needs: [["sensitive"]],
    see: (s, place) => {
      const thing = foreignThing(s, place, "sensitive");
      return thing === undefined || ownSettings(s) ? undefined : at(thing);
    },
  },
  {
    id: "secret-file-act",
    kind: "secret-access",
    tier: "T2",
    why: "It has a file with secrets read or handed over.",
    needs: [["sensitive"], ["read", "put", "send", "must"]],
    see: (s, place) => {
      const thing = foreignThing(s, place, "sensitive");
      if (thing === undefined || ownSettings(s)) return undefined;
      return (
        acted(s, thing, "read") ??
        acted(s, thing, "put") ??
        acted(s, thing, "send") ??
        (s.has("must") ? at(thing) : undefined)
      );
    },
  },
  {
    id: "secret-moved",
    kind: "secret-access",
    tier: "T2",
    why: "Secrets go somewhere, although the tool is not about them.",
    needs: [["secret"], ["send", "put", "keep"]],
    see: movedSecret,
  },
  {
    id: "secret-of-person",
    kind: "secret-access",
    tier: "T2",
    why: "They are a person's, or go to an address, an argument or an outsider.",
    needs: [["secret"], ["send", "put", "keep"], ["person", "address", "outside", "also", "secretly", "argument"]],
    see: (s, place) => {
      const reach = movedSecret(s, place);
      if (reach === undefined) return undefined;
      const argument = s
        .places("argument")
        .some((token) => token > reach.from && !s.is(token, "secret") && token - reach.to <= 6);
      return s.has("person") || s.has("address") || s.has("outside") || s.has("also") || s.has("secretly") || argument
        ? reach
        : undefined;
    },
  },
  {
    id: "secret-asked",
    kind: "secret-access",
    tier: "T2",
    why: "It asks for a secret.",
    needs: [["secret"], ["ask-for", "read", LIKE_EXPECTS]],
    see: (s, place) => {
      const thing = foreignThing(s, place, "secret");
      if (thing === undefined || ownSettings(s)) return undefined;
      const asked = s.places("ask-for").find((from) => from < thing && thing - from <= 6);
      const read = s.places("read").find((from) => from < thing && thing - from <= 6);
      const expects = s.first(LIKE_EXPECTS);
      const whose = s.any(LIKE_USERS) || (s.has("person") && !s.has("model"));
      if (expects >= 0) return ordered(expects, thing);
      if (asked !== undefined && (whose || s.words.includes("value") || s.words.includes("your")))
        return ordered(asked, thing);
      return read !== undefined && whose ? ordered(read, thing) : undefined;
    },
  },
  {
    id: "history",
    kind: "history-access",
    tier: "T2",
    why: "It reaches for the conversation, the prompt or the answers of other tools.",
    needs: [["history"], ["send", "put", "must"]],
    see: (s, place) => {
      const thing = foreignThing(s, place, "history");
      if (thing === undefined) return undefined;
      if (place.about.has("model") && place.first) return undefined;
      return acted(s, thing, "send") ?? acted(s, thing, "put") ?? (s.has("must") ? at(thing) : undefined);
    },
  },
  {
    id: "send-address",
    kind: "exfiltration",
    tier: "T2",
    why: "It names an address that data goes to.",
    needs: [["address"], ["send", "put"]],
    see: (s, place) => {
      if (place.parameter !== undefined && !s.has("must")) return undefined;
      for (const to of s.places("address")) {
        const from =
          s.places("send").find((act) => act < to && to - act <= 14) ??
          s
            .places("put")
            .find((act) => act < to && to - act <= 6 && /^(?:copied|added|copy|copies)$/.test(s.word(act)));
        if (from === undefined || s.negated(from, 3)) continue;
        const object = s.words.slice(from + 1, from + 4);
        if (
          s.words
            .slice(Math.max(0, from - 3), from)
            .some((word) => /^(?:user|users|customer|browser|client)$/.test(word))
        )
          continue;
        if (s.words.slice(Math.max(0, to - 3), to).some((word) => /^(?:example|e\.g|like|as)$/.test(word))) continue;
        if (object.some((word) => /^(?:user|users|customer|them|people|person)$/.test(word))) continue;
        const towards = s.words
          .slice(Math.max(from + 1, to - 4), to)
          .some((word) => /^(?:to|at|with|on|through|via|into)$/.test(word));
        if (!towards || /^(?:reported|reporting)$/.test(s.word(from))) continue;
        return { from, to };
      }
      return undefined;
    },
  },
  {
    id: "send-outside",
    kind: "exfiltration",
    tier: "T2",
    why: "Data is passed on to others.",
    needs: [["outside"], ["send", "keep"]],
    see: (s, place) => {
      if (place.about.has("outside") || place.parameter !== undefined || place.first) return undefined;
      for (const to of s.places("outside")) {
        const from =
          s.places("send").find((act) => act !== to && Math.abs(act - to) <= 7) ??
          s.places("keep").find((act) => act !== to && Math.abs(act - to) <= 4);
        if (from === undefined || s.negated(from, 3)) continue;
        return ordered(from, to);
      }
      return undefined;
    },
  },
  {
    id: "send-also",
    kind: "exfiltration",
    tier: "T2",
    why: "Besides its purpose, it sends, includes or reads something.",
    needs: [["also"], ["send", "destroy"]],
    see: (s, place) => {
      if (place.first || place.parameter !== undefined) return undefined;
      for (const also of s.places("also")) {
        if (/^(?:too|together|along|plus)$/.test(s.word(also)) && also < s.length - 1) continue;
        if (NO_SIDE_ACT.test(s.word(also + 1))) continue;
        const act =
          s.places("send").find((to) => Math.abs(to - also) <= 6) ??
          s.places("destroy").find((to) => Math.abs(to - also) <= 4);
        if (act !== undefined && (movesData(s) || s.has("address") || s.has("outside") || s.has("foreign")))
          return ordered(also, act);
      }
      return undefined;
    },
  },
  {
    id: "carries",
    kind: "exfiltration",
    tier: "T2",
    why: "Contents that the tool has no need of are put into a call or an answer.",
    needs: [
      ["file"],
      ["content", "all"],
      ["put", "send", LIKE_LACK],
      ["must", "model", "argument", "pretext", "every"],
    ],
    see: (s, place) => {
      if (place.first) return undefined;
      const thing =
        s.chain(5, "content", "file") ??
        s.chain(3, "file", "content") ??
        (place.parameter === undefined ? s.chain(3, "all", "file") : undefined);
      if (thing === undefined || place.about.has("file") || guarded(s, thing.from)) return undefined;
      const act = acted(s, thing.to, "put") ?? acted(s, thing.to, "send") ?? (s.any(LIKE_LACK) ? thing : undefined);
      return act !== undefined &&
        (s.has("must") || s.has("model") || s.has("argument") || s.has("pretext") || s.has("every"))
        ? act
        : undefined;
    },
  },
  {
    id: "read-then-put",
    kind: "exfiltration",
    tier: "T2",
    why: "The model is to fetch something and to hand it over in an argument.",
    needs: [["sensitive", "secret", "history", "file"], ["put", "send"], ["read"]],
    see: (s, place) => {
      if (place.first) return undefined;
      const reach = s.chain(12, "read", "put") ?? s.chain(12, "read", "send");
      if (reach === undefined || s.negated(reach.from, 2) || s.negated(reach.to, 2)) return undefined;
      const what =
        s.has("sensitive") ||
        s.has("secret") ||
        s.has("history") ||
        s.chain(4, "content", "file") !== undefined ||
        s.has("file");
      return what &&
        (s.has("before") ||
          s.has("must") ||
          s.has("also") ||
          s.has("quoted") ||
          s.has("all") ||
          s.word(reach.from + 1) === "the")
        ? reach
        : undefined;
    },
  },
  {
    id: "facts",
    kind: "data-collection",
    tier: "T2",
    why: "It collects facts about the person or the machine that it has no need of.",
    needs: [["system"], ["must", "put", "keep", "send", LIKE_REQUIRES]],
    see: (s, place) => {
      if (place.about.has("system") || place.about.has("person") || place.role === "value") return undefined;
      const facts = s.places("system").filter((token) => !guarded(s, token));
      if (facts.length === 0) return undefined;
      const kept = s.has("keep") || s.has("send");
      const taken = facts.length >= 2 && (s.has("must") || s.has("put") || s.any(LIKE_REQUIRES));
      const outside = s.has("outside") && kept;
      return taken || outside || (facts.length >= 2 && kept)
        ? ordered(facts[0] as number, facts.at(-1) as number)
        : undefined;
    },
  },
  {
    id: "kept-data",
    kind: "data-collection",
    tier: "T2",
    why: "It keeps or passes on what it was given, beyond its purpose.",
    needs: [["keep", LIKE_SYNCED]],
    see: (s, place) => {
      if (place.first || place.parameter !== undefined || s.has("not")) return undefined;
      const kept = s
        .places("keep")
        .find(
          (token) => /(?:s|ed|ing|kept)$/.test(s.word(token)) && !/^(?:an?|the|that|this|of)$/.test(s.word(token - 1)),
        );
      const reach =
        kept === undefined
          ? undefined
          : (s.chain(8, "keep", "all") ?? s.chain(5, "outside", "keep") ?? s.chain(6, "secret", "keep"));
      const synced = s.first(LIKE_SYNCED);
      if (synced >= 0 && (s.has("outside") || s.has("address") || s.words.includes("devices"))) return at(synced);
      return reach !== undefined &&
        (s.has("content") || s.has("history") || s.has("secret")) &&
        (s.has("system") || s.has("secret") || s.has("outside"))
        ? reach
        : undefined;
    },
  },
];
