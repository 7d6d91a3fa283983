import type { Era } from "../caller.ts";
import { SHAPES, type ShapeName } from "./shapes.ts";

/** One attack: a tool of a hostile server that is called, or what is sent to an ordinary one. */
export interface Attack {
  readonly what: string;
  readonly era: Era;
  readonly over: "http" | "stdio";
  /** As the client names it. */
  readonly tool: string;
  /** Arguments as JSON text; for the stdio server none. */
  readonly args: () => string;
  /** The hostile server's own tool, which a sink can ask for as well; undefined: the client is the hostile one. */
  readonly own?: string;
}

/** What each shape is called. */
const TITLES: Readonly<Record<ShapeName, string>> = {
  gigabyte: "a result of 1 GB",
  endless: "a result that never ends",
  headers: "headers that never end",
  progress: "a stream of progress without end",
  log: "a stream of log messages without end",
  brackets: "10 million nested brackets",
  brackets_fit: "900,000 nested brackets, within the limit of bytes",
  brackets_text: "900,000 nested brackets in a text",
  emails: "100,000 e-mail addresses in one text",
  secrets: "100,000 secrets in one text",
  secrets_fit: "49,000 secrets, within the limit of bytes",
  orders: "100,000 instructions in one text",
  orders_fit: "25,000 instructions, within the limit of bytes",
  hidden: "200,000 hidden characters in one text",
  text_fits: "1 MB of text",
  members: "a million members",
  members_fit: "35,000 members, within all limits",
  members_twice: "35,000 members, the last one twice",
  members_escaped: "35,000 members, the last one's name with an escape",
  names: "39,000 members of different names",
  names_fit: "7,900 members of different names, within all limits",
  items: "500,000 items, within the limit of bytes",
  items_more: "a million items",
  blocks: "100,000 content blocks",
  blocks_fit: "38,000 content blocks, within the limit of bytes",
  blob: "a picture of 50 MB",
  blob_fits: "a picture of 1 MB",
};

/** Shapes that are sent as an event as well. */
const AS_EVENT: readonly ShapeName[] = ["gigabyte", "endless", "brackets", "emails", "items"];
/** Shapes that a process writes to its output. */
const ON_PIPE: readonly ShapeName[] = ["gigabyte", "endless", "log", "brackets", "brackets_fit", "emails", "items"];

const MANY = 10_000_000;
/** The largest request is 1 MiB. */
const FITS = 1_040_000;
let sent = 0;

/** What a hostile client sends as arguments. */
const SENT: Readonly<Record<string, () => string>> = {
  "arguments of 10 million nested brackets": () => `{"text":${"[".repeat(MANY / 2)}${"]".repeat(MANY / 2)}}`,
  "arguments of a million nested brackets, within the limit of bytes": () =>
    `{"text":${"[".repeat(FITS / 2)}${"]".repeat(FITS / 2)}}`,
  "arguments with 500,000 items": () => `{"text":[${"0,".repeat(FITS / 2 - 10)}0]}`,
  "arguments with 100,000 members": () =>
    `{${Array.from({ length: 100_000 }, (_, at) => `"m${at}":0`)
      .join(",")
      .slice(0, FITS)
      .replace(/,[^,]*$/, "")}}`,
  "arguments with a megabyte of e-mail addresses": () =>
    JSON.stringify({ text: `p${++sent} ${"person@example.com ".repeat(FITS / 20)}` }),
};

const NONE = (): string => "{}";

function against(server: string, era: Era, over: "http" | "stdio", shapes: readonly string[]): Attack[] {
  return shapes.map((own) => {
    const event = own.endsWith("_event");
    const shape = (event ? own.slice(0, -"_event".length) : own) as ShapeName;
    const what = `${TITLES[shape]}${event ? ", as one event" : ""}`;
    return { what, era, over, tool: `${server}__${own}`, args: NONE, ...(over === "http" ? { own } : {}) };
  });
}

const ALL = Object.keys(SHAPES);

/** Every attack, in the order in which they are run. */
export const ATTACKS: readonly Attack[] = [
  ...against("hostile-modern", "modern", "http", [...ALL, ...AS_EVENT.map((name) => `${name}_event`)]),
  ...against("hostile-legacy", "legacy", "http", [...ALL, ...AS_EVENT.map((name) => `${name}_event`)]),
  ...against("hostile-stdio", "legacy", "stdio", ON_PIPE),
  ...(["modern", "legacy"] as const).flatMap((era) =>
    Object.entries(SENT).map(([what, args]): Attack => ({ what, era, over: "http", tool: `calm-${era}__echo`, args })),
  ),
];

/** The tools of hostile servers that are called. */
export const TOOLS: readonly string[] = [...ALL, ...AS_EVENT.map((name) => `${name}_event`)];
