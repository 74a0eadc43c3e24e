import { usualMeter } from "@tallybook/testkit/facts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  createCutsFold,
  createDigest,
  createFillControl,
  createPartControl,
  fillName,
  fillsHiddenAt,
  fillsKnownAt,
  isSameFilled,
  lastUnaware,
  measure,
  measureFilled,
  noCuts,
  noRoot,
  partWith,
  replacedUnaware,
  rootOf,
  sumOfDigests,
} from "../src/index.ts";
import type {
  CutFact,
  Cuts,
  Fill,
  Meter,
  PartCompared,
  PartControl,
  PartFilled,
  UsageAccepted,
} from "../src/index.ts";

const tokens: Meter = {
  ...usualMeter,
  tenant: "t",
  meter: "tokens",
  version: 1,
  effective_at: 0,
  event_type: "llm",
  filter: [],
  aggregation: "sum",
  value_property: "n",
  dimensions: ["model"],
};
const aggregations = ["sum", "count", "max", "latest", "unique"] as const;

const events = fc
  .uniqueArray(
    fc.record({
      raw_offset: fc.nat(10_000),
      tenant: fc.constantFrom("t", "u"),
      customer: fc.constantFrom("a", "b"),
      type: fc.constantFrom("llm", "tool", "other"),
      time: fc.integer({ min: 0, max: 20 }).map((hours) => hours * 3_600_000_000),
      properties: fc.record({
        n: fc.constantFrom("1", "0.000000000001", "7", "x"),
        model: fc.constantFrom("x", "y"),
      }),
    }),
    { selector: ({ raw_offset }) => raw_offset, maxLength: 30 },
  )
  .map((list) => list.map(accepted));

describe("digests are sums", () => {
  test("of the digests of two sets of rows", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
        const sum = sumOfDigests(digestOf(one), digestOf(other));
        expect(sum.toString("hex")).toBe(digestOf([...one, ...other]).toString("hex"));
      }),
    );
  });
});

describe("what a part holds after a fill", () => {
  test("is what it would hold had the meter been known, but for what became of its events", () => {
    fc.assert(
      fc.property(
        events,
        fc.constantFrom(...aggregations),
        fc.nat(10),
        (list, aggregation, from) => {
          const filled = { ...tokens, meter: "m", aggregation, effective_at: from * 3_600_000_000 };
          const of = (meters: readonly Meter[], tenant: string) =>
            new Map(
              meters
                .filter((meter) => meter.tenant === tenant)
                .map((meter) => [meter.meter, [meter]]),
            );
          const [before, whole] = [createPartControl(), createPartControl()];
          const added = createFillControl(filled, { cut: 1, partition: 0 });
          for (const event of list) {
            const measured = measure(event, of([tokens], event.tenant));
            before.add(event, measured);
            whole.add(event, measure(event, of([tokens, filled], event.tenant)));
            if (event.tenant === filled.tenant)
              added.add(event, measured.outcome, measureFilled(filled, event));
          }
          const part = partWith(partOf(before), [fillOf(added.total())]);
          expect(part.tenants.map(measuredOf)).toEqual(whole.totals().map(measuredOf));
          // And nothing else moves.
          expect(part.tenants.map(({ events_digest }) => events_digest)).toEqual(
            before.totals().map(({ events_digest }) => events_digest),
          );
        },
      ),
    );
  });

  test("is what was compared where nothing was added to it", () => {
    const part = partOf(createPartControl());
    expect(partWith(part, [])).toBe(part);
    expect(partWith(part, [fillOf({ ...nothing, cut: 2 })])).toBe(part);
  });
});

