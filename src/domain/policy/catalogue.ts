import type { Effect } from "../../kernel/call.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { attributesOf, common, NO_PARAMETERS, type Parameters, parametersOf, TEXT } from "./input-type.ts";
import { actionOf, CEDAR_OF, type Group, resourceOf } from "./schema.ts";

/** One tool or prompt that is pinned, as it is published; of several approved variants each. */
export interface Thing {
  readonly server: string;
  readonly kind: "tool" | "prompt";
  readonly name: string;
  readonly effect: Effect;
  /** What callers see of it. */
  readonly definition: JsonObject;
}

/** One action that policies may name. */
export interface Action {
  readonly id: string;
  readonly group: Group;
  /** Undefined: reading resources, and what servers say of themselves. */
  readonly server: string | undefined;
  /** The id of the entity that it is for. */
  readonly resource: string | undefined;
  readonly name: string;
  readonly effect: Effect;
  readonly parameters: Parameters;
  /** The output schemas of its approved variants; undefined: one has none. */
  readonly outputs: readonly (JsonObject | undefined)[];
  /** It stands for what is not pinned yet: nothing is known of its parameters, and nothing can be called. */
  readonly pending?: true;
}

/** Every action there is: of the pinned tools and prompts, and the two that need no definition. */
export interface Catalogue {
  readonly actions: ReadonlyMap<string, Action>;
  /** Servers of which nothing is pinned yet: whatever policies name there cannot be judged, and cannot be called. */
  readonly unpinned: ReadonlySet<string>;
  /** Equal for equal catalogues. */
  readonly text: string;
}

const READ: Action = {
  ...{ id: "read", group: "read", server: undefined, resource: undefined, name: "", effect: "read" },
  parameters: { known: new Map([["uri", { type: TEXT, required: true }]]), barred: new Map() },
  outputs: [],
};
const SEE: Action = { ...READ, id: "see", group: "see", parameters: NO_PARAMETERS };

/** Makes the catalogue of what is pinned. */
export function catalogueOf(things: readonly Thing[], servers: readonly string[]): Catalogue {
  const actions = new Map<string, Action>([READ, SEE].map((one) => [one.id, one]));
  for (const { server, kind, name, effect, definition } of things) {
    const id = actionOf(server, kind, name);
    const before = actions.get(id);
    const found = parametersOf(definition);
    const parameters = before === undefined ? found : common(before.parameters, found);
    const { outputSchema } = definition;
    const outputs = [...(before?.outputs ?? []), isObject(outputSchema) ? outputSchema : undefined];
    const resource = resourceOf(server, kind, name);
    actions.set(id, { id, group: CEDAR_OF[kind].action, server, resource, name, effect, parameters, outputs });
  }
  const pinned = new Set(things.map((one) => one.server));
  const text = [...actions.values()].map((one) => [
    one.id,
    one.effect,
    attributesOf(one.parameters),
    [...one.parameters.barred.keys()],
    one.outputs,
  ]);
  return {
    actions,
    unpinned: new Set(servers.filter((one) => !pinned.has(one))),
    text: JSON.stringify(text.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))),
  };
}
