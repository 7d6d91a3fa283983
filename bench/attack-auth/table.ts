import type { StoredRecord } from "../../src/ports/records.ts";
import type { Answer } from "./visitor.ts";
import type { World } from "./world.ts";

/** How an attack went. */
export interface Attempt {
  /** The gateway did not do what the attacker wanted. */
  readonly refused: boolean;
  /** What it answered, in a few words. */
  readonly answer: string;
  /** The record of it; undefined: nothing was asked of the gateway that it could record (a header, a document). */
  readonly record?: (record: StoredRecord) => boolean;
}

/** One line of the table. */
export interface Attack {
  /** `area.attack` */
  readonly id: string;
  /** Where the attack is described. */
  readonly source: string;
  readonly attack: string;
  readonly run: (world: World) => Promise<Attempt>;
}

/** What became of it. */
export interface Row {
  readonly id: string;
  readonly source: string;
  readonly attack: string;
  readonly answer: string;
  /** Null: there is nothing to record. */
  readonly recorded: boolean | null;
  readonly open: boolean;
}

/** The security best practices of MCP, by section. */
export const bcp = (section: string): string => `MCP security best practices: ${section}`;
/** RFC 9700, by section. */
export const rfc9700 = (section: string): string => `RFC 9700, ${section}`;

/** A denial of this type. */
export const denied =
  (...types: string[]) =>
  (record: StoredRecord): boolean =>
    types.includes(record.type) && record.decision === "deny";

/** A page, in a few words. */
export const shown = (page: Answer): string => {
  const { next } = page;
  const error = next?.searchParams.get("error");
  if (next !== undefined) return `${page.status} to ${next.host || next.protocol}${error ? ` with ${error}` : ""}`;
  return `${page.status} page: ${/<p class="lead">([^<]*)/.exec(page.text)?.[1] ?? ""}`.slice(0, 110);
};

/** A refusal at the door of MCP, whatever the method is called in the record. */
export const atTheDoor: NonNullable<Attempt["record"]> = (record) =>
  record.decision === "deny" && (record.kind === "call" || record.type === "strangers.refused");

/** What a token endpoint answered, in a few words. */
export const said = ({ status, error }: { readonly status: number; readonly error?: string }): string =>
  `${status} ${typeof error === "string" ? error : status === 200 ? "tokens" : "refused"}`;
