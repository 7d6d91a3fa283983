import type { Receipt } from "./upstream.ts";

/** Methods that do nothing but ask what there is. */
const HARMLESS = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "server/discover",
  "initialize",
  "notifications/initialized",
  "notifications/cancelled",
  "ping",
  "subscriptions/listen",
  "logging/setLevel",
]);

/** What of the upstream servers nobody who attacks may learn of: it is in no list and in no error. */
export const HIDDEN = [
  "delete_contact",
  "secret_prompt",
  "close_issue",
  "new_tool",
  "run_report",
  "vault://",
  "also what is private",
];

const text = (value: unknown): value is string => typeof value === "string";

/**
 * What policy forbids and an upstream server was asked for all the same; undefined: what it was asked for is permitted.
 * It knows nothing of the gateway: it judges what arrived.
 * @param who `broad` may use what the role grants; `narrow` only `find_contact`
 */
export function breach(
  { server, method, params, headers }: Receipt,
  who: "broad" | "narrow" | "none",
): string | undefined {
  if (HARMLESS.has(method)) return undefined;
  if (who === "none") return `${method} of somebody who may use nothing`;
  const { name, uri } = params as { name?: unknown; uri?: unknown };
  const given = (params["arguments"] ?? {}) as Record<string, unknown>;
  const no = (why: string): string => `${server} got ${method} ${String(name ?? uri ?? "")}: ${why}`;
  if (who === "narrow" && (method !== "tools/call" || name !== "find_contact")) return no("outside the key's scope");
  switch (method) {
    case "tools/call":
      return toolBreach(name, given, headers["mcp-param-tenant"], no);
    case "prompts/get":
      if (name !== "greet") return no("forbidden");
      return given["tenant"] === "default" ? undefined : no(`tenant ${JSON.stringify(given["tenant"])}`);
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return text(uri) && /^crm:\/\/default\/contacts\/[^/?#%\\]+$/.test(uri)
        ? undefined
        : no("another tenant's or a forbidden resource");
    case "completion/complete": {
      const { ref, context } = params as {
        ref?: Record<string, unknown>;
        context?: { arguments?: Record<string, unknown> };
      };
      if (ref?.["name"] !== undefined && ref["name"] !== "greet") return no("completes a forbidden prompt");
      const tenant = context?.arguments?.["tenant"];
      return tenant === undefined || tenant === "default" ? undefined : no("completes in another tenant");
    }
    default:
      return no("a method that nobody granted");
  }
}

function toolBreach(
  name: unknown,
  given: Record<string, unknown>,
  header: unknown,
  no: (why: string) => string,
): string | undefined {
  switch (name) {
    case "find_contact": {
      if (given["tenant_id"] !== "default") return no(`tenant_id ${JSON.stringify(given["tenant_id"])}`);
      if (header !== undefined && header !== "default") return no(`the header says tenant ${JSON.stringify(header)}`);
      const filter = given["filter"] as Record<string, unknown> | undefined;
      if (filter !== undefined && filter["tenant"] !== undefined && filter["tenant"] !== "default")
        return no("another tenant in the filter");
      const members = [...Object.keys(given), ...Object.keys(filter ?? {})];
      const strange = members.find((member) => !["tenant_id", "query", "filter", "tenant", "city"].includes(member));
      return strange === undefined ? undefined : no(`the unknown argument ${JSON.stringify(strange)}`);
    }
    case "transfer": {
      const { amount, currency } = given;
      if (typeof amount !== "number" || amount > 100) return no(`an amount of ${JSON.stringify(amount)}`);
      return currency === "EUR" ? undefined : no(`the currency ${JSON.stringify(currency)}`);
    }
    case "issues":
      return given["action"] === "list" ? undefined : no(`the action ${JSON.stringify(given["action"])}`);
    case "export_all":
      return no("its definition is quarantined");
    case "wipe_notes":
      return no("nobody approved it");
    default:
      return no("forbidden");
  }
}
