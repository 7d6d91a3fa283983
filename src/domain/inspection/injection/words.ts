import {
  AGENT,
  ANCHOR,
  APPROVE,
  ASK,
  AUTHORITY,
  CALL,
  GENERATE,
  HARMFUL,
  HIDDEN,
  INSTRUCTION,
  ME,
  META,
  MODE,
  NOT,
  OBEY,
  ONLY,
  OTHERS,
  OVERRIDE,
  PERSON,
  PRETEND,
  PRIOR,
  REVEAL,
  RULE,
  SECRET,
  SEND,
  SENSITIVE,
  SOURCE,
  TEXT,
  UNBOUND,
  WHAT,
  YOU,
} from "./meanings.ts";

/** The words of each meaning in English, with those of other languages that rules for English read; a star stands for any ending. */
export const WORDS: readonly (readonly [number, string])[] = [
  [OVERRIDE, "ignore disregard forget override bypass neglect overlook discard dismiss nevermind abandon"],
  [INSTRUCTION, "instruction instructions prompt prompts directions directive directives orders guidelines"],
  [
    RULE,
    "rule rules policy policies restriction restrictions constraint constraints context task tasks training programming information conversation commands",
  ],
  [
    RULE,
    "limitations safeguards guardrails message messages told order regeln regles reglas regras regole правил* القواعد",
  ],
  [
    PRIOR,
    "previous previously prior above earlier preceding preceeding former existing original initial everything everthing anything all any",
  ],
  [PRIOR, "every"],
  [
    REVEAL,
    "describe hand surrender reveal print repeat output show display disclose expose leak divulge dump tell give",
  ],
  [REVEAL, "share confirm provide list state say recite respond reply answer spell echo"],
  [
    GENERATE,
    "encrypt reverse write generate create compose produce craft draft formulate make encode translate combine interlace interleave concatenate",
  ],
  [
    PERSON,
    "city residence address birthday birth birthdate balance bank ssn initials phone live lives geburts* wohnt adresse",
  ],
  [PERSON, "naissance nacimiento sozialversicherung*"],
  [YOU, "you your yours yourself youre"],
  [ME, "me us"],
  [AGENT, "assistant assistants ai model llm chatbot agent agents bot gpt chatgpt claude gemini copilot"],
  [SECRET, "password passwords passcode passphrase credential credentials secret secrets canary"],
  [
    SEND,
    "send email forward post upload transfer exfiltrate transmit submit mail wire deliver export sende schicke leite",
  ],
  [
    SEND,
    "envoyez envoie transferez envia envie enviar reenvia invia inviare inoltra verstuur wyslij gonder gonderin kirim kirimkan",
  ],
  [SEND, "ipadala отправь* перешли* أرسل भेज* পাঠান"],
  [
    SENSITIVE,
    "customer customers confidential private internal credentials credential passwords password secrets secret tokens keys database conversation history",
  ],
  [
    SENSITIVE,
    "records payroll salary salaries employee employees personal sensitive ssn inbox contents donnees datos daten dati dados",
  ],
  [SENSITIVE, "данные البيانات wallet funds env attacker evil external account accounts transaction money"],
  [CALL, "call invoke run execute use trigger utilisez rufe ejecuta llama execute"],
  [APPROVE, "approve authorize authorise approval approvals confirmation"],
  [NOT, "not never dont doesnt without cannot cant avoid refuse didnt wont shouldnt mustnt isnt"],
  [OBEY, "follow obey listen adhere comply heed consider abide"],
  [
    PRETEND,
    "act acting pretend pretending roleplay simulate simulating behave become immerse persona character impersonate imagine",
  ],
  [
    UNBOUND,
    "dan dans stan jailbreak jailbroken unfiltered uncensored unrestricted unlimited limitless amoral unethical restrictions filters limits censorship",
  ],
  [UNBOUND, "moral ethics guidelines openai anthropic policy policies"],
  [MODE, "mode"],
  [
    META,
    "injection injections jailbreaks attack attacks attacker malicious adversarial detector detectors detect detection guardrail guardrails vulnerability vulnerabilities",
  ],
  [
    META,
    "example examples phrase phrases payload payloads dataset benchmark corpora corpus quotes quoted literal unsafe untrusted defenses",
  ],
  [
    META,
    "regression fixture fixtures pattern patterns phishing exploit exploits awareness documentation snapshot sample samples threat prompts coverage",
  ],
  [META, "flag flagged analysts classify refused training guidance beispiel exemple ejemplo"],
  [
    HARMFUL,
    "offensive toxic harmful hateful discriminatory negative unfriendly racist sexist violent abusive insulting derogatory untrue false fake",
  ],
  [HARMFUL, "phishing misleading defamatory demeaning rude hurtful biased prejudiced"],
  [
    TEXT,
    "sentence sentences paragraph story essay joke poem headline tweet post email message haiku acrostic article text",
  ],
  [TEXT, "review"],
  [ONLY, "just only exactly instead verbatim nothing simply"],
  [ASK, "can could would please kindly must should shall need needs"],
  [OTHERS, "i we they he she it who which that ill ive id im were users developers"],
  [OTHERS, "people programs compilers browsers"],
  [WHAT, "what whats which where"],
  [
    AUTHORITY,
    "developer creator god maintainer administrator admin boss president owner supervisor manager engineer ceo",
  ],
  [
    SOURCE,
    "webpage website page document data table function resume article paper text email question rest code content",
  ],
  [SOURCE, "snippet file transcript documents summary"],
  [HIDDEN, "system hidden initial internal original secret developer core underlying full entire exact"],
  [
    ANCHOR,
    "remember memorize memorise memorisez user system human now if when task completed complete override activated following",
  ],
  [ANCHOR, "role while load fetch render embed insert open append include mention inform notify alert"],
];

/** English words that are written like one of another language: they say nothing of the language of a text. */
export const COMMON =
  "me us on no in do is an as die dire sale son ton tes tu la le du con come data dame name was web filter var non " +
  "size comment site ci co sans mod binary dir declare scenario todo introduce active ti conclusion vi ban ia cv " +
  "director her ty su expire incorrect hypothetical capital telephone sage favor chef maker patron hexadecimal " +
  "indications ignores binaries hex conjecture entre parole reset pan sin mis el al sera base64 morse haiku leetspeak " +
  "email mail code general orders capitals user password passcode boss administrator output assistant address status " +
  "resume page document table texte article test normal real visual plan total final error natural animal";
