import type { Node } from "./evaluate.ts";
import { SchemaFault } from "./fault.ts";

/** Subschemas that judge the same value one inside the other; keeps a chain of references within the stack. */
const MAX_CHAIN = 256;

/**
 * Decides which of the nodes that may close do: those that name properties, themselves or through a subschema that judges
 * the same value, and the root where it merely asks for an object.
 */
export function settleClosing(nodes: readonly Node[], root: Node, closed: boolean): void {
  if (!nodes.some((node) => node.closes)) return;
  const parents = new Map<Node, Node[]>();
  for (const node of nodes) {
    for (const shape of node.shapes) {
      const list = parents.get(shape);
      if (list === undefined) parents.set(shape, [node]);
      else list.push(node);
    }
  }
  const structured = new Set(nodes.filter((node) => node.structured));
  for (const node of structured) for (const parent of parents.get(node) ?? []) structured.add(parent);
  for (const node of nodes) {
    if (node.closes) node.closes = structured.has(node) || (closed && node === root && asksObject(root));
  }
}

function asksObject(root: Node): boolean {
  const reached = new Set([root]);
  for (const node of reached) {
    if (node.asksObject) return true;
    for (const shape of node.shapes) reached.add(shape);
  }
  return false;
}

/**
 * Refuses schemas that judge one value endlessly or too often before they reach a deeper one: a circle or an exponential
 * pile of `$ref`, allOf and the like.
 * @throws SchemaFault
 */
export function boundFanOut(nodes: readonly Node[], most: number): void {
  const done = new Map<Node, { total: number; height: number }>();
  const open = new Set<Node>();
  for (const start of nodes) {
    if (start.edges.length === 0) continue;
    const stack: Node[] = [start];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (done.has(node)) {
        stack.pop();
      } else if (!open.has(node)) {
        open.add(node);
        for (const next of node.edges) {
          if (open.has(next))
            throw new SchemaFault(node.pointer, "refers to itself without reaching a deeper value: it never ends");
          if (next.edges.length > 0 && !done.has(next)) stack.push(next);
        }
      } else {
        stack.pop();
        open.delete(node);
        let total = 1;
        let height = 0;
        for (const next of node.edges) {
          const known = done.get(next) ?? { total: 1, height: 0 };
          total += known.total;
          height = Math.max(height, known.height);
        }
        if (total > most) throw new SchemaFault(node.pointer, `judges one value by more than ${most} subschemas`);
        if (height >= MAX_CHAIN)
          throw new SchemaFault(node.pointer, `has more than ${MAX_CHAIN} subschemas or references in a chain`);
        done.set(node, { total, height: height + 1 });
      }
    }
  }
}
