import type { CutFact } from "@tallybook/usage";

import { hexCell, microsCell, millisCell } from "./cells.ts";
import type { Cell, MirroredRecord } from "./tables.ts";

export const cutColumns = [
  "log_offset",
  "kind",
  "tenant",
  "cut",
  "log_partition",
  "time",
  "catalog_offset",
  "complete",
  "repair",
  "partitions",
  "root",
  "meter",
  "last_cut",
  "appended_at",
] as const satisfies readonly [string, ...string[]];

interface CutCells {
  readonly tenant?: string;
  readonly cut?: number;
  readonly partition?: number;
  readonly time?: number;
  readonly catalog_offset?: number;
  readonly complete?: boolean;
  readonly repair?: number;
  readonly partitions?: number;
  readonly root?: string;
  readonly meter?: string;
  readonly last_cut?: number;
}

export function cutRow({ offset, timestamp, fact }: MirroredRecord<CutFact>): Cell[] {
  const cells = cellsOf(fact);
  return [
    String(offset),
    fact.kind,
    cells.tenant ?? "",
    cells.cut ?? 0,
    cells.partition ?? 0,
    microsCell(cells.time ?? 0),
    String(cells.catalog_offset ?? 0),
    cells.complete ?? false,
    cells.repair ?? 0,
    cells.partitions ?? 0,
    cells.root ?? "",
    cells.meter ?? "",
    cells.last_cut ?? 0,
    millisCell(timestamp),
  ];
}

/** Never what a part holds of each tenant: the rows of this table are everybody's. */
function cellsOf(fact: CutFact): CutCells {
  switch (fact.kind) {
    case "DeploymentMade":
      return { partitions: fact.partitions, time: fact.made_at };
    case "CutOpened": {
      const { cut, time, catalog_offset, complete } = fact;
      return { cut, time, catalog_offset, complete };
    }
    case "CutPlaced":
      return { cut: fact.cut };
    case "CutClosed": {
      const { cut, time, catalog_offset, root } = fact;
      return { cut, time, catalog_offset, root: hexCell(root) };
    }
    case "PartCompared":
    case "PartRepairBegun":
    case "PartRepaired":
      return { cut: fact.cut, partition: fact.partition, repair: fact.repair };
    case "FillBegun":
      return { tenant: fact.tenant, meter: fact.meter, last_cut: fact.last_cut };
    case "PartFilled": {
      const { tenant, cut, partition, meter } = fact;
      return { tenant, cut, partition, meter };
    }
    case "FillEnded":
      return { tenant: fact.tenant, partition: fact.partition, meter: fact.meter };
  }
}
