import { isObject, type Json } from "../../kernel/json.ts";

/** UTF-16 units of all strings of a value and names of members, and one for every other part; counted no further than `most`. */
export function sizeOf(value: Json, most: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let size = 1;
  if (isObject(value)) {
    for (const name in value) {
      size += name.length + sizeOf(value[name] as Json, most - size);
      if (size > most) return size;
    }
    return size;
  }
  for (const item of value) {
    size += sizeOf(item, most - size);
    if (size > most) return size;
  }
  return size;
}
