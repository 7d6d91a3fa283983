import { readFileSync } from "node:fs";
import { isMap, isScalar, isSeq, parseDocument, YAMLMap } from "yaml";
import { formatFault } from "../config/fault.ts";
import { loadConfig } from "../config/load.ts";
import type { NewServer } from "../domain/catalogue/servers-admin.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { Unusable } from "./unusable.ts";

/** The text of `cardea.yaml` with one more server, keeping what is written there; throws `Unusable` where it would have faults. */
export function withServer(files: ProjectFiles, name: string, server: NewServer): string {
  const document = parseDocument(readFileSync(files.configFile, "utf8"));
  const entry = new YAMLMap();
  for (const [key, value] of Object.entries(server)) {
    if (value === undefined || (typeof value === "object" && Object.keys(value).length === 0)) continue;
    entry.set(key, document.createNode(value, { flow: typeof value === "object" }));
  }
  document.setIn(["servers", name], entry);
  return withoutFaults(files, document.toString({ lineWidth: 0 }), "With this server");
}

/**
 * The same without a server, and without what `access` allows on it.
 * @returns also what was taken out of `access`: `reader: notes.look`
 */
export function withoutServer(files: ProjectFiles, name: string): { text: string; access: string[] } {
  const document = parseDocument(readFileSync(files.configFile, "utf8"));
  document.deleteIn(["servers", name]);
  const access: string[] = [];
  const rules = document.get("access");
  if (isSeq(rules))
    rules.items = rules.items.filter((rule) => {
      const allow = isMap(rule) ? rule.get("allow") : undefined;
      if (!isMap(rule) || !isSeq(allow)) return true;
      const before = allow.items.length;
      allow.items = allow.items.filter((item) => {
        const text = isScalar(item) ? item.value : undefined;
        const gone = typeof text === "string" && text.startsWith(`${name}.`);
        if (gone) access.push(`${String(rule.get("role") ?? "")}: ${text}`);
        return !gone;
      });
      // A rule that allows nothing any more would be a fault.
      return allow.items.length > 0 || before === 0;
    });
  return { text: withoutFaults(files, document.toString({ lineWidth: 0 }), `Without ${name}`), access };
}

function withoutFaults(files: ProjectFiles, text: string, when: string): string {
  const loaded = loadConfig(text, files.configFile);
  if ("faults" in loaded)
    throw new Unusable(
      `${when} the configuration would have faults; nothing was written.\n\n${loaded.faults.map(formatFault).join("\n")}`,
    );
  return text;
}
