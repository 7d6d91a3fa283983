import { readFileSync } from "node:fs";
import { parseDocument, YAMLMap } from "yaml";
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

/** The same without a server. */
export function withoutServer(files: ProjectFiles, name: string): string {
  const document = parseDocument(readFileSync(files.configFile, "utf8"));
  document.deleteIn(["servers", name]);
  return withoutFaults(files, document.toString({ lineWidth: 0 }), `Without ${name}`);
}

function withoutFaults(files: ProjectFiles, text: string, when: string): string {
  const loaded = loadConfig(text, files.configFile);
  if ("faults" in loaded)
    throw new Unusable(
      `${when} the configuration would have faults; nothing was written.\n\n${loaded.faults.map(formatFault).join("\n")}`,
    );
  return text;
}
