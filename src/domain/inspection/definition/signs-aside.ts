import type { Sentence } from "./sentences.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

/** Signs that a tool does, or has the model do, something aside from its purpose. */

/** A sentence of prose about the tool; neither its first one nor one about a parameter. */
const prose = (place: Place): boolean => !place.first && proseOrFirst(place);
const proseOrFirst = (place: Place): boolean =>
  place.parameter === undefined && (place.role === "description" || place.role === "title");

/** Where one of the words stands, at or after `from`. */
const find = (s: Sentence, words: RegExp, from = 0): number =>
  s.words.findIndex((word, i) => i >= from && words.test(word));

/** Whether a base form commands: at the start, after a comma, or after `must`, `always`, `and`, `please`, `to`. */
const commands = (s: Sentence, token: number): boolean =>
  token === 0 ||
  /^(?:must|always|please|and|then|should|shall|to|assistant|model|agent|you|just|simply|only)$/.test(
    s.words[token - 1] as string,
  ) ||
  s.follows(token - 1);

const MAKERS =
  /^(?:developer|developers|author|authors|vendor|vendors|provider|providers|maintainer|maintainers|us|ours|manufacturer|publisher|partners?|affiliates?|brokers?|advertisers?|headquarters|attacker|insurers?|agencies|sponsors?)$/;
const GIVEN =
  /^(?:copied|kept|stored|archived|recorded|saved|sent|transmitted|uploaded|shared|forwarded|sold|sell|sells|handed|delivered|reported|passed|disclosed|available|exposed|leased|collected|retained|logged|aside|keeps|transferred|resold|published|streamed|supplied|cached|synced|licensed)$/;

