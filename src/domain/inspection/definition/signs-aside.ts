import { commands, proseOrFirst } from "./prose.ts";
import { LIKE_CODE, oneOf, type Sentence, words } from "./sentence.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

const LIKE_CAN = words("can may could if when optionally whether");
const LIKE_IS = words(
  "is are installs creates uses turns adds scans becomes runs opens registers enables disables downloads mines injects inserts monitors takes starts also",
);
const LIKE_DEVELOPER = words(
  "developer developers author authors vendor vendors provider providers maintainer maintainers us ours manufacturer publisher partners partner affiliates affiliate brokers broker advertisers advertiser headquarters attacker insurers insurer agencies sponsors sponsor",
);
const LIKE_COPIED = words(
  "copied kept stored archived recorded saved sent transmitted uploaded shared forwarded sold sell sells handed delivered passed disclosed leased collected retained logged aside keeps transferred resold streamed cached synced licensed",
);
const LIKE_HASHED = words("hashed encrypted masked redacted securely anonymous anonymized");
const LIKE_PASSWORDS = words(
  "passwords password card cards health typed keystrokes invoices clipboard audio recordings recording biometric medical financial salaries entered conversations conversation everything passphrases passphrase",
);
const LIKE_TRACES = words("audit log logs trail trace traces evidence history journal log-files");
const LIKE_COPY = words("copy copies duplicate backup");
const LIKE_PASS = words(
  "pass hand put give supply include attach add insert write copy place submit provide enter prepend append",
);
const LIKE_HEADER = words("header answer answers listing messages reply output contents connection it");
const LIKE_INPUTS = words(
  "inputs input queries searches history words phrases usage activity behaviour behavior patterns conversations conversation prompts messages content contents text documents document data habits profile names interactions locations location everything",
);
const LIKE_CRONTAB = words(
  "/etc/hosts /etc/crontab /etc/cron.d /etc/sudoers /etc/rc.local /etc/ld.so.preload /etc/profile crontab iptables useradd usermod setuid ld_preload hklm system32 regedit visudo authorized_keys launchctl schtasks .bashrc .zshrc .profile",
);
const LIKE_OTHER = words("other another");
const LIKE_MAINTAINS = words(
  "maintains maintain stores logs records archives remembers tracks collects collected builds retains retained gathers captures captured logged recorded archived accumulates analyzed used combined correlated learned learns aggregated profiled",
);
/** Signs that a tool does, or has the model do, something aside from its purpose. */

/** A sentence of prose about the tool; neither its first one nor one about a parameter. */
const prose = (place: Place): boolean => !place.first && proseOrFirst(place);

/** What can be done is an option; what is done is not. */
const POSSIBLE = (s: Sentence) => s.any(LIKE_CAN);

