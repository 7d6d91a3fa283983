import type { Config } from "../config/config.ts";
import { entryName, type Lock } from "../domain/pins/index.ts";
import type { RuleFault } from "../domain/shaping/rules.ts";
import { createDefinitions } from "./definitions.ts";
import { facesOf } from "./shaping.ts";

/** Rules of the configuration that do not fit what is pinned; `path` begins at the server. */
export interface PlacedFault extends RuleFault {
  readonly server: string;
}

const SECTIONS = { tools: "tool", prompts: "prompt", templates: "template" } as const;

/** P4, P6, V2: holds the rules of tools, prompts and templates against the approved definitions; what is not pinned is not judged. */
export function ruleFaults(config: Config, lock: Lock): PlacedFault[] {
  const { usable } = createDefinitions();
  const faults: PlacedFault[] = [];
  for (const server of Object.values(config.servers))
    for (const [section, kind] of Object.entries(SECTIONS) as [keyof typeof SECTIONS, "tool" | "prompt" | "template"][])
      for (const name of Object.keys(server[section]))
        for (const { definition, digest } of lock.servers[server.name]?.definitions[entryName(kind, name)] ?? []) {
          const place = (fault: RuleFault) =>
            faults.push({
              ...fault,
              server: server.name,
              path: ["servers", server.name, section, name, ...fault.path],
            });
          const made = facesOf(server, kind, name, definition, digest);
          if ("faults" in made) made.faults.forEach(place);
          else
            for (const { name: shown, published } of made) {
              const why = usable(published.digest, published.definition);
              if (why === undefined || usable(digest, definition) !== undefined) continue;
              place({
                path: shown === name ? ["arguments"] : ["publish", shown],
                message: `cannot be enforced: ${why}`,
                expected: "a tightened schema that compiles",
                remedy: "Correct the pattern or value that the reason names.",
              });
            }
        }
  return faults;
}
