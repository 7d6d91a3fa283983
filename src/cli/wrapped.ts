/** Columns of a line. */
const WIDTH = 110;
/** Columns of a label. */
const LABEL = 11;

/** Words with spaces between them, over as many lines as they need. @param more begins every line but the first */
export function phrases(words: readonly string[], first: string, more: string, between = " "): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of words) {
    if (!empty && line.length + between.length + word.length > WIDTH) {
      lines.push((line + between).trimEnd());
      line = more;
      empty = true;
    }
    line += empty ? word : between + word;
    empty = false;
  }
  return [...lines, line];
}

/** `label      text`, the text wrapped beside its label. */
export function labelled(label: string, text: string): string[] {
  return phrases(text.split(" "), label.padEnd(LABEL), " ".repeat(LABEL));
}
