import { createHash } from "node:crypto";

/** Clients of several model vendors refuse longer tool names. */
const LONGEST = 64;

/**
 * The name of a tool or prompt on the aggregate endpoint: `server__name`. Server names hold no underscore, so two
 * servers cannot produce the same name. What would exceed 64 characters is cut and ends in 8 hex digits of SHA-256.
 * @param server configured server name
 * @param name the upstream's own name, or its alias
 */
export function aggregateName(server: string, name: string): string {
  const full = `${server}__${name}`;
  if (full.length <= LONGEST) return full;
  const tail = createHash("sha256").update(full).digest("hex").slice(0, 8);
  return `${full.slice(0, LONGEST - 9)}_${tail}`;
}

/** The URI (or URI template) of a resource on the aggregate endpoint: `server+uri`; the scheme names the server. */
export function aggregateUri(server: string, uri: string): string {
  return `${server}+${uri}`;
}

/** Takes an aggregate URI apart; undefined where it names no server. */
export function splitUri(uri: string): { server: string; uri: string } | undefined {
  const plus = uri.indexOf("+");
  if (plus < 1) return undefined;
  return { server: uri.slice(0, plus), uri: uri.slice(plus + 1) };
}

/**
 * Whether a URI can come from a URI template (RFC 6570). `{x}` stands for one or more characters without `/`,
 * `{+x}` and `{#x}` for any, `{?x,y}` and `{&x}` for an optional query. Linear in the length of both.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const parts = template.split(/(\{[^{}]*\})/);
  let reach = new Set<number>([0]);
  for (const part of parts) {
    if (part === "") continue;
    const next = new Set<number>();
    if (part.startsWith("{") && part.endsWith("}")) {
      const operator = part[1] ?? "";
      const anything = "+#".includes(operator);
      const optional = "?&;./".includes(operator);
      let open = false;
      for (let at = 0; at <= uri.length; at++) {
        if (open || (optional && reach.has(at))) next.add(at);
        if (reach.has(at)) open = true;
        if (!anything && operator !== "/" && uri[at] === "/") open = false;
      }
    } else {
      for (const at of reach) if (uri.startsWith(part, at)) next.add(at + part.length);
    }
    if (next.size === 0) return false;
    reach = next;
  }
  return reach.has(uri.length);
}
