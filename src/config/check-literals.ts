import { child, entries, type Finding, isPlain, pathText, type Report, type Step, texts } from "./fault.ts";
import { knownToken, looksRandom, namesSecret } from "./literals.ts";

/** A reference inside a template, and one that is whole. `file:` paths hold no `}` and no line end. */
const INSIDE = /\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^}\s][^}\n]*)\}/g;
const WHOLE = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\s}][^}\n]*)$/;

/** C8: refuses secrets that are written out, wherever the configuration has a place for text. */
export function checkLiterals(raw: unknown, report: Report): void {
  for (const [name, server] of entries(child(raw, "servers"))) {
    const here = ["servers", name];
    checkWords(child(server, "args"), [...here, "args"], report);
    checkWords(child(server, "run"), [...here, "run"], report);
    checkEnv(child(server, "env"), [...here, "env"], report);
    checkCredential(child(server, "credential"), [...here, "credential"], report);
    checkUrl(child(server, "url"), [...here, "url"], report);
  }
  checkUrl(child(child(raw, "listen"), "publicUrl"), ["listen", "publicUrl"], report);
  checkIdentity(child(raw, "identity"), report);
  const screen = child(raw, "screen");
  checkUrl(child(child(screen, "classifier"), "url"), ["screen", "classifier", "url"], report, IN_HEADER);
}

/** Addresses of `identity`; its secrets can be nothing but references already. */
function checkIdentity(identity: unknown, report: Report): void {
  const check = (one: unknown, path: readonly Step[]): void => {
    for (const key of ["issuer", "metadata", "keys"]) checkUrl(child(one, key), [...path, key], report, TAKE_OUT);
  };
  for (const [name, provider] of entries(child(identity, "providers")))
    check(provider, ["identity", "providers", name]);
  check(child(identity, "issuer"), ["identity", "issuer"]);
  const assertions = child(identity, "assertions");
  for (const [at, one] of Array.isArray(assertions) ? assertions.entries() : [])
    check(one, ["identity", "assertions", at]);
}

const IN_HEADER = 'Take it out of the URL and write `headers: { Authorization: "env:NAME" }`.';
const TAKE_OUT = "Take it out of the URL.";

function literal(path: readonly Step[], what: string, expected: string, remedy: string, report: Report): void {
  report({ path, message: `${pathText(path)} holds ${what}`, expected, remedy });
}

const FOR_PROGRAMS =
  'Put the secret into an environment variable or a file, and pass it with `env: { NAME: "env:NAME" }`.';

function checkWords(words: unknown, path: readonly Step[], report: Report): void {
  const expected = "arguments without secrets: everybody on the machine sees them";
  let previous = "";
  for (const [at, word] of texts(words)) {
    const here = [...path, at];
    const named = /^(-{0,2}[A-Za-z][\w.-]*)(?:=|:\s*)(\S.*)$/s.exec(word);
    const flag = /^--?[A-Za-z]/.test(previous) && !previous.includes("=") ? previous : "";
    const [name, value] = named === null ? [flag, word] : [named[1] ?? "", named[2] ?? ""];
    previous = word;
    if (word.includes("${")) {
      literal(here, "a reference, and references are not filled in here", expected, FOR_PROGRAMS, report);
    } else if (namesSecret(name) && worthHiding(value) && !(named === null && value.startsWith("-"))) {
      literal(here, "what looks like a literal secret", expected, FOR_PROGRAMS, report);
    } else if (looksRandom(word)) {
      literal(here, "what looks like a literal secret", expected, FOR_PROGRAMS, report);
    }
  }
}

/** Not a switch, a number, or a path (`--token ./file`). */
function worthHiding(value: string): boolean {
  return !/^(?:true|false|yes|no|on|off|none|null|[0-9]{1,7}|\.{0,2}\/.*|)$/i.test(value.trim());
}

function checkEnv(env: unknown, path: readonly Step[], report: Report): void {
  for (const [name, value] of entries(env)) {
    const here = [...path, name];
    if (typeof value === "string") {
      if (WHOLE.test(value)) continue;
      const remedy = "Write `env:NAME` or `file:path` for a secret, `{ value: text }` for what is none.";
      literal(here, "no reference", "env:NAME, file:path or {value: plain text}", remedy, report);
      continue;
    }
    const plain = child(value, "value");
    if (typeof plain !== "string") continue;
    if ((namesSecret(name) && worthHiding(plain)) || looksRandom(plain)) {
      const remedy = `Put it into an environment variable or a file and write \`${isPlain(name) ? name : "NAME"}: "env:NAME"\`.`;
      literal([...here, "value"], "what looks like a literal secret", "text that is no secret", remedy, report);
    }
  }
}

function checkCredential(credential: unknown, path: readonly Step[], report: Report): void {
  const value = child(credential, "value");
  if (typeof value !== "string") return;
  const here = [...path, "value"];
  const expected = "text with ${env:NAME} or ${file:path} for the secret, such as Bearer ${env:TOKEN}";
  const remedy = "Put the secret into an environment variable or a file and refer to it.";
  const around = value.replace(INSIDE, " ");
  if (around.includes("${")) {
    literal(here, "a reference of an unknown kind", expected, remedy, report);
  } else if (around === value) {
    literal(here, WHOLE.test(value) ? "a reference without ${ }" : "no reference", expected, remedy, report);
  } else if (/[^\s:=",;]{16,}/.test(around)) {
    literal(here, "what looks like a literal secret", expected, remedy, report);
  }
}

const AS_CREDENTIAL =
  'Take it out of the URL and write `credential: { query: name, value: "${env:NAME}" }` or a header.';

function checkUrl(value: unknown, path: readonly Step[], report: Report, remedy = AS_CREDENTIAL): void {
  if (typeof value !== "string") return;
  const expected = "a URL without secrets";
  if (value.includes("${")) {
    literal(path, "a reference, and references are not filled in here", expected, remedy, report);
    return;
  }
  if (!URL.canParse(value)) return;
  const url = new URL(value);
  const named = [...url.searchParams].some(([name, text]) => namesSecret(name) && worthHiding(text));
  if (url.username !== "" || url.password !== "") {
    literal(path, "a user name or password", expected, remedy, report);
  } else if (
    named ||
    looksRandom(decoded(url.pathname)) ||
    [...url.searchParams].some(([, text]) => looksRandom(text))
  ) {
    literal(path, "what looks like a literal secret", expected, remedy, report);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * C8: finds tokens of known form in the whole text of the file, comments included.
 * @param report is given the offset of each into the text
 */
export function checkTokens(text: string, report: (offset: number, finding: Finding) => void): void {
  let begin = 0;
  for (const line of text.split("\n")) {
    let left = line;
    for (let token = knownToken(left); token !== undefined; token = knownToken(left)) {
      report(begin + token.index, {
        path: [],
        message: `here stands ${token.kind}`,
        expected: "references to secrets: env:NAME or file:path",
        remedy:
          "Move it into an environment variable or a file, refer to that, and have it replaced: it was in a file.",
      });
      // One token can have several forms; a token ends at a space, a quote or a comma.
      const end = /^.[^\s"',]*/s.exec(left.slice(token.index))?.[0].length ?? 1;
      left = left.slice(0, token.index) + " ".repeat(end) + left.slice(token.index + end);
    }
    begin += line.length + 1;
  }
}
