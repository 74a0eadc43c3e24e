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
  | { readonly kind: "known"; readonly fact: Fact | null }
  | Refused;

/** `detail`: a sentence that says what to do instead. */
export function refused(reason: Refused["reason"], field: string, detail: string): Refused {
  return { kind: "refused", reason, field, detail };
}

/** It is done, and was done before. */
export function known<Fact>(fact: Fact): { readonly kind: "known"; readonly fact: Fact } {
  return { kind: "known", fact };
}

/**
 * What an id stands for already; a refusal where it stands for something else. Undefined for an id that is new. `same`: the fields that
 * tell one from another.
 */
export function knownAs<Fact extends object>(
  field: string,
  before: Fact | undefined,
  order: Partial<Fact>,
  same: readonly (keyof Fact & string)[],
): { readonly kind: "known"; readonly fact: Fact } | Refused | undefined {
  if (before === undefined) return undefined;
  const other = same.find((name) => JSON.stringify(before[name]) !== JSON.stringify(order[name]));
  return other === undefined
    ? known(before)
    : standsForAnother(field, { what: other, was: before[other], is: order[other] });
}

/** An id that was given before, to something else: what of it was what, and is what now. */
export function standsForAnother(
  field: string,
  { what, was, is }: { readonly what: string; readonly was: unknown; readonly is: unknown },
): Refused {
  return refused(
    "conflict",
    field,
    `It stands for another one already, whose ${what} is ${JSON.stringify(was)}, not ${JSON.stringify(is)}: give this one an id of its own.`,
  );
}
