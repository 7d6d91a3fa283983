/** What the fixture servers of both eras publish alike, so that one suite runs over all pairs. */

/** A running fixture. */
export interface UpstreamFixture {
  readonly url: string;
  /** Sessions that are open now; undefined where the era has none. */
  sessions(): number | undefined;
  close(): Promise<void>;
}

const tool = (name: string) => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object" as const, properties: { word: { type: "string" } }, additionalProperties: false },
});

/** `late` is published only after `grow`. */
export const TOOLS = ["echo", "steps", "wait", "ask", "remember", "cancelled", "grow", "touch"].map(tool);
export const PROMPT = {
  name: "greet",
  description: "Greets",
  arguments: [{ name: "name", description: "Who", required: true }],
};
export const RESOURCE = { uri: "note://one", name: "one", mimeType: "text/plain" };
/** The form of `ask`. */
export const FORM = { type: "object" as const, properties: { city: { type: "string" as const } }, required: ["city"] };

/** Completions of what was typed. */
export const words = (typed: string): string[] => ["ada", "adam", "bob"].filter((word) => word.startsWith(typed));
