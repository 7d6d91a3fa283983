import type { Leaf } from "./leaves.ts";

/** What an argument hands to the model. The first five, and what cannot be read, are off (P6). */
export type Shape =
  | "shell"
  | "sql"
  | "path"
  | "url"
  | "tenant"
  | "html"
  | "template"
  | "text"
  | "list"
  | "open-object"
  | "unreadable";

/** The words of a name: `filePath`, `file_path` and `FILE-PATH` are `file`, `path`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** The tool around an argument. */
export interface Around {
  readonly words: readonly string[];
  readonly description: string;
}

/** An argument is dangerous by what it is called, confirmed by what is said of it and of its tool. */
export function shapeOf(leaf: Leaf, tool: Around): Shape | undefined {
  const isText = leaf.types.size === 0 || leaf.types.has("string");
  const words = wordsOf(leaf.name);
  if (isTenant(words, leaf)) return "tenant";
  if (!isText) return undefined;
  const { description } = leaf;
  if (isShell(words, description, tool)) return "shell";
  if (isSql(words, description, tool)) return "sql";
  if (isUrl(words, leaf, tool)) return "url";
  if (isPath(words, leaf, tool)) return "path";
  if (words.includes("html") || /\bHTML (?:content|body|markup|code)\b/.test(description)) return "html";
  if (
    words.at(-1) === "template" &&
    /\b(?:jinja|handlebars|mustache|liquid|ejs|velocity|freemarker|placeholders?)\b/i.test(description)
  )
    return "template";
  return undefined;
}

const last = (words: readonly string[]): string => words.at(-1) ?? "";
const RUNS = new Set(
  "run runs execute exec eval evaluate shell bash terminal command cmd powershell interpreter repl python javascript js script spawn ssh process".split(
    " ",
  ),
);

function isShell(words: readonly string[], description: string, tool: Around): boolean {
  const runs = tool.words.some((word) => RUNS.has(word));
  const name = last(words);
  const says =
    /\b(?:shell|bash|terminal|powershell|cli|command[- ]line) (?:command|script)|commands? to (?:run|execute|be executed)|(?:execute|run)s? (?:a |the |this |in )?(?:shell|bash|terminal|command)/i;
  if (name === "command" || name === "cmd" || name === "commands")
    return runs || says.test(description) || says.test(tool.description);
  // Members that nobody named, of a tool that runs commands.
  if (name === "") return says.test(tool.description);
  if (["args", "argv", "arguments", "argument", "cmdline", "commandline"].includes(name))
    return (
      /\b(?:command[- ]?line|argv|program|executable|shell)\b/i.test(description) &&
      (runs || says.test(tool.description) || says.test(description))
    );
  if (["bash", "shell", "powershell"].includes(name)) return says.test(description) || runs;
  const code = [
    "code",
    "script",
    "snippet",
    "program",
    "expression",
    "function",
    "javascript",
    "js",
    "python",
  ].includes(name);
  if (!code) return false;
  const source = /\b(?:javascript|js|python|typescript|ruby|bash|shell|lua|r|code|script|function|expression)\b/i;
  const toRun =
    /\bto (?:be )?(?:run|execute|executed|evaluate|evaluated|eval)\b|\b(?:execute|evaluate|run)s? (?:arbitrary |the |a |some )?(?:javascript|python|js|code|script)/i;
  return (runs && source.test(`${description} ${tool.description}`)) || toRun.test(description);
}

const QUERY_LANGUAGE =
  /\b(?:SQL|T-?SQL|PL\/SQL|SOQL|SOSL|KQL|Kusto|Cypher|SPARQL|HQL|PartiQL|CQL|InfluxQL|BigQuery|PostgreSQL|MySQL|SQLite|DuckDB)\b/;
const STATEMENT =
  /\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|MATCH)\b.*\b(?:FROM|INTO|SET|RETURN|statement|query|clause)?\b/;

function isSql(words: readonly string[], description: string, tool: Around): boolean {
  if (words.some((word) => ["sql", "soql", "cypher", "kql", "sparql", "hql"].includes(word)))
    return (
      !/\b(?:file|dialect|version|server|instance|database name|name of)\b/i.test(description) &&
      !["id", "name", "type", "dialect", "server", "file", "path"].includes(last(words))
    );
  if (!["query", "statement", "queries", "statements", "where", "filter"].includes(last(words))) return false;
  if (/\b(?:natural[- ]language|search (?:query|term|string)|keywords?|full[- ]text)\b/i.test(description))
    return false;
  const own = QUERY_LANGUAGE.test(description) || STATEMENT.test(description);
  if (own) return !/\bJQL\b/.test(description);
  return (
    ["query", "statement"].includes(last(words)) &&
    (tool.words.includes("sql") || /\b(?:SQL|Cypher|KQL|SPARQL) (?:query|queries|statements?)\b/.test(tool.description))
  );
}

