import type { ReadStream } from "node:tty";
import { UsageFault } from "./args.ts";
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
class Interrupted extends UsageFault {
  constructor() {
    super("Nothing was done: the input ended before everything was answered.");
  }
}

/**
 * The input of this process. Questions go to standard error, so that standard output stays what it is for.
 * @param write writes a question
 */
export function processInput(stdin: ReadStream, write: (text: string) => void): Input {
  /** What was typed or pasted after the last Enter. */
  let ahead = "";
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
      // Before the question is there, so that nothing that is typed at once is shown.
      stdin.setRawMode(true);
      stdin.setEncoding("utf8");
      write(question);
      try {
        const { line, rest } = await typed(stdin, ahead, hidden ? () => {} : write);
        ahead = rest;
        return line;
      } finally {
        stdin.setRawMode(false);
        stdin.pause();
        write("\n");
      }
    },
  };
}

/** What is typed until Enter, and what came after it. @param ahead what was typed before @param echo shows it */
function typed(
  stdin: ReadStream,
  ahead: string,
  echo: (text: string) => void,
): Promise<{ line: string; rest: string }> {
  return new Promise((resolve, reject) => {
    let line: string[] = [];
    const done = (finish: () => void): void => {
      stdin.off("data", onData).off("end", onEnd);
      finish();
    };
    const onEnd = (): void => done(() => reject(new Interrupted()));
    const onData = (chunk: string | Buffer): void => {
      const letters = [...String(chunk)];
      for (const [at, letter] of letters.entries()) {
        if (letter === ENTER || letter === NEWLINE)
          return done(() => resolve({ line: line.join(""), rest: letters.slice(at + 1).join("") }));
        if (letter === INTERRUPT || letter === END) return onEnd();
        if (letter === BACKSPACE || letter === DELETE) {
          if (line.pop() !== undefined) echo("\b \b");
        } else if (letter === CLEAR) {
          echo("\b \b".repeat(line.length));
          line = [];
        } else if (letter >= " ") {
          line.push(letter);
          echo(letter);
        }
      }
    };
    stdin.on("data", onData).once("end", onEnd);
    if (ahead !== "") onData(ahead);
    stdin.resume();
  });
}
