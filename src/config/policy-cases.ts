import { isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const name = z.string().min(1).max(512);
const entry = z.strictObject({
  name: name.optional(),
  principal: z.strictObject({
    owner: name.default("person:test@example.com"),
    tenant: name.default("default"),
    roles: z.array(name).default([]),
    client: name.optional(),
    scopes: z.array(name).optional(),
    key: name.default("k_test"),
    keyScope: z.array(name).optional(),
    plan: name.default("default"),
    environment: name.optional(),
  }),
  call: z
    .strictObject({
      server: name,
      tool: name.optional(),
      prompt: name.optional(),
      resource: name.optional(),
      arguments: z.record(z.string(), z.json()).default({}),
      environment: name.optional(),
      time: z.iso.datetime().optional(),
      labels: z.array(name).default([]),
    })
    .refine((call) => [call.tool, call.prompt, call.resource].filter((one) => one !== undefined).length === 1, {
      message: "names exactly one of tool, prompt and resource",
    }),
  expect: z.enum(["allow", "deny", "approval"]),
  rule: name.optional(),
  reason: name.optional(),
});

/** One case of a file of policy tests: who calls what, and what is expected. */
export type PolicyCase = z.output<typeof entry> & { /** From 1. */ readonly line: number };

/** What is wrong with a file of cases. */
export interface CaseFault {
  readonly line: number;
  readonly message: string;
}

const EXPECTED = "a mapping with cases, a list of {principal, call, expect}";

/** Reads a file of policy tests; all faults at once, each with its line. */
export function readPolicyCases(text: string): { cases: PolicyCase[]; faults: CaseFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const faults: CaseFault[] = document.errors.map(({ pos }) => ({ line: lineAt(pos[0]), message: "is no YAML" }));
  if (faults.length > 0) return { cases: [], faults };
  const list = isMap(document.contents) ? document.contents.get("cases") : undefined;
  const others = isMap(document.contents) ? document.contents.items.length : 0;
  if (!isSeq(list) || others !== 1) return { cases: [], faults: [{ line: 1, message: `must be ${EXPECTED}` }] };
  if (list.items.length === 0)
    return { cases: [], faults: [{ line: 1, message: "cases is empty: nothing is tested" }] };
  const cases: PolicyCase[] = [];
  for (const item of list.items) {
    const node = item as { range?: [number, number, number] | null; toJSON?: () => unknown } | null;
    const line = lineAt(node?.range?.[0]);
    const read = entry.safeParse(node?.toJSON?.());
    if (read.success) cases.push({ ...read.data, line });
    else
      for (const { path, message, code } of read.error.issues)
        faults.push({
          line,
          message: `${path.join(".") || "the case"} ${code === "custom" ? message : `is not well formed: ${message}`}`,
        });
  }
  return { cases, faults };
}
