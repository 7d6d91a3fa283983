import { styleText } from "node:util";
import type { Row } from "./table.ts";

/** Prints the table for people: one attack in two or three lines, by area. */
export function print(rows: readonly Row[]): void {
  const coloured = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
  const paint = (colour: "green" | "red" | "dim" | "bold", text: string): string =>
    coloured ? styleText(colour, text) : text;
  let area = "";
  for (const { id, source, attack, answer, recorded, open } of rows) {
    const [now = ""] = id.split(".");
    if (now !== area) console.log(paint("bold", `\n${now}`));
    area = now;
    const record = recorded === null ? "nothing to record" : recorded ? "recorded" : "NOT RECORDED";
    console.log(
      `${open ? paint("red", "✘ open   ") : paint("green", "✔ refused")}  ${attack} ${paint("dim", `(${id})`)}`,
    );
    console.log(paint("dim", `             ${answer} · ${record} · ${source}`));
  }
  const open = rows.filter((row) => row.open).length;
  console.log(`\n${rows.length} attacks tried, ${paint(open === 0 ? "green" : "red", `${open} open`)}`);
}