describe("a history that is filled after events of it were corrected", () => {
  /** The meter is known from the cut behind it on. */
  const fill = { tenant: "t", last_cut: 3 };
  const chains = fc.record({
    /** Cuts of an event and of what corrects it, one behind the other; of these one may take it back. */
    cuts: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 5 }),
    quantities: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 }),
    isTakenBack: fc.boolean(),
    unaware: fc.integer({ min: 3, max: 9 }),
  });
  const none: ReadonlyMap<string, readonly Meter[]> = new Map();
  const known = new Map([["tokens", [tokens]]]);

  test("comes to what stands of them, whenever they were corrected and it was asked for", () => {
    fc.assert(
      fc.property(chains, ({ cuts, quantities, isTakenBack, unaware }) => {
        const chain: UsageAccepted[] = [];
        for (const [at, cut] of cuts.toSorted((a, b) => a - b).entries()) {
          const retracts = isTakenBack && at > 0 && at === cuts.length - 1;
          const properties = retracts ? {} : { n: String(quantities[at]), model: "x" };
          const own = accepted({ ...plain, raw_offset: at, properties });
          const before = chain.at(-1);
          const corrected =
            before === undefined
              ? null
              : { retracts, reason: "", target_offset: 0, replaced: { ...before } };
          chain.push({ ...own, cut, corrected });
        }
        const replaced = new Set(chain.map((each) => replacedUnaware(each, fill, unaware)));
        const measured = chain.flatMap((event) => {
          const replacedAt = chain[event.raw_offset - 1]?.cut ?? 0;
          const isTaking = replacedAt > fill.last_cut || event.cut > unaware;
          const atItsCut = event.cut > fill.last_cut ? known : none;
          const own = measure(event, atItsCut, isTaking ? known : none);
          const isReplaced = replaced.has(event.raw_offset);
          return event.cut > fill.last_cut
            ? own.measurements
            : measureFilled(tokens, event, isReplaced).measurements;
        });
        const total = measured.reduce((sum, { quantity }) => sum + Number(quantity), 0);
        const last = chain.at(-1);
        const stands = last?.corrected?.retracts === true ? 0 : Number(last?.properties["n"]);
        expect(total).toBe(stands);
      }),
      { numRuns: 1_000 },
    );
  });

  test("knows by the barriers which cut is the last that could not know of it", () => {
    const opened = [1, 5, 5, 9].map((catalog_offset) => ({ catalog_offset }));
    expect([0, 1, 4, 5, 8, 9].map((at) => lastUnaware(opened, at))).toEqual([0, 1, 1, 3, 3, 4]);
  });
});

test("events are counted that no meter had measured, and those that the new one cannot", () => {
  const added = createFillControl(tokens, { cut: 1, partition: 0 });
  const take = (n: string, before: "measured" | "without_meter") => {
    const event = accepted({ ...plain, properties: { n } });
    added.add(event, before, measureFilled(tokens, event));
  };
  take("1", "without_meter");
  take("2", "measured");
  take("x", "without_meter");
  const total = added.total();
  expect(total).toMatchObject({
    measured: 2,
    were_without_meter: 1,
    unmeasurable: 1,
    quantity: "3",
  });
  expect(isSameFilled(total, { ...total })).toBe(true);
  expect(isSameFilled(total, { ...total, measurements_digest: Buffer.alloc(32) })).toBe(false);
});