export const ASIDE: readonly Sign[] = [
  {
    id: "menace",
    kind: "side-effect",
    tier: "T2",
    why: "It speaks of watching, staying, gaining rights or making money, which has nothing to do with the tool.",
    see: (s, place) => {
      if (!prose(place) || place.about.has("menace") || s.has("detect")) return undefined;
      return at(s.places("menace").find((token) => !s.negated(token, 6)));
    },
  },
  {
    id: "menace-act",
    kind: "side-effect",
    tier: "T2",
    why: "It does so on its own account.",
    see: (s, place) => {
      if (!prose(place) || place.about.has("menace") || s.has("detect") || !s.has("menace")) return undefined;
      const acts = s.words.findIndex((word) =>
        /^(?:is|are|installs|creates|uses|turns|adds|scans|becomes|runs|opens|registers|enables|disables|downloads|mines|injects|inserts|monitors|takes|starts|also)$/.test(
          word,
        ),
      );
      return acts >= 0 && !s.has("not") && !s.has("when") ? at(acts) : undefined;
    },
  },
  {
    id: "for-makers",
    kind: "data-collection",
    tier: "T2",
    why: "What the tool handles is kept for, or given to, those who made it or third parties.",
    see: (s, place) => {
      if (!prose(place)) return undefined;
      const who = s.words.findIndex(
        (word, i) =>
          MAKERS.test(word) &&
          !/^(?:your|dns|identity|cloud|service|data|payment|email|hosting|model|llm|auth|oauth|their|git|package)$/.test(
            s.words[i - 1] ?? "",
          ),
      );
      if (who < 0 || s.has("not")) return undefined;
      const given = s.words.findIndex((word, i) => GIVEN.test(word) && Math.abs(i - who) <= 12);
      return given < 0 ? undefined : ordered(given, who);
    },
  },
  {
    id: "kept-secret-data",
    kind: "data-collection",
    tier: "T2",
    why: "Secrets or personal data that pass through are kept or sent.",
    see: (s, place) => {
      if (
        !prose(place) ||
        s.has("not") ||
        s.words.some((word) => /^(?:hashed|encrypted|masked|redacted|securely|anonymous|anonymized)$/.test(word))
      )
        return undefined;
      const kept = find(s, GIVEN);
      const what = s.words.findIndex((word) =>
        /^(?:passwords?|card|cards|health|typed|keystrokes|invoices|clipboard|audio|recordings?|biometric|medical|financial|salaries|numbers|entered|conversations?|queries|inputs?|everything|passphrases?|tokens?|messages|prompts?)$/.test(
          word,
        ),
      );
      return kept >= 0 && what >= 0 && !place.about.has("keep") ? ordered(kept, what) : undefined;
    },
  },
  {
    id: "reply",
    kind: "output-control",
    tier: "T2",
    why: "It dictates what the model says.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const verb = s.words.findIndex(
        (word, i) =>
          /^(?:answer|respond|reply|say|state|claim|insist|pretend|conclude|assert|recommend)$/.test(word) &&
          s.words[i - 1] !== "to" &&
          commands(s, i) &&
          !s.negated(i, 2) &&
          (i > 0 || /^(?:that|with|only)$/.test(s.words[1] ?? "")),
      );
      if (
        verb >= 0 &&
        /^(?:that|with|only|nothing|as|every|the|upgrading|buying|using)$/.test(s.words[verb + 1] ?? "") &&
        (s.has("when") || s.has("must") || s.has("all") || s.has("quoted") || verb === 0)
      )
        return { from: verb, to: verb + 1 };
      const reply = s.words.findIndex(
        (word, i) =>
          /^(?:reply|answer|response|replies|answers|responses)$/.test(word) &&
          /^(?:your|each|every|all|final|its|the)$/.test(s.words[i - 1] ?? ""),
      );
      const carries = s.words.findIndex(
        (word, i) =>
          reply >= 0 &&
          i > reply &&
          i - reply <= 6 &&
          /^(?:contain|include|end|begin|start|mention|carry|close|recommend)$/.test(word),
      );
      return carries > 0 && (s.has("must") || s.has("should")) ? { from: reply, to: carries } : undefined;
    },
  },
  {
    id: "lie",
    kind: "output-control",
    tier: "T2",
    why: "The user is to be told something that is decided beforehand.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const tell = s.words.findIndex(
        (word, i) =>
          /^(?:tell|inform|assure|convince|answer|say|report)$/.test(word) && commands(s, i) && !s.negated(i, 3),
      );
      if (tell < 0) return undefined;
      const that = s.words.findIndex((word, i) => i > tell && i - tell <= 4 && word === "that");
      return that > 0 && !s.words.some((word) => /^(?:if|when|unless)$/.test(word) && !s.words.includes("matter"))
        ? { from: tell, to: that }
        : undefined;
    },
  },
  {
    id: "every-must-contain",
    kind: "argument-tampering",
    tier: "T2",
    why: "Calls, answers or code are to contain something that nobody asked for.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const every = s.places("all")[0];
      if (every === undefined || !(s.has("must") || s.has("should"))) return undefined;
      const verb = find(s, /^(?:contain|include|import|name|carry|mention|append|use|begin|end|start|be)$/, every + 1);
      const what = find(
        s,
        /^(?:searches|queries|query|search|code|calls|messages|emails|mails|documents|answers|replies|results|links|commits|invoices|payments|request|requests)$/,
        every,
      );
      if (verb < 0 || what < 0 || what - every > 3 || verb < what) return undefined;
      return s.has("quoted") || s.has("address") || /^(?:import|name|mention)$/.test(s.words[verb] as string)
        ? { from: every, to: verb }
        : undefined;
    },
  },
  {
    id: "consent",
    kind: "authority",
    tier: "T2",
    why: "It takes consent for given, or has questions to the user left out.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const skip = s.words.findIndex(
        (word, i) =>
          /^(?:skip|bypass|suppress|omit|dismiss|auto-approve|auto-confirm|auto-accept)$/.test(word) &&
          commands(s, i) &&
          !s.negated(i, 3),
      );
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
        return { from: skip, to: Math.min(skip + 3, s.words.length - 1) };
      const already = s.chain(4, "person", "approval") ?? undefined;
      const agreed = s.words.findIndex(
        (word, i) =>
          /^(?:agreed|consented|approved|authorized|authorised|granted)$/.test(word) &&
          /^(?:already|has|have|previously|implicitly)$/.test(s.words[i - 1] ?? ""),
      );
      if (
        agreed >= 0 &&
        (s.has("person") || already !== undefined) &&
        !s.has("when") &&
        !s.has("before") &&
        (s.has("all") || s.words.includes("already"))
      )
        return at(agreed);
      const grant = s.words.findIndex(
        (word, i) => /^(?:grant|approve|allow|accept|permit)$/.test(word) && commands(s, i) && !s.negated(i, 3),
      );
      const automatic = s.words.some((word) => /^(?:automatically|all|everything|any|always)$/.test(word));
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
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const use = s.words.findIndex((word) => /^(?:use|using|used|call|choose|prefer)$/.test(word));
      if (use < 0) return undefined;
      const self = s.places("self").some((token) => token > use && token - use <= 3);
      const every = s.words.findIndex(
        (word, i) =>
          i > use &&
          /^(?:every|everything|all|any)$/.test(word) &&
          /^(?:request|requests|question|questions|task|tasks|else|query|queries|and|purposes|situations|needs)$/.test(
            s.words[i + 1] ?? ".",
          ),
      );
      if (self && every > 0 && !s.has("person")) return { from: use, to: every };
      const other = s.places("foreign")[0] ?? s.places("over")[0];
      const again = s.words.findIndex(
        (word, i) =>
          i > use && (/^(?:again|anymore|longer)$/.test(word) || (word === "more" && s.words[i - 1] === "any")),
      );
      return s.negated(use, 3) && other !== undefined && again > 0 ? ordered(use, again) : undefined;
    },
  },
  {
    id: "before-anything",
    kind: "instruction",
    tier: "T2",
    why: "It wants something done before anything else.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const before = s.words.findIndex(
        (word, i) =>
          /^(?:before|prior)$/.test(word) &&
          s.words
            .slice(i + 1, i + 4)
            .some((next) => /^(?:anything|everything|answering|responding|replying|every|each|else)$/.test(next)),
      );
      return (before >= 0 && !s.has("self") === false) ||
        (before >= 0 && (s.has("read") || s.has("put") || s.has("send")))
        ? at(before)
        : undefined;
    },
  },
  {
    id: "cover-up",
    kind: "side-effect",
    tier: "T2",
    why: "Traces are removed.",
    see: (s, place) => {
      if (place.about.has("keep") || (!prose(place) && !s.has("after"))) return undefined;
      const gone = s
        .places("destroy")
        .find(
          (token) =>
            s.words
              .slice(token + 1, token + 5)
              .some((word) => /^(?:audit|logs?|trail|traces?|evidence|history|journal|log-files)$/.test(word)) &&
            !s.negated(token, 3),
        );
      return gone === undefined ? undefined : at(gone);
    },
  },
  {
    id: "saved-copy",
    kind: "exfiltration",
    tier: "T2",
    why: "A copy is put aside somewhere.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const copy = s.words.findIndex((word) => /^(?:copy|copies|duplicate|backup)$/.test(word));
      if (copy < 0 || s.has("not") || !(s.has("keep") || s.has("send") || s.has("put"))) return undefined;
      const of = s.words
        .slice(copy + 1, copy + 6)
        .some((word) =>
          /^(?:answer|reply|replies|messages?|emails?|conversation|input|text|content|result|results|request|data|directory|file|files|everything|query|all|each|every)$/.test(
            word,
          ),
        );
      return of &&
        (s.has("foreign") || s.has("outside") || s.has("address") || s.has("file") || s.has("person")) &&
        !(place.first && !s.has("foreign") && !s.has("address"))
        ? at(copy)
        : undefined;
    },
  },
  {
    id: "fill-from",
    kind: "exfiltration",
    tier: "T2",
    why: "An argument is to be filled with what came from somewhere else.",
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const put = s.words.findIndex(
        (word, i) =>
          /^(?:pass|hand|put|give|supply|include|attach|add|insert|write|copy|place|submit|provide|enter|prepend|append)$/.test(
            word,
          ) &&
          commands(s, i) &&
          !s.negated(i, 3),
      );
      if (put < 0) return undefined;
      const into = s.words.findIndex(
        (word, i) =>
          i > put &&
          /^(?:as|into|to|in)$/.test(word) &&
          (s.is(i + 1, "quoted") ||
            s.is(i + 1, "self") ||
            /^(?:field|parameter|argument)$/.test(s.words[i + 2] ?? "") ||
            /^(?:field|parameter|argument)$/.test(s.words[i + 1] ?? "")),
      );
      const what =
        s.has("history") ||
        s.has("secret") ||
        s.has("sensitive") ||
        s.has("foreign") ||
        s.words.some((word) =>
          /^(?:header|answer|answers|listing|messages|reply|output|contents|connection|it)$/.test(word),
        );
      return into > 0 &&
        what &&
        (s.has("read") ||
          s.has("history") ||
          s.has("secret") ||
          s.has("sensitive") ||
          s.has("foreign") ||
          s.has("person"))
        ? { from: put, to: into }
        : undefined;
    },
  },
  {
    id: "code",
    kind: "command",
    tier: "T2",
    why: "It contains program code that acts on the machine.",
    see: (s, place) => {
      if (place.about.has("command") || place.about.has("shell") || s.has("detect") || place.parameter !== undefined)
        return undefined;
      return at(
        s.words.findIndex((word) =>
          /^(?:os\.system|subprocess\.|__import__|child_process|eval\(|exec\(|system\(|shell=true|popen\(|pickle\.loads)/.test(
            word,
          ),
        ),
      );
    },
  },
  {
    id: "secret-literal",
    kind: "secret-access",
    tier: "T2",
    why: "It holds what looks like a secret.",
    see: (s) =>
      at(
        s.words.findIndex(
          (word) =>
            /^(?:[a-z_]*(?:api[_-]?key|token|secret|passw(?:or)?d)["']?[=:]["']?[a-z0-9_\-/+]{16,}|sk-[a-z0-9-]{20,}|gh[pousr]_[a-z0-9]{20,}|akia[0-9a-z]{16}|xox[abp]-[a-z0-9-]{10,}|aiza[0-9a-z_-]{30,}|eyj[a-z0-9_-]{10,}\.eyj[a-z0-9_-]+)/.test(
              word,
            ) && !/x{6}|your|example|1234567|\.\.\./.test(word),
        ),
      ),
  },
  {
    id: "others-secret",
    kind: "secret-access",
    tier: "T2",
    why: "It takes secrets of other connections or servers.",
    see: (s) => {
      if (!s.has("secret") && !s.has("sensitive")) return undefined;
      const other = s.words.findIndex(
        (word, i) =>
          /^(?:other|another)$/.test(word) &&
          /^(?:mcp|server|servers|connection|connections|tool|tools|agent|agents|session|sessions|integration|integrations|plugins?)$/.test(
            s.words[i + 1] ?? "",
          ),
      );
      return other >= 0 && !s.has("not") ? at(other) : undefined;
    },
  },
  {
    id: "alters-brand",
    kind: "argument-tampering",
    tier: "T2",
    why: "Names, links or figures are exchanged in favour of somebody.",
    see: (s, place) => {
      if (!proseOrFirst(place) || place.about.has("alter")) return undefined;
      const swap = find(
        s,
        /^(?:replace|replaced|rewritten|rewrite|substitute|swap|swapped|changed|counted|shown|increased|rounded|raised|lowered|multiplied)$/,
      );
      const whom = find(
        s,
        /^(?:competitors?|us|ours|our|partner|half|weight|lower|higher|per|percent|cent|favou?r|commission|twice|double)$/,
        swap + 1,
      );
      const before = find(s, /^(?:competitors?|rival|rivals|partner|votes?|prices?|rates?|amounts?|links)$/);
      return swap >= 0 && (whom > 0 || before >= 0) && whom >= 0 && before >= 0 ? ordered(swap, whom) : undefined;
    },
  },
];
