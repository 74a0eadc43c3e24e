import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Grant, Target } from "./grant.ts";

/** What happened to credits: the facts that a balance is a fold of. Amounts are zero or more. */
export type Movement =
  /** A grant is known; it starts at its time. */
  | { readonly kind: "added"; readonly at: Micros; readonly terms: Grant }
  /** It starts, or comes again. */
  | Gained<"granted">
  /** The floor of a rollover lifted its balance. */
  | Gained<"raised">
  | Burnt
  /** Usage that no grant covered. */
  | ({ readonly kind: "overran"; readonly at: Micros; readonly amount: Decimal } & Target)
  /** Overage that a reset left behind. */
  | ({ readonly kind: "dropped"; readonly at: Micros; readonly amount: Decimal } & Target)
  /** What is left when it ends; of what is given back to a grant that has expired, what cannot stay. */
  | Gained<"expired">
  /** Taken away by a person, whole or in part. */
  | (Gained<"voided"> & { readonly ends: boolean })
  /** What a recurrence or a rollover did not carry over. */
  | Gained<"lapsed">
  /** A correction gave back what had burnt. */
  | (Gained<"returned"> & { readonly allocation: string })
  /** It had expired, and burns again until another time. */
  | {
      readonly kind: "revived";
      readonly at: Micros;
      readonly grant: string;
      readonly until: Micros;
    }
  /** A usage period ended. */
  | { readonly kind: "reset"; readonly at: Micros }
  | { readonly kind: "passed"; readonly at: Micros };

interface Gained<Kind extends string> {
  readonly kind: Kind;
  readonly at: Micros;
  readonly grant: string;
  readonly amount: Decimal;
}

export interface Burnt extends Target {
  readonly kind: "burnt";
  readonly at: Micros;
  readonly grant: string;
  readonly amount: Decimal;
  /** It covers overage of before, and no usage of now. */
  readonly settles: boolean;
}
