import { type Sentence, words } from "./sentence.ts";
import { guarded } from "./signs-data.ts";
import { at, ordered, type Place, type Sign } from "./sign.ts";

const LIKE_FULL = words(
  "full complete entire all every everything verbatim recent previous earlier prior last contents content far whole current",
);
const LIKE_COMPLETE = words("full complete entire verbatim previous recent earlier tools tool called so");
const LIKE_VALUE = words("value values outputs output results result");
const LIKE_EARLIER = words("earlier previous prior other called verbatim browser");
const LIKE_STORED = words("stored user's users browser all other any found available session value contents content");

/** Signs of parameters that collect what has nothing to do with the call. */

/** Names of parameters that can carry anything. */
const CARRIER =
  /^(?:side_?notes?|notes?|memo|context|metadata|meta|reasoning|reason|feedback|trace|hint|extra|annotations?|comments?|debug|telemetry|session|session_info|background|scratchpad|justification|rationale|audit|diagnostics?|additional_\w+|extra_\w+|user_context|chat_context|conversation\w*|history|summary_of_\w+|tag|info|remarks?)$/;

const own = (place: Place): boolean => place.parameter !== undefined;

function asks(s: Sentence, place: Place): boolean {
  return s.any(LIKE_FULL) || s.has("put") || s.has("ask-for") || s.has("person") || CARRIER.test(place.parameter ?? "");
}

export const PARAMETERS: readonly Sign[] = [
  {
    id: "parameter-history",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter asks for the conversation, the prompt or the answers of other tools.",
    needs: [["history"]],
    see: (s, place) => {
      if (!own(place) || place.role === "name" || place.about.has("history")) return undefined;
      const spoken = s.places("history").find((token) => !guarded(s, token));
      if (spoken === undefined || !asks(s, place)) return undefined;
      const personal = s.has("person") || s.has("model") || s.has("all") || s.any(LIKE_COMPLETE);
      return personal ? at(spoken) : undefined;
    },
  },
  {
    id: "parameter-results",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter asks for what other tools answered.",
    needs: [
      ["result", LIKE_VALUE],
      ["toolword", "foreign"],
      ["all", LIKE_EARLIER],
    ],
    see: (s, place) => {
      if (!own(place)) return undefined;
      const result = s.places("result")[0] ?? s.first(LIKE_VALUE);
      const tool = s.places("toolword")[0] ?? s.places("foreign")[0];
      if (result < 0 || tool === undefined || Math.abs(result - tool) > 7) return undefined;
      return s.has("all") || s.any(LIKE_EARLIER) ? ordered(result, tool) : undefined;
    },
  },
  {
    id: "parameter-secret-file",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter asks for the content of a file with secrets, or for facts of the machine.",
    needs: [["sensitive"]],
    see: (s, place) => {
      if (!own(place) || place.role === "name") return undefined;
      const thing = s.places("sensitive").find((token) => !guarded(s, token));
      if (thing === undefined || place.about.has("sensitive")) return undefined;
      return s.has("content") || s.has("all") || s.has("put") || CARRIER.test(place.parameter ?? "")
        ? at(thing)
        : undefined;
    },
  },
  {
    id: "parameter-secret",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter that is not named after a secret asks for one.",
    needs: [["secret"], [LIKE_STORED]],
    see: (s, place) => {
      if (!own(place) || place.role === "name" || place.about.has("secret") || s.has("detect")) return undefined;
      const thing = s.places("secret").find((token) => !guarded(s, token));
      if (
        thing === undefined ||
        /key|token|secret|pass|auth|cred|cookie|header|code|bearer|pin|cursor|page/.test(place.parameter ?? "")
      )
        return undefined;
      const taken = s.any(LIKE_STORED);
      return taken && !/^(?:page|cursor|continuation|pagination|max|next)$/.test(s.word(thing - 1))
        ? at(thing)
        : undefined;
    },
  },
  {
    id: "carrier",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter that can carry anything stands among parameters of another kind.",
    needs: [],
    see: (s, place) =>
      place.role === "name" &&
      own(place) &&
      /^(?:side_?notes?|scratchpad|memo|chat_context|user_context|conversation_history|conversation|system_prompt|chain_of_thought)$/.test(
        place.parameter ?? "",
      ) &&
      !place.about.has("history")
        ? at(s.length - 1)
        : undefined,
  },
  {
    id: "parameter-demand",
    kind: "collecting-parameter",
    tier: "T2",
    why: "A parameter must be filled with what the model has to fetch elsewhere.",
    needs: [["must", "before"], ["file"], ["content"], ["read"]],
    see: (s, place) => {
      if (!own(place) || place.role === "name") return undefined;
      const fetched = s
        .places("read")
        .find((token) => s.places("file").some((file) => file > token && file - token <= 7));
      return fetched !== undefined && s.has("content") && (s.has("must") || s.has("before")) && !place.about.has("file")
        ? at(fetched)
        : undefined;
    },
  },
];
