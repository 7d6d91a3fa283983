import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { DEFAULT_LIMITS } from "../../protocol/json.ts";
import { embedded, written } from "./embedded.ts";

/** What one result may have. */
export interface Caps {
  /** UTF-16 units of its JSON, about. */
  readonly size: number;
  /** Items of lists and members of objects in all. */
  readonly items: number;
  readonly depth: number;
}

/** What is left of the caps while a value is gone through. */
interface Left {
  size: number;
  items: number;
}

/** Marks and names around a value. */
const AROUND = 4;
const CUT = "\u2026";
/** JSON of more than a result itself may have is cut as any text: reading it would take its time. */
const READABLE = { ...DEFAULT_LIMITS, maxNodes: 40_000, maxNames: 8_000 };

/** Whether a value has more than the caps allow. */
export function exceeds(value: Json, caps: Caps): boolean {
  return over(value, { size: caps.size, items: caps.items }, caps.depth);
}

function over(value: Json, left: Left, depth: number): boolean {
  left.size -= AROUND;
  if (typeof value === "string") left.size -= value.length;
  else if (typeof value === "object" && value !== null) {
    if (depth <= 0) return true;
    if (Array.isArray(value)) {
      left.items -= value.length;
      if (left.items < 0) return true;
      for (const item of value) if (over(item, left, depth - 1)) return true;
    } else
      for (const name in value) {
        left.size -= name.length;
        if (--left.items < 0 || over(value[name] as Json, left, depth - 1)) return true;
      }
  }
  return left.size < 0;
}

/** The beginning of a value: texts, lists and objects end where the caps do, and what is too deep is left out. */
function beginning(value: Json, left: Left, depth: number): Json {
  left.size -= AROUND;
  if (typeof value === "string") return text(value, left);
  if (typeof value !== "object" || value === null) return value;
  if (depth <= 0) return CUT;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      if (left.size <= 0 || left.items-- <= 0) break;
      items.push(beginning(item, left, depth - 1));
    }
    return items;
  }
  const members: [string, Json][] = [];
  for (const name of Object.keys(value)) {
    if (left.size <= name.length || left.items-- <= 0) break;
    left.size -= name.length;
    members.push([name, beginning(value[name] as Json, left, depth - 1)]);
  }
  return Object.fromEntries(members);
}

/** A text, cut between characters; at the end of a line where one is near. */
function text(value: string, left: Left): string {
  const most = Math.max(0, left.size);
  left.size -= value.length;
  if (value.length <= most) return value;
  const line = value.lastIndexOf("\n", most);
  const end = line > most * 0.9 ? line : most;
  const unit = value.charCodeAt(end - 1);
  return `${value.slice(0, unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end)}${CUT}`;
}

/** A text that is JSON stays JSON. */
function anyText(value: string, left: Left, caps: Caps): string {
  if (value.length + AROUND <= left.size) {
    left.size -= value.length + AROUND;
    return value;
  }
  const inner = embedded(value, READABLE);
  if (inner === undefined) return text(value, left);
  const said = written(beginning(inner, left, caps.depth), value);
  // Indentation may be most of it.
  return said.length <= caps.size * 2 ? said : text(said, { size: caps.size, items: 0 });
}

/** The beginning of a result in the neutral model: a result of the same form, within the caps. */
export function cutResult(result: JsonObject, caps: Caps): JsonObject {
  const left = { size: caps.size, items: caps.items };
  const said: JsonObject = { ...result };
  const list = (name: string, read: (item: JsonObject) => JsonObject | undefined): void => {
    const items = said[name];
    if (Array.isArray(items))
      said[name] = items.flatMap((item) =>
        left.size > 0 && left.items-- > 0 && isObject(item) ? (read(item) ?? []) : [],
      );
  };
  list("content", (item) => block(item, left, caps));
  list("contents", (item) => contents(item, left, caps));
  list("messages", (item) => {
    const content = isObject(item["content"]) ? block(item["content"], left, caps) : undefined;
    return content && { role: item["role"] ?? "user", content };
  });
  for (const name of ["structuredContent", "completion"])
    if (said[name] !== undefined)
      said[name] = beginning(said[name], { size: caps.size, items: caps.items }, caps.depth);
  return lean(said, left, caps);
}

/** Without what the server means for its own client, where that is too much. */
function lean(item: JsonObject, left: Left, caps: Caps): JsonObject {
  const { _meta, ...rest } = item;
  return _meta !== undefined && over(_meta, left, caps.depth) ? rest : item;
}

/** A block with the beginning of its text; what is no text stays or goes as a whole. */
function block(item: JsonObject, left: Left, caps: Caps): JsonObject | undefined {
  if (typeof item["text"] === "string") return lean({ ...item, text: anyText(item["text"], left, caps) }, left, caps);
  if (item["type"] === "resource" && isObject(item["resource"])) {
    const resource = contents(item["resource"], left, caps);
    return resource && lean({ ...item, resource }, left, caps);
  }
  if (over(item, left, caps.depth)) return undefined;
  return item;
}

function contents(item: JsonObject, left: Left, caps: Caps): JsonObject | undefined {
  if (typeof item["text"] === "string") return lean({ ...item, text: anyText(item["text"], left, caps) }, left, caps);
  return over(item, left, caps.depth) ? undefined : item;
}
