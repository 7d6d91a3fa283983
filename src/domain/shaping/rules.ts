import type { Effect } from "../../kernel/call.ts";
import type { ResultRule } from "./minimise.ts";

/** What can stand for a bound or fixed argument. */
export type Scalar = string | number | boolean;

/** The parts of a principal that an argument can be bound to (P4). `login` is the person's name without `person:`. */
export type Part = "tenant" | "login" | "owner" | "client" | "environment" | "plan";

/** Where a bound value comes from. */
export type Source = { readonly principal: Part } | { readonly value: Scalar };

/** The kinds of guard (V3). `shell` to `ldap` declare the sink that a value ends in. */
export type GuardKind = "path" | "url" | "email" | "id" | "date" | "shell" | "sql" | "html" | "template" | "ldap";

/** A guard on every text at a place. */
export interface GuardRules {
  readonly kind: GuardKind;
  /** Folders that a path stays below; relative ones start where the server runs. */
  readonly roots?: readonly string[];
  /** Hosts of a URL: `host`, `*.domain`; none: any public host. */
  readonly hosts?: readonly string[];
  /** Domains of an e-mail address, their subdomains not included; none: any. */
  readonly domains?: readonly string[];
}

/** What the operator says of one argument. Keywords are those of JSON Schema and only tighten (V2). */
export interface ArgumentRules {
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly Scalar[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: boolean;
  /** Filled in where the caller sent none. */
  readonly default?: Scalar;
  /** Callers neither see nor send it; with `default` that is always sent. */
  readonly remove?: boolean;
  readonly guard?: GuardRules;
  /** Why a dangerous argument stays open. */
  readonly accept?: string;
}

/** A person has to decide before this runs. */
export interface ToolApproval {
  readonly by: "self" | "other";
  readonly expiresMs: number;
}

/** Rules by argument name or JSON Pointer; `*` in a pointer stands for every item of a list. */
export type ByPlace<T> = Readonly<Record<string, T>>;

/** One part of a split tool (P6). */
export interface PartRules {
  readonly fixed: ByPlace<Scalar>;
  readonly effect: Effect;
  /** When to use it and when not. */
  readonly description: string;
  readonly arguments: ByPlace<ArgumentRules>;
  readonly approval?: ToolApproval;
  /** In place of what the whole tool says. */
  readonly result?: ResultRule;
}

/** What the operator says of a tool; of a prompt or template `bind` and `arguments` alone. */
export interface Rules {
  readonly effect?: Effect;
  readonly alias?: string;
  readonly bind: ByPlace<Source>;
  readonly arguments: ByPlace<ArgumentRules>;
  /** The argument that only an approval sets (H4). */
  readonly confirm?: string;
  readonly approval?: ToolApproval;
  /** What is left of its results (S9). */
  readonly result?: ResultRule;
  /** Parts that are published in place of the whole tool, by name. */
  readonly publish?: Readonly<Record<string, PartRules>>;
}

/** What is wrong with rules, held against a definition. */
export interface RuleFault {
  /** Into the rules: `["arguments", "/filter/name", "maxLength"]`. */
  readonly path: readonly string[];
  /** What follows the path in a sentence: `is longer than the server's own 50`. */
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string;
  readonly remedy: string;
}

/** Thrown inside this room; callers get it as a value. */
export class Unfit extends Error {
  readonly fault: RuleFault;
  constructor(fault: RuleFault) {
    super(fault.message);
    this.name = "Unfit";
    this.fault = fault;
  }
}
