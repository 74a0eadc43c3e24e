import { add, decimal } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { monthOf } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { createTally } from "@tallybook/usage";
import type { Tally, UsageRow } from "@tallybook/usage";

/** Quantities of uses, each as its meter aggregates it, while rows are added in any order. */
export interface UseTallies {
  /** `range` names the stretch of time that the row is in; a maximum of two is no quantity of anything. */
  readonly add: (use: string, range: Micros, row: UsageRow) => void;
  /** Forgets what was added of a use. */
  readonly forget: (use: string) => void;
  /** Of each use the sum over its ranges. */
  readonly quantities: () => Map<string, Decimal>;
}

export function createUseTallies(): UseTallies {
  const byUse = new Map<string, Map<string, Tally>>();
  return {
    add(use, range, row) {
      const tallies = byUse.get(use) ?? new Map<string, Tally>();
      byUse.set(use, tallies);
      const key = `${range}/${row.merging}`;
      const tally = tallies.get(key) ?? createTally(row.merging);
      tallies.set(key, tally);
      tally.add(row);
    },
    forget: (use) => void byUse.delete(use),
    quantities() {
      const total = (tallies: Map<string, Tally>) =>
        [...tallies.values()].reduce((sum, tally) => add(sum, tally.quantity()), zero);
      return new Map([...byUse].map(([use, tallies]) => [use, total(tallies)]));
    },
  };
}

/** The range of a row where no calendar is asked: the month of UTC that its slot is in, which both sides of a sum go by. */
export function rangeOf({ slot }: UsageRow): Micros {
  return monthOf(slot).from;
}

/** A customer's use of a meter in a range, as a name. */
export function useOf(row: UsageRow): string {
  return JSON.stringify([row.meter, row.customer, rangeOf(row)]);
}

export function readUse(use: string): { meter: string; customer: string; from: number } {
  const [meter, customer, from] = JSON.parse(use) as [string, string, number];
  return { meter, customer, from };
}

const zero = decimal("0");
