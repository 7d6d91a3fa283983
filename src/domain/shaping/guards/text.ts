import type { Objection } from "./path.ts";

const LONGEST_EMAIL = 254;

/** One e-mail address (RFC 5321, without quoted local parts), at a listed domain where there is a list. */
export function guardEmail(text: string, domains: readonly string[] | undefined): Objection | undefined {
  const parts = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9.-]+)$/.exec(text);
  const domain = parts?.[1]?.toLowerCase() ?? "";
  const isDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(domain);
  // Mail programs take a leading hyphen for an option.
  if (text.startsWith("-") || text.length > LONGEST_EMAIL || !isDomain || text.indexOf("@") > 64)
    return { rule: "email: address", message: "must be one plain e-mail address" };
  if (domains === undefined || domains.some((one) => one.toLowerCase() === domain)) return undefined;
  return { rule: "email: domain", message: `must be an address at ${domains.join(" or ")}` };
}

/** An identifier: letters, digits, `_`, `-`, `.` and `:`, at most 128, no two dots in a row. */
export function guardId(text: string): Objection | undefined {
  if (/^[A-Za-z0-9_](?:[A-Za-z0-9_:-]|\.(?!\.)){0,127}$/.test(text) && !text.endsWith(".")) return undefined;
  return {
    rule: "id: characters",
    message: "must be an identifier of letters, digits, `_`, `-`, `.` and `:`, at most 128",
  };
}

const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]([01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/;

/** A date, or date and time, of ISO 8601 that exists in the calendar. */
export function guardDate(text: string): Objection | undefined {
  const parts = DATE.exec(text);
  if (parts !== null) {
    const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
    const made = new Date(Date.UTC(year, month - 1, day));
    made.setUTCFullYear(year);
    if (made.getUTCMonth() === month - 1 && made.getUTCDate() === day) return undefined;
  }
  return { rule: "date: ISO 8601", message: "must be a date such as 2026-09-01 or 2026-09-01T12:00:00Z" };
}
