import type { ServerItem, ServerReport } from "../domain/catalogue/servers-admin.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import { isObject } from "../kernel/json.ts";
import { phrases } from "./wrapped.ts";

/** A value as YAML on one line (a flow, YAML 1.2, 7.4); plain where that is read as the same text. */
export function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, one]) => `${plain(key)}: ${flow(one)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return typeof value === "string" ? plain(value) : JSON.stringify(value);
}

function plain(text: string): string {
  const safe = /^[A-Za-z_][\w./-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return safe ? text : JSON.stringify(text);
}

const toolsOf = (items: readonly ServerItem[]): (ServerItem & { readonly name: string })[] =>
  items
    .filter((item) => item.entry.startsWith("tool:") && item.status !== "gone")
    .map((item) => ({ ...item, name: item.entry.slice("tool:".length) }));

/**
 * What to write under `servers.<name>`, by section: the effects that the server itself claims, and what mends each finding.
 * @param overlays whether findings are mended too
 */
export function serverToPaste({ items }: ServerReport, overlays: boolean): Readonly<Record<string, JsonObject>> {
  let paste: JsonObject = {};
  for (const { name, hint, effectFrom } of toolsOf(items))
    if (hint === "read" && effectFrom === "default") paste = merged(paste, { tools: { [name]: { effect: "read" } } });
  if (overlays)
    for (const { findings } of items)
      for (const { overlay } of findings) if (overlay !== undefined) paste = merged(paste, overlay);
  return paste as Record<string, JsonObject>;
}

function merged(a: JsonObject, b: JsonObject): JsonObject {
  const out = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = out[key];
    out[key] = isObject(before) && isObject(value) ? merged(before, value) : (before ?? value);
  }
  return out;
}

/** So many tools are named one by one; more by a wildcard. */
const NAMED = 6;

/** What to write under `access`: for reading, and for what does more. A wildcard alone grants reading (P3). */
export function accessToPaste({ name, items, resources }: ServerReport): {
  reading?: JsonObject;
  writing?: JsonObject;
} {
  const tools = toolsOf(items);
  const reads = (tool: ServerItem): boolean =>
    tool.effect === "read" || (tool.effectFrom === "default" && tool.hint === "read");
  const reading = tools.filter(reads);
  const more = tools.filter((tool) => !reads(tool));
  const has = (kind: string): boolean => items.some(({ entry }) => entry.startsWith(`${kind}:`));
  const others = [
    ...(has("prompt") ? [`${name}.prompt:*`] : []),
    ...(resources.length > 0 || has("template") ? [`${name}.resource:*`] : []),
  ];
  const exact = (list: readonly { name: string }[]): string[] => list.map((tool) => `${name}.${tool.name}`);
  const effects = [...new Set(more.map(({ effect = "write" }) => effect))].sort();
  const rule = (role: string, allow: string[], rest: JsonObject = {}): JsonObject => ({ role, allow, ...rest });
  return {
    ...(reading.length > NAMED
      ? { reading: rule("reader", [`${name}.*`]) }
      : reading.length + others.length > 0
        ? { reading: rule("reader", [...exact(reading), ...others]) }
        : {}),
    ...(more.length > NAMED
      ? { writing: rule("editor", [`${name}.*`], { effects }) }
      : more.length > 0
        ? { writing: rule("editor", exact(more)) }
        : {}),
  };
}

/** A mapping as YAML for pasting, several members on a line. @param margin begins each line */
export function pasteLines(label: string, members: JsonObject, margin: string): string[] {
  const words = Object.entries(members).map(([key, value]) => `${plain(key)}: ${flow(value)},`);
  const last = words.pop()?.replace(/,$/, "");
  if (last === undefined) return [`${margin}${label}: {}`];
  return [...phrases([...words, `${last} }`], `${margin}${label}: { `, `${margin}  `)];
}

/** A rule of `access` for pasting. */
export function ruleLines({ role, allow, ...rest }: JsonObject, margin: string): string[] {
  const words = (Array.isArray(allow) ? allow : []).map((one) => `${flow(one)},`);
  const last = words.pop()?.replace(/,$/, "") ?? "";
  const more = Object.entries(rest).map(([key, value]) => `, ${key}: ${flow(value)}`);
  return phrases(
    [...words, `${last}]${more.join("")} }`],
    `${margin}- { role: ${flow(role ?? "")}, allow: [`,
    `${margin}    `,
  );
}
