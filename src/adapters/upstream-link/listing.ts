import { Refused } from "../../kernel/errors.ts";
import { isObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Listing } from "../../ports/upstream.ts";

const MAX_PAGES = 100;
const MAX_ITEMS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Makes one request of the gateway's own. Rejects with `Refused`. */
export type Ask = (method: string, params: string) => Promise<JsonObject>;

const KINDS = [
  { list: "tools", method: "tools/list", capability: "tools" },
  { list: "prompts", method: "prompts/list", capability: "prompts" },
  { list: "resources", method: "resources/list", capability: "resources" },
  { list: "templates", method: "resources/templates/list", capability: "resources" },
] as const;

/**
 * Fetches all lists that a server's capabilities name. A list that cannot be had is empty and named in `faults`.
 * @param capabilities in the neutral form
 */
export async function fetchListing(
  ask: Ask,
  capabilities: JsonObject,
  instructions: string | undefined,
): Promise<Listing> {
  const lists: Record<(typeof KINDS)[number]["list"], JsonObject[]> = {
    tools: [],
    prompts: [],
    resources: [],
    templates: [],
  };
  const faults: string[] = [];
  for (const { list, method, capability } of KINDS) {
    if (!isObject(capabilities[capability])) continue;
    try {
      // Resource templates are listed as "resourceTemplates" (MCP, resources/templates/list).
      lists[list] = await fetchPages(ask, method, list === "templates" ? "resourceTemplates" : list);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.refusal.code === "cancelled") throw error;
      // A server that declares resources need not have templates.
      if (list !== "templates" || error.refusal.upstreamCode !== -32601)
        faults.push(`${list}: ${error.refusal.message}`);
    }
  }
  return { ...lists, instructions, capabilities, faults };
}

async function fetchPages(ask: Ask, method: string, member: string): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let bytes = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await ask(method, cursor === undefined ? "{}" : JSON.stringify({ cursor }));
    const list = result[member];
    if (!Array.isArray(list) || !list.every(isObject))
      invalid(`A page of the list has no array "${member}" of objects.`);
    items.push(...list);
    bytes += JSON.stringify(list).length;
    if (items.length > MAX_ITEMS) invalid(`The list has more than ${MAX_ITEMS} items.`);
    if (bytes > MAX_BYTES) invalid(`The list is longer than ${MAX_BYTES} bytes.`);
    const next = result.nextCursor;
    if (next === undefined || next === null) return items;
    if (typeof next !== "string") invalid("The list's cursor is no string.");
    if (cursors.has(next)) invalid("The list's cursor comes back, so that it would never end.");
    cursors.add(next);
    cursor = next;
  }
  return invalid(`The list has more than ${MAX_PAGES} pages.`);
}

function invalid(message: string): never {
  throw new Refused({ code: "upstream_invalid", message, executed: "no" });
}
