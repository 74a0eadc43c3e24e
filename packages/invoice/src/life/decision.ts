/** Why something is not done: which field of the order, and what to do instead. */
export interface Refused {
  readonly kind: "refused";
  /** `unknown`: there is no such thing; `conflict`: not as things stand; `unfit`: never. */
  readonly reason: "unknown" | "conflict" | "unfit";
  readonly field: string;
  readonly detail: string;
}

/** What an order comes to: a fact to write, one that is there already, or nothing. */
export type Decision<Fact> =
  | { readonly kind: "new"; readonly fact: Fact }
  | { readonly kind: "known"; readonly fact: Fact }
  | Refused;

export function refused(reason: Refused["reason"], field: string, detail: string): Refused {
  return { kind: "refused", reason, field, detail };
}
