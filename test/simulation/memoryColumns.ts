import type { Columns, ColumnsControl, InsertRange, MeasuredEvent } from "@tallybook/columns";
import { createPartControl } from "@tallybook/usage";

/** ClickHouse as the aggregator uses it: a token is taken once, rows are never looked at. */
export interface MemoryColumns extends Pick<
  Columns,
  "insertMeasured" | "buildRollups" | "readControls"
> {
  rowsOf(cut: number, partition: number): readonly MeasuredEvent[];
}

const noRollups = { rollups: 0, rollups_digest: Buffer.alloc(32), quantities: [] };

export function createMemoryColumns(): MemoryColumns {
  const tokens = new Set<string>();
  const rows = new Map<string, MeasuredEvent[]>();
  const rollups = new Map<string, ColumnsControl[]>();

  function isNew(table: string, { generation, partition, from, to, repair }: InsertRange): boolean {
    const token = [generation, table, partition, from, to, repair].join(":");
    if (tokens.has(token)) return false;
    tokens.add(token);
    return true;
  }

  function rowsOf(cut: number, partition: number): MeasuredEvent[] {
    return rows.get(`${cut}/${partition}`) ?? [];
  }

  function controlsOf(cut: number, partition: number): ColumnsControl[] {
    const control = createPartControl();
    for (const { event, measured } of rowsOf(cut, partition)) control.add(event, measured);
    return control.totals().map((totals) => ({ ...totals, cut, partition }));
  }

  return {
    rowsOf,
    async insertMeasured(range, inserted) {
      if (!isNew("usage_events", range)) return;
      rows.set(`${range.cut}/${range.partition}`, [
        ...rowsOf(range.cut, range.partition),
        ...inserted,
      ]);
    },
    async buildRollups(range) {
      if (!isNew("rollups", range)) return;
      rollups.set(`${range.cut}/${range.partition}`, controlsOf(range.cut, range.partition));
    },
    async readControls({ cutMin, partition = 0 }) {
      const built = rollups.get(`${cutMin}/${partition}`);
      return controlsOf(cutMin, partition).map((control, at) => {
        const { rollups: count, rollups_digest, quantities } = built?.[at] ?? noRollups;
        return { ...control, rollups: count, rollups_digest, quantities };
      });
    },
  };
}
