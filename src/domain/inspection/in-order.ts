/** Sorts a list unless it is in order already, which costs one look at each. @param compare as `sort` has it */
export function inOrder<T>(items: T[], compare: (one: T, other: T) => number): T[] {
  for (let i = 1; i < items.length; i++) if (compare(items[i - 1] as T, items[i] as T) > 0) return items.sort(compare);
  return items;
}
