import type { Columns } from "@tallybook/columns";
import { fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts } from "@tallybook/usage";

/** Says why less may have been read than there is; empty where all of it was. */
export type TornCheck = (tenant: string, cuts: Cuts, cutMax: number) => Promise<string[]>;

/**
 * Tells whether ClickHouse holds as many rollups of a tenant as the compared parts of closed cuts say, and no repair is under
 * way: a table that was dropped, and a part that is being made again, are behind what was told of them. `cutsNow` are the cuts as
 * they stand on the log after the reading: a repair is there before any row of it goes.
 */
export function createTornCheck(
  columns: Pick<Columns, "countRollups">,
  cutsNow: () => Promise<Cuts>,
): TornCheck {
  const expectedOf = createExpected();
  return async (tenant, cuts, cutMax) => {
    const { repairs } = await cutsNow();
    const torn = [...repairs.values()]
      .filter(({ isDone }) => !isDone)
      .map(({ begun: { cut, partition } }) => `cut ${cut} of partition ${partition} is made again`);
    if (torn.length > 0 || cutMax < 0) return torn;
    const expected = expectedOf(tenant, cuts, cutMax);
    const found = await columns.countRollups({ tenant, cutMax, fills: cuts.fills });
    if (found === expected) return [];
    return [`ClickHouse has ${found} of the ${expected} rollups of closed cuts`];
  };
}

interface Counted {
  readonly cutMax: number;
  /** How many fills are known: each adds to older cuts. */
  readonly fills: number;
  readonly rows: number;
}

/** How many rollups a tenant has by the parts that were compared; goes on from what was counted last. */
function createExpected(): (tenant: string, cuts: Cuts, cutMax: number) => number {
  const countedByTenant = new Map<string, Counted>();
  return (tenant, { parts, fills }, cutMax) => {
    const known = fillsKnownAt(fills, cutMax);
    const last = countedByTenant.get(tenant);
    const isOn = last !== undefined && last.fills === known.length && last.cutMax <= cutMax;
    let rows = isOn ? last.rows : 0;
    for (const ofCut of parts.slice(isOn ? last.cutMax + 1 : 0, cutMax + 1)) {
      for (const part of ofCut.values())
        for (const control of partWith(part, known).tenants)
          if (control.tenant === tenant) rows += control.rollups;
    }
    countedByTenant.set(tenant, { cutMax, fills: known.length, rows });
    return rows;
  };
}
