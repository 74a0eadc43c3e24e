import { cutsOf, differencesOf, noRows, spanOf } from "@tallybook/columns";
import type {
  Columns,
  ColumnsControl,
  FilledMeter,
  InsertRange,
  MeasuredEvent,
  PlaceMark,
  TableMark,
  UsageFilter,
} from "@tallybook/columns";
import type { MemoryLog } from "@tallybook/log";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import {
  createCutsFold,
  createPartControl,
  eventRowOf,
  fillName,
  noCuts,
  partWith,
  rollupKey,
  rollUpRows,
} from "@tallybook/usage";
import type { CutFact, Fills, Measurement, UsageAccepted, UsageRow } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import { namesIn, stretchesIn } from "./names.ts";
import type { Random } from "./random.ts";

/** ClickHouse as the aggregator uses it: a token is taken once, rows are never looked at. */
export interface MemoryColumns extends Pick<
  Columns,
  | "insertMeasured"
  | "insertFilled"
  | "buildRollups"
  | "readControls"
  | "readUsage"
  | "readWindows"
  | "readNamed"
  | "readStretches"
  | "readMarks"
  | "readCounts"
  | "readHighest"
  | "deleteCuts"
> {
  rowsOf(cut: number, partition: number): readonly MeasuredEvent[];
  /** Does to some part what somebody with a client can do; returns whether there was one. */
  corrupt(random: Random, partitions: number): boolean;
  /** Where parts differ from what was compared, and rows of parts that the log does not have. */
  differences(log: MemoryLog): string[];
}

/** A part: its rows, what was filled in, what its rollups were made of, and what the tables say about the place it is in. */
export interface Part {
  readonly cut: number;
  readonly partition: number;
  rows: readonly MeasuredEvent[];
  added: readonly MeasuredEvent[];
  rolledUp: readonly MeasuredEvent[];
}

const empty = {
  accepted: 0,
  measured: 0,
  without_meter: 0,
  unmeasurable: 0,
  measurements: 0,
  rollups: 0,
  events_digest: Buffer.alloc(32),
  measurements_digest: Buffer.alloc(32),
  rollups_digest: Buffer.alloc(32),
  quantities: [],
};

