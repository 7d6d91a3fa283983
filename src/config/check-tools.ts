import { readField } from "../kernel/field.ts";
import { child, entries, near, pathText, quoted, type Report, type Step, texts } from "./fault.ts";
import { PUBLISHED_NAME } from "./tools-schema.ts";

const GUARD_LISTS = { roots: "path", hosts: "url", domains: "email" } as const;

/** P4, P6, V2, V3: what the rules of tools, prompts and templates mean together; `check-pins` holds them against definitions. */
export function checkTools(server: unknown, path: readonly Step[], report: Report): void {
  checkNames(child(server, "tools"), [...path, "tools"], report);
  for (const kind of ["tools", "prompts", "templates"])
    for (const [name, rules] of entries(child(server, kind))) checkRules(rules, [...path, kind, name], server, report);
}

function checkRules(rules: unknown, path: readonly Step[], server: unknown, report: Report): void {
  const bound = [
    ...entries(child(rules, "bind")).map(([at]) => ({ at, path: [...path, "bind", at] })),
    ...(typeof child(rules, "confirm") === "string"
      ? [{ at: String(child(rules, "confirm")), path: [...path, "confirm"] }]
      : []),
  ];
  const parts = entries(child(rules, "publish"));
  const seen = new Map<string, readonly Step[]>();
  for (const { at, path: here } of bound) once(placeText(at), here, seen, report);
  checkArguments(child(rules, "arguments"), [...path, "arguments"], seen, server, report);
  checkResult(child(rules, "result"), [...path, "result"], report);
  for (const [name, part] of parts) {
    const here = [...path, "publish", name];
    const fixed = new Map(seen);
    for (const [at] of entries(child(part, "fixed"))) once(placeText(at), [...here, "fixed", at], fixed, report);
    checkArguments(child(part, "arguments"), [...here, "arguments"], fixed, server, report);
    checkResult(child(part, "result"), [...here, "result"], report);
  }
  const publish = child(rules, "publish");
  if (publish !== undefined && typeof publish === "object" && parts.length === 0)
    report({
      path: [...path, "publish"],
      message: `${pathText([...path, "publish"])} names no part`,
      expected: "at least one new name with fixed, effect and description",
      remedy: "Add a part, or remove the key.",
    });
  for (const key of ["alias", "effect"])
    if (parts.length > 0 && child(rules, key) !== undefined)
      report({
        path: [...path, key],
        atKey: true,
        message: `${pathText([...path, key])} means nothing for a tool that is published in parts`,
        expected: key === "alias" ? "the new names of the parts" : "an effect for each part",
        remedy: "Remove the key.",
      });
}

/** S9: either what is kept or what is left out, each field readable. */
function checkResult(rule: unknown, path: readonly Step[], report: Report): void {
  const [keep, drop] = [child(rule, "keep"), child(rule, "drop")];
  if (rule !== undefined && (keep === undefined) === (drop === undefined))
    report({
      path,
      atKey: true,
      message: `${pathText(path)} ${keep === undefined ? "says neither what is kept nor what is left out" : "says both what is kept and what is left out"}`,
      expected: "keep: [fields] or drop: [fields]",
      remedy: "Write one of the two.",
    });
  for (const [key, list] of Object.entries({ keep, drop }))
    for (const [at, written] of texts(list)) {
      const field = readField(written);
      if (typeof field !== "string") {
        if (field.length === 1 && field[0] === "*") wholeResult([...path, key, at], key === "keep", report);
        continue;
      }
      report({
        path: [...path, key, at],
        message: field,
        expected: "a name, a JSON Pointer such as /rows/*/id, or a path such as $.rows[*].id",
        remedy: "Write the field in one of these forms.",
      });
    }
}

function wholeResult(path: readonly Step[], keeps: boolean, report: Report): void {
  report({
    path,
    message: `${pathText(path)} is every field: ${keeps ? "all of the result would be kept" : "nothing of the result would be left"}`,
    expected: "the names of fields",
    remedy: keeps
      ? "Name the fields that are kept, or remove the rule."
      : "Name the fields that are left out, or take the tool out of `access`.",
  });
}

/** `tenant` and `/tenant` are one place. */
const placeText = (at: string): string =>
  at.startsWith("/") ? at : `/${at.replaceAll("~", "~0").replaceAll("/", "~1")}`;

