import { add, decimal } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { monthOf } from "@tallybook/periods";
import { createTally } from "@tallybook/usage";
import type { Tally, UsageRow } from "@tallybook/usage";

/** Quantities of uses, each as its meter aggregates it, while rows are added in any order. */
export interface UseTallies {
  readonly add: (use: string, row: UsageRow) => void;
  /** Of each use the sum over its months: a maximum of two months is no quantity of anything. */
  readonly quantities: () => Map<string, Decimal>;
}

export function createUseTallies(): UseTallies {
  const byUse = new Map<string, Map<string, Tally>>();
  return {
    add(use, row) {
      const tallies = byUse.get(use) ?? new Map<string, Tally>();
      byUse.set(use, tallies);
      const key = `${monthOf(row.slot).from}/${row.merging}`;
      const tally = tallies.get(key) ?? createTally(row.merging);
      tallies.set(key, tally);
      tally.add(row);
    },
    quantities() {
      const total = (tallies: Map<string, Tally>) =>
        [...tallies.values()].reduce((sum, tally) => add(sum, tally.quantity()), zero);
      return new Map([...byUse].map(([use, tallies]) => [use, total(tallies)]));
    },
  };
}

/** A customer's use of a meter in a month, as a name. */
export function useOf({ meter, customer, slot }: UsageRow): string {
  return JSON.stringify([meter, customer, monthOf(slot).from]);
}

export function readUse(use: string): { meter: string; customer: string; from: number } {
  const [meter, customer, from] = JSON.parse(use) as [string, string, number];
  return { meter, customer, from };
}

const zero = decimal("0");
