import type { Config } from "../config/config.ts";
import type { MinimiseResultParts } from "../controls/minimise-result.ts";
import type { Entry } from "../domain/catalogue/view.ts";
import { digestOf } from "../domain/pins/index.ts";
import type { KeptField } from "../domain/policy/cedar-file.ts";
import type { Policy } from "../domain/policy/policy.ts";
import { fieldFault } from "../domain/shaping/fields.ts";
import { type Minimiser, minimiserOf } from "../domain/shaping/minimise.ts";
import { reducedSchema } from "../domain/shaping/reduce.ts";
import { Unfit } from "../domain/shaping/rules.ts";
import type { Published } from "../kernel/call.ts";
import { readField } from "../kernel/field.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Definitions } from "./definitions.ts";
import type { Shaping } from "./shaping.ts";

/** Holds a field of `@keep` against an output schema. */
export const keptField: KeptField = (output, field) => {
  const path = readField(field);
  return typeof path === "string" ? undefined : fieldFault(output, path, true);
};

type MayKeep = readonly (readonly string[] | undefined)[];
type Wanted = Pick<Entry, "server" | "kind" | "name" | "effect">;

/** Reduced definitions that are kept; each is made once for a definition and the rules that may apply. */
const MOST = 10_000;
const NONE: readonly Minimiser[] = [];

/**
 * What is left of results, by tools (`servers.<name>.tools.<tool>.result`) and by the rules that permit a call (`@keep`), and
 * the output schemas that callers see of it (S9).
 */
export function createMinimising(config: Config, policy: Policy, shaping: Shaping, definitions: Definitions) {
  const byRule = policy.rules.some(({ terms }) => terms.keep !== undefined);
  const minimisers = new Map<string, Minimiser>();
  const reduced = new Map<string, Published | undefined>();

  function keeping(fields: readonly string[]): Minimiser {
    const key = JSON.stringify(fields);
    let made = minimisers.get(key);
    if (made === undefined) minimisers.set(key, (made = minimiserOf({ keep: fields })));
    return made;
  }

  /** The definition with the output schema of what any of these rules may leave; undefined: there can be none. */
  function reduce({ definition, digest }: Published, mayKeep: MayKeep): Published | undefined {
    const key = `${digest}\n${JSON.stringify(mayKeep)}`;
    if (reduced.has(key)) return reduced.get(key);
    if (reduced.size >= MOST) reduced.clear();
    const made = smaller(definition, mayKeep);
    const known = made && { definition: made, digest: digestOf(made) };
    const usable = known !== undefined && definitions.usable(known.digest, known.definition) === undefined;
    reduced.set(key, usable ? known : undefined);
    return usable ? known : undefined;
  }

  function smaller(definition: JsonObject, mayKeep: MayKeep): JsonObject | undefined {
    const { outputSchema } = definition;
    if (!isObject(outputSchema)) return definition;
    const parts = mayKeep.map((fields) => (fields === undefined ? "whole" : keeping(fields).part));
    try {
      return { ...definition, outputSchema: reducedSchema(outputSchema, parts) };
    } catch (error) {
      if (error instanceof Unfit) return undefined;
      throw error;
    }
  }

  /** What this caller sees of what is published; undefined: what may be left of its results has no schema. */
  function publishedTo(
    principal: Principal,
    { server, kind, name, effect }: Wanted,
    published: Published,
  ): Published | undefined {
    if (!byRule || kind !== "tool") return published;
    const { mayKeep } = policy.decide(principal, { server, kind, name, effect });
    return mayKeep === undefined ? published : reduce(published, mayKeep);
  }

  const parts: MinimiseResultParts = {
    rulesOf({ target, obligations }) {
      const own = target.published && shaping.planOf(target.published)?.result;
      const keep = obligations?.keep;
      if (keep === undefined) return own === undefined ? NONE : [own];
      return [...(own === undefined ? [] : [own]), ...keep.map(keeping)];
    },
    seenBy: ({ principal, target }) => target.published && publishedTo(principal, target, target.published),
    validate: definitions.output,
  };

  return {
    /** What the row of the table stands on; undefined: nothing is to be minimised anywhere. */
    parts: byRule || hasRules(config) ? parts : undefined,
    /** What depends on who asks: the shaping's own answers, with output schemas of what is left. */
    own: {
      isForeign: shaping.isForeign,
      seenBy(principal: Principal, entry: Entry): JsonObject | undefined {
        const seen = shaping.seenBy(principal, entry);
        if (!byRule || seen === undefined || entry.kind !== "tool") return seen;
        const published = publishedTo(principal, entry, entry.published);
        if (published === undefined) return undefined;
        const { outputSchema } = published.definition;
        return outputSchema === undefined ? seen : { ...seen, outputSchema };
      },
    },
  };
}

function hasRules(config: Config): boolean {
  return Object.values(config.servers).some(({ tools }) =>
    Object.values(tools).some(
      ({ result, publish }) =>
        result !== undefined || Object.values(publish ?? {}).some((part) => part.result !== undefined),
    ),
  );
}
