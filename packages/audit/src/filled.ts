import { fillsOf, metersAt } from "@tallybook/catalog";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import {
  createFillControl,
  fillName,
  fillsKnownAt,
  isSameFilled,
  lastUnaware,
  measureFilled,
  replacedUnaware,
} from "@tallybook/usage";
import type {
  Fill,
  FillControl,
  Measured,
  Meter,
  Outcome,
  PartFilled,
  UsageAccepted,
} from "@tallybook/usage";

import { decode, topics } from "@tallybook/wire";

import type { Books } from "./books.ts";
import type { IdentityLists } from "./identity.ts";
import type { LogPart, Road } from "./road.ts";
import type { Sheet } from "./sheet.ts";

/** What was filled into one partition of the log, measured again. */
export interface FilledAgain {
  /** What the fills that are known make of an event; `before`: what became of it at its cut. */
  readonly measure: (event: UsageAccepted, before: Outcome) => Measured[];
  /** What was added to the part of a cut, by fill. */
  readonly partsOf: (cut: number) => PartFilled[];
}

/** The meter of a fill, and the last cut that it fills. */
export interface KnownFill {
  readonly fill: Fill;
  readonly meter: Meter;
  /** The last cut whose corrections could not know of it. */
  readonly unaware: number;
}

/** What fills leave out, since it was corrected before anybody knew of them. */
export interface Replaced {
  readonly has: (fill: Fill, partition: number, rawOffset: number) => boolean;
  /** Takes in an event; those that are no corrections say nothing. */
  readonly take: (event: UsageAccepted, partition: number) => void;
}

export function createReplaced(fills: readonly KnownFill[]): Replaced {
  const sources = new Set<string>();
  const nameOf = ({ tenant, meter }: Fill, partition: number, rawOffset: number) =>
    `${fillName({ tenant, meter })}\u001f${partition}\u001f${rawOffset}`;
  return {
    has: (fill, partition, rawOffset) =>
      sources.size > 0 && sources.has(nameOf(fill, partition, rawOffset)),
    take(event, partition) {
      if (event.corrected === null) return;
      for (const { fill, unaware } of fills) {
        const source = replacedUnaware(event, fill, unaware);
        if (source !== undefined) sources.add(nameOf(fill, partition, source));
      }
    },
  };
}

/** The same of a whole partition; reads it only where a fill was asked for after its meter was known. */
export async function readReplaced(
  log: Log,
  fills: readonly KnownFill[],
  partition: number,
): Promise<Replaced> {
  const replaced = createReplaced(fills);
  if (fills.every(({ fill, unaware }) => unaware <= fill.last_cut)) return replaced;
  for await (const { value } of readAll(log, topics.usageAccepted, partition)) {
    const fact = decode(value);
    if (fact.kind === "UsageAccepted") replaced.take(fact, partition);
  }
  return replaced;
}

/** The fills that are known at a cut, with their meters. Throws for one whose meter the catalog does not have. */
export function knownFills({ cuts, history }: Books, cut: number): KnownFill[] {
  return fillsKnownAt(cuts.fills, cut).map((fill) => {
    const versions = metersAt(history.now, fill.tenant).get(fill.meter);
    const meter = versions?.find(({ version }) => version === fill.version);
    if (meter === undefined)
      throw new Error(
        `cuts says that meter ${fill.meter}, tenant ${fill.tenant}, was filled, and the catalog has no version ${fill.version} of it`,
      );
    const requested = fillsOf(history.now, fill.tenant).get(fill.meter)?.offset ?? 0;
    return { fill, meter, unaware: lastUnaware(cuts.opened, requested) };
  });
}

/** Whether a fill measures an event: its cut was open before the meter was known. */
export function isFilledBy({ fill }: KnownFill, event: UsageAccepted): boolean {
  return event.tenant === fill.tenant && event.cut <= fill.last_cut;
}

export function fillAgain(
  fills: readonly KnownFill[],
  partition: number,
  replaced: Replaced,
): FilledAgain {
  const controls = new Map<number, Map<Fill, FillControl>>();
  function controlOf(fill: Fill, cut: number): FillControl {
    const ofCut = controls.get(cut) ?? new Map<Fill, FillControl>();
    controls.set(cut, ofCut);
    const control = ofCut.get(fill) ?? createFillControl(fill, { cut, partition });
    ofCut.set(fill, control);
    return control;
  }
  return {
    measure: (event, before) =>
      fills
        .filter((known) => isFilledBy(known, event))
        .map(({ fill, meter }) => {
          const isReplaced = replaced.has(fill, partition, event.raw_offset);
          const measured = measureFilled(meter, event, isReplaced);
          controlOf(fill, event.cut).add(event, before, measured);
          return measured;
        }),
    partsOf: (cut) =>
      [...(controls.get(cut)?.values() ?? [])]
        .map((control) => control.total())
        .filter(({ measured, unmeasurable }) => measured + unmeasurable > 0),
  };
}

/** What was filled into a part: measured again from the log, and as `cuts` has it. */
export function compareFilled(
  { cut, partition, filled }: LogPart,
  fills: readonly Fill[],
  sheet: Sheet,
): void {
  for (const fill of fills) {
    const again = filled.find(({ tenant, meter }) => isOf(fill, tenant, meter));
    const recorded = fill.parts.get(partition)?.get(cut);
    if (again === undefined && recorded === undefined) continue;
    const isSame = again !== undefined && recorded !== undefined && isSameFilled(again, recorded);
    const { tenant, meter } = fill;
    sheet.compare(
      {
        tenant,
        name: "fills of the log = fills as recorded",
        cut,
        what: `meter ${meter}, partition ${partition}`,
      },
      1,
      isSame ? 1 : 0,
    );
  }
}

/** Of each fill, over all parts: what the log says again. */
export function filledList({ parts }: Road): IdentityLists["filled"] {
  const byFill = Map.groupBy(
    parts.flatMap(({ filled }) => filled),
    fillName,
  );
  return [...byFill.values()].map((filled) => {
    const [{ tenant, meter } = { tenant: "", meter: "" }] = filled;
    const total = (count: (part: PartFilled) => number) =>
      filled.reduce((sum, part) => sum + count(part), 0);
    return {
      tenant,
      meter,
      measured: total(({ measured }) => measured),
      were_without_meter: total(({ were_without_meter }) => were_without_meter),
      unmeasurable: total(({ unmeasurable }) => unmeasurable),
    };
  });
}

function isOf(fill: Fill, tenant: string, meter: string): boolean {
  return fill.tenant === tenant && fill.meter === meter;
}
