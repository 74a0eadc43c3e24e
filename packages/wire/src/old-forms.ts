import { type FlatPlanPublished, planOfFlatPrices } from "@tallybook/catalog";

/** A form that facts of a kind had up to a version of its schema, and that no default turns into today's. */
export interface OldForm {
  /** The last version of the schema that has the form; earlier ones are read as if by it. */
  readonly version: number;
  /** The fact as facts of its kind are now. */
  readonly renewed: (fact: unknown) => unknown;
}

export const oldForms: Readonly<Record<string, OldForm>> = {
  PlanPublished: {
    version: 2,
    renewed: (fact) => planOfFlatPrices(fact as FlatPlanPublished),
  },
};

/** Whether a version of a kind's schema has a form that was left. */
export function isOldForm(kind: string, version: number): boolean {
  return version <= (oldForms[kind]?.version ?? 0);
}
