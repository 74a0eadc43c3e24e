import { canonicalJson, type Json } from "@tallybook/usage";
import type { Micros } from "@tallybook/periods";
import { termsAt } from "./billing-periods.ts";
import type { Terms } from "./facts.ts";

/** What of terms can change. */
export type TermsChange = Partial<Omit<Terms, "from">>;

/**
 * The rest of a timeline from a time on, with a change that holds as long as nothing else was decided: a field that a later part
 * of the timeline has otherwise than it is at that time stays there as it is, such as the plan of a phase, or the end of a trial.
 * Undefined where all of it is so already.
 */
export function changedTerms(
  terms: readonly Terms[],
  at: Micros,
  change: TermsChange,
): readonly Terms[] | undefined {
  const first = termsAt({ terms }, at);
  if (first === undefined) return undefined;
  const rest = [{ ...first, from: at }, ...terms.filter(({ from }) => from > at)];
  const changed = rest.map((each, index) => {
    const fields = Object.entries(change).filter(([field]) =>
      rest.slice(0, index + 1).every((before) => isSameField(before, first, field)),
    );
    return { ...each, ...Object.fromEntries(fields) };
  });
  return textOf(changed) === textOf(rest) ? undefined : merged(changed);
}

/** Terms that say the same as those before them say nothing. */
export function merged(terms: readonly Terms[]): readonly Terms[] {
  return terms.filter((each, index) => {
    const before = terms[index - 1];
    return before === undefined || !isSameTerms(before, each);
  });
}

/** Whether they say the same, whenever they begin. */
export function isSameTerms(a: Terms, b: Terms): boolean {
  return textOf({ ...a, from: 0 }) === textOf({ ...b, from: 0 });
}

function isSameField(a: Terms, b: Terms, field: string): boolean {
  const name = field as keyof Terms;
  return textOf(a[name]) === textOf(b[name]);
}

function textOf(value: unknown): string {
  return canonicalJson(value as Json);
}
