import type { ServerConfig } from "../config/config.ts";
import type { DefinitionFinding } from "../domain/catalogue/servers-admin.ts";
import type { Entry } from "../domain/catalogue/view.ts";

/** What a person should know of a definition before it is approved (T4, V2, P6). */
export type FindIn = (server: ServerConfig, entry: Entry) => readonly DefinitionFinding[];

/** Every detector of definitions, one after another. */
export const findIn: FindIn = () => [];