const CODE =
  /^(?:os\.system|subprocess\.|__import__|child_process|eval\(|exec\(|system\(|shell=true|popen\(|pickle\.loads)/;

const INTO = oneOf("as into to in");
const ARGUMENT = oneOf("field parameter argument");

/** `into the "note" field`: where that stands from a token on; -1 where it does not. */
function intoArgument(s: Sentence, from: number): number {
  for (let i = from; i < s.length; i++)
    if (
      s.isOne(i, INTO) &&
      (s.is(i + 1, "quoted") || s.is(i + 1, "self") || s.isOne(i + 2, ARGUMENT) || s.isOne(i + 1, ARGUMENT))
    )
      return i;
  return -1;
}

export const ASIDE: readonly Sign[] = [
  {
    id: "menace",
    kind: "side-effect",
    tier: "T2",
    why: "It speaks of watching, staying, gaining rights or making money, which has nothing to do with the tool.",
    needs: [["menace"]],
    see: (s, place) => {
      if (!prose(place) || place.about.has("menace") || s.has("detect") || POSSIBLE(s)) return undefined;
      return at(s.places("menace").find((token) => !s.negated(token, 6)));
    },
  },
  {
    id: "menace-act",
    kind: "side-effect",
    tier: "T2",
    why: "It does so on its own account.",
    needs: [["menace"], [LIKE_IS]],
    see: (s, place) => {
      if (!prose(place) || place.about.has("menace") || s.has("detect") || !s.has("menace")) return undefined;
      const acts = s.first(LIKE_IS);
      return acts >= 0 && !s.has("not") && !s.has("when") ? at(acts) : undefined;
    },
  },
  {
    id: "for-makers",
    kind: "data-collection",
    tier: "T2",
    why: "What the tool handles is kept for, or given to, those who made it or third parties.",
    needs: [[LIKE_DEVELOPER], [LIKE_COPIED]],
    see: (s, place) => {
      if (!prose(place)) return undefined;
      const who = s.find(
        LIKE_DEVELOPER,
        (i) =>
          !/^(?:your|dns|identity|cloud|service|data|payment|email|hosting|model|llm|auth|oauth|their|git|package)$/.test(
            s.word(i - 1),
          ),
      );
      if (who < 0 || s.has("not")) return undefined;
      if (
        /^(?:providers?|partners?|publisher)$/.test(s.word(who)) &&
        !/^(?:the|our|its|of|to|by|for|with|analytics)$/.test(s.word(who - 1))
      )
        return undefined;
      const given = s.find(LIKE_COPIED, (i) => Math.abs(i - who) <= 12);
      return given < 0 ? undefined : ordered(given, who);
    },
  },
  {
    id: "kept-secret-data",
    kind: "data-collection",
    tier: "T2",
    why: "Secrets or personal data that pass through are kept or sent.",
    needs: [[LIKE_COPIED], [LIKE_PASSWORDS]],
    see: (s, place) => {
      if (!prose(place) || s.has("not") || s.any(LIKE_HASHED)) return undefined;
      const kept = s.find(LIKE_COPIED, (_, word) => !/^(?:passed|sent)$/.test(word));
      const what = s.first(LIKE_PASSWORDS);
      return kept >= 0 && what >= 0 && !place.about.has("keep") ? ordered(kept, what) : undefined;
    },
  },
  {
    id: "cover-up",
    kind: "side-effect",
    tier: "T2",
    why: "Traces are removed.",
    needs: [[LIKE_TRACES], ["destroy"]],
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
    needs: [[LIKE_COPY], ["keep", "send", "put"], ["foreign", "outside", "address", "file", "person"]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const copy = s.first(LIKE_COPY);
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
    needs: [[LIKE_PASS], ["read", "history", "secret", "sensitive", "foreign", "person"]],
    see: (s, place) => {
      if (!proseOrFirst(place)) return undefined;
      const put = s.find(LIKE_PASS, (i) => commands(s, i) && !s.negated(i, 3));
      if (put < 0) return undefined;
      const into = intoArgument(s, put + 1);
      const what = s.has("history") || s.has("secret") || s.has("sensitive") || s.has("foreign") || s.any(LIKE_HEADER);
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
    needs: [[LIKE_CODE]],
    see: (s, place) => {
      if (place.about.has("command") || place.about.has("shell") || s.has("detect") || place.parameter !== undefined)
        return undefined;
      return at(s.find(LIKE_CODE, (_, word) => CODE.test(word)));
    },
  },
  {
    id: "retains",
    kind: "data-collection",
    tier: "T2",
    why: "What passes through is kept or used for a purpose of its own.",
    needs: [[LIKE_MAINTAINS], [LIKE_INPUTS]],
    see: (s, place) => {
      if (!prose(place) || s.has("not") || POSSIBLE(s)) return undefined;
      const keeps = s.first(LIKE_MAINTAINS);
      if (keeps < 0) return undefined;
      const what = s.first(LIKE_INPUTS);
      const aim = s.words.findIndex(
        (word, i) =>
          i > keeps &&
          /^(?:training|train|analytics|marketing|advertising|profiling|research|personali[sz]ation|optimi[sz]ation|improvement|telemetry|monetization|insights|accuracy|entropy|learning|future)$/.test(
            word,
          ),
      );
      return what >= 0 && aim >= 0 ? ordered(keeps, aim) : undefined;
    },
  },
  {
    id: "system-change",
    kind: "side-effect",
    tier: "T2",
    why: "It changes the machine: accounts, start-up, routes, protection.",
    needs: [[LIKE_CRONTAB]],
    see: (s, place) => {
      if (!proseOrFirst(place) || place.about.has("command") || s.has("detect")) return undefined;
      return at(s.find(LIKE_CRONTAB, (i) => !s.negated(i, 4)));
    },
  },
  {
    id: "others-secret",
    kind: "secret-access",
    tier: "T2",
    why: "It takes secrets of other connections or servers.",
    needs: [["secret", "sensitive"], [LIKE_OTHER]],
    see: (s) => {
      if (!s.has("secret") && !s.has("sensitive")) return undefined;
      const other = s.find(LIKE_OTHER, (i) =>
        /^(?:mcp|server|servers|connection|connections|tool|tools|agent|agents|session|sessions|integration|integrations|plugins?)$/.test(
          s.word(i + 1),
        ),
      );
      return other >= 0 && !s.has("not") ? at(other) : undefined;
    },
  },
];
