import { ShapeFault } from "../protocol/shape.ts";
import { canonical } from "../protocol/jcs.ts";
import { headerAnnotationFault } from "../protocol/headers.ts";
import { forwardedPrompt, forwardedResource, forwardedTemplate, forwardedTool } from "../protocol/passlist.ts";
import { type Compiled, compile, SchemaFault } from "../domain/schema/index.ts";
import type { Judge } from "../domain/catalogue/view.ts";
import { effectOf } from "../domain/shaping/effect.ts";
import type { Config } from "../config/config.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import type { Wrong } from "../controls/validate-arguments.ts";
import { digestOf } from "../domain/pins/index.ts";
import { blockingIn } from "./poisoning.ts";

interface Schemas {
  readonly input: Compiled | undefined;
  readonly output: Compiled | undefined;
  readonly fault: string | undefined;
}

/** Compiled schemas of approved definitions, by digest: compiled once, however many callers and servers there are. */
export function createDefinitions() {
  const compiled = new Map<string, Schemas>();
  const forms = new Map<string, Compiled>();

  function schemasOf(digest: string, definition: JsonObject): Schemas {
    let schemas = compiled.get(digest);
    if (schemas === undefined) compiled.set(digest, (schemas = compileBoth(definition)));
    return schemas;
  }

  function judge(schema: Compiled | undefined, value: Json): readonly Wrong[] {
    if (schema === undefined) return [];
    const result = schema.validate(value);
    return result.valid ? [] : result.errors;
  }

  return {
    usable: (digest: string, definition: JsonObject): string | undefined => schemasOf(digest, definition).fault,
    input: (digest: string, definition: JsonObject, value: Json) => judge(schemasOf(digest, definition).input, value),
    output: (digest: string, definition: JsonObject, value: Json) => judge(schemasOf(digest, definition).output, value),
    /** Judges the content of a filled form against the schema that was asked with. */
    form(schema: JsonObject, content: Json): string | undefined {
      const key = canonical(schema);
      let form = forms.get(key);
      try {
        form ??= compile(schema, { closed: true });
      } catch (error) {
        return `cannot be judged: ${error instanceof SchemaFault ? error.message : "its schema is invalid"}`;
      }
      if (forms.size > 1000) forms.clear();
      forms.set(key, form);
      const wrong = judge(form, content)[0];
      return wrong === undefined
        ? undefined
        : `does not fit its form: ${wrong.path || "/"} ${wrong.message} (${wrong.rule})`;
    },
  };
}

export type Definitions = ReturnType<typeof createDefinitions>;

function compileBoth(definition: JsonObject): Schemas {
  const none = { input: undefined, output: undefined };
  const { inputSchema, outputSchema } = definition;
  try {
    if (isObject(inputSchema)) {
      const fault = headerAnnotationFault(inputSchema);
      if (fault !== undefined) return { ...none, fault: `its input schema has an invalid x-mcp-header: ${fault}` };
    }
    return {
      input: inputSchema === undefined ? undefined : compile(inputSchema, { closed: true }),
      output: outputSchema === undefined ? undefined : compile(outputSchema, { closed: false }),
      fault: undefined,
    };
  } catch (error) {
    const why = error instanceof SchemaFault ? `${error.path || "/"} ${error.message}` : "it cannot be compiled";
    return { ...none, fault: `its schema cannot be enforced: ${why}` };
  }
}

/** A single resource carries no pin: what is found in it is accepted by nobody (T4). @throws ShapeFault */
function unpoisoned(resource: JsonObject): JsonObject {
  const blocking = blockingIn(resource, []);
  if (blocking.length > 0) throw new ShapeFault("", `it holds what no resource should: ${blocking.join(", ")}`);
  return resource;
}

/**
 * The judge of what upstreams publish: pass-lists, digests, pins, schemas, effects.
 * @param faces what the configuration makes of definitions; without it they stay as they are, for reviews
 */
export function createJudge(
  config: Config,
  definitions: Definitions,
  pinned: Judge["pinned"],
  faces?: Judge["faces"],
): Judge {
  return {
    forwarded(kind, raw) {
      if (kind === "tool") return forwardedTool(raw);
      if (kind === "prompt") return forwardedPrompt(raw);
      return kind === "template" ? forwardedTemplate(raw) : unpoisoned(forwardedResource(raw));
    },
    digest: digestOf,
    pinned,
    usable: (_kind, definition, digest) => definitions.usable(digest, definition),
    faces:
      faces ??
      ((server, kind, name, definition, digest) => {
        const tool = kind === "tool" ? config.servers[server]?.tools[name] : undefined;
        const effect = kind === "tool" ? effectOf(tool?.effect, definition) : "read";
        return [{ name, alias: tool?.alias, effect, published: { definition, digest }, quarantine: undefined }];
      }),
  };
}
