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
 * What to write under `servers.<name>.tools`: the effects that the server itself claims, and what mends each finding.
 * @param overlays whether findings are mended too
 */
export function toolsToPaste({ items }: ServerReport, overlays: boolean): JsonObject {
  const tools: JsonObject = {};
  for (const { name, hint, effectFrom, findings } of toolsOf(items)) {
    let tool: JsonObject = hint === "read" && effectFrom === "default" ? { effect: "read" } : {};
    if (overlays) for (const { overlay } of findings) if (overlay !== undefined) tool = merged(tool, overlay);
    if (Object.keys(tool).length > 0) tools[name] = tool;
  }
  return tools;
}

function merged(a: JsonObject, b: JsonObject): JsonObject {
  const out = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = out[key];
    out[key] = isObject(before) && isObject(value) ? merged(before, value) : (before ?? value);
  }
  return out;
}

/** What to write under `access`: for reading, and for everything. Undefined: there is nothing of the kind. */
export function accessToPaste({ name, items, resources }: ServerReport): {
  reading?: JsonObject;
  writing?: JsonObject;
} {
  const tools = toolsOf(items);
  const reading = tools.filter(
    (tool) => tool.effect === "read" || (tool.effectFrom === "default" && tool.hint === "read"),
  );
  const more = tools.filter((tool) => !reading.includes(tool));
  const others = [
    ...(items.some((item) => item.entry.startsWith("prompt:")) ? [`${name}.prompt:*`] : []),
    ...(resources.length > 0 || items.some((item) => item.entry.startsWith("template:")) ? [`${name}.resource:*`] : []),
  ];
  const rule = (role: string, list: readonly { name: string }[], rest: readonly string[]): JsonObject => ({
    role,
    allow: [...list.map((tool) => `${name}.${tool.name}`), ...rest],
  });
  return {
    ...(reading.length + others.length > 0 ? { reading: rule("reader", reading, others) } : {}),
    ...(more.length > 0 ? { writing: rule("editor", more, []) } : {}),
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
export function ruleLines({ role, allow }: JsonObject, margin: string): string[] {
  const words = (Array.isArray(allow) ? allow : []).map((one) => `${flow(one)},`);
  const last = words.pop()?.replace(/,$/, "");
  return phrases([...words, `${last ?? ""}] }`], `${margin}- { role: ${flow(role ?? "")}, allow: [`, `${margin}    `);
}
