import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where the servers note what arrived, one call in each line. */
export const arrivalsIn = (folder: string): string => join(folder, "arrivals.jsonl");

/** Where the text lies that a call of `server.tool` with these arguments reads: the page, the mail, the file. */
export function documentIn(folder: string, tool: string, args: Readonly<Record<string, unknown>>): string {
  const which = JSON.stringify(Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1)));
  return join(folder, createHash("sha256").update(`${tool} ${which}`).digest("hex"));
}