export function createMemoryColumns(): MemoryColumns {
  const tokens = new Set<string>();
  const parts = new Map<string, Part>();
  /** By place: the number of the last block, and of the last mutation. */
  const marks = new Map<string, { block: number; mutation: number }>();
  const deletes: { number: number; span: number; partition: number }[] = [];
  let blocks = 0;

  function isNew(
    table: string,
    { generation, partition, from, to, repair }: InsertRange,
    fill?: FilledMeter,
  ): boolean {
    const of = fill === undefined ? [] : [fill.tenant, fill.meter];
    const token = [generation, table, partition, from, to, repair, ...of].join(":");
    if (tokens.has(token)) return false;
    tokens.add(token);
    return true;
  }

  function partOf(cut: number, partition: number): Part {
    const name = `${cut}/${partition}`;
    const part = parts.get(name) ?? { cut, partition, rows: [], added: [], rolledUp: [] };
    parts.set(name, part);
    return part;
  }

  function touch({ cut, partition }: Part, what: "block" | "mutation"): void {
    const name = `${spanOf(cut)}/${partition}`;
    const mark = marks.get(name) ?? { block: 0, mutation: 0 };
    blocks += 1;
    marks.set(name, { ...mark, [what]: blocks });
  }

  function controlsOf({ cut, partition, rows, added, rolledUp }: Part): ColumnsControl[] {
    const events = totalsOf(rows);
    const inserted = totalsOf([...rows, ...added]);
    const built = totalsOf(rolledUp);
    const tenants = new Set([...inserted, ...built].map(({ tenant }) => tenant));
    return [...tenants].map((tenant) => {
      const isOwn = (control: { readonly tenant: string }) => control.tenant === tenant;
      const { measurements, measurements_digest } = inserted.find(isOwn) ?? empty;
      const { rollups, rollups_digest, quantities } = built.find(isOwn) ?? empty;
      const own = { ...empty, tenant, ...events.find(isOwn), cut, partition };
      return { ...own, measurements, measurements_digest, rollups, rollups_digest, quantities };
    });
  }

  return {
    rowsOf: (cut, partition) => parts.get(`${cut}/${partition}`)?.rows ?? [],
    async insertMeasured(range, inserted) {
      if (!isNew("usage_events", range)) return;
      const part = partOf(range.cut, range.partition);
      part.rows = [...part.rows, ...inserted];
      touch(part, "block");
    },
    async insertFilled(range, fill, inserted) {
      if (!isNew("measurements", range, fill)) return;
      const part = partOf(range.cut, range.partition);
      part.added = [...part.added, ...inserted];
      touch(part, "block");
    },
    async buildRollups(range, fill) {
      if (!isNew("rollups", range, fill)) return;
      const part = partOf(range.cut, range.partition);
      const rows = [...part.rows, ...part.added];
      part.rolledUp = [...part.rolledUp, ...(fill === undefined ? rows : rowsOf(fill, rows))];
      touch(part, "block");
    },
    async readControls({ cutMin, cutMax, partition }) {
      return [...parts.values()]
        .filter(
          (part) =>
            part.partition === (partition ?? part.partition) &&
            part.cut >= cutMin &&
            part.cut <= cutMax,
        )
        .flatMap(controlsOf);
    },
    async readUsage({ cutMin = 0, cutMax, fills, isApart = () => false, ...filter }) {
      const isKnown = (row: UsageRow) => {
        const known = knownFrom(fills, row);
        return known !== null && known >= cutMin && known <= cutMax;
      };
      const measured = measuredIn(parts.values()).filter(
        ({ row }) => isKnown(row) && isOf(row, filter),
      );
      const events = (cutMin > 0 ? measured : standingOf(measured)).map(({ row }) => row);
      const rolledUp = rollUpRows(events.map((row) => ({ ...row, event: null })));
      const apart = new Set(rolledUp.filter(isApart).map(rollupKey));
      const isOfApart = (row: UsageRow) => apart.has(rollupKey(row));
      return [...rolledUp.filter((row) => !isOfApart(row)), ...events.filter(isOfApart)];
    },
    async readWindows({ tenant, cutMax, fills, meters, dimensions, bounds }) {
      const measured = measuredIn(parts.values()).filter(({ row }) => {
        const known = knownFrom(fills, row);
        return known !== null && known <= cutMax;
      });
      const windows = standingOf(measured).flatMap(({ row }) => {
        const time = row.event?.time ?? row.slot;
        const own = bounds.get(row.customer) ?? [];
        const slot = own.findLast((bound) => bound <= time);
        const isWithin = slot !== undefined && time < (own.at(-1) ?? 0);
        if (!isWithin) return [];
        if (row.tenant !== tenant || !meters.includes(row.meter)) return [];
        const kept = Object.entries(row.dimensions).filter(([name]) => dimensions.includes(name));
        return [{ ...row, slot, dimensions: Object.fromEntries(kept), event: null }];
      });
      return rollUpRows(windows);
    },
    readNamed: async (filter) => namesIn(parts.values(), filter),
    readStretches: async (filter, rowsMax) => stretchesIn(parts.values(), filter, rowsMax),
    async readMarks({ modulo, remainder } = { modulo: 1, remainder: 0 }) {
      const places = [...marks].map(([name, { block, mutation }]): PlaceMark => {
        const [span, partition] = name.split("/").map(Number) as [number, number];
        const table: TableMark = { uuid: "", blockMin: 1, blockMax: block, mutation, rows: 0 };
        return { span, partition, tables: { usage_events: table } };
      });
      return {
        startedAt: 0,
        isWhole: true,
        places: places.filter(({ partition }) => partition % modulo === remainder),
        mutations: deletes.map(({ number, ...only }) => ({
          table: "usage_events",
          number,
          isDone: true,
          only,
        })),
      };
    },
    async readCounts({ span, partition }) {
      const { cutMin, cutMax } = cutsOf(span);
      const found = [...parts.values()].filter(
        (part) =>
          part.partition === partition &&
          part.cut >= cutMin &&
          part.cut <= cutMax &&
          part.rows.length + part.added.length + part.rolledUp.length > 0,
      );
      return new Map(
        found.map((part) => {
          const sum = (count: (control: ColumnsControl) => number): number =>
            controlsOf(part).reduce((total, control) => total + count(control), 0);
          const measurements = sum((control) => control.measurements);
          const counts = {
            ...noRows,
            usage_events: sum(({ accepted }) => accepted),
            measurements,
            rollups: sum(({ rollups }) => rollups),
            usage_live: measurements,
          };
          return [part.cut, counts];
        }),
      );
    },
    async readHighest({ cut, partition }) {
      const rows = parts.get(`${cut}/${partition}`)?.rows ?? [];
      return Math.max(-1, ...rows.map(({ event }) => event.raw_offset));
    },
    async deleteCuts({ span, partition }, cuts) {
      for (const cut of cuts) {
        const part = parts.get(`${cut}/${partition}`);
        if (part === undefined || controlsOf(part).length === 0) continue;
        part.rows = [];
        part.added = [];
        part.rolledUp = [];
        touch(part, "mutation");
        deletes.push({ number: blocks, span, partition });
      }
    },
    corrupt(random, partitions) {
      const filled = [...parts.values()].filter(({ rows }) => rows.length > 0);
      if (filled.length === 0) return false;
      const part = random.pick(filled);
      const at = random.below(part.rows.length);
      const row = part.rows[at] as MeasuredEvent;
      const others = part.rows.filter((_, index) => index !== at);
      switch (random.below(6)) {
        case 0:
          part.rows = others;
          touch(part, "mutation");
          break;
        case 1:
          part.rows = [...part.rows, row];
          touch(part, "block");
          break;
        case 2:
          part.rows = [...others, { ...row, event: { ...row.event, customer: "mallory" } }];
          touch(part, "mutation");
          break;
        case 3:
          part.rolledUp = part.rolledUp.slice(1);
          touch(part, "mutation");
          break;
        case 4:
          part.added = part.added.slice(1);
          touch(part, "mutation");
          break;
        default: {
          // A part that the log does not have.
          const stray = partOf(part.cut + random.below(3), part.partition + partitions);
          stray.rows = [row];
          touch(stray, "block");
        }
      }
      return true;
    },
    differences(log) {
      const evolve = createCutsFold();
      const cuts = log
        .recordsOf(topics.cuts, 0)
        .reduce((state, { value }) => evolve(state, decode(value) as CutFact), noCuts);
      const compared = cuts.parts
        .flatMap((ofCut) => [...ofCut.values()])
        .map((part) => partWith(part, cuts.fills.values()));
      const strays = [...parts.values()].filter(
        ({ cut, partition, rows }) =>
          rows.length > 0 &&
          !compared.some((fact) => fact.cut === cut && fact.partition === partition),
      );
      return [
        ...differencesOf(compared, [...parts.values()].flatMap(controlsOf)),
        ...strays.map(({ cut, partition }) => `rows of part ${cut}/${partition}`),
      ];
    },
  };
}

