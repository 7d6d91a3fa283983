import type {
  ActionConstraint,
  PolicyJson,
  PrincipalConstraint,
  ResourceConstraint,
} from "@cedar-policy/cedar-wasm/nodejs";

/** An entity by type (without `Cardea::`) and id. */
export interface Uid {
  readonly type: string;
  readonly id: string;
}

/** An entity with everything that it is in. */
export interface Placed {
  readonly uid: Uid;
  readonly in: readonly Uid[];
}

/** Who does what to what. */
export interface Scoped {
  readonly principal: Placed;
  readonly action: Placed;
  readonly resource: Placed;
}

type Constraint = PrincipalConstraint | ActionConstraint | ResourceConstraint;

/** Whether the scope of a policy takes this request: exactly Cedar's rule, so that what it refuses needs no evaluation. */
export function inScope(policy: PolicyJson, { principal, action, resource }: Scoped): boolean {
  return takes(policy.principal, principal) && takes(policy.action, action) && takes(policy.resource, resource);
}

/** The same for one part of the scope. What is not understood takes everything: Cedar decides then. */
export function takes(constraint: Constraint, one: Placed): boolean {
  switch (constraint.op) {
    case "All":
      return true;
    case "==":
      return "entity" in constraint ? same(uidOf(constraint.entity), one.uid) : true;
    case "in":
      if ("entities" in constraint) return constraint.entities.some((entity) => isIn(one, uidOf(entity)));
      return "entity" in constraint ? isIn(one, uidOf(constraint.entity)) : true;
    case "is": {
      if (constraint.entity_type !== `Cardea::${one.uid.type}`) return false;
      const within = constraint.in;
      return within === undefined || !("entity" in within) || isIn(one, uidOf(within.entity));
    }
    default:
      return true;
  }
}

/** The entities that a part of a scope names. */
export function named(constraint: Constraint): Uid[] {
  if (constraint.op === "is")
    return constraint.in !== undefined && "entity" in constraint.in ? [uidOf(constraint.in.entity)] : [];
  if ("entities" in constraint) return constraint.entities.map(uidOf);
  return "entity" in constraint ? [uidOf(constraint.entity)] : [];
}

export const isIn = (one: Placed, of: Uid): boolean => same(one.uid, of) || one.in.some((parent) => same(parent, of));

export const same = (a: Uid, b: Uid): boolean => a.id === b.id && a.type === b.type;

type Entity = { readonly type: string; readonly id: string } | { readonly __entity: { type: string; id: string } };

export function uidOf(entity: Entity): Uid {
  const { type, id } = "__entity" in entity ? entity.__entity : entity;
  return { type: type.replace(/^Cardea::/, ""), id };
}
