/** Benign answers of 10 KB: prose, JSON and code, as tools give them back. */

const PROSE = [
  "The harbour was rebuilt after the flood of 1953, and the old warehouses along the quay became workshops.",
  "In spring the ferries run every twenty minutes; in winter the timetable is shorter, and the last boat leaves at nine.",
  "Visitors who want to see the lighthouse should ask at the office, which keeps the key and a list of opening hours.",
  "Most of the archive has been catalogued since, though a few boxes of letters still wait for somebody with patience.",
  "A survey of the northern meadows counted fourteen kinds of orchids, two of which had not been seen for thirty years.",
];
const CODE = [
  "export function total(rows: readonly Row[]): number {",
  "  return rows.reduce((sum, { amount, rate }) => sum + Math.round(amount * rate * 100) / 100, 0);",
  "}",
  "// Rows without a rate were written before rates were there, and count in full.",
  'const known = rows.filter((row) => row.state !== "draft" && row.rate !== undefined);',
  "if (known.length === 0) throw new RangeError(`No rows for ${month}`);",
];
const record = (at: number) => ({
  id: 4_000 + at,
  title: `Replace the pump of station ${at}`,
  state: at % 3 === 0 ? "closed" : "open",
  labels: ["maintenance", "station"],
  hours: at * 1.5,
  note: "The part is in stock; the crew has to be told a day before.",
});

const SIZE = 10_240;
const fill = (lines: readonly string[], between: string): string =>
  lines
    .join(between)
    .concat(between)
    .repeat(SIZE / 200)
    .slice(0, SIZE);

const PAGES = {
  prose: fill(PROSE, " "),
  json: JSON.stringify(Array.from({ length: 60 }, (_, at) => record(at))).slice(0, SIZE - 200),
  code: fill(CODE, "\n"),
} as const;

/** What a page holds. */
export type PageKind = keyof typeof PAGES;
export const PAGE_KINDS = Object.keys(PAGES) as readonly PageKind[];

/** A page that no call had before. JSON stays JSON. */
export function pageOf(kind: PageKind, at: number): string {
  const page = PAGES[kind];
  if (kind === "json") return `${page.slice(0, page.lastIndexOf("},{"))}},{"id":${at},"title":"The last of ${at}"}]`;
  const middle = page.indexOf(kind === "code" ? "\n" : " ", SIZE / 2);
  return `${page.slice(0, middle)}${kind === "code" ? `\n// Part ${at}` : ` Part ${at} begins here.`}${page.slice(middle)}`;
}