/** A measurement as a row, and the offset of the event whose measurement it takes back. */
interface MeasuredRow {
  readonly row: UsageRow;
  readonly takesBack: number | null;
}

function measuredIn(parts: Iterable<Part>): MeasuredRow[] {
  return [...parts].flatMap(({ partition, rolledUp }) =>
    rolledUp.flatMap(({ event, measured: { measurements } }) =>
      measurements.map((each) => ({
        row: eventRowOf(each, timed(event, each), partition),
        takesBack: each.takes_back,
      })),
    ),
  );
}

/** What was not taken back, and takes nothing back. */
function standingOf(measured: readonly MeasuredRow[]): MeasuredRow[] {
  const takenBack = new Set(measured.map(({ row, takesBack }) => placeOf(row, takesBack ?? -1)));
  return measured.filter(
    ({ row, takesBack }) =>
      takesBack === null && !takenBack.has(placeOf(row, row.event?.raw_offset ?? -2)),
  );
}

/** What takes a measurement back counts at the time of what it takes back. */
function timed(event: UsageAccepted, { takes_back }: Measurement): UsageAccepted {
  return takes_back === null || event.corrected === null
    ? event
    : { ...event, time: event.corrected.replaced.time };
}

function placeOf({ event, meter }: UsageRow, rawOffset: number): string {
  return `${event?.partition}/${meter}/${rawOffset}`;
}

/** The cut at which a row became known: its events' own, or that of the fill which added it; null: not yet. */
export function knownFrom(fills: Fills, { tenant, meter, cut }: UsageRow): number | null {
  const fill = fills.get(fillName({ tenant, meter }));
  return fill === undefined || cut > fill.last_cut ? cut : fill.cut;
}

function isOf(
  { tenant, customer, meter, slot }: UsageRow,
  filter: Pick<UsageFilter, "tenant" | "customers" | "meters" | "from" | "to">,
): boolean {
  const isOfMeter = filter.meters?.includes(meter) ?? true;
  const isOfCustomer = filter.customers?.includes(customer) ?? true;
  const isWithin = slot + MICROS_PER_HOUR > filter.from && slot < filter.to;
  return tenant === filter.tenant && isOfCustomer && isOfMeter && isWithin;
}

/** Rows with what one meter has measured of them, and nothing else. */
function rowsOf({ tenant, meter }: FilledMeter, rows: readonly MeasuredEvent[]): MeasuredEvent[] {
  return rows.map(({ event, measured }) => {
    const isOwn = (row: { readonly tenant: string; readonly meter: string }) =>
      row.tenant === tenant && row.meter === meter;
    return { event, measured: { ...measured, measurements: measured.measurements.filter(isOwn) } };
  });
}

function totalsOf(rows: readonly MeasuredEvent[]) {
  const control = createPartControl();
  for (const { event, measured } of rows) control.add(event, measured);
  return control.totals();
}
