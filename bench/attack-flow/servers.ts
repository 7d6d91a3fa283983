/** One tool of the bench, with what is configured of it. */
export interface BenchTool {
  readonly args: readonly string[];
  /** Undefined: nothing is configured of it. */
  readonly effect?: string;
  readonly flow?: string;
  /** As somebody else wrote it; undefined: it is made of the arguments. */
  readonly definition?: { readonly name: string };
}

/** One server, with what is configured of it. */
export interface BenchServer {
  /** The operator answers for it. */
  readonly own: boolean;
  readonly source?: string;
  /** Its definitions are approved although they hold instructions to the model. */
  readonly accepted?: boolean;
  readonly tools: Readonly<Record<string, BenchTool>>;
}

export type Servers = Readonly<Record<string, BenchServer>>;

/** The servers that the own scenarios are played on. */
export const SERVERS: Servers = {
  web: {
    own: false,
    tools: {
      fetch: { args: ["url"], effect: "read", flow: "{ sink: outbound }" },
      search: { args: ["query"], effect: "read" },
    },
  },
  tracker: {
    own: false,
    tools: {
      get_issue: { args: ["repo", "number"], effect: "read" },
      get_file: { args: ["repo", "path"], effect: "read" },
      comment: { args: ["repo", "number", "body"], effect: "outbound" },
      create_issue: { args: ["repo", "title", "body"], effect: "write", flow: "{ sink: public }" },
      merge: { args: ["repo", "number"], effect: "destructive" },
      push_file: { args: ["repo", "path", "text"], effect: "write" },
    },
  },
  mail: {
    own: false,
    tools: {
      read_message: { args: ["message_id"], effect: "read" },
      send: { args: ["to", "subject", "body", "bcc"], effect: "outbound" },
      reply: { args: ["message_id", "body"], effect: "outbound" },
    },
  },
  chat: {
    own: false,
    tools: {
      read_thread: { args: ["thread_id"], effect: "read" },
      post: { args: ["channel", "text"], effect: "outbound" },
      answer: { args: ["thread_id", "text"], effect: "outbound" },
    },
  },
  calc: { own: false, tools: { add: { args: ["a", "b", "sidenote"], effect: "read" } } },
  files: {
    own: true,
    tools: {
      read: { args: ["path"], effect: "read" },
      list: { args: ["path"], effect: "read" },
      write: { args: ["path", "text"], effect: "write" },
      delete: { args: ["path"], effect: "destructive" },
      download: { args: ["path"], effect: "read", flow: "{ reads: [untrusted] }" },
    },
  },
  secrets: {
    own: true,
    source: "private",
    tools: { read: { args: ["path"], effect: "read" }, get_env: { args: ["variable"], effect: "read" } },
  },
  people: { own: true, source: "private", tools: { get_record: { args: ["person"], effect: "read" } } },
  shell: { own: true, tools: { run: { args: ["command"], effect: "execute" } } },
  bank: {
    own: true,
    tools: {
      statement: { args: ["account"], effect: "read", flow: "{ reads: [private] }" },
      pay: { args: ["account", "amount", "reference"], effect: "payment" },
    },
  },
  admin: { own: true, tools: { grant: { args: ["person", "role"], effect: "access-change" } } },
};

const NUMBERS = new Set(["amount", "number", "a", "b"]);

/** What `tools/list` answers of a server. */
export function definitionsOf(name: string, { tools }: BenchServer): object[] {
  return Object.entries(tools).map(
    ([tool, { args, definition }]) =>
      definition ?? {
        name: tool,
        description: `Works with ${name}`,
        inputSchema: {
          type: "object",
          additionalProperties: false,
          properties: Object.fromEntries(
            args.map((arg) => [arg, NUMBERS.has(arg) ? { type: "number" } : { type: "string", maxLength: 20_000 }]),
          ),
        },
      },
  );
}
