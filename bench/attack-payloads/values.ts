import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The parameters that are attacked, each with a sink behind it. */
export const PARAMETERS = ["path", "word", "name", "title", "url"] as const;
export type Parameter = (typeof PARAMETERS)[number];

const CORPORA = process.env["CARDEA_CORPORA"] ?? join(import.meta.dirname, "../../../shared/corpora");

function lines(file: string): string[] {
  const path = join(CORPORA, file);
  if (!existsSync(path)) throw new Error(`There is no ${file} below the corpora. Name their folder in CARDEA_CORPORA.`);
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

const rows = <T>(file: string): T[] => lines(file).map((line) => JSON.parse(line) as T);

/** The attack values of each parameter. */
export function payloads(): Readonly<Record<Parameter, readonly string[]>> {
  return {
    path: lines("payloads/path_traversal.txt"),
    word: lines("payloads/command_injection.txt"),
    name: lines("payloads/sql_injection.txt"),
    title: lines("payloads/template_injection.txt"),
    url: rows<{ url: string }>("payloads/ssrf_labelled.jsonl").map(({ url }) => url),
  };
}

/** What names of people look like in several languages; the names of the benign rows are combined of them. */
const FIRST =
  "Ada Grace José François Zoë Søren Łukasz Nguyễn Yuki 明 Олена Ελένη Mary-Jane Anne Siân Jürgen Chloé İpek Ngozi Aarav".split(
    " ",
  );
const LAST =
  "Lovelace,Hopper,García,Müller,O'Brien,D'Angelo,de la Cruz,van den Berg,Smith-Jones,Sørensen,Nowak,Øystein,Tanaka,Ivanova,Papadopoulos,Kim,Okafor,Iyer,St. John,Select,Union,Dropsworth,Table,Insert,Ortega y Gasset".split(
    ",",
  );

/** `count` harmless values, as people and models send them: a fifth for each parameter, and words where there are too few. */
export function benign(count: number): Readonly<Record<Parameter, readonly string[]>> {
  const files = rows<{ id: string; text: string }>("benign_repo_files/cases.jsonl");
  const outputs = rows<{ text: string }>("livemcpbench_outputs/cases.jsonl").map(({ text }) => text);
  const tools = rows<{ server: string; tool: { name: string; title?: string; description?: string } }>(
    "benign_tools/tools.jsonl",
  );
  const paths = files.map(({ id }) => id.replace(/^repo-[^/]*?\+[^/]*?-(?=[^/]*\/)|^repo-/, ""));
  const urls = [...files.map(({ text }) => text), ...outputs]
    .flatMap((text) => text.match(/https?:\/\/[A-Za-z0-9.-]+\.[a-z]{2,}(?:\/[\w./%~-]*[\w/])?(?:\?[\w=&%.-]+)?/g) ?? [])
    .filter((url) => !/localhost|internal|example\.local|\.local\b/.test(url));
  const sentences = tools
    .flatMap(({ tool }) => [tool.title ?? "", ...(tool.description ?? "").split(/(?<=[.!?])\s+|\n/)])
    .map((text) => text.trim())
    .filter((text) => text.length > 3 && text.length < 120 && !/[{}<>$#]/.test(text));
  const words = [
    ...paths.map((path) => path.split("/").at(-1) ?? ""),
    ...tools.map(({ tool }) => tool.name),
    ...tools.map(({ server }) => server),
  ].filter((word) => /^[\w.@:+-]+$/.test(word));
  const names = FIRST.flatMap((first) => LAST.map((last) => `${first} ${last.trim()}`));
  const mentioned = files.flatMap(
    ({ text }) => text.match(/(?<![\w/.:-])(?:\.\/)?[\w-]+(?:\/[\w.-]+)+\.[a-z]{2,4}\b/g) ?? [],
  );
  const each = count / PARAMETERS.length;
  const parts = {
    path: some(
      [...paths, ...mentioned].filter((path) => !path.includes("..") && !path.includes("node_modules")),
      each,
    ),
    name: some([...names, ...words], each),
    title: some(sentences, each),
    url: some(urls, each),
  };
  const rest = count - Object.values(parts).reduce((sum, { length }) => sum + length, 0);
  return {
    ...parts,
    word: some(
      [
        ...words,
        ...paths.filter((path) => !/[^\w./@:+-]/.test(path)),
        ...mentioned,
        ...sentences.flatMap((text) => text.match(/\b[A-Za-z]{4,}\b/g) ?? []),
      ],
      rest,
    ),
  };
}

/** `count` different values spread over all; fewer where there are no more. */
function some(values: readonly string[], count: number): string[] {
  const all = [...new Set(values)];
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)] ?? "");
}
