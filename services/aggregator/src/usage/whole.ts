import type { Columns } from "@tallybook/columns";
import { fillsKnownAt, partWith } from "@tallybook/usage";
import type { Cuts } from "@tallybook/usage";

export interface WholeOptions {
  readonly columns: Pick<Columns, "countRollups">;
}

/**
 * Tells whether ClickHouse holds as many rollups of a tenant as the compared parts of closed cuts say, and no repair is under
 * way: a table that was dropped, and a part that is being made again, are behind what was told of them.
 */
export function createWhole({
  columns,
}: WholeOptions): (tenant: string, cuts: Cuts, cutMax: number) => Promise<string[]> {
  return async function tornIn(tenant, cuts, cutMax) {
    const torn = [...cuts.repairs.values()]
      .filter(({ isDone }) => !isDone)
      .map(({ begun: { cut, partition } }) => `cut ${cut} of partition ${partition} is made again`);
    if (torn.length > 0) return torn;
    if (cutMax < 0) return [];
    const expected = rollupsIn(tenant, cuts, cutMax);
    const { fills } = cuts;
    const found = await columns.countRollups({ tenant, cutMax, fills });
    if (found === expected) return [];
    return [`ClickHouse has ${found} of the ${expected} rollups of closed cuts`];
  };
}

function rollupsIn(tenant: string, { parts, fills }: Cuts, cutMax: number): number {
  const known = fillsKnownAt(fills, cutMax);
  let rows = 0;
  for (const ofCut of parts.slice(0, cutMax + 1)) {
    for (const part of ofCut.values())
      for (const control of partWith(part, known).tenants)
        if (control.tenant === tenant) rows += control.rollups;
  }
  return rows;
}