describe("a fill is known", () => {
  test("from the first cut that opens after all partitions have ended", () => {
    const cuts = fold(
      opened(0),
      begun,
      { ...nothing, cut: 0, partition: 0 },
      ended(0),
      opened(1),
      ended(1),
      opened(2),
      opened(3),
    );
    expect(cuts.fills.get(fillName(tokens))?.cut).toBe(2);
    expect(fillsHiddenAt(cuts.fills, 1)).toHaveLength(1);
    expect(fillsKnownAt(cuts.fills, 1)).toEqual([]);
    expect(fillsKnownAt(cuts.fills, 2)).toHaveLength(1);
    expect(fillsHiddenAt(cuts.fills, 2)).toEqual([]);
  });

  test("and never later, whatever is repeated", () => {
    const facts = [opened(0), begun, { ...nothing, cut: 0 }, ended(0), ended(1), opened(1)];
    const once = fold(...facts).fills.get(fillName(tokens));
    const other = { ...nothing, cut: 0, measured: 9 };
    const again = fold(...facts, begun, other, ended(0), opened(1), opened(2));
    expect(again.fills.get(fillName(tokens))).toEqual(once);
  });

  test("and the root of that cut covers what was filled", () => {
    const rootWith = (measured: number, cut: number) => {
      const added = { ...nothing, cut: 0, measured };
      const filled = fold(opened(0), begun, added, ended(0), ended(1), opened(1), opened(2));
      const empty = new Map([0, 1].map((partition) => [partition, partOf(createPartControl())]));
      return rootOf({ ...filled, parts: [empty, empty, empty] }, cut, noRoot)?.toString("hex");
    };
    expect(rootWith(1, 1)).toBe(rootWith(1, 1));
    expect(rootWith(1, 1)).not.toBe(rootWith(2, 1));
    for (const cut of [0, 2]) expect(rootWith(1, cut)).toBe(rootWith(2, cut));
  });

  test("what is filled in without a beginning is no history that we wrote", () => {
    expect(() => fold(nothing)).toThrow("PartFilled of meter tokens, tenant t");
  });
});

const plain = {
  raw_offset: 1,
  tenant: "t",
  customer: "a",
  type: "llm",
  time: 0,
  properties: { n: "1" },
};

const nothing: PartFilled = {
  kind: "PartFilled",
  cut: 1,
  partition: 0,
  tenant: "t",
  meter: "tokens",
  version: 1,
  measured: 0,
  were_without_meter: 0,
  unmeasurable: 0,
  measurements_digest: Buffer.alloc(32),
  rollups: 0,
  rollups_digest: Buffer.alloc(32),
  quantity: "0",
};

const begun: CutFact = { kind: "FillBegun", tenant: "t", meter: "tokens", version: 1, last_cut: 0 };

function ended(partition: number): CutFact {
  return { kind: "FillEnded", partition, tenant: "t", meter: "tokens", version: 1 };
}

function opened(cut: number): CutFact {
  return { kind: "CutOpened", cut, time: cut, catalog_offset: 1, spools: [], complete: true };
}

function fold(...facts: CutFact[]): Cuts {
  const evolve = createCutsFold();
  const made: CutFact = {
    kind: "DeploymentMade",
    generation: 1,
    partitions: 2,
    public_key: Buffer.alloc(1),
    made_at: 0,
  };
  return [made, ...facts].reduce(evolve, noCuts);
}

function fillOf(added: PartFilled): Fill {
  return {
    tenant: added.tenant,
    meter: added.meter,
    version: 1,
    last_cut: 9,
    parts: new Map([[added.partition, new Map([[added.cut, added]])]]),
    ended: new Set(),
    cut: null,
  };
}

function partOf(control: PartControl): PartCompared {
  return {
    kind: "PartCompared",
    cut: 1,
    partition: 0,
    end_offset: 0,
    raw_end_offset: 0,
    repair: 0,
    tenants: control.totals(),
    digest: Buffer.alloc(32),
    merkle_root: null,
  };
}

function measuredOf({ tenant, ...control }: PartCompared["tenants"][number]) {
  const { measurements, measurements_digest, rollups, rollups_digest, quantities } = control;
  return {
    tenant,
    measurements,
    rollups,
    quantities,
    digests: [measurements_digest, rollups_digest].map((digest) =>
      Buffer.from(digest).toString("hex"),
    ),
  };
}

function digestOf(rows: readonly string[]): Buffer {
  const digest = createDigest();
  for (const row of rows) digest.add(row);
  return digest.value();
}

function accepted(
  part: Pick<UsageAccepted, "raw_offset" | "tenant" | "customer" | "type" | "time" | "properties">,
): UsageAccepted {
  return {
    kind: "UsageAccepted",
    cut: 1,
    source: "",
    id: String(part.raw_offset),
    subscription: null,
    content_hash: Buffer.alloc(32),
    received_at: 0,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    corrected: null,
    backfill: null,
    ...part,
  };
}
