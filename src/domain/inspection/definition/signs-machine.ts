import { at, type Sign } from "./sign.ts";

/** Signs that commands are run or things destroyed, aside from what the tool is for. */

const NO_SIDE_ACT = /^(?:use|used|see|accepts|supports|can|known|called|for)$/;

export const MACHINE: readonly Sign[] = [
  {
    id: "shell",
    kind: "command",
    tier: "T2",
    why: "It contains a command for the machine, in a tool that runs none.",
    needs: [["shell"], ["use", "must", "before", "pretext"]],
    see: (s, place) => {
      if (place.about.has("command") || place.about.has("shell")) return undefined;
      for (const shell of s.places("shell")) {
        const word = s.word(shell + 1);
        const argument = /^-|^[~/]|^\$|:\/\/|^\d{3}$|^rf$/.test(word);
        const piped = s.words.slice(shell).some((next) => next === "&&" || next === "-x" || next === "sh");
        const told = s.has("use") || s.has("must") || s.has("before") || s.has("pretext");
        if ((argument || piped) && told && !/^(?:e\.g|such|like|example)$/.test(s.word(shell - 1)))
          return { from: shell, to: Math.min(shell + 3, s.length - 1) };
      }
      return undefined;
    },
  },
  {
    id: "run-command",
    kind: "command",
    tier: "T2",
    why: "The model is told to run a command.",
    needs: [["command"], ["use"]],
    see: (s, place) => {
      if (place.about.has("command") || place.first || place.parameter !== undefined) return undefined;
      const run = s
        .places("use")
        .find((from) => s.places("command").some((to) => to > from && to - from <= 5) && !s.negated(from, 3));
      if (run === undefined) return undefined;
      return s.has("must") ||
        s.has("before") ||
        s.has("shell") ||
        s.words.includes("following") ||
        s.words.includes("any")
        ? { from: run, to: Math.min(run + 5, s.length - 1) }
        : undefined;
    },
  },
  {
    id: "destroys",
    kind: "side-effect",
    tier: "T2",
    why: "It does something destructive that does not belong to its purpose.",
    needs: [["destroy"], ["also", "must", "after", "before"]],
    see: (s, place) => {
      if (place.first || place.parameter !== undefined || place.role === "value" || place.about.has("destroy"))
        return undefined;
      const also = s.chain(4, "also", "destroy");
      const aside = also === undefined || NO_SIDE_ACT.test(s.word(also.from + 1)) ? undefined : also;
      const must =
        s.chain(9, "must", "destroy") ?? aside ?? s.chain(8, "after", "destroy") ?? s.chain(6, "before", "destroy");
      if (must === undefined || s.negated(must.to, 3)) return undefined;
      return s.has("pretext") || s.has("foreign") || s.has("also") || s.has("all") || place.readOnly ? must : undefined;
    },
  },
  {
    id: "read-only-lie",
    kind: "purpose-mismatch",
    tier: "T2",
    why: "The definition calls itself read-only, and says that it changes or sends something.",
    needs: [["destroy"]],
    see: (s, place) => {
      if (!place.readOnly || place.role !== "description" || s.has("detect")) return undefined;
      const act = s
        .places("destroy")
        .find(
          (token) =>
            !s.negated(token, 4) && /(?:s|es|ed)$/.test(s.word(token)) && (token === 0 || s.is(token - 1, "also")),
        );
      return act === undefined ? undefined : at(act);
    },
  },
];
