import type { RatedPeriod } from "@tallybook/journal";
import type { Micros } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import type { PeriodUsage } from "./compare-period.ts";

/** The usage of a tenant's periods while its time is gone along, stretch by stretch: that of one whose end was passed is whole. */
export interface PeriodUses {
  /** Of the periods that begin before the time and after the last such call; those of other customers are left out. */
  readonly begin: (to: Micros, earlier: readonly UsageRow[]) => void;
  readonly own: (period: RatedPeriod, row: UsageRow) => void;
  /** The periods that end at the time or before, each once. */
  readonly end: (to: Micros) => [RatedPeriod, PeriodUsage][];
}

export function createPeriodUses(periods: readonly RatedPeriod[]): PeriodUses {
  const beginning = periods.toSorted((a, b) => a.from - b.from);
  const ending = periods.toSorted((a, b) => a.to - b.to);
  const rowsByPeriod = new Map<RatedPeriod, UsageRow[]>();
  const earlierByPeriod = new Map<RatedPeriod, readonly UsageRow[]>();
  return {
    begin(to, earlier) {
      const byCustomer = Map.groupBy(earlier, ({ customer }) => customer);
      for (const period of takeWhile(beginning, ({ from }) => from < to)) {
        const own = byCustomer.get(period.customer);
        if (own !== undefined) earlierByPeriod.set(period, own);
      }
    },
    own(period, row) {
      const rows = rowsByPeriod.get(period);
      if (rows === undefined) rowsByPeriod.set(period, [row]);
      else rows.push(row);
    },
    end: (until) =>
      takeWhile(ending, ({ to }) => to <= until).map((period) => {
        const rows = rowsByPeriod.get(period) ?? [];
        const earlier = earlierByPeriod.get(period) ?? [];
        rowsByPeriod.delete(period);
        earlierByPeriod.delete(period);
        return [period, { rows, earlier }];
      }),
  };
}

/** Takes from the beginning of a list as long as it holds. */
function takeWhile<Item>(list: Item[], holds: (item: Item) => boolean): Item[] {
  const count = list.findIndex((item) => !holds(item));
  return list.splice(0, count === -1 ? list.length : count);
}
