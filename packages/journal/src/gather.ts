import { decimal } from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";
import {
  combinationKey,
  combinationOf,
  isByQuantity,
  rateCostPlus,
  sumOfRatios,
  weekTimeOf,
  windowAt,
} from "@tallybook/pricing";
import type {
  Bulk,
  Charge,
  ChargeRating,
  CostPlus,
  Dimensions,
  Matrix,
  RatingOf,
  TimeWindow,
  TimeWindows,
  Usage,
} from "@tallybook/pricing";
import { timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { jobEvent, providerCost, singleEvents } from "./event-usage.ts";
import { groupRows } from "./groups.ts";
import { quantityIn } from "./metered.ts";
import type { MeteredUsage } from "./metered.ts";

/** What was used, in the form that a charge asks for, and which rows each part of a rating of it is for. */
export interface Gathered {
  readonly usage: Usage;
  readonly split: (rating: ChargeRating) => Split;
}

export interface Split {
  /** Their exact amounts add up to the rating's. */
  readonly parts: readonly { readonly amount: Ratio; readonly rows: readonly UsageRow[] }[];
  /** Combinations of a matrix that nothing prices. */
  readonly unpriced: readonly {
    readonly dimensions: Dimensions;
    readonly rows: readonly UsageRow[];
  }[];
}

/** Brings rows of a meter into the form that a charge is rated from. Throws NotRatable where they do not tell enough. */
export function gather(charge: Charge, rows: readonly UsageRow[], used: MeteredUsage): Gathered {
  if (isByQuantity(charge))
    return shared({ of: "quantity", quantity: quantityIn(used, rows) }, rows);
  switch (charge.model) {
    case "percentage":
      return gatherEvents(rows);
    case "cost_plus":
      return gatherCosts(charge, rows);
    case "bulk":
      return shared({ of: "events", events: bulkEvents(charge, rows, used) }, rows);
    case "capacity":
      return shared({ of: "peaks", peakByUnit: peaksOf(charge.unitDimension, rows, used) }, rows);
    case "matrix":
      return gatherCombinations(charge, rows, used);
    case "time_windows":
      return gatherTimes(charge, rows, used);
  }
}

/** Usage whose amount all its rows have together. */
function shared(usage: Usage, rows: readonly UsageRow[]): Gathered {
  return { usage, split: ({ amount }) => ({ parts: [{ amount, rows }], unpriced: [] }) };
}

/** Each set of dimensions has the amounts of its own events. */
function gatherEvents(rows: readonly UsageRow[]): Gathered {
  const events = singleEvents(rows);
  return {
    usage: {
      of: "events",
      events: events.map(({ row }) => ({ quantity: decimal(row.quantity), job: null })),
    },
    split(rating) {
      const rated = expected(rating, "events").rating.events;
      const amounts = new Map(events.map(({ row }, index) => [row, rated[index]?.amount]));
      const parts = groupRows(rows).map((group) => ({
        amount: sumOfRatios(group.rows.flatMap((row) => amounts.get(row) ?? [])),
        rows: group.rows,
      }));
      return { parts, unpriced: [] };
    },
  };
}

function gatherCosts(charge: CostPlus, rows: readonly UsageRow[]): Gathered {
  const costsOf = (some: readonly UsageRow[]) =>
    singleEvents(some).map((each) => providerCost(charge, each));
  return {
    usage: { of: "costs", costs: costsOf(rows) },
    // What is passed on of several events is passed on of each.
    split: () => ({
      parts: groupRows(rows).map((group) => ({
        amount: rateCostPlus(charge, costsOf(group.rows)).amount,
        rows: group.rows,
      })),
      unpriced: [],
    }),
  };
}

function bulkEvents(
  { roundPer, jobProperty }: Bulk,
  rows: readonly UsageRow[],
  used: MeteredUsage,
) {
  if (roundPer === "period") return [{ quantity: quantityIn(used, rows), job: null }];
  return singleEvents(rows).map((each) => jobEvent(jobProperty, each));
}

function peaksOf(
  dimension: string,
  rows: readonly UsageRow[],
  used: MeteredUsage,
): ReadonlyMap<string, Decimal> {
  const units = groupRows(rows, ({ dimensions }) => ({ unit: dimensions[dimension] ?? "" }));
  return new Map(
    units.map(({ dimensions, rows: own }) => [dimensions["unit"] ?? "", quantityIn(used, own)]),
  );
}

function gatherCombinations(
  charge: Matrix<Charge>,
  rows: readonly UsageRow[],
  used: MeteredUsage,
): Gathered {
  const charges = new Map(
    charge.rows.map((row) => [combinationKey(charge, row.values), row.charge]),
  );
  const groups = groupRows(rows, ({ dimensions }) => combinationOf(charge, dimensions));
  const gathered = groups.map((group) => {
    const inner = charges.get(combinationKey(charge, group.dimensions)) ?? charge.defaultRow;
    return inner === null ? shared(unrated, group.rows) : gather(inner, group.rows, used);
  });
  const combinations = groups.map(({ dimensions }, index) => ({
    values: dimensions,
    usage: gathered[index]?.usage ?? unrated,
  }));
  return {
    usage: { of: "combinations", combinations },
    split(rating) {
      const rated = expected(rating, "combinations").rows;
      return joined(
        groups.map(({ dimensions, rows: own }, index): Split => {
          const inner = rated[index]?.rating ?? null;
          if (inner === null) return { parts: [], unpriced: [{ dimensions, rows: own }] };
          return gathered[index]?.split(inner) ?? nothingSplit;
        }),
      );
    },
  };
}

/** What stands for usage that nothing prices. */
const unrated: Usage = { of: "quantity", quantity: decimal("0") };

function gatherTimes(charge: TimeWindows, rows: readonly UsageRow[], used: MeteredUsage): Gathered {
  const rowsByWindow = new Map<TimeWindow | null, UsageRow[]>();
  for (const row of rows) {
    const window = windowAt(charge, weekTimeOf(charge, timeOf(row)));
    const own = rowsByWindow.get(window);
    if (own === undefined) rowsByWindow.set(window, [row]);
    else own.push(row);
  }
  // In the order of the price, in which they are rated too. Each window's quantity is the meter's, at a moment in it.
  const windows = [...charge.windows, null].flatMap((window) => {
    const own = rowsByWindow.get(window);
    const [first] = own ?? [];
    return own === undefined || first === undefined ? [] : [{ first, rows: own }];
  });
  return {
    usage: {
      of: "times",
      times: windows.map(({ first, rows: own }) => ({
        ...weekTimeOf(charge, timeOf(first)),
        quantity: quantityIn(used, own),
      })),
    },
    split: (rating) => ({
      parts: expected(rating, "times").rating.windows.map((window, index) => ({
        amount: window.rating.amount,
        rows: windows[index]?.rows ?? [],
      })),
      unpriced: [],
    }),
  };
}

function joined(list: readonly Split[]): Split {
  return {
    parts: list.flatMap(({ parts }) => parts),
    unpriced: list.flatMap(({ unpriced }) => unpriced),
  };
}

function expected<Of extends ChargeRating["of"]>(rating: ChargeRating, of: Of): RatingOf<Of> {
  if (rating.of === of) return rating as RatingOf<Of>;
  throw new Error(`a rating of ${rating.of} where one of ${of} was asked for`);
}

const nothingSplit: Split = { parts: [], unpriced: [] };
