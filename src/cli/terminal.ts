import type { ReadStream } from "node:tty";
import type { Input } from "./io.ts";

/** Milliseconds that a program may take to write what it was asked for. */
const PATIENCE_MS = 30_000;
const [ENTER, NEWLINE, BACKSPACE, DELETE, INTERRUPT, END, CLEAR] = [
  "\r",
  "\n",
  "\b",
  "\u007f",
  "\u0003",
  "\u0004",
  "\u0015",
];

/** Somebody pressed Ctrl-C, or closed the input, where they were asked. */
class Interrupted extends Error {
  constructor() {
    super("Nothing was done: the input ended before everything was answered.");
  }
}

/**
 * The input of this process. Questions go to standard error, so that standard output stays what it is for.
 * @param write writes a question
 */
export function processInput(stdin: ReadStream, write: (text: string) => void): Input {
  return {
    terminal: stdin.isTTY === true,
    async read(longest) {
      let text = "";
      stdin.setEncoding("utf8");
      const late = setTimeout(() => stdin.destroy(), PATIENCE_MS);
      try {
        for await (const chunk of stdin) {
          text += chunk as string;
          if (text.length > longest) break;
        }
      } catch {
        throw new Interrupted();
      } finally {
        clearTimeout(late);
      }
      return text.slice(0, longest);
    },
    async ask(question, hidden) {
      write(question);
      stdin.setRawMode(true);
      stdin.setEncoding("utf8");
      stdin.resume();
      try {
        return await typed(stdin, hidden ? () => {} : write);
      } finally {
        stdin.setRawMode(false);
        stdin.pause();
        write("\n");
      }
    },
  };
}

/** What is typed until Enter. @param echo shows it */
function typed(stdin: ReadStream, echo: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = "";
    const done = (finish: () => void): void => {
      stdin.off("data", onData).off("end", onEnd);
      finish();
    };
    const onEnd = (): void => done(() => reject(new Interrupted()));
    const onData = (chunk: string | Buffer): void => {
      for (const letter of String(chunk)) {
        if (letter === ENTER || letter === NEWLINE) return done(() => resolve(line));
        if (letter === INTERRUPT || letter === END) return onEnd();
        if (letter === BACKSPACE || letter === DELETE) {
          if (line !== "") echo("\b \b");
          line = [...line].slice(0, -1).join("");
        } else if (letter === CLEAR) {
          echo("\b \b".repeat([...line].length));
          line = "";
        } else if (letter >= " ") {
          line += letter;
          echo(letter);
        }
      }
    };
    stdin.on("data", onData).once("end", onEnd);
  });
}
