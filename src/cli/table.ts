/** Rows as columns that line up; the first row is the head. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** A date (UTC), or a dash. @param at milliseconds since the epoch */
export function day(at: number | undefined): string {
  return at === undefined ? "-" : new Date(at).toISOString().slice(0, 10);
}

/** Stored text without what a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\ufffd");
}