const FETCHES = new Set(
  "fetch crawl scrape scraper download open navigate goto browse browser visit screenshot import load request http webhook callback curl render convert extract analyze analyse read get crawler web page url map submit upload ingest parse transcribe transcript summarize preview check scan clone markdown".split(
    " ",
  ),
);

function isUrl(words: readonly string[], { description, facets, name }: Leaf, tool: Around): boolean {
  const format = [...facets.sure, ...facets.perhaps].some(
    ({ format }) => format === "uri" || format === "url" || format === "iri",
  );
  const end = last(words);
  const named =
    ["url", "urls", "href", "webhook", "hyperlink"].includes(end) ||
    (end === "uri" &&
      !/\b(?:spotify|resource|entity|ECR|container image|registry|at:\/\/|s3:\/\/|gs:\/\/|arn)\b/i.test(description));
  if (!named && !format) return false;
  if (/\b(?:repository|repo|issue|pull request|notion|page in|document) (?:url|link)\b/i.test(description) && !format)
    return false;
  const where = `${description} ${name}`;
  return (
    tool.words.some((word) => FETCHES.has(word)) ||
    /\b(?:fetch|download|crawl|scrap|visit|navigate|request|webhook|callback|load|open|retriev|image|video|audio|file)/i.test(
      where,
    )
  );
}

const ELSEWHERE =
  /\b(?:repo(?:sitory)?|bucket|blob|s3|gcs|drive|dropbox|onedrive|sharepoint|wiki|notion|api|endpoint|route|URL path|json ?path|xpath|jq|field|property|key path|selector|menu|category|node|tree path|git ref|registry|figma|branch|keychain|vault|URL|web ?page|object key|metric|secret|dataset|collection|document path|firestore|database|breadcrumb|dot[- ]separated|dot notation)\b/i;
const REMOTE_SIBLINGS = new Set(
  "owner repo repository bucket bucketname projectid project branch ref sha container filekey spaceid siteid driveid workspaceid".split(
    " ",
  ),
);
const FILES =
  /\b(?:file|files|directory|directories|folder|disk|local|filesystem|absolute|relative|path to|save|output)\b/i;

function isPath(words: readonly string[], { description, siblings }: Leaf, tool: Around): boolean {
  const end = last(words);
  const isPathName = [
    "path",
    "paths",
    "filepath",
    "filepaths",
    "dirpath",
    "directory",
    "directories",
    "dir",
    "cwd",
    "workdir",
    "filename",
  ].includes(end);
  if (!isPathName || words.includes("sort") || words.includes("order")) return false;
  const remote = siblings.some((name) => REMOTE_SIBLINGS.has(name.toLowerCase().replace(/[^a-z]/g, "")));
  if (remote || ELSEWHERE.test(description)) return false;
  if (description === "" && ELSEWHERE.test(tool.description)) return false;
  if (end === "filename") return /\b(?:path|director|folder|save|write)/i.test(description);
  return (
    words.some((word) => ["file", "filepath", "dir", "directory", "folder", "cwd", "workdir"].includes(word)) ||
    FILES.test(description) ||
    tool.words.some((word) => ["file", "files", "directory", "folder", "dir"].includes(word))
  );
}

const OWNERS = new Set(
  "tenant org organization organisation account customer workspace user company merchant subscriber".split(" "),
);
const IDS = new Set("id ids uuid guid key number".split(" "));
/** Somebody whom the call is about, not whom it is made for. */
const OTHERS =
  /\b(?:assign|invit|recipient|mention|target|look ?up|search|filter|add(?:ed)? to|remove|message|follow|whose|other|specific user|users? to|user to|member|author|creator|find|profile of|sender|contact|get details|filter by)\w*/i;

function isTenant(words: readonly string[], { types, description }: Leaf): boolean {
  const end = last(words);
  const simple = types.size === 0 || types.has("string") || types.has("integer") || types.has("number");
  if (!simple) return false;
  const plain = words.filter((word) => !["target", "current", "x", "my"].includes(word));
  if (plain.length === 1)
    return (
      plain[0] === "tenant" ||
      plain[0] === "tenantid" ||
      plain[0] === "userid" ||
      plain[0] === "accountid" ||
      plain[0] === "orgid"
    );
  const owner = plain.at(-2) ?? "";
  if (!IDS.has(end) || end === "ids" || !OWNERS.has(owner) || plain.length > 3) return false;
  if (owner === "account" && /\b(?:salesforce|existing account|account to (?:update|delete)|crm)\b/i.test(description))
    return false;
  return owner !== "user" || !OTHERS.test(description);
}