function once(place: string, path: readonly Step[], seen: Map<string, readonly Step[]>, report: Report): void {
  const other = seen.get(place);
  if (other === undefined) seen.set(place, path);
  else
    report({
      path,
      atKey: true,
      message: `${pathText(path)} sets an argument that ${pathText(other)} sets already`,
      expected: "each argument once among bind, fixed and confirm",
      remedy: "Keep one of them.",
    });
}

function checkArguments(
  rules: unknown,
  path: readonly Step[],
  set: ReadonlyMap<string, readonly Step[]>,
  server: unknown,
  report: Report,
): void {
  for (const [at, rule] of entries(rules)) {
    const here = [...path, at];
    const other = set.get(placeText(at));
    if (other !== undefined && child(rule, "accept") === undefined)
      report({
        path: here,
        atKey: true,
        message: `${pathText(here)} tightens an argument that ${pathText(other)} sets`,
        expected: "rules for arguments that callers send",
        remedy: "Remove one of the two.",
      });
    if (child(rule, "remove") === true && child(rule, "required") === true)
      report({
        path: [...here, "required"],
        message: `${pathText([...here, "required"])} contradicts remove`,
        expected: "remove or required",
        remedy: "Keep one of them.",
      });
    checkGuard(child(rule, "guard"), [...here, "guard"], server, report);
  }
}

function checkGuard(guard: unknown, path: readonly Step[], server: unknown, report: Report): void {
  const kind = child(guard, "kind");
  if (typeof kind !== "string") return;
  for (const [key, belongs] of Object.entries(GUARD_LISTS)) {
    const value = child(guard, key);
    if (value !== undefined && kind !== belongs)
      report({
        path: [...path, key],
        atKey: true,
        message: `${pathText([...path, key])} means nothing for ${quoted(kind)}`,
        expected: `${key} with kind: ${belongs}`,
        ...near(kind, [belongs]),
        remedy: "Remove the key, or correct the kind.",
      });
  }
  for (const key of ["hosts", "domains"]) {
    const value = child(guard, key);
    if (Array.isArray(value) && value.length === 0)
      report({
        path: [...path, key],
        atKey: true,
        message: `${pathText([...path, key])} lists nothing`,
        expected: `at least one of the ${key}, or no such key where any may stand`,
        remedy: `Write the ${key}, or remove the key.`,
      });
  }
  const roots = child(guard, "roots");
  if (kind === "path" && !(Array.isArray(roots) && roots.length > 0))
    report({
      path,
      message: `${pathText(path)} names no roots`,
      expected: "roots: a list of folders that paths stay below",
      remedy:
        child(server, "url") === undefined
          ? "Write, for example, `roots: [./workspace]`."
          : "Write the folders as the server knows them, such as `roots: [/srv/data]`.",
    });
}

function checkNames(tools: unknown, path: readonly Step[], report: Report): void {
  const published = new Map<string, readonly Step[]>();
  const claim = (shown: string, here: readonly Step[], at: readonly Step[], atKey: boolean): void => {
    const other = published.get(shown.toLowerCase());
    if (other === undefined) return void published.set(shown.toLowerCase(), here);
    report({
      path: at,
      atKey,
      message: `${pathText(here)} is published under the same name as ${pathText(other)}`,
      expected: "a name of its own for each tool of a server; case does not tell them apart",
      remedy: "Give one of them another alias.",
    });
  };
  for (const [name, tool] of entries(tools)) {
    const here = [...path, name];
    if (!/^[\x21-\x7e]{1,128}$/.test(name))
      report({
        path: here,
        atKey: true,
        message: `${quoted(name)} is no name of a tool`,
        expected: "1 to 128 printable ASCII characters without spaces",
        remedy: "Write the name that the server publishes.",
      });
    const parts = entries(child(tool, "publish"));
    for (const [part] of parts) {
      const at = [...here, "publish", part];
      if (!new RegExp(PUBLISHED_NAME).test(part))
        report({
          path: at,
          atKey: true,
          message: `${quoted(part)} is no name of a tool`,
          expected: "1 to 64 letters, digits, _ . or -",
          remedy: "Rename the part.",
        });
      claim(part, at, at, true);
    }
    if (parts.length > 0) continue;
    const alias = child(tool, "alias");
    if (typeof alias === "string") claim(alias, here, [...here, "alias"], false);
    else claim(name, here, here, true);
  }
}
